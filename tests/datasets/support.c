#include "support.h"

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
