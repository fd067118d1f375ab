/* Drills: an index comes back and answers as it did, or is found out. */
#include "datasets/datasets.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/machine.h"
#include "evalcore/base/page_cache.h"
#include "evalcore/base/random.h"
#include "evalcore/base/seal.h"
#include "evalcore/base/system.h"
#include "evalcore/snapshot/drill.h"
#include "evalcore/snapshot/serving.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROWS = 400, DIMENSION = 16, QUERIES = 37, CUTOFF = 5 };

static char root[64], where[96];
static struct rq_error err;
static struct rq_arena arena;
static struct rq_vault vault;
static struct rq_manifest manifest;
static const struct rq_serving_how how = {"faiss", "efSearch=16", "cosine"};

#define HOW(to, when) &(const struct rq_drill_how){to, when, "rqgate 0.0.1"}
#define MUST(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

static const char *path_in_root(const char *name)
{
	return rq_path_join(&arena, root, name);
}

static void fill(struct rq_vectors *vectors, size_t n, size_t d, uint64_t seed, double shift)
{
	struct rq_random random;

	MUST(rq_vectors_init(vectors, n, d, &err));
	rq_random_seed(&random, seed);
	for (size_t i = 0; i < n * d; i++)
		vectors->data[i] = (float)(rq_random_normal(&random) + shift);
	rq_vectors_normalise(vectors);
}

static void write_index(void)
{
	const struct rq_backend *faiss = rq_backend_find("faiss");
	const struct rq_index_config config = {.kind = "faiss", .factory = "HNSW8,Flat", .seed = 1, .threads = 1};
	struct rq_vectors vectors;
	struct rq_index *index;
	FILE *ids = fopen(path_in_root("a.ids"), "w"), *stream = fopen(path_in_root("a.faiss"), "w");

	fill(&vectors, ROWS, DIMENSION, 1, 0);
	MUST(faiss->build(&index, &config, RQ_INNER_PRODUCT, &vectors, NULL, &err));
	MUST(faiss->save(index, stream, &err));
	for (int i = 0; i < ROWS; i++)
		fprintf(ids, "d%d\n", i);
	ck_assert(fclose(stream) == 0 && fclose(ids) == 0);
	faiss->close(index);
	rq_vectors_release(&vectors);
}

/* The manifest says `how`. */
static void record(const struct rq_serving_how *searched)
{
	struct rq_serving serving = {0};
	struct rq_vectors queries;
	struct rq_ids ids = {0};
	struct rq_index_structure structure;
	char name[16];

	fill(&queries, QUERIES, DIMENSION, 2, 0);
	for (int i = 0; i < QUERIES; i++) {
		snprintf(name, sizeof name, "q%d", i);
		ck_assert_uint_ne(rq_ids_add(&ids, name, strlen(name), NULL), RQ_ID_NONE);
	}
	MUST(rq_serving_open(&serving, searched, path_in_root("a.faiss"), path_in_root("a.ids"), &err));
	MUST(rq_serving_describe(&manifest, &structure, &serving, &how, &err));
	MUST(rq_serving_record(&manifest, &serving, &queries, &ids, CUTOFF, root, &err));
	rq_serving_close(&serving);
	rq_vectors_release(&queries);
	rq_ids_release(&ids);
}

static void keep(const struct rq_serving_how *searched)
{
	struct rq_created created;

	manifest = (struct rq_manifest){.kind = RQ_SNAPSHOT_KIND, .created = "2026-11-21T03:00:00Z", .created_by = "test"};
	record(searched);
	const struct rq_snapshot_file files[] = {{"index.faiss", path_in_root("a.faiss"), NULL}, {"ids.ids", path_in_root("a.ids"), NULL},
	                                         {RQ_QUERIES, path_in_root(RQ_QUERIES), NULL}, {RQ_QUERY_IDS, path_in_root(RQ_QUERY_IDS), NULL},
	                                         {RQ_RANKED, path_in_root(RQ_RANKED), NULL}};
	MUST(rq_snapshot_create(&created, &manifest, &vault, files, 5, NULL, &err));
}

