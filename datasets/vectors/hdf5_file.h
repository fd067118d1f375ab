/* The parts of an HDF5 file that name its data sets: superblock, object headers, groups. Every place that the file names is held against its size
 * before it is looked at. Format: The HDF Group, "HDF5 File Format Specification", version 3.0; the sections are those of that. */
#ifndef RQ_DATASETS_VECTORS_HDF5_FILE_H
#define RQ_DATASETS_VECTORS_HDF5_FILE_H

#include "datasets/bytes.h"
#include "evalcore/base/ids.h"

#define RQ_HDF5_MAGIC "\x89HDF\r\n\x1a\n"
#define RQ_HDF5_NOWHERE UINT64_MAX /* an address */

/* Fields front to back. Past the end they are 0, and `cut` is set. */
struct rq_hdf5_fields {
	const unsigned char *at;
	size_t left;
	bool cut;
};

uint64_t rq_hdf5_take(struct rq_hdf5_fields *fields, size_t size);             /* of at most 8 bytes, little-endian */
const unsigned char *rq_hdf5_pass(struct rq_hdf5_fields *fields, size_t size); /* where they are, or NULL */

/* Types of messages (IV.A.2). */
enum rq_hdf5_message {
	RQ_HDF5_DATASPACE = 0x01,
	RQ_HDF5_LINK_INFO = 0x02,
	RQ_HDF5_DATATYPE = 0x03,
	RQ_HDF5_LINK = 0x06,
	RQ_HDF5_LAYOUT = 0x08,
	RQ_HDF5_PIPELINE = 0x0B,
	RQ_HDF5_ATTRIBUTE = 0x0C,
	RQ_HDF5_CONTINUATION = 0x10,
	RQ_HDF5_SYMBOLS = 0x11,
};

typedef enum rq_status rq_hdf5_visit(void *context, enum rq_hdf5_message type, struct rq_hdf5_fields fields, struct rq_error *err);

/* Bytes at an address, that must be there; `what` as a message says it. */
RQ_MUST_USE enum rq_status rq_hdf5_look(void *out, struct rq_bytes *bytes, uint64_t address, size_t size, const char *what, struct rq_error *err);
/* Of what h5py reads, and this does not: `what` it is, and with plain names the command that writes it as .npy. */
enum rq_status rq_hdf5_fail(struct rq_error *err, const struct rq_bytes *bytes, const char *name, const char *what);

/* The root group's address (II). `wanted`: the data set that is asked for, which messages name. */
RQ_MUST_USE enum rq_status rq_hdf5_root(uint64_t *address, struct rq_bytes *bytes, const char *wanted, struct rq_error *err);
/* Calls `visit` for every message of the object but those that are kept elsewhere and shared. Fails where it does. */
RQ_MUST_USE enum rq_status rq_hdf5_messages(struct rq_bytes *bytes, uint64_t address, rq_hdf5_visit *visit, void *context, struct rq_error *err);

/* What a group holds; addresses[number] is that of the object of that name, RQ_HDF5_NOWHERE where it is a link by name. */
struct rq_hdf5_group {
	struct rq_ids names;
	uint64_t *addresses;
	size_t capacity;
};

RQ_MUST_USE enum rq_status rq_hdf5_group_read(struct rq_hdf5_group *group, struct rq_bytes *bytes, uint64_t address, const char *wanted,
                                              struct rq_error *err);
void rq_hdf5_group_release(struct rq_hdf5_group *group);

#endif
