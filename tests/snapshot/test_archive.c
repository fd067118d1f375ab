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

Suite *archive_suite(void)
{
	Suite *suite = suite_create("archive");
	TCase *tests = tcase_create("archive");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_manifest_that_lies_is_refused);
	tcase_add_test(tests, an_archive_comes_back_and_every_flip_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
