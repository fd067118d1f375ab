/* A vault in a folder of its own, and what is done with it: for the suites that need one. */
#ifndef RQ_TESTS_SNAPSHOT_VAULT_H
#define RQ_TESTS_SNAPSHOT_VAULT_H

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/random.h"
#include "evalcore/snapshot/snapshot.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SMALL = 300 };

static char root[64], where[96], to[96];
static struct rq_error err;
static struct rq_arena arena;
static struct rq_vault vault;
static struct rq_manifest manifest;
static struct rq_created created;

static inline void set_up(void)
{
	err = (struct rq_error){0};
	strcpy(root, "/tmp/rqgate-vault-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(where, sizeof where, "%s/vault", root);
	snprintf(to, sizeof to, "%s/serving", root);
}

static inline void tear_down(void)
{
	rq_vault_close(&vault);
	rq_manifest_release(&manifest);
	rq_arena_release(&arena);
	rq_remove_tree(root);
}

#define MUST(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

static inline void open_to(enum rq_vault_use use)
{
	rq_vault_close(&vault);
	MUST(rq_vault_open(&vault, where, use, 1, &err));
}

static inline const char *path_in_root(const char *name)
{
	return rq_path_join(&arena, root, name);
}

static inline void write_random(const char *name, size_t size, uint64_t seed)
{
	char *data = malloc(size + 8);
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < size; i += 8) {
		uint64_t number = rq_random_u64(&random);
		memcpy(data + i, &number, 8);
	}
	MUST(rq_file_write(path_in_root(name), data, size, &err));
	free(data);
}

/* Of the files a and b. */
static inline void create(const char *when)
{
	const struct rq_snapshot_file files[] = {{"index.faiss", path_in_root("a"), NULL}, {"ids.txt", path_in_root("b"), NULL}};

	open_to(RQ_VAULT_ADD);
	rq_manifest_release(&manifest);
	manifest = (struct rq_manifest){.kind = RQ_SNAPSHOT_KIND, .created = when, .created_by = "test"};
	MUST(rq_snapshot_create(&created, &manifest, &vault, files, 2, NULL, &err));
}

static inline bool same_files(const char *a, const char *b)
{
	struct rq_buf x = {0}, y = {0};

	MUST(rq_file_read(&x, a, &err));
	MUST(rq_file_read(&y, b, &err));
	bool same = x.size == y.size && memcmp(x.data, y.data, x.size) == 0;
	rq_buf_release(&x);
	rq_buf_release(&y);
	return same;
}

static inline size_t damages_of(void)
{
	struct rq_checked checked;
	const char *seals[] = {manifest.sha256};

	MUST(rq_snapshot_verify(&checked, &vault, seals, 1, NULL, &arena, &err));
	return checked.count;
}

static inline enum rq_status restore(const char *sha256, struct rq_restored *restored)
{
	err = (struct rq_error){0};
	return rq_snapshot_restore(restored, &vault, sha256, to, "2026-11-22T03:00:00Z", NULL, &arena, &err);
}

/* Files are changed in place, without the care that the program takes: this is the disk that errs. */
static inline void put(const char *path, const void *data, size_t size)
{
	FILE *stream = fopen(path, "wb");

	ck_assert_ptr_nonnull(stream);
	ck_assert_uint_eq(fwrite(data, 1, size, stream), size);
	fclose(stream);
}

#endif
