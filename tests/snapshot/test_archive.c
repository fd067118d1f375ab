/* A snapshot as one file, there and back, and manifests that lie. */
#include "evalcore/snapshot/archive.h"
#include "tests/snapshot/vault.h"

START_TEST(an_archive_comes_back_and_every_flip_is_refused)
{
	struct rq_archived archived;
	struct rq_buf text = {0};
	const char *path = path_in_root("e.tar");
	char sha256[RQ_SHA256_HEX];

	write_random("a", SMALL, 1);
	write_random("b", 40, 2);
	create("2026-11-21T03:00:00Z");
	MUST(rq_snapshot_export(&archived, &vault, manifest.sha256, path, NULL, &err));
	MUST(rq_file_read(&text, path, &err));
	ck_assert_uint_eq(archived.bytes, text.size);
	snprintf(where, sizeof where, "%s/other", root);
	open_to(RQ_VAULT_ADD);
	char *copy = strdup(path);
	for (size_t at = 0; at < text.size; at += at % 512 < 8 || at < 1024 ? 1 : 3) {
		char kept = text.data[at];
		text.data[at] = (char)(kept ^ (1 << at % 8));
		put(copy, text.data, text.size);
		text.data[at] = kept;
		enum rq_status status = rq_snapshot_import(&archived, &vault, copy, NULL, &err);
		ck_assert_msg(status == RQ_E_DATA, "a flip at %zu was imported", at);
		put(copy, text.data, at);
		ck_assert_msg(rq_snapshot_import(&archived, &vault, copy, NULL, &err) == RQ_E_DATA, "the first %zu bytes were imported", at);
	}
	put(copy, text.data, text.size);
	MUST(rq_snapshot_import(&archived, &vault, copy, NULL, &err));
	ck_assert(archived.made && archived.added == 2);
	ck_assert_str_eq(archived.sha256, manifest.sha256);
	ck_assert_uint_eq(damages_of(), 0);
	MUST(rq_snapshot_import(&archived, &vault, copy, NULL, &err));
	ck_assert(!archived.made);
	ck_assert_int_eq(rq_vault_find(sha256, &vault, "current", &err), RQ_E_USAGE); /* it does not become it */
	free(copy);
	rq_buf_release(&text);
}
END_TEST

/* Manifests with a seal of their own that promise what is not there: somebody made them, and no snapshot. */
START_TEST(a_manifest_that_lies_is_refused)
{
	struct rq_archived archived;
	struct rq_restored restored;
	struct rq_manifest there = {0};
	bool made;

	write_random("a", SMALL, 1);
	write_random("b", 40, 2);
	create("2026-11-21T03:00:00Z");
	manifest.files[0].sha256[0] = manifest.files[0].sha256[0] == '0' ? '1' : '0';
	MUST(rq_snapshot_seal(&made, &manifest, &vault, NULL, &err));
	ck_assert_int_eq(restore(manifest.sha256, &restored), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, "index.faiss: its chunks make a file of another sha256 than the manifest says, ") == err.text, "%s", err.text);
	MUST(rq_snapshot_export(&archived, &vault, manifest.sha256, path_in_root("e.tar"), NULL, &err));
	snprintf(where, sizeof where, "%s/other", root);
	open_to(RQ_VAULT_ADD);
	ck_assert_int_eq(rq_snapshot_import(&archived, &vault, path_in_root("e.tar"), NULL, &err), RQ_E_DATA);
	manifest.files[0].average = 0;
	MUST(rq_manifest_write(&manifest, root, &err));
	ck_assert_int_eq(rq_manifest_read(&there, root, RQ_SNAPSHOT_KIND, &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, "a file in chunks, as all files of a snapshot are") != NULL, "%s", err.text);
	rq_manifest_release(&there);
	manifest.files[0] = manifest.files[1];
	manifest.file_count = 1;
	MUST(rq_manifest_write(&manifest, root, &err));
	ck_assert_int_eq(rq_manifest_read(&there, root, RQ_SNAPSHOT_KIND, &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, "an index and its ids among them") != NULL, "%s", err.text);
	rq_manifest_release(&there);
}
END_TEST

