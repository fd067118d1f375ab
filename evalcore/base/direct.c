#include "evalcore/base/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef O_DIRECT
#define O_DIRECT 0
#endif

static bool is_past(int fd)
{
	return O_DIRECT != 0 && (fcntl(fd, F_GETFL) & O_DIRECT) != 0;
}

static void go_past(int fd, bool past)
{
	int flags = fcntl(fd, F_GETFL);

	(void)fcntl(fd, F_SETFL, past ? flags | O_DIRECT : flags & ~O_DIRECT);
}

/* ---- write ---- */

enum rq_status rq_direct_begin(struct rq_direct_writer *writer, int fd, const char *path, struct rq_error *err)
{
	if (writer->data == NULL)
		writer->data = aligned_alloc(RQ_DIRECT_ALIGNMENT, RQ_DIRECT_ROOM);
	if (writer->data == NULL)
		return rq_fail_memory(err);
	go_past(fd, true);
	*writer = (struct rq_direct_writer){.fd = fd, .path = path, .data = writer->data};
	return RQ_OK;
}

/* The first bytes of what waits. */
static enum rq_status write_out(struct rq_direct_writer *writer, size_t size, struct rq_error *err)
{
	for (size_t done = 0; done < size;) {
		ssize_t wrote = pwrite(writer->fd, writer->data + done, size - done, (off_t)(writer->offset + done));
		if (wrote >= 0)
			done += (size_t)wrote;
		else if (errno == EINVAL && is_past(writer->fd)) /* it said that it could, or has written a part */
			go_past(writer->fd, false);
		else if (errno != EINTR)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", writer->path, strerror(errno));
	}
	writer->offset += size;
	writer->size -= size;
	memmove(writer->data, writer->data + size, writer->size);
	return RQ_OK;
}

enum rq_status rq_direct_add(struct rq_direct_writer *writer, const void *data, size_t size, struct rq_error *err)
{
	const unsigned char *from = data;

	while (size > 0) {
		size_t room = RQ_DIRECT_ROOM - writer->size, now = size < room ? size : room;
		memcpy(writer->data + writer->size, from, now);
		writer->size += now;
		from += now;
		size -= now;
		if (writer->size == RQ_DIRECT_ROOM)
			RQ_TRY(write_out(writer, RQ_DIRECT_ROOM, err));
	}
	return RQ_OK;
}

enum rq_status rq_direct_end(struct rq_direct_writer *writer, struct rq_error *err)
{
	RQ_TRY(write_out(writer, writer->size / RQ_DIRECT_ALIGNMENT * RQ_DIRECT_ALIGNMENT, err));
	if (is_past(writer->fd))
		go_past(writer->fd, false);
	return write_out(writer, writer->size, err);
}

void rq_direct_release(struct rq_direct_writer *writer)
{
	free(writer->data);
	*writer = (struct rq_direct_writer){0};
}

/* ---- read ---- */

int rq_direct_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECT);

	return fd < 0 && errno == EINVAL ? open(path, O_RDONLY | O_CLOEXEC) : fd;
}

/* The bytes from an aligned offset on, up to `most`, and what is behind them up to `size`, which is aligned. Fewer: the
 * file ends there. */
static ssize_t read_block(struct rq_direct_reader *reader, int fd, uint64_t offset, size_t most, size_t size)
{
	size_t done = 0;

	while (done < most) {
		ssize_t got = pread(fd, reader->data + done, size - done, (off_t)(offset + done));
		if (got == 0)
			break;
		if (got > 0)
			done += (size_t)got;
		else if (errno == EINVAL && is_past(fd)) /* behind a part of it, or the file system only said that it could */
			go_past(fd, false);
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)done;
}

int rq_direct_read(struct rq_direct_reader *reader, void *data, size_t size, int fd, uint64_t offset)
{
	if (reader->data == NULL)
		reader->data = aligned_alloc(RQ_DIRECT_ALIGNMENT, RQ_DIRECT_ROOM);
	if (reader->data == NULL) {
		errno = ENOMEM;
		return -1;
	}
	for (size_t done = 0; done < size;) {
		uint64_t first = (offset + done) / RQ_DIRECT_ALIGNMENT * RQ_DIRECT_ALIGNMENT;
		size_t before = (size_t)(offset + done - first), most = before + size - done;
		size_t aligned = (most + RQ_DIRECT_ALIGNMENT - 1) / RQ_DIRECT_ALIGNMENT * RQ_DIRECT_ALIGNMENT;
		size_t block = most < RQ_DIRECT_ROOM ? aligned : RQ_DIRECT_ROOM;
		ssize_t got = read_block(reader, fd, first, most < block ? most : block, block);
		if (got < 0)
			return -1;
		size_t useful = (size_t)got < most ? (size_t)got : most;
		if (useful <= before)
			return 0;
		memcpy((unsigned char *)data + done, reader->data + before, useful - before);
		done += useful - before;
	}
	return 1;
}

void rq_direct_reader_release(struct rq_direct_reader *reader)
{
	free(reader->data);
	*reader = (struct rq_direct_reader){0};
}
