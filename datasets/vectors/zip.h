/* ZIP archives, as far as .npz files need them: members that are stored or deflated, found by the directory at the end; 64-bit sizes; no encryption,
 * one volume. Format: PKWARE's APPNOTE.TXT. */
#ifndef RQ_DATASETS_VECTORS_ZIP_H
#define RQ_DATASETS_VECTORS_ZIP_H

#include "datasets/bytes.h"
#include "evalcore/base/ids.h"
#include "evalcore/base/memory.h"

#include <stdint.h>

struct rq_zip_member {
	const char *name;
	bool deflated;
	uint32_t crc32;
	uint64_t packed, size; /* bytes in the archive, and of the member: as the directory claims */
	uint64_t offset;       /* of its header */
};

struct rq_zip {
	struct rq_zip_member *members;
	size_t count;
	struct rq_ids names;
	struct rq_arena arena;
};

/* Reads the directory, without moving on. E_DATA. Release it in either case. */
RQ_MUST_USE enum rq_status rq_zip_read(struct rq_zip *zip, const struct rq_bytes *bytes, struct rq_error *err);
void rq_zip_release(struct rq_zip *zip);

struct rq_zip_reader;

/* The member's bytes. Where `measured`, their number is known to be what the directory claims: what is deflated is inflated once more for that.
 * Otherwise it is a claim. Close it in either case. */
RQ_MUST_USE enum rq_status rq_zip_open(struct rq_zip_reader **reader, struct rq_bytes *member, const struct rq_bytes *bytes,
                                       const struct rq_zip_member *found, bool measured, struct rq_error *err);
/* After the member's last byte: E_DATA where its CRC is another. */
RQ_MUST_USE enum rq_status rq_zip_check(const struct rq_zip_reader *reader, struct rq_error *err);
void rq_zip_close(struct rq_zip_reader *reader, struct rq_bytes *member);

#endif
