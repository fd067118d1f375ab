/* A disk that errs under a vault: sectors that it does not give any more, others of which only memory knows what was
 * there. */
#include "evalcore/base/page_cache.h"
#include "evalcore/snapshot/archive.h"
#include "tests/snapshot/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* The byte of a file that every read fails of. */
static struct {
	bool is;
	dev_t disk;
	ino_t file;
	off_t at;
} bad;

/* In place of the system's, for all of this program. */
ssize_t pread(int fd, void *data, size_t size, off_t offset);

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
	struct stat info;

	if (bad.is && fstat(fd, &info) == 0 && info.st_dev == bad.disk && info.st_ino == bad.file && offset <= bad.at && offset + (off_t)size > bad.at) {
		errno = EIO;
		return -1;
	}
	return (ssize_t)syscall(SYS_pread64, fd, data, size, offset);
}

static void make_bad(const char *path, off_t at)
{
	struct stat info;

	ck_assert_int_eq(stat(path, &info), 0);
	bad.is = true;
	bad.disk = info.st_dev;
	bad.file = info.st_ino;
	bad.at = at;
}

static void set_up_disk(void)
{
	bad.is = false;
	set_up();
}

static const char *pack(size_t number, size_t expected)
{
	const char *const *names;
	size_t count;

	MUST(rq_digests_in(&names, &count, vault.packs, &arena, &err));
	ck_assert_uint_eq(count, expected);
	return rq_path_join(&arena, vault.packs, names[number]);
}

/* The next snapshot writes the chunk anew; the bad sector is still there, and whichever of both packs is looked into first. */
START_TEST(what_is_twice_comes_back_from_where_it_can_be_read)
{
	struct rq_restored restored;

	write_random("a", SMALL, 1);
	write_random("b", SMALL, 1); /* one chunk */
	create("2026-11-21T03:00:00Z");
	make_bad(pack(0, 1), 0);
	ck_assert_uint_eq(damages_of(), 2);
	ck_assert_int_eq(restore(manifest.sha256, &restored), RQ_E_IO);
	ck_assert_msg(strstr(err.text, "cannot read: Input/output error") != NULL, "%s", err.text);
	write_random("c", SMALL, 2); /* so that it is not the same pack again */
	ck_assert_int_eq(rename(path_in_root("c"), path_in_root("b")), 0);
	create("2026-11-21T04:00:00Z");
	for (size_t i = 0; i < 2; i++) {
		rq_remove_tree(to);
		make_bad(pack(i, 2), 0);
		ck_assert_uint_eq(damages_of(), 0);
		MUST(restore(manifest.sha256, &restored));
		ck_assert(same_files(path_in_root("a"), path_in_root("serving/current/index.faiss")));
		ck_assert(same_files(path_in_root("b"), path_in_root("serving/current/ids.txt")));
	}
}
END_TEST

/* Of the first snapshot, which goes, the second one needs a quarter; where that cannot be read it is not moved, and prune is
 * no less done. */
START_TEST(a_pack_that_cannot_be_moved_stays)
{
	enum { SIZE = 200000 };
	const struct rq_retention none = {.since = INT64_MAX};
	struct rq_buf first = {0}, second = {0};
	struct rq_pruned pruned;

	write_random("b", 0, 1);
	write_random("a", SIZE, 1);
	MUST(rq_file_read(&first, path_in_root("a"), &err));
	create("2026-11-21T01:00:00Z");
	const char *path = pack(0, 1);
	write_random("a", SIZE, 2);
	MUST(rq_file_read(&second, path_in_root("a"), &err));
	memcpy(second.data, first.data, SIZE / 4);
	MUST(rq_file_write(path_in_root("a"), second.data, SIZE, &err));
	create("2026-11-21T02:00:00Z");
	const char *seal = rq_arena_strdup(&arena, manifest.sha256);
	write_random("a", SIZE, 3);
	create("2026-11-21T03:00:00Z");
	make_bad(path, 0);
	open_to(RQ_VAULT_REMOVE);
	MUST(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err));
	ck_assert(pruned.count == 1 && rq_file_exists(path));
	ck_assert_uint_eq(damages_of(), 0);
	memcpy(manifest.sha256, seal, RQ_SHA256_HEX);
	ck_assert_uint_eq(damages_of(), 1);
	bad.is = false;
	ck_assert_uint_eq(damages_of(), 0);
	rq_buf_release(&first);
	rq_buf_release(&second);
}
END_TEST

/* ---- who may not read ---- */

