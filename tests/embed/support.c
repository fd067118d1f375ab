#include "support.h"

#include "evalcore/base/file.h"
#include "evalcore/base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *options_from(const struct rq_embedder *embedder, struct rq_arena *arena, const char *json)
{
	struct rq_error err = {0};
	rq_json *root;
	void *options = rq_arena_alloc(arena, 1, embedder->options_size);

	ck_assert_ok(rq_json_parse(&root, json, strlen(json), "options", &err));
	ck_assert_ok(rq_options_parse(options, embedder->options, root, "", "/", arena, &err));
	rq_json_free(root);
	return options;
}

struct rq_corpus corpus_of(const char *const *texts, size_t n)
{
	struct rq_corpus corpus = {.count = n};

	corpus.documents = rq_arena_alloc(&corpus.arena, n + 1, sizeof *corpus.documents);
	for (size_t i = 0; i < n; i++)
		corpus.documents[i] = (struct rq_document){.id = rq_arena_printf(&corpus.arena, "d%zu", i), .text = rq_arena_strdup(&corpus.arena, texts[i])};
	return corpus;
}

struct rq_corpus random_corpus(size_t n, uint64_t seed, size_t empty_every)
{
	struct rq_random random;
	struct rq_buf text = {0};
	struct rq_corpus corpus = {.count = n};

	rq_random_seed(&random, seed);
	corpus.documents = rq_arena_alloc(&corpus.arena, n + 1, sizeof *corpus.documents);
	for (size_t i = 0; i < n; i++) {
		rq_buf_clear(&text);
		rq_buf_puts(&text, "");
		size_t words = empty_every > 0 && i % empty_every == empty_every - 1 ? 0 : 3 + rq_random_below(&random, 40);
		for (size_t w = 0; w < words; w++) /* the product skews towards small numbers, as words are */
			rq_buf_printf(&text, "w%d ", (int)(400 * rq_random_unit(&random) * rq_random_unit(&random)));
		corpus.documents[i] = (struct rq_document){.id = rq_arena_printf(&corpus.arena, "d%zu", i),
		                                           .text = rq_arena_strdup(&corpus.arena, text.data)};
	}
	rq_buf_release(&text);
	return corpus;
}

char *fresh_path(const char *ending)
{
	char *path = malloc(64 + strlen(ending));

	sprintf(path, "/tmp/rqgate-embed-XXXXXX%s", ending);
	int fd = mkstemps(path, (int)strlen(ending));
	ck_assert_int_ge(fd, 0);
	close(fd);
	unlink(path);
	return path;
}

char *file_with(const char *ending, const void *data, size_t size)
{
	char *path = fresh_path(ending);
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	fclose(file);
	return path;
}

void file_remove(char *path)
{
	unlink(path);
	free(path);
}
