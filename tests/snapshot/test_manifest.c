/* A manifest there and back; its digests as other programs compute them; what was changed is told with its place. */
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/snapshot/manifest.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORPUS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static char folder[64];
static struct rq_error err;
static struct rq_manifest manifest, read_back;

static struct rq_named_text versions[] = {{"rqgate", "0.1.0"}, {"FAISS", "1.7.3"}}, digests[] = {{"corpus", CORPUS}};
static struct rq_manifest_fact facts[] = {{"nDCG@10", NULL, 1 / 3.}, {"similarity", "cosine", 0}, {"never measured", NULL, (double)NAN}};

static void put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	ck_assert_msg(rq_file_write(path, text, strlen(text), &err) == RQ_OK, "%s", err.text);
}

static void write_one(const char *created)
{
	rq_manifest_release(&manifest);
	manifest = (struct rq_manifest){.kind = "reference", .created = created, .created_by = "rqgate drift", .versions = versions, .version_count = 2,
	                                .model = {.embedder = "lsa", .dimension = 2}, .digests = digests, .digest_count = 1,
	                                .facts = facts, .fact_count = 3};
	ck_assert_msg(rq_manifest_add_file(&manifest, folder, "documents.ids", &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(rq_manifest_write(&manifest, folder, &err) == RQ_OK, "%s", err.text);
}

static void set_up(void)
{
	err = (struct rq_error){0};
	strcpy(folder, "/tmp/rqgate-manifest-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	put("documents.ids", "d1\nd2\n");
	write_one("2026-11-21T03:00:00Z");
}

static void tear_down(void)
{
	rq_manifest_release(&manifest);
	rq_manifest_release(&read_back);
	rq_remove_tree(folder);
}

static enum rq_status read_it(const char *kind)
{
	rq_manifest_release(&read_back);
	return rq_manifest_read(&read_back, folder, kind, &err);
}

START_TEST(what_was_written_is_read)
{
	ck_assert_msg(read_it("reference") == RQ_OK, "%s", err.text);
	ck_assert_str_eq(read_back.kind, "reference");
	ck_assert_str_eq(read_back.created, "2026-11-21T03:00:00Z");
	ck_assert_str_eq(read_back.created_by, "rqgate drift");
	ck_assert_ptr_null(read_back.batch);
	ck_assert_uint_eq(read_back.version_count, 2);
	ck_assert_str_eq(read_back.versions[1].name, "FAISS");
	ck_assert_str_eq(read_back.versions[1].text, "1.7.3");
	ck_assert_str_eq(read_back.model.embedder, "lsa");
	ck_assert_ptr_null(read_back.model.fingerprint);
	ck_assert_uint_eq(read_back.model.dimension, 2);
	ck_assert_str_eq(rq_manifest_digest(&read_back, "corpus"), CORPUS);
	ck_assert_ptr_null(rq_manifest_digest(&read_back, "topics"));
	ck_assert_uint_eq(read_back.file_count, 1);
	ck_assert_uint_eq(read_back.files[0].bytes, 6);
	ck_assert(rq_manifest_fact(&read_back, "nDCG@10")->number == 1 / 3.);
	ck_assert_str_eq(rq_manifest_fact(&read_back, "similarity")->text, "cosine");
	ck_assert(isnan(rq_manifest_fact(&read_back, "never measured")->number));
	ck_assert_ptr_null(rq_manifest_fact(&read_back, "R@10"));
	ck_assert_str_eq(read_back.sha256, manifest.sha256);
	ck_assert_str_eq(read_back.content, manifest.content);
}
END_TEST

/* By Python: hashlib.sha256 of json.dumps(value, separators=(",", ":")) of each member, "KEY":VALUE and a line end. */
START_TEST(digests_are_those_that_others_compute)
{
	ck_assert_str_eq(manifest.files[0].sha256, "58b4e659870a35e0bd2d2562fbec02f7d3d41429d63c27dba88e4b5f4fd74dbf");
	ck_assert_str_eq(manifest.sha256, "8c4a16ef5b1c3b90073dcb53052cbe005164b4993d32f9be3e9c03f9e2f2ee63");
	ck_assert_str_eq(manifest.content, "2fafd7d5cc241c90914450cbca1040f90fd6deb6cf1e8d2dee46821b538d6978");
}
END_TEST

START_TEST(who_made_it_and_when_is_no_content)
{
	char sha256[RQ_SHA256_HEX], content[RQ_SHA256_HEX];

	memcpy(sha256, manifest.sha256, sizeof sha256);
	memcpy(content, manifest.content, sizeof content);
	write_one("2026-11-28T03:00:00Z");
	ck_assert_str_ne(manifest.sha256, sha256);
	ck_assert_str_eq(manifest.content, content);
	put("documents.ids", "d1\nd3\n");
	write_one("2026-11-21T03:00:00Z");
	ck_assert_str_ne(manifest.content, content);
}
END_TEST

START_TEST(files_are_checked)
{
	char path[128], expected[512];

	ck_assert_int_eq(read_it("reference"), RQ_OK);
	ck_assert_int_eq(rq_manifest_check_file(&read_back, folder, "documents.ids", &err), RQ_OK);
	put("documents.ids", "d1\nd3\n");
	snprintf(path, sizeof path, "%s/documents.ids", folder);
	ck_assert_int_eq(rq_manifest_check_file(&read_back, folder, "documents.ids", &err), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "/documents.ids: has sha256 "));
	put("documents.ids", "d1\n");
	ck_assert_int_eq(rq_manifest_check_file(&read_back, folder, "documents.ids", &err), RQ_E_DATA);
	snprintf(expected, sizeof expected, "%s: has 3 bytes, and 6 by its manifest; restore the folder, or remove it", path);
	ck_assert_str_eq(err.text, expected);
	ck_assert_int_eq(rq_manifest_check_file(&read_back, folder, "topics.ids", &err), RQ_E_DATA);
	snprintf(expected, sizeof expected, "%s/manifest.json: has no file \"topics.ids\"; restore the folder, or remove it", folder);
	ck_assert_str_eq(err.text, expected);
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(rq_manifest_check_file(&read_back, folder, "documents.ids", &err), RQ_E_IO);
}
END_TEST

/* The file with the first `old` replaced. */
static void edit(const char *old, const char *new)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0}, edited = {0};
	char path[128];

	snprintf(path, sizeof path, "%s/manifest.json", folder);
	ck_assert_int_eq(rq_file_read(&text, path, &err), RQ_OK);
	char *at = strstr(text.data, old);
	ck_assert_msg(at != NULL, "no %s in %s", old, text.data);
	rq_buf_add(&edited, text.data, (size_t)(at - text.data));
	rq_buf_puts(&edited, new);
	rq_buf_puts(&edited, at + strlen(old));
	ck_assert_int_eq(rq_file_write(path, edited.data, edited.size, &err), RQ_OK);
}