/* The checksum of the header at `at` as POSIX.1-1988 has it: somebody who changes a header sees to that. */
static void seal_header(char *tar, size_t at)
{
	unsigned sum = 0;
	char text[8];

	memset(tar + at + 148, ' ', 8);
	for (size_t i = at; i < at + 512; i++)
		sum += (unsigned char)tar[i];
	snprintf(text, sizeof text, "%06o", sum);
	memcpy(tar + at + 148, text, 7);
}

static size_t blocks_of(size_t size)
{
	return (size + 511) / 512 * 512;
}

/* Archives whose headers are valid and ask for what no import does. Nothing of them stays, not even chunks, and nothing is written elsewhere. */
START_TEST(an_archive_that_somebody_made_is_refused)
{
	static const struct {
		const char *name, *link, *size; /* NULL: as it was */
		char type;
	} hostile[] = {{"../chunk", "", NULL, '0'},       {"chunks/../../chunk", "", NULL, '0'}, {"/tmp/rqgate-hostile", "", NULL, '0'},
	               {"chunks/a", "", NULL, '0'},       {"manifest.json", "", NULL, '0'},      {NULL, "/etc/passwd", "00000000000", '2'},
	               {NULL, "manifest.json", NULL, '1'}, {NULL, "", NULL, '5'},                {NULL, "", NULL, 'x'},
	               {NULL, "", "00000000000", '0'},    {NULL, "", "00000000001", '0'},        {NULL, "", "77777777777", '0'}};
	struct rq_archived archived;
	struct rq_buf text = {0};
	const char *path = path_in_root("e.tar");
	unsigned long manifest_size;

	write_random("a", SMALL, 1);
	write_random("b", 40, 2);
	create("2026-11-21T03:00:00Z");
	MUST(rq_snapshot_export(&archived, &vault, manifest.sha256, path, NULL, &err));
	MUST(rq_file_read(&text, path, &err));
	ck_assert_int_eq(sscanf(text.data + 124, "%11lo", &manifest_size), 1);
	size_t chunk = 512 + blocks_of(manifest_size);
	snprintf(where, sizeof where, "%s/other", root);
	open_to(RQ_VAULT_ADD);
	char *copy = malloc(text.size + 1024);
	ck_assert_ptr_nonnull(copy);
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		memcpy(copy, text.data, text.size);
		if (hostile[i].name != NULL)
			snprintf(copy + chunk, 100, "%s", hostile[i].name);
		if (hostile[i].size != NULL)
			memcpy(copy + chunk + 124, hostile[i].size, 11);
		copy[chunk + 156] = hostile[i].type;
		snprintf(copy + chunk + 157, 100, "%s", hostile[i].link);
		seal_header(copy, chunk);
		put(path, copy, text.size);
		ck_assert_msg(rq_snapshot_import(&archived, &vault, path, NULL, &err) == RQ_E_DATA, "case %zu", i);
		ck_assert_msg(strstr(err.text, "expected what \"rqgate snapshot export\" writes") != NULL, "case %zu: %s", i, err.text);
	}
	memcpy(copy, text.data, chunk + 1024); /* the first chunk twice */
	memcpy(copy + chunk + 1024, text.data + chunk, text.size - chunk);
	put(path, copy, text.size + 1024);
	ck_assert_int_eq(rq_snapshot_import(&archived, &vault, path, NULL, &err), RQ_E_DATA);
	const char *const *names;
	size_t count;
	MUST(rq_digests_in(&names, &count, vault.packs, &arena, &err));
	ck_assert_uint_eq(count, 0);
	MUST(rq_vault_seals(&names, &count, &vault, &arena, &err));
	ck_assert_uint_eq(count, 0);
	ck_assert(!rq_file_exists("/tmp/rqgate-hostile") && !rq_file_exists(path_in_root("chunk")));
	free(copy);
	rq_buf_release(&text);
}
END_TEST

Suite *archive_suite(void)
{
	Suite *suite = suite_create("archive");
	TCase *tests = tcase_create("archive");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_manifest_that_lies_is_refused);
	tcase_add_test(tests, an_archive_that_somebody_made_is_refused);
	tcase_add_test(tests, an_archive_comes_back_and_every_flip_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
