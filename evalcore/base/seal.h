/* The seal of a JSON file that is kept: a digest of what it says, in it. Blanks and the ends of lines, which tools for versions change, are no part
 * of that. */
#ifndef RQ_BASE_SEAL_H
#define RQ_BASE_SEAL_H

#include "evalcore/base/hash.h"
#include "evalcore/base/json.h"

#define RQ_JSON_SEAL "sha256" /* the member that holds it */

/* SHA-256 of the other members in their order, as compact JSON with a line each: KEY:VALUE. */
RQ_MUST_USE enum rq_status rq_json_seal(char sha256[RQ_SHA256_HEX], const rq_json *root, struct rq_error *err);

#endif