static const struct {
	const char *old, *new, *told;
} edits[] = {
	{"\"embedder\": \"lsa\"", "\"embedder\": \"hash\"",
     "was changed since it was written (what it says has another sha256 than it tells); restore the folder, or remove it"},
	{"\"facts\"", "\"later\": 1, \"facts\"", "was changed since it was written"},
	{"\"schema_version\": 1", "\"schema_version\": 2", "schema_version: 2 is not allowed; expected 1"},
	{"\"kind\": \"reference\"", "\"kind\": \"index\"", "kind: \"index\" is not allowed; expected \"reference\""},
	{"T03:00:00Z", "T25:00:00Z", "created: \"2026-11-21T25:00:00Z\" is not allowed; expected a time in UTC, \"2026-11-21T03:36:50Z\""},
	{"\"documents.ids\"", "\"../documents.ids\"",
     "files[0].name: \"../documents.ids\" is not allowed; expected names of files in the folder itself, each once"},
	{"\"documents.ids\"", "\"manifest.json\"", "files[0].name: "},
	{"\"bytes\": 6", "\"bytes\": -6", "files[0].bytes: -6 is not allowed; "},
	{"\"similarity\": \"cosine\"", "\"similarity\": [\"cosine\"]", "facts.similarity: "},
	{CORPUS, "aaaa", "digests.corpus: \"aaaa\" is not allowed; expected 64 hexadecimal digits"},
	{"\"sha256\": \"", "\"sha\": \"", "files[0].sha256: missing; "},
};