static void set_up(void)
{
	err = (struct rq_error){0};
	strcpy(root, "/tmp/rqgate-drill-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(where, sizeof where, "%s/vault", root);
	write_index();
	MUST(rq_vault_open(&vault, where, RQ_VAULT_ADD, 1, &err));
	keep(&how);
}

static void tear_down(void)
{
	rq_vault_close(&vault);
	rq_manifest_release(&manifest);
	rq_arena_release(&arena);
	rq_remove_tree(root);
}

START_TEST(a_whole_snapshot_passes_and_is_remembered)
{
	struct rq_drill drill, last;
	bool found;

	MUST(rq_drill_last(&last, &found, &vault, manifest.sha256, &arena, &err));
	ck_assert(!found);
	MUST(rq_drill_make(&drill, &vault, manifest.sha256, HOW(NULL, "2026-11-22T03:00:00Z"), NULL, &arena, &err));
	ck_assert_msg(drill.passed, "%s", drill.reason);
	ck_assert(drill.queries == QUERIES && drill.same == QUERIES && drill.total > 0);
	double sum = 0;
	for (enum rq_drill_step step = 0; step < RQ_DRILL_STEPS; step++) {
		ck_assert(drill.seconds[step] >= 0);
		sum += drill.seconds[step];
	}
	ck_assert_msg(fabs(sum - drill.total) < 1e-6, "the steps take %.9f s, the drill %.9f s", sum, drill.total);
	ck_assert_ptr_null(drill.unkept);
	MUST(rq_drill_last(&last, &found, &vault, manifest.sha256, &arena, &err));
	ck_assert(found && last.passed && last.bytes == drill.bytes && last.total == drill.total && last.seconds_since_1970 == 1795316400);
	ck_assert_ptr_null(last.to);
	ck_assert(!rq_file_exists(path_in_root("vault/rqgate-drill")));
}
END_TEST

START_TEST(a_damaged_snapshot_fails)
{
	struct rq_drill drill;

	rq_remove_tree(vault.packs);
	MUST(rq_make_folders(vault.packs, &err));
	MUST(rq_drill_make(&drill, &vault, manifest.sha256, HOW(NULL, "2026-11-22T03:00:00Z"), NULL, &arena, &err));
	ck_assert(!drill.passed && isnan(drill.seconds[RQ_DRILL_RESTORE]));
	ck_assert_msg(strstr(drill.reason, "is missing") != NULL, "%s", drill.reason);
}
END_TEST

static void make_drill(struct rq_drill *drill, const char *when)
{
	MUST(rq_drill_make(drill, &vault, manifest.sha256, HOW(NULL, when), NULL, &arena, &err));
}

static struct rq_drill last_drill(void)
{
	struct rq_drill last;
	bool found;

	MUST(rq_drill_last(&last, &found, &vault, manifest.sha256, &arena, &err));
	ck_assert(found);
	return last;
}

START_TEST(where_it_came_back_to_is_remembered)
{
	struct rq_drill drill;
	struct rq_drill in_memory = {.from_medium = "disk", .to_medium = "memory"};

	MUST(rq_make_folders(path_in_root("aside"), &err));
	MUST(rq_drill_make(&drill, &vault, manifest.sha256, HOW(path_in_root("aside"), "2026-11-22T03:00:00Z"), NULL,
	                   &arena, &err));
	ck_assert_str_eq(last_drill().to, path_in_root("aside"));
	ck_assert_msg(strncmp(last_drill().with, "rqgate 0.0.1, FAISS ", 20) == 0 &&
	                  strstr(last_drill().with, rq_cpu_name()) != NULL,
	              "%s", last_drill().with);
	if (rq_folder_medium("/dev/shm") == RQ_MEDIUM_MEMORY && access("/dev/shm", W_OK) == 0) {
		MUST(rq_drill_make(&drill, &vault, manifest.sha256, HOW("/dev/shm", "2026-11-22T03:00:00Z"), NULL, &arena,
		                   &err));
		in_memory = last_drill();
	}
	ck_assert(rq_drill_was_in_memory(&in_memory));
}
END_TEST

enum look { LOOK, READ, DROP };

/* How much of the only pack is in memory, after that. */
static double in_memory_after(enum look look)
{
	const char *const *names;
	size_t count;
	char byte;

	MUST(rq_digests_in(&names, &count, vault.packs, &arena, &err));
	int fd = open(rq_path_join(&arena, vault.packs, names[0]), O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	if (look == READ)
		ck_assert_int_eq(read(fd, &byte, 1), 1);
	if (look == DROP)
		rq_pages_drop(fd);
	double share = rq_pages_in_memory(fd);
	close(fd);
	return share;
}

/* What was just written is in the system's memory, and a drill from there would say nothing of the disk. One that reads no pack shows it. */
START_TEST(the_packs_are_not_in_memory_when_it_begins)
{
	struct rq_drill drill;

	MUST(rq_file_write(rq_path_join(&arena, rq_vault_folder(&vault, manifest.sha256, &arena), RQ_MANIFEST_FILE), "{}", 2, &err));
	bool forgets = in_memory_after(DROP) == 0; /* a file system in memory does not */
	ck_assert(in_memory_after(READ) > 0);
	make_drill(&drill, "2026-11-22T03:00:00Z");
	ck_assert(!drill.passed);
	ck_assert(!forgets || in_memory_after(LOOK) == 0);
}
END_TEST

/* A disk that errs, a folder in the place of a pack here, is no damage of the snapshot, and no way back either. */
START_TEST(whatever_ends_it_early_is_a_drill_that_failed)
{
	struct rq_drill drill;
	const char *const *names;
	size_t count;

	MUST(rq_digests_in(&names, &count, vault.packs, &arena, &err));
	ck_assert_uint_eq(count, 1);
	const char *path = rq_path_join(&arena, vault.packs, names[0]);
	make_drill(&drill, "2026-11-22T03:00:00Z");
	ck_assert(last_drill().passed);
	ck_assert_int_eq(rename(path, path_in_root("pack")), 0);
	MUST(rq_make_folders(path, &err));
	make_drill(&drill, "2026-11-22T04:00:00Z");
	ck_assert(!drill.passed && !last_drill().passed);
	ck_assert_str_eq(last_drill().when, "2026-11-22T04:00:00Z");
	ck_assert_msg(strstr(last_drill().reason, "cannot read: Is a directory") != NULL, "%s", drill.reason);
}
END_TEST

/* It asks for what a user asks for who presses ^C. */
START_TEST(one_that_was_interrupted_has_failed)
{
	struct rq_drill drill;

	make_drill(&drill, "2026-11-22T03:00:00Z");
	rq_cancel_install();
	ck_assert_int_eq(raise(SIGINT), 0);
	ck_assert_int_eq(
		rq_drill_make(&drill, &vault, manifest.sha256, HOW(NULL, "2026-11-22T04:00:00Z"), NULL, &arena, &err),
		RQ_E_INTERRUPTED);
	ck_assert(!last_drill().passed && strcmp(last_drill().when, "2026-11-22T04:00:00Z") == 0);
}
END_TEST

START_TEST(a_vault_that_may_only_be_read_is_drilled_without_a_record)
{
	struct rq_drill drill;

	MUST(rq_file_write(vault.drills, "", 0, &err)); /* no folder */
	MUST(rq_make_folders(path_in_root("aside"), &err));
	MUST(rq_drill_make(&drill, &vault, manifest.sha256, HOW(path_in_root("aside"), "2026-11-22T03:00:00Z"), NULL,
	                   &arena, &err));
	ck_assert_msg(drill.passed && drill.unkept != NULL, "%s", drill.reason);
}
END_TEST

/* What is in the way of the scratch folder need not be in the way of another. */
START_TEST(where_nothing_can_be_brought_back_to_another_place_is_told)
{
	struct rq_drill drill;
	struct rq_vault full = vault;

	full.path = "/proc";
	ck_assert_int_eq(
		rq_drill_make(&drill, &full, manifest.sha256, HOW(NULL, "2026-11-22T03:00:00Z"), NULL, &arena, &err), RQ_E_IO);
	ck_assert_msg(strstr(err.text, "\"/proc/rqgate-drill\": ") != NULL && strstr(err.text, "; --to DIR brings it back elsewhere") != NULL, "%s", err.text);
	ck_assert_int_eq(
		rq_drill_make(&drill, &vault, manifest.sha256, HOW("/proc", "2026-11-22T03:00:00Z"), NULL, &arena, &err),
		RQ_E_IO);
	ck_assert_ptr_null(strstr(err.text, "--to DIR"));
}
END_TEST

static void *drill_again(void *ended)
{
	struct rq_arena own = {0};
	struct rq_error why;
	struct rq_drill drill;

	*(bool *)ended =
		rq_drill_make(&drill, &vault, manifest.sha256, HOW(NULL, "2026-11-22T03:00:00Z"), NULL, &own, &why) == RQ_OK &&
		drill.passed;
	rq_arena_release(&own);
	return NULL;
}

/* Two at once: the one that ends would write over what the record says of the other, which may be killed yet. So the second one has not begun while the
 * first one is at work. */
START_TEST(one_at_a_time)
{
	const struct rq_lock_file lock = {.path = rq_arena_printf(&arena, "%s/%s.lock", vault.drills, manifest.sha256), .shown = root, .who = "", .alone = true};
	const struct timespec while_at_work = {.tv_nsec = 300000000};
	struct rq_drill last;
	bool found, ended = false;
	pthread_t second;
	int fd;

	MUST(rq_make_folders(vault.drills, &err));
	MUST(rq_lock_file(&fd, &lock, &err));
	ck_assert_int_eq(pthread_create(&second, NULL, drill_again, &ended), 0);
	nanosleep(&while_at_work, NULL);
	MUST(rq_drill_last(&last, &found, &vault, manifest.sha256, &arena, &err));
	ck_assert(!found);
	close(fd);
	ck_assert_int_eq(pthread_join(second, NULL), 0);
	ck_assert(ended);
	MUST(rq_drill_last(&last, &found, &vault, manifest.sha256, &arena, &err));
	ck_assert(found && last.passed);
}
END_TEST

static enum rq_status read_last(void)
{
	struct rq_drill last;
	bool found;

	return rq_drill_last(&last, &found, &vault, manifest.sha256, &arena, &err);
}

START_TEST(every_flip_in_a_record_is_found)
{
	struct rq_drill drill;
	struct rq_buf text = {0};
	const char *path = rq_arena_printf(&arena, "%s/%s.json", vault.drills, manifest.sha256);

	make_drill(&drill, "2026-11-22T03:00:00Z");
	MUST(rq_file_read(&text, path, &err));
	for (size_t i = 0; i < 8 * text.size; i++) {
		text.data[i / 8] = (char)(text.data[i / 8] ^ 1 << i % 8);
		MUST(rq_file_write(path, text.data, text.size, &err));
		ck_assert_msg(read_last() == RQ_E_DATA, "bit %zu of byte %zu", i % 8, i / 8);
		text.data[i / 8] = (char)(text.data[i / 8] ^ 1 << i % 8);
	}
	for (size_t size = 0; size < text.size; size++) {
		MUST(rq_file_write(path, text.data, size, &err));
		ck_assert_msg(read_last() == RQ_E_DATA, "cut at %zu", size);
	}
	rq_buf_release(&text);
}
END_TEST

/* What a record would say that somebody wrote who knows how to seal it. */
static void write_record(const char *with, double replay, double total, double queries, double same)
{
	struct rq_buf text = {0};
	char sha256[RQ_SHA256_HEX];
	rq_json *object = rq_json_new_object();

	rq_json_set_number(object, "schema_version", 1);
	rq_json_set_string(object, "snapshot", manifest.sha256);
	rq_json_set_string(object, "when", "2026-11-22T03:00:00Z");
	rq_json_set_bool(object, "passed", true);
	rq_json_set_string(object, "reason", "");
	if (with != NULL)
		rq_json_set_string(object, "with", with);
	rq_json_set_number(object, "bytes", 1000);
	rq_json *seconds = rq_json_set_object(object, "seconds");
	rq_json_set_number(seconds, "restore", 1);
	rq_json_set_number(seconds, "verify", 2);
	rq_json_set_number(seconds, "load", 3);
	rq_json_set_number(seconds, "replay", replay);
	rq_json_set_number(seconds, "total", total);
	rq_json_set_number(object, "queries", queries);
	rq_json_set_number(object, "same", same);
	MUST(rq_json_seal(sha256, object, &err));
	rq_json_set_string(object, RQ_JSON_SEAL, sha256);
	MUST(rq_json_print(&text, object, true, &err));
	rq_buf_puts(&text, "\n");
	MUST(rq_make_folders(vault.drills, &err));
	MUST(rq_file_write(rq_arena_printf(&arena, "%s/%s.json", vault.drills, manifest.sha256), text.data, text.size, &err));
	rq_json_free(object);
	rq_buf_release(&text);
}

START_TEST(a_record_of_a_pass_has_all_that_a_drill_finds)
{
	static const double wrong[][4] = {{4, 10, 5, 4}, {4, 10, 0, 0}, {NAN, 6, 5, 5}, {-6, 0, 5, 5}, {4, 9, 5, 5}, {-4, 2, 5, 5}};

	write_record(NULL, 4, 10, 5, 5);
	MUST(read_last()); /* and it is one as an earlier version wrote it */
	ck_assert(last_drill().with == NULL && last_drill().withdrawn == NULL &&
	          !rq_drill_was_in_memory(&(struct rq_drill){0}));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		write_record("", wrong[i][0], wrong[i][1], wrong[i][2], wrong[i][3]);
		ck_assert_msg(read_last() == RQ_E_DATA, "%zu", i);
		ck_assert_msg(strstr(err.text, "says that the drill passed, but not each of its steps with its time and every query") != NULL, "%s", err.text);
	}
}
END_TEST

/* Another library, or another CPU, may round otherwise: who looks for the reason is told. */
START_TEST(what_a_pass_was_made_with_is_told)
{
	const struct rq_serving_how hasty = {"faiss", "efSearch=1", "cosine"};
	struct rq_drill drill;

	rq_manifest_release(&manifest);
	keep(&hasty); /* what it finds is not what the manifest's way to search finds */
	write_record("rqgate 0.0.0 on an abacus", 4, 10, 5, 5);
	make_drill(&drill, "2026-11-22T03:00:00Z");
	ck_assert(!drill.passed && drill.same < drill.queries);
	ck_assert_msg(
		strstr(last_drill().reason,
	           "; the drill before passed with rqgate 0.0.0 on an abacus, this one was with rqgate 0.0.1, ") != NULL,
		"%s", drill.reason);
	make_drill(&drill, "2026-11-22T04:00:00Z");
	ck_assert_ptr_null(strstr(last_drill().reason, "the drill before"));
}
END_TEST

START_TEST(a_pass_that_is_withdrawn_says_when)
{
	struct rq_drill drill;

	MUST(rq_drill_revoke(&vault, manifest.sha256, "a hole", "2026-11-23T03:00:00Z", &err)); /* there was none */
	make_drill(&drill, "2026-11-22T03:00:00Z");
	MUST(rq_drill_revoke(&vault, manifest.sha256, "a hole", "2026-11-23T03:00:00Z", &err));
	MUST(rq_drill_revoke(&vault, manifest.sha256, "another", "2026-11-24T03:00:00Z", &err));
	ck_assert(!last_drill().passed);
	ck_assert_str_eq(last_drill().when, "2026-11-22T03:00:00Z");
	ck_assert_str_eq(last_drill().withdrawn, "2026-11-23T03:00:00Z");
	ck_assert_str_eq(last_drill().reason, "it passed, but has been damaged since: a hole");
	ck_assert_str_eq(last_drill().with, drill.with);
	make_drill(&drill, "2026-11-25T03:00:00Z");
	ck_assert(last_drill().passed && last_drill().withdrawn == NULL);
}
END_TEST

/* Every byte is as it was, and the answers are not: the case that checksums do not see. */
START_TEST(another_answer_is_seen)
{
	struct rq_serving serving = {0};
	struct rq_replayed replayed;
	struct rq_restored restored;

	MUST(rq_snapshot_restore(&restored, &vault, manifest.sha256, path_in_root("to"), "2026-11-22T03:00:00Z", NULL, &arena, &err));
	MUST(rq_serving_open_folder(&serving, &manifest, restored.folder, &err));
	MUST(rq_serving_replay(&replayed, &serving, &manifest, restored.folder, &err));
	ck_assert(replayed.queries == QUERIES && replayed.same == QUERIES && replayed.difference[0] == '\0');
	MUST(serving.backend->configure(serving.index, "efSearch=1", &err));
	MUST(rq_serving_replay(&replayed, &serving, &manifest, restored.folder, &err));
	ck_assert(replayed.same < QUERIES);
	ck_assert_msg(strncmp(replayed.difference, "query \"q", 8) == 0, "%s", replayed.difference);
	rq_serving_close(&serving);
}
END_TEST

/* The replay of nothing proves nothing. */
START_TEST(without_an_answer_there_is_no_drill)
{
	const struct rq_manifest_fact cutoff = {"cutoff", NULL, CUTOFF};
	const struct rq_run nothing = {0};
	struct rq_serving serving = {0};
	struct rq_replayed replayed;
	struct rq_manifest silent = {0};
	struct rq_output output;
	char sha256[RQ_SHA256_HEX];

	MUST(rq_output_open(&output, path_in_root(RQ_RANKED), &err));
	MUST(rq_run_put(&output, &nothing, "rqgate", sha256, &err));
	MUST(rq_output_commit(&output, &err));
	MUST(rq_manifest_add_digest(&silent, "ranked", sha256, &err));
	MUST(rq_manifest_add_fact(&silent, &cutoff, &err));
	MUST(rq_serving_open(&serving, &how, path_in_root("a.faiss"), path_in_root("a.ids"), &err));
	ck_assert_int_eq(rq_serving_replay(&replayed, &serving, &silent, root, &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, "kept no query that found anything, so there is nothing to compare with") != NULL, "%s", err.text);
	rq_serving_close(&serving);
	rq_manifest_release(&silent);
}
END_TEST

START_TEST(what_cannot_be_opened_is_told)
{
	struct rq_serving serving = {0};
	const struct rq_serving_how no_kind = {"tree", NULL, "cosine"}, no_similarity = {"faiss", NULL, "near"};

	ck_assert_int_eq(rq_serving_open(&serving, &no_kind, path_in_root("a.faiss"), path_in_root("a.ids"), &err), RQ_E_USAGE);
	ck_assert_str_eq(err.text, "\"tree\": no kind of index; expected faiss or exact");
	ck_assert_int_eq(rq_serving_open(&serving, &no_similarity, path_in_root("a.faiss"), path_in_root("a.ids"), &err), RQ_E_USAGE);
	ck_assert_str_eq(err.text, "\"near\": no similarity; expected cosine, ip or l2");
	MUST(rq_file_write(path_in_root("few.ids"), "d1\n", 3, &err));
	ck_assert_int_eq(rq_serving_open(&serving, &how, path_in_root("a.faiss"), path_in_root("few.ids"), &err), RQ_E_DATA);
	rq_serving_close(&serving);
}
END_TEST

Suite *drill_suite(void)
{
	Suite *suite = suite_create("drill");
	TCase *tests = tcase_create("drill");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_whole_snapshot_passes_and_is_remembered);
	tcase_add_test(tests, where_it_came_back_to_is_remembered);
	tcase_add_test(tests, the_packs_are_not_in_memory_when_it_begins);
	tcase_add_test(tests, a_damaged_snapshot_fails);
	tcase_add_test(tests, whatever_ends_it_early_is_a_drill_that_failed);
	tcase_add_test(tests, one_that_was_interrupted_has_failed);
	tcase_add_test(tests, a_vault_that_may_only_be_read_is_drilled_without_a_record);
	tcase_add_test(tests, where_nothing_can_be_brought_back_to_another_place_is_told);
	tcase_add_test(tests, one_at_a_time);
	tcase_add_test(tests, every_flip_in_a_record_is_found);
	tcase_add_test(tests, a_record_of_a_pass_has_all_that_a_drill_finds);
	tcase_add_test(tests, what_a_pass_was_made_with_is_told);
	tcase_add_test(tests, a_pass_that_is_withdrawn_says_when);
	tcase_add_test(tests, another_answer_is_seen);
	tcase_add_test(tests, without_an_answer_there_is_no_drill);
	tcase_add_test(tests, what_cannot_be_opened_is_told);
	suite_add_tcase(suite, tests);
	return suite;
}
