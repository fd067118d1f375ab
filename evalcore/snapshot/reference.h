/* References of drift: what was true at one time of a config's side, kept to be compared with later. Each is a folder with a manifest, named by its
 * seal: documents.npy and documents.ids, topics.npy and topics.ids (vectors as searches used them), documents.texts and topics.texts (what can be
 * told of their texts), documents.fields (lengths and scripts of their fields, where "quality" asks for it), and ranked.run.zst (what each topic
 * found). What is searched by words has no vectors, and a run file none of documents. Nothing is ever written over: a new reference is a new folder,
 * and the newest one is current. */
#ifndef RQ_SNAPSHOT_REFERENCE_H
#define RQ_SNAPSHOT_REFERENCE_H

#include "evalcore/base/folder.h"
#include "evalcore/base/ids.h"
#include "evalcore/model/run.h"
#include "evalcore/model/vectors.h"
#include "evalcore/snapshot/manifest.h"

#define RQ_REFERENCE_KIND "reference"

/* What is kept of a text: by which it is the same one, and what a corpus's texts are compared by. A line of a file .texts, with tabs. */
struct rq_kept_text {
	char key[33];
	uint64_t length;    /* characters */
	const char *script; /* most of its letters'; NULL: it has no letters */
};

/* The same of one field of the documents, in their order, without keys. */
struct rq_kept_field {
	const char *name;
	struct rq_kept_text *texts;
};

/* What one is made of; borrowed. */
struct rq_reference_parts {
	const struct rq_vectors *documents, *topics; /* NULL: no vectors */
	const char *const *document_ids, *const *topic_ids; /* of the rows; documents' NULL: there is no corpus */
	const struct rq_kept_text *document_texts, *topic_texts; /* of the same; NULL: not known */
	size_t document_count, topic_count;
	const struct rq_kept_field *document_fields; /* of document_count documents */
	size_t field_count;
	const struct rq_run *ranked;
};

/* What was read. Zero-initialise; release in any case. */
struct rq_reference {
	struct rq_manifest manifest;
	struct rq_vectors documents, topics; /* data NULL: it has none */
	struct rq_ids document_ids, topic_ids;
	const struct rq_kept_text *document_texts, *topic_texts; /* of these ids; NULL: not known */
	const struct rq_kept_field *document_fields;
	size_t field_count; /* 0: not known */
	struct rq_run ranked; /* a topic of topic_ids that found nothing is not in it */
};

/* One that is written and has no name yet, and the lock on the folder of references. Zero-initialise, prepare, commit; release in any case: what was
 * not committed goes. */
struct rq_reference_place {
	bool made;              /* false: the current one holds the same, and nothing will be added */
	struct rq_folder folder;
	char *path;             /* the folder of references */
	size_t there;           /* bytes of it that named what was there before */
	int fd;
	bool open, locked;
};

/* Writes the parts beside the references in `folder` and reads them back; fills manifest->files and both of its digests; the rest of it, digests and
 * facts included, is the caller's, and "ranked" no digest of his. Where the current one holds the same, sha256 is that one's. `expected` is the sha256
 * of what the caller takes for the current one; NULL: none. E_LOCKED where that is no longer true, or another job is at it for `wait` seconds. E_USAGE where
 * `created` is not after the current one's, for then nobody could tell which one was current when. E_IO, E_DATA where one that is there is damaged. */
RQ_MUST_USE enum rq_status rq_reference_prepare(struct rq_reference_place *place, struct rq_manifest *manifest, const struct rq_reference_parts *parts,
                                                const char *folder, const char *expected, double wait, struct rq_error *err);
/* Gives it its name: from then on it is the current one, whole. What killed jobs have left is gone by then. */
RQ_MUST_USE enum rq_status rq_reference_commit(struct rq_reference_place *place, struct rq_error *err);
/* After that, where what was to appear with it could not: it was never there. */
void rq_reference_take_back(struct rq_reference_place *place);
void rq_reference_place_release(struct rq_reference_place *place);
/* The one of that name, each of its files checked. E_DATA, E_IO. */
RQ_MUST_USE enum rq_status rq_reference_read(struct rq_reference *reference, const char *folder, const char *sha256, struct rq_error *err);
void rq_reference_release(struct rq_reference *reference);

#endif
