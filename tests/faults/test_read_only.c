/* A vault on a mount that is only read: what is found there can be kept nowhere, and counts all the same. */
#include "snapshots.h"

#include "tests/faults/places.h"

#include <sys/mount.h>

#define GATE \
	"{\"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, \"snapshots\": \"kept\", " \
	"\"embedders\": {\"hash\": {\"kind\": \"hash\", \"dim\": 8}}, \"baseline\": {}, \"candidate\": {}, \"metrics\": [\"RR@10\"], " \
	"\"gates\": [\"rollback(30d) <= 300s\"]}"

static void mount_to_read(void)
{
	char *kept = cli_path("kept");

	ck_assert_int_eq(mount(kept, kept, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(mount(NULL, kept, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	free(kept);
}

static void unmount(void)
{
	char *kept = cli_path("kept");

	ck_assert_int_eq(umount2(kept, MNT_DETACH), 0);
	free(kept);
}

static void expect_warned(struct cli result, const char *part)
{
	const char *first = strstr(result.err, part);

	ck_assert_msg(first != NULL && strstr(first + 1, part) == NULL, "\"%s\" is not once in:\n%s", part, result.err);
	cli_free(&result);
}

START_TEST(a_gate_looks_for_damage_that_cannot_be_kept)
{
	char path[300];

	cli_example();
	cli_write("gate.json", GATE);
	two_nights();
	drop(CLI_EXPECT(0, "snapshot", "drill", "previous", "--store", "kept"));
	if (!place_private_mounts())
		return;
	mount_to_read();
	drop(CLI_EXPECT(0, "run", "gate.json"));
	unmount();
	struct cli shown = CLI_EXPECT(0, "snapshot", "show", "previous", "--json", "--store", "kept");
	rq_json *root = cli_parse(shown.out, "manifest");
	find_pack(path, sizeof path, root);
	struct rq_buf pack = cli_read(path);
	pack.data[0] ^= 1;
	cli_write_bytes(path, pack.data, pack.size);
	mount_to_read();
	expect_warned(CLI_EXPECT(1, "snapshot", "verify", "--store", "kept"),
	              "rqgate: warning: the vault does not know of this damage; ");
	expect_said(CLI_EXPECT(1, "run", "gate.json"), " is not possible: kept/packs/");
	unmount();
	rq_buf_release(&pack);
	rq_json_free(root);
	cli_free(&shown);
}
END_TEST

START_TEST(without_a_lock_is_told_once)
{
	cli_example();
	cli_write("gate.json", GATE);
	two_nights();
	cli_remove("kept/lock");
	if (!place_private_mounts())
		return;
	mount_to_read();
	expect_warned(CLI_EXPECT(0, "snapshot", "list", "--store", "kept"),
	              "rqgate: warning: \"kept\": is read without a lock, for it has no file \"lock\" and none ");
	expect_warned(CLI_EXPECT(0, "compare", "current", "previous", "--store", "kept", "--scratch", "."),
	              "\"kept\": is read without a lock, ");
	expect_said(CLI_EXPECT(1, "run", "gate.json"), "kept\": is read without a lock, ");
	unmount();
}
END_TEST

Suite *read_only_suite(void)
{
	Suite *suite = suite_create("read_only");
	TCase *tests = cli_case("read_only");

	tcase_add_test(tests, a_gate_looks_for_damage_that_cannot_be_kept);
	tcase_add_test(tests, without_a_lock_is_told_once);
	suite_add_tcase(suite, tests);
	return suite;
}
