#include "support.h"

#include "datasets/vector_file.h"

#include "datasets/unpack.h"
#include "evalcore/base/file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rq_text text_of(const void *data, size_t size)
{
	struct rq_text text;
	struct rq_error err = {0};

	ck_assert_msg(rq_text_from(&text, "x", data, size, &err) == RQ_OK, "%s", err.text);
	return text;
}

enum rq_status read_vectors(struct rq_vectors *vectors, struct rq_ids *ids, const char *text, size_t size, const char *member,
                                struct rq_error *err)
{
	struct rq_unpack unpack;

	ck_assert_int_eq(rq_unpack_from(&unpack, "x", text, size, err), RQ_OK);
	enum rq_status status = rq_vectors_json_read(vectors, ids, &unpack, member, err);
	rq_unpack_release(&unpack);
	return status;
}

char *file_with(const char *name, const void *data, size_t size)
{
	size_t room = 64 + strlen(name);
	char *path = malloc(room);

	snprintf(path, room, "/tmp/rqgate-XXXXXX%s", name);
	int fd = mkstemps(path, (int)strlen(name));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
	return path;
}

void file_remove(char *path)
{
	unlink(path);
	free(path);
}

void npy_make(struct rq_buf *out, unsigned version, const char *dict, const void *payload, size_t size)
{
	size_t prefix = version == 1 ? 10 : 12, length = (prefix + strlen(dict) + 1 + 63) / 64 * 64 - prefix;
	unsigned char head[12] = {0x93, 'N', 'U', 'M', 'P', 'Y', (unsigned char)version, 0, (unsigned char)length, (unsigned char)(length >> 8)};

	rq_buf_add(out, head, prefix);
	rq_buf_printf(out, "%-*s\n", (int)length - 1, dict);
	rq_buf_add(out, payload, size);
}

enum rq_status vectors_from(struct rq_vectors *vectors, const char *format, const void *data, size_t size, struct rq_error *err)
{
	struct rq_vector_file file;
	enum rq_status status = rq_vector_file_from(&file, rq_vector_format_find(format), "x", data, size, NULL, err);

	ck_assert_uint_eq(file.ids.count, 0);
	*vectors = file.vectors;
	return status;
}

void vectors_refused(const char *format, const void *data, size_t size, const char *array, const char *sentence)
{
	struct rq_vector_file file;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_vector_file_from(&file, rq_vector_format_find(format), "x", data, size, array, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, sentence);
	ck_assert_ptr_null(file.vectors.data);
	ck_assert_uint_eq(file.ids.count, 0);
}
