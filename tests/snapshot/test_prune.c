/* Prune removes nothing where anything cannot be told; jobs that may not meet wait for each other. */
#include "tests/snapshot/vault.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* In place of the C library's: the disk errs at this name of a folder, counted from 1; 0: it does not. */
static int fail_name;

struct dirent *readdir(DIR *stream)
{
	if (fail_name > 0 && --fail_name == 0) {
		errno = EIO;
		return NULL;
	}
	return ((__typeof__(&readdir))dlsym(RTLD_NEXT, "readdir"))(stream);
}

enum { COUNT = 4 };
static char seals[COUNT][RQ_SHA256_HEX];
static const struct rq_retention none = {.since = INT64_MAX};

static void set_up_four(void)
{
	char when[32];

	set_up();
	for (int i = 0; i < COUNT; i++) {
		write_random("a", SMALL, (uint64_t)i + 1);
		write_random("b", SMALL, 77);
		snprintf(when, sizeof when, "2026-11-21T0%d:00:00Z", i);
		create(when);
		memcpy(seals[i], manifest.sha256, RQ_SHA256_HEX);
	}
	open_to(RQ_VAULT_REMOVE);
}

/* `faults` beside them: of the log. */
static void expect_all_there(size_t faults)
{
	const char *const all[] = {seals[0], seals[1], seals[2], seals[3]};
	struct rq_checked checked;
	const char *const *there;
	size_t count;

	MUST(rq_vault_seals(&there, &count, &vault, &arena, &err));
	ck_assert_uint_eq(count, COUNT);
	MUST(rq_snapshot_verify(&checked, &vault, all, COUNT, NULL, &arena, &err));
	ck_assert_msg(checked.count == faults, "%s", checked.count == 0 ? "" : checked.damages[0].reason);
}

static void expect_refused(enum rq_status status, const char *said)
{
	struct rq_pruned pruned;

	err = (struct rq_error){0};
	ck_assert_int_eq(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err), status);
	ck_assert_msg(strstr(err.text, said) != NULL, "%s", err.text);
	expect_all_there(status == RQ_E_DATA);
}

/* Packs that are not seen are not lost, and snapshots that are not seen need their chunks. */
START_TEST(a_folder_that_is_not_read_to_its_end)
{
	struct rq_pruned pruned;
	int refused = 0;

	for (int at = 1;; at++) {
		err = (struct rq_error){0};
		fail_name = at;
		enum rq_status status = rq_snapshot_prune(&pruned, &vault, &(struct rq_retention){.since = INT64_MAX, .dry = true}, &arena, &err);
		bool failed = fail_name == 0;
		fail_name = 0;
		if (!failed)
			break;
		ck_assert_msg(status == RQ_E_IO && strstr(err.text, "cannot read: Input/output error") != NULL, "at name %d: %s", at, err.text);
		fail_name = at;
		ck_assert_int_eq(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err), RQ_E_IO);
		fail_name = 0;
		expect_all_there(0);
		refused++;
	}
	ck_assert_msg(refused > 2 * COUNT, "only %d", refused); /* names of snapshots and of packs */
	MUST(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err));
	ck_assert_uint_eq(pruned.count, 2);
}
END_TEST

START_TEST(a_manifest_that_is_not_understood)
{
	const char *path = rq_path_join(&arena, rq_vault_folder(&vault, seals[1], &arena), RQ_MANIFEST_FILE);
	struct rq_buf text = {0};

	MUST(rq_file_read(&text, path, &err));
	char *version = strstr(text.data, "\"schema_version\": 1");
	ck_assert_ptr_nonnull(version);
	version[strlen("\"schema_version\": ")] = '9';
	put(path, text.data, text.size);
	struct rq_pruned pruned;
	ck_assert_int_ne(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err), RQ_OK);
	ck_assert_msg(strstr(err.text, "schema_version") != NULL, "%s", err.text);
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err), RQ_E_IO);
	version[strlen("\"schema_version\": ")] = '1';
	put(path, text.data, text.size);
	expect_all_there(0);
	rq_buf_release(&text);
}
END_TEST

/* The log and a file say that it is pinned: either is enough, and both are gone only after "unpin". */
START_TEST(a_pin_that_is_lost)
{
	struct rq_pruned pruned;
	const char *file = rq_path_join(&arena, vault.pins, seals[0]);

	for (int i = 0; i < COUNT; i++)
		MUST(rq_vault_pin(&vault, seals[i], true, "2026-11-21T05:00:00Z", &err));
	ck_assert_int_eq(remove(file), 0);
	rq_remove_tree(vault.pins);
	MUST(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err));
	expect_all_there(0);
	put(vault.pins, "", 0); /* no folder: nobody knows what was in it */
	expect_refused(RQ_E_IO, "cannot read: Not a directory");
	ck_assert_int_eq(remove(vault.pins), 0);
	MUST(rq_vault_pin(&vault, seals[0], true, "2026-11-21T05:00:00Z", &err));
	MUST(rq_vault_pin(&vault, seals[1], true, "2026-11-21T05:00:00Z", &err));
	ck_assert_int_eq(remove(path_in_root("vault/switches")), 0);
	expect_refused(RQ_E_DATA, "is missing");
	MUST(rq_vault_switch(&vault, seals[3], "2026-11-21T06:00:00Z", &err)); /* begins the log anew, with the pins */
	rq_remove_tree(vault.pins);
	MUST(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err));
	ck_assert(pruned.count == 1 && strcmp(pruned.seals[0], seals[2]) == 0);
	MUST(rq_vault_pin(&vault, seals[0], false, "2026-11-21T07:00:00Z", &err));
	MUST(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err));
	ck_assert(pruned.count == 1 && strcmp(pruned.seals[0], seals[0]) == 0);
}
END_TEST

