/* Snapshots of a small index, on some days: for the suites of `rqgate snapshot`. */
#ifndef RQ_TESTS_CLI_SNAPSHOTS_H
#define RQ_TESTS_CLI_SNAPSHOTS_H

#include "cli.h"

#include "evalcore/base/hash.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 120, DIMENSION = 8 };

#define MONDAY "SOURCE_DATE_EPOCH=1793610000"  /* 2026-11-02T09:00:00Z */
#define TUESDAY "SOURCE_DATE_EPOCH=1793696400"
#define FRIDAY "SOURCE_DATE_EPOCH=1793955600"
#define SATURDAY "SOURCE_DATE_EPOCH=1794042000"

#define EXPECT_AT(when, code, ...) cli_expect_code(__FILE__, __LINE__, cli_in(".", when, __VA_ARGS__, NULL), (code))
#define CREATE "snapshot", "create", "--index", "v.npy", "--kind", "exact", "--vectors", "v.npy", "--ids", "v.ids", "--store", "kept"

static inline void drop(struct cli result)
{
	cli_free(&result);
}

static inline void write_index(uint64_t seed)
{
	struct rq_buf ids = {0};

	cli_npy("v.npy", ROWS, DIMENSION, seed);
	for (int i = 0; i < ROWS; i++)
		rq_buf_printf(&ids, "d%d\n", i);
	cli_write("v.ids", ids.data);
	rq_buf_release(&ids);
}

static inline void expect_said(struct cli result, const char *part)
{
	ck_assert_msg(strstr(result.out, part) != NULL, "\"%s\" is not in:\n%s", part, result.out);
	cli_free(&result);
}

static inline void two_nights(void)
{
	write_index(1);
	drop(EXPECT_AT(MONDAY, 0, CREATE));
	write_index(2);
	drop(EXPECT_AT(TUESDAY, 0, CREATE));
}

/* The pack whose index has the first chunk of this manifest. */
static inline void find_pack(char *path, size_t size, const rq_json *root)
{
	const rq_json *chunk = rq_json_first(rq_json_get(rq_json_first(rq_json_get(root, "files")), "chunks"));
	char *folder = cli_path("kept/packs");
	DIR *stream = opendir(folder);
	bool found = false;

	ck_assert_ptr_nonnull(stream);
	for (struct dirent *entry; !found && (entry = readdir(stream)) != NULL;) {
		snprintf(path, size, "kept/packs/%s", entry->d_name);
		struct rq_buf text = entry->d_name[0] == '.' ? (struct rq_buf){0} : cli_read(path);
		found = text.size > 0 && memmem(text.data, text.size, rq_json_string(rq_json_first(chunk)), RQ_SHA256_HEX - 1) != NULL;
		rq_buf_release(&text);
	}
	closedir(stream);
	free(folder);
	ck_assert(found);
}

#endif
