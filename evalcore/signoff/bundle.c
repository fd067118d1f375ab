/* Bundles in files. */
#include "evalcore/signoff/bundle.h"

#include "evalcore/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const size_t BUNDLE_MOST = 16u << 20;
static const double LOCK_WAIT = 2; /* seconds */

/* A fault of the data is told with the bundle; memory that runs out is not. */
static enum rq_status tell(const char **fault, const struct rq_error *why, struct rq_arena *arena, struct rq_error *err)
{
	if (why->status == RQ_E_NOMEM)
		return rq_fail_memory(err);
	*fault = rq_arena_strdup(arena, why->text);
	return *fault == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status parse_line(struct rq_bundle *bundle, const char *text, size_t length, struct rq_error *err)
{
	struct rq_bundle_line *line = &bundle->lines[bundle->count++];
	struct rq_error why = {0};

	RQ_TRY(rq_sha256(line->sha256, text, length, err));
	if (rq_envelope_read(&line->envelope, text, length, &bundle->arena, &why) != RQ_OK ||
	    rq_statement_read(&line->statement, line->envelope.payload, line->envelope.payload_size, &bundle->arena, &why) != RQ_OK)
		return tell(&line->fault, &why, &bundle->arena, err);
	return RQ_OK;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t lines = size > 0 && text[size - 1] != '\n';

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

enum rq_status rq_bundle_parse(struct rq_bundle *bundle, const char *text, size_t size, struct rq_error *err)
{
	bundle->lines = rq_arena_alloc(&bundle->arena, count_lines(text, size) + 1, sizeof *bundle->lines);
	if (bundle->lines == NULL)
		return rq_fail_memory(err);
	bundle->fault = size == 0 ? "it is empty" : text[size - 1] != '\n' ? "its last line has no end" : NULL;
	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t length = end == NULL ? size - at : (size_t)(end - (text + at));
		RQ_TRY(parse_line(bundle, text + at, length, err));
		at += length + 1;
	}
	return RQ_OK;
}

enum rq_status rq_bundle_read(struct rq_bundle *bundle, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = BUNDLE_MOST};

	RQ_TRY(rq_file_read(&text, path, err));
	return rq_bundle_parse(bundle, text.data == NULL ? "" : text.data, text.size, err);
}

void rq_bundle_release(struct rq_bundle *bundle)
{
	rq_arena_release(&bundle->arena);
	*bundle = (struct rq_bundle){0};
}

/* Is the line of a bundle about what the statement is about? */
static enum rq_status check_line(const struct rq_bundle_line *line, size_t number, const char *path, const struct rq_buf *facts,
                                 const struct rq_private_key *key, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf others = {0};

	if (line->fault != NULL)
		return rq_fail(err, RQ_E_DATA, "%s: line %zu: %s; \"rqgate verify\" tells more", path, number, line->fault);
	if (strcmp(line->envelope.key_id, key->public.id) == 0)
		return rq_fail(err, RQ_E_USAGE, "%s: this key has signed it already, as %s, %s (%s); whoever thinks again starts another bundle with --out", path,
		               line->statement.name, line->statement.role, line->statement.decision);
	RQ_TRY(rq_statement_facts(&others, &line->statement, err));
	if (others.size != facts->size || memcmp(others.data, facts->data, facts->size) != 0)
		return rq_fail(err, RQ_E_DATA, "%s: line %zu: %s has signed another report, or other files with it; start another bundle with --out", path, number,
		               line->statement.name);
	return RQ_OK;
}

static enum rq_status check_lines(struct rq_strings *after, const struct rq_bundle *bundle, const char *path, const struct rq_statement *statement,
                                  const struct rq_private_key *key, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf facts = {0};

	RQ_TRY(rq_statement_facts(&facts, statement, err));
	if (bundle->fault != NULL)
		return rq_fail(err, RQ_E_DATA, "%s: %s; name another bundle with --out", path, bundle->fault);
	after->items = rq_arena_alloc(arena, bundle->count + 1, sizeof *after->items);
	if (after->items == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < bundle->count; i++) {
		RQ_TRY(check_line(&bundle->lines[i], i + 1, path, &facts, key, err));
		after->items[after->count++] = bundle->lines[i].sha256;
	}
	return RQ_OK;
}

/* The folder is locked, for the file is another one once it is written. */
static enum rq_status lock(int *fd, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *folder = rq_path_folder(&arena, path);

	if (folder == NULL)
		return rq_fail_memory(err);
	*fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return rq_fail(err, RQ_E_IO, "%s: cannot open: %s", folder, strerror(errno));
	return rq_lock(*fd, true, LOCK_WAIT, path, "somebody else is signing", err);
}

static enum rq_status add_line(const char *path, struct rq_statement *statement, const struct rq_private_key *key, struct rq_error *err)
{
	RQ_CLEANUP(rq_bundle_release) struct rq_bundle bundle = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = BUNDLE_MOST}, payload = {0};

	statement->after = (struct rq_strings){0};
	if (rq_file_exists(path)) {
		RQ_TRY(rq_file_read(&text, path, err));
		RQ_TRY(rq_bundle_parse(&bundle, text.data == NULL ? "" : text.data, text.size, err));
		RQ_TRY(check_lines(&statement->after, &bundle, path, statement, key, &bundle.arena, err));
	}
	enum rq_status status = rq_statement_write(&payload, statement, err);
	statement->after = (struct rq_strings){0}; /* the bundle's, which ends here */
	RQ_TRY(status);
	RQ_TRY(rq_envelope_write(&text, payload.data, payload.size, key, err));
	return rq_file_write(path, text.data, text.size, err);
}

enum rq_status rq_bundle_add(const char *path, struct rq_statement *statement, const struct rq_private_key *key, struct rq_error *err)
{
	int fd = -1;
	enum rq_status status = lock(&fd, path, err);

	if (status == RQ_OK)
		status = add_line(path, statement, key, err);
	if (fd >= 0)
		close(fd);
	return status;
}
