/* What a JSON file says, in the one way that it is hashed. */
#include "evalcore/base/seal.h"

#include <string.h>

enum rq_status rq_json_seal(char sha256[RQ_SHA256_HEX], const rq_json *root, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	for (const rq_json *member = rq_json_first(root); member != NULL; member = rq_json_next(member)) {
		if (strcmp(rq_json_key(member), RQ_JSON_SEAL) == 0)
			continue;
		rq_json_quote(&text, rq_json_key(member));
		rq_buf_puts(&text, ":");
		RQ_TRY(rq_json_print(&text, member, false, err));
		rq_buf_puts(&text, "\n");
	}
	RQ_TRY(rq_buf_check(&text, err));
	return rq_sha256(sha256, text.data, text.size, err);
}
