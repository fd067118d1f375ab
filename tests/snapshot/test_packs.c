/* Chunks that several packs have. */
#include "evalcore/snapshot/packs.h"
#include "tests/snapshot/vault.h"

#include <check.h>
#include <string.h>

/* Two packs have the chunk; the one that is asked first cannot be read, and it is no matter which. */
START_TEST(a_chunk_comes_from_the_pack_that_can_be_read)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest first = {0};
	RQ_CLEANUP(rq_packs_close) struct rq_packs one = {0};
	RQ_CLEANUP(rq_packs_close) struct rq_packs packs = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf whole = {0};
	char seal[RQ_SHA256_HEX];

	write_random("a", SMALL, 1);
	write_random("b", SMALL, 1); /* one chunk */
	create("2026-11-21T03:00:00Z");
	memcpy(seal, manifest.sha256, sizeof seal);
	MUST(rq_packs_open(&one, vault.packs, &err));
	ck_assert_uint_eq(one.count, 1);
	MUST(rq_file_read(&whole, one.items[0].path, &err));
	put(one.items[0].path, "x", 1);
	write_random("b", SMALL, 2);
	create("2026-11-21T04:00:00Z"); /* that chunk anew, and another */
	put(one.items[0].path, whole.data, whole.size);
	MUST(rq_vault_read(&first, &vault, seal, &err));
	MUST(rq_packs_open(&packs, vault.packs, &err));
	ck_assert_uint_eq(packs.count, 2);
	const struct rq_place *place = rq_packs_find(&packs, &first.files[0].chunks[0]);
	ck_assert(place != NULL && rq_packs_next(&packs, place) != NULL);
	ck_assert_int_eq(remove(packs.items[place->pack].path), 0);
	MUST(rq_snapshot_check_files(&first, &packs, &err));
}
END_TEST

Suite *packs_suite(void)
{
	Suite *suite = suite_create("packs");
	TCase *tests = tcase_create("packs");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, a_chunk_comes_from_the_pack_that_can_be_read);
	suite_add_tcase(suite, tests);
	return suite;
}