/* ---- locks ---- */

/* What another process has locked a file of the vault says, whoever has opened its folder: a folder's lock is not known to other machines. */
static int locked_by_another(const char *name, int kind)
{
	int fd = open(path_in_root(name), O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, kind | LOCK_NB), 0);
	return fd;
}

static enum rq_status try_to(enum rq_vault_use use)
{
	struct rq_vault other = {0};

	err = (struct rq_error){0};
	enum rq_status status = rq_vault_open(&other, where, use, .05, &err);
	rq_vault_close(&other);
	return status;
}

START_TEST(who_removes_is_alone)
{
	ck_assert_int_eq(try_to(RQ_VAULT_READ), RQ_E_LOCKED);
	ck_assert_int_eq(try_to(RQ_VAULT_ADD), RQ_E_LOCKED);
	ck_assert_int_eq(try_to(RQ_VAULT_REMOVE), RQ_E_LOCKED);
	open_to(RQ_VAULT_ADD);
	MUST(try_to(RQ_VAULT_READ));
	MUST(try_to(RQ_VAULT_ADD));
	ck_assert_int_eq(try_to(RQ_VAULT_REMOVE), RQ_E_LOCKED);
	rq_vault_close(&vault);
	int fd = locked_by_another("vault/lock", LOCK_SH);
	ck_assert_int_eq(try_to(RQ_VAULT_REMOVE), RQ_E_LOCKED);
	MUST(try_to(RQ_VAULT_ADD));
	close(fd);
	fd = locked_by_another("vault/lock", LOCK_EX);
	ck_assert_int_eq(try_to(RQ_VAULT_READ), RQ_E_LOCKED);
	close(fd);
	MUST(try_to(RQ_VAULT_REMOVE));
}
END_TEST

/* Who may not write in the vault can read all the same; what a mount that is only read refuses (EROFS) takes the same way. */
START_TEST(who_may_not_write_reads)
{
	int status;

	rq_vault_close(&vault);
	ck_assert_int_eq(chmod(root, 0755), 0);
	for (int round = 0; round < 2; round++) {
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			if ((geteuid() == 0 && setuid(65534) != 0) || chdir("/") != 0)
				_exit(1);
			MUST(rq_vault_open(&vault, where, RQ_VAULT_READ, 0, &err));
			ck_assert_int_eq(vault.lock >= 0, round == 0); /* a lock is taken where there is one */
			expect_all_there(0);
			rq_vault_close(&vault);
			_exit(round == 0 || rq_vault_open(&vault, where, RQ_VAULT_REMOVE, 0, &err) == RQ_E_IO ? 0 : 1);
		}
		ck_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
		ck_assert_int_eq(remove(path_in_root("vault/lock")), round == 0 ? 0 : -1);
		ck_assert_int_eq(chmod(where, 0555), 0);
	}
	ck_assert_int_eq(chmod(where, 0755), 0);
}
END_TEST

/* Several at once: each has its line in the log, and each snapshot is there. */
START_TEST(two_at_once_lose_nothing)
{
	enum { JOBS = 6 };
	struct rq_switch *switches;
	size_t count;

	open_to(RQ_VAULT_ADD);
	for (int i = 0; i < JOBS; i++) {
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid > 0)
			continue;
		rq_vault_close(&vault);
		char when[32];
		snprintf(when, sizeof when, "2026-11-22T0%d:00:00Z", i);
		const struct rq_snapshot_file files[] = {{"index.faiss", path_in_root(i % 2 == 0 ? "a" : "b"), NULL}, {"ids.txt", path_in_root("b"), NULL}};
		struct rq_manifest mine = {.kind = RQ_SNAPSHOT_KIND, .created = when, .created_by = "test", .batch = when};
		bool made = rq_vault_open(&vault, where, RQ_VAULT_ADD, 30, &err) == RQ_OK &&
		            rq_snapshot_create(&created, &mine, &vault, files, 2, NULL, &err) == RQ_OK;
		_exit(made ? 0 : 1);
	}
	for (int i = 0, status; i < JOBS; i++)
		ck_assert(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	MUST(rq_vault_switches(&switches, &count, &vault, &arena, &err));
	for (size_t i = 0; i < count; i++) {
		memcpy(manifest.sha256, switches[i].sha256, RQ_SHA256_HEX);
		ck_assert_uint_eq(damages_of(), 0);
	}
	ck_assert_uint_gt(count, COUNT);
}
END_TEST

Suite *prune_suite(void)
{
	Suite *suite = suite_create("prune");
	TCase *tests = tcase_create("prune");

	tcase_add_checked_fixture(tests, set_up_four, tear_down);
	tcase_add_test(tests, a_folder_that_is_not_read_to_its_end);
	tcase_add_test(tests, a_manifest_that_is_not_understood);
	tcase_add_test(tests, a_pin_that_is_lost);
	tcase_add_test(tests, who_removes_is_alone);
	tcase_add_test(tests, who_may_not_write_reads);
	tcase_add_test(tests, two_at_once_lose_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