START_TEST(what_was_changed_is_told)
{
	edit(edits[_i].old, edits[_i].new);
	ck_assert_int_eq(read_it("reference"), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, edits[_i].told) != NULL, "%s", err.text);
	ck_assert_ptr_nonnull(strstr(err.text, "/manifest.json: "));
}
END_TEST

/* Git changes them. */
START_TEST(blanks_and_line_ends_are_no_change)
{
	edit("{\n", "{\r\n\r\n\t");
	ck_assert_msg(read_it("reference") == RQ_OK, "%s", err.text);
	ck_assert_str_eq(read_back.sha256, manifest.sha256);
}
END_TEST

static void write_chunks(uint64_t bytes, uint32_t first)
{
	struct rq_manifest_chunk chunks[] = {{CORPUS, first}, {CORPUS, 5}};
	const struct rq_manifest_file file = {.name = "index.faiss", .bytes = bytes, .sha256 = CORPUS, .average = 4096, .chunks = chunks, .chunk_count = 2};
	const struct rq_manifest_file ids = {.name = "ids.txt", .sha256 = CORPUS, .average = 4096};

	rq_manifest_release(&manifest);
	manifest = (struct rq_manifest){.kind = "snapshot", .created = "2026-11-21T03:00:00Z", .created_by = "test"};
	ck_assert_int_eq(rq_manifest_put_file(&manifest, &file, &err), RQ_OK);
	ck_assert_int_eq(rq_manifest_put_file(&manifest, &file, &err), RQ_E_INTERNAL);
	ck_assert_int_eq(rq_manifest_put_file(&manifest, &ids, &err), RQ_OK);
	ck_assert_msg(rq_manifest_write(&manifest, folder, &err) == RQ_OK, "%s", err.text);
}

START_TEST(chunks_are_read_and_must_add_up)
{
	write_chunks(12, 7);
	ck_assert_msg(read_it("snapshot") == RQ_OK, "%s", err.text);
	const struct rq_manifest_file *file = rq_manifest_file(&read_back, "index.faiss");
	ck_assert(file->average == 4096 && file->chunk_count == 2 && file->chunks[0].bytes == 7 && file->chunks[1].bytes == 5);
	ck_assert_str_eq(file->chunks[1].sha256, CORPUS);
	ck_assert_str_eq(read_back.sha256, manifest.sha256);
	write_chunks(13, 7);
	ck_assert_int_eq(read_it("snapshot"), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "files[0].bytes: 13 is not allowed; expected those of its chunks together"));
	write_chunks(4194310, 4194305);
	ck_assert_int_eq(read_it("snapshot"), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "expected pairs of 64 hexadecimal digits and a number of bytes, at most 4194304"));
}
END_TEST

START_TEST(names_of_files)
{
	static const char *const bad[] = {"", ".a", "a/b", "..", "a b", "manifest.json", "documents.ids"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(rq_manifest_add_file(&manifest, folder, bad[i], &err), RQ_E_INTERNAL);
	ck_assert_int_eq(rq_manifest_add_file(&manifest, folder, "absent", &err), RQ_E_IO);
	ck_assert_uint_eq(manifest.file_count, 1);
}
END_TEST

Suite *manifest_suite(void)
{
	Suite *suite = suite_create("manifest");
	TCase *tests = tcase_create("manifest");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, what_was_written_is_read);
	tcase_add_test(tests, digests_are_those_that_others_compute);
	tcase_add_test(tests, who_made_it_and_when_is_no_content);
	tcase_add_test(tests, files_are_checked);
	tcase_add_loop_test(tests, what_was_changed_is_told, 0, sizeof edits / sizeof *edits);
	tcase_add_test(tests, blanks_and_line_ends_are_no_change);
	tcase_add_test(tests, chunks_are_read_and_must_add_up);
	tcase_add_test(tests, names_of_files);
	suite_add_tcase(suite, tests);
	return suite;
}