static void become_nobody(void)
{
	ck_assert_int_eq(chmod(root, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
}

static void tear_down_disk(void)
{
	ck_assert_int_eq(seteuid(getuid()), 0);
	tear_down();
}

/* It is no damage, no copy of something else is taken for all that there is, and `prune` leaves it where it is. */
START_TEST(a_pack_that_may_not_be_read_says_nothing)
{
	const struct rq_retention all = {.newest = 9, .since = INT64_MAX};
	struct rq_buf bytes = {0};
	struct rq_checked checked;
	struct rq_pruned pruned;

	write_random("a", SMALL, 1);
	write_random("b", SMALL, 2);
	create("2026-11-21T03:00:00Z");
	const char *seal[] = {manifest.sha256}, *path = pack(0, 1), *said = "cannot open: Permission denied; whether snapshots are whole cannot be told without it";
	const char *other = rq_path_join(&arena, vault.packs, manifest.sha256);
	ck_assert_int_eq(chmod(vault.packs, 0777), 0);
	ck_assert_int_eq(chmod(path, 0), 0);
	open_to(RQ_VAULT_REMOVE);
	become_nobody();
	ck_assert_int_eq(rq_snapshot_verify(&checked, &vault, seal, 1, NULL, &arena, &err), RQ_E_IO);
	ck_assert_msg(strstr(err.text, said) != NULL, "%s", err.text);
	ck_assert_int_eq(rq_snapshot_peek(&bytes, &manifest, "index.faiss", &vault, &err), RQ_E_IO);
	ck_assert_msg(strstr(err.text, said) != NULL, "%s", err.text);
	rq_buf_release(&bytes);
	ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert(chmod(path, 0644) == 0 && (put(other, "x", 1), chmod(other, 0)) == 0);
	become_nobody();
	MUST(rq_snapshot_prune(&pruned, &vault, &all, &arena, &err));
	ck_assert(rq_file_exists(other));
	ck_assert_uint_eq(damages_of(), 0); /* what is needed can be read */
}
END_TEST

/* ---- what memory holds ---- */

enum { LARGE = 3 << 20 };

static void verify_it(void)
{
	ck_assert_uint_eq(damages_of(), 0);
}

static void create_another(void)
{
	write_random("a", SMALL, 3);
	write_random("b", SMALL, 4);
	create("2026-11-21T04:00:00Z");
}

static void prune_none(void)
{
	const struct rq_retention all = {.newest = 9, .since = INT64_MAX};
	struct rq_pruned pruned;

	open_to(RQ_VAULT_REMOVE);
	MUST(rq_snapshot_prune(&pruned, &vault, &all, &arena, &err));
}

/* An archive of something else. */
static void archive_another(void)
{
	struct rq_archived archived;

	snprintf(where, sizeof where, "%s/other", root);
	create_another();
	MUST(rq_snapshot_export(&archived, &vault, manifest.sha256, path_in_root("archive"), NULL, &err));
	snprintf(where, sizeof where, "%s/vault", root);
}

static void import_another(void)
{
	struct rq_archived archived;

	MUST(rq_snapshot_import(&archived, &vault, path_in_root("archive"), NULL, &err));
	ck_assert(archived.made);
}

static void (*const jobs[])(void) = {verify_it, create_another, prune_none, import_another};

static double in_memory(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	double share = rq_pages_in_memory(fd);

	close(fd);
	return share;
}

/* What memory has of a pack may be what was written, where the disk has something else. The index of the pack is read again,
 * and chunks that are looked at. */
START_TEST(what_is_read_is_what_the_disk_has)
{
	struct rq_buf bytes = {0};

	archive_another();
	write_random("a", LARGE, 1);
	write_random("b", SMALL, 2);
	create("2026-11-21T03:00:00Z");
	const char *path = pack(0, 1);
	rq_pages_drop_of(path);
	bool forgets = in_memory(path) == 0; /* a file system in memory does not */
	MUST(rq_file_read(&bytes, path, &err));
	rq_buf_release(&bytes);
	ck_assert_double_eq(in_memory(path), 1);
	jobs[_i]();
	ck_assert_msg(!forgets || in_memory(path) < .5, "%.2f of the pack was not read again", in_memory(path));
}
END_TEST

Suite *sectors_suite(void)
{
	Suite *suite = suite_create("sectors");
	TCase *tests = tcase_create("sectors");

	tcase_add_checked_fixture(tests, set_up_disk, tear_down_disk);
	tcase_add_test(tests, what_is_twice_comes_back_from_where_it_can_be_read);
	tcase_add_test(tests, a_pack_that_cannot_be_moved_stays);
	tcase_add_test(tests, a_pack_that_may_not_be_read_says_nothing);
	tcase_add_loop_test(tests, what_is_read_is_what_the_disk_has, 0, sizeof jobs / sizeof *jobs);
	suite_add_tcase(suite, tests);
	return suite;
}
