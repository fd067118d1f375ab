/* Files of vectors: which formats there are, how one is told from another, and what a file holds. A format is one row of vectors/formats.def and one
 * const struct rq_vector_format in a file of that folder. */
#ifndef RQ_DATASETS_VECTOR_FILE_H
#define RQ_DATASETS_VECTOR_FILE_H

#include "datasets/bytes.h"
#include "datasets/format.h"
#include "evalcore/base/tensors.h"

#include <stdio.h>

/* What was read. Zero-initialise; release it in any case. */
struct rq_vector_file {
	struct rq_vectors vectors; /* float32, whatever the file has; a reader may leave NaN and infinities in */
	struct rq_ids ids;         /* of the rows; empty where the file holds none */
	const struct rq_vector_format *format;
	char type[8];              /* of the numbers as they are stored: "f2", "f4", "f8", "i1", "u1", "i4", "bf16"; "text" */
	char remark[160];          /* what else the file says that somebody may want to know: "inner product"; "": nothing */
	char sha256[RQ_SHA256_HEX]; /* of the file's bytes as they are */
};

enum { RQ_VECTOR_FIRST = 8 }; /* bytes that `fits` takes; zeros where a file has fewer */

struct rq_vector_format {
	const char *name; /* "npy" */
	const char *help;
	const char *const *endings; /* of file names, ".npy"; NULL-terminated; without ".gz" or ".zst" */
	enum rq_tensor_type types[8]; /* what its numbers can be, first the usual one */
	size_t type_count;            /* 0: they are written in digits */
	bool arrays;                  /* a file may hold several, and FILE:NAME chooses one */
	bool holds_ids;               /* a written file has those of the rows, where there are any */
	bool holds_texts;             /* which may be what no id is: with white space */
	bool foreign;                 /* neither read nor written: recognised, to say how its vectors are got out */
	/* By the first bytes; NULL: by name alone. */
	bool (*looks_like)(const struct rq_glimpse *glimpse);
	/* Of a format by name alone, whose first number may be the beginning of any other: whether a file that begins so has the right size. The
	 * name then tells, whatever the content looks like. Otherwise NULL. */
	bool (*fits)(const struct rq_vector_format *format, const unsigned char first[RQ_VECTOR_FIRST], size_t size);
	/* One of these two: `read` from the first byte on, or `load`, which opens what it needs and sets sha256. `array` is the NAME of FILE:NAME, or NULL.
	 * Sizes that the file states are checked against its own before memory is taken. E_DATA where the format is one that is recognised but not read: the
	 * sentence says what to do. */
	enum rq_status (*read)(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err);
	enum rq_status (*load)(struct rq_vector_file *file, const char *path, const char *array, struct rq_error *err);
	/* Writes numbers, which the type holds, and ids where it holds them; NULL: it is not written. What fails the stream tells. E_DATA where there is
	 * more than the format can say. */
	enum rq_status (*write)(FILE *out, const struct rq_vector_file *file, enum rq_tensor_type type, struct rq_error *err);
};

extern const struct rq_vector_format *const rq_vector_formats[]; /* rows of vectors/formats.def, NULL-terminated */
const struct rq_vector_format *rq_vector_format_find(const char *name);
const struct rq_vector_format *rq_vector_format_for(const char *path); /* that the name calls for, or NULL */

/* FILE, or FILE:NAME where there is no file of the whole name. The format is that which the name calls for where only
 * its size can tell it and does, else that of the content, else that of the name. */
RQ_MUST_USE enum rq_status rq_vector_file_read(struct rq_vector_file *file, const char *path, struct rq_error *err);
/* That format; NULL: it looks like none. */
RQ_MUST_USE enum rq_status rq_vector_format_of(const struct rq_vector_format **format, const char *path, struct rq_error *err);
/* As that format, whatever it looks like; also of standard input, "-". NULL: as it looks. */
RQ_MUST_USE enum rq_status rq_vector_file_read_as(struct rq_vector_file *file, const struct rq_vector_format *format, const char *path,
                                                  struct rq_error *err);
/* The same of bytes in memory, which messages call `path`, in a format that has `read`. */
RQ_MUST_USE enum rq_status rq_vector_file_from(struct rq_vector_file *file, const struct rq_vector_format *format, const char *path, const void *data,
                                               size_t size, const char *array, struct rq_error *err);
/* Where FILE:NAME has its colon, the first behind the name of a file: the length of FILE, or of all of it where no array is named. */
RQ_MUST_USE enum rq_status rq_vector_file_name(size_t *length, const char *path, struct rq_error *err);
/* What the format writes of a file, into an empty buffer. */
RQ_MUST_USE enum rq_status rq_vector_file_print(struct rq_buf *out, const struct rq_vector_file *file, enum rq_tensor_type type,
                                                struct rq_error *err);
void rq_vector_file_release(struct rq_vector_file *file);
/* Whether a name may stand as it is in a command that a message shows: of letters and digits of ASCII, ".", "_", "-" and "/", not like a flag. */
bool rq_is_plain_name(const char *name);

#endif
