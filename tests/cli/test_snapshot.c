/* rqgate snapshot, as a user types it. */
#include "snapshots.h"

#include "datasets/datasets.h"
#include "evalcore/base/hash.h"
#include "evalcore/index/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* An index of the vectors in `from`, scaled to length 1. */
static void write_faiss(const char *name, const char *factory, const char *from)
{
	const struct rq_backend *faiss = rq_backend_find("faiss");
	const struct rq_index_config config = {.kind = "faiss", .factory = factory, .seed = 1, .threads = 1};
	struct rq_vectors vectors = {0};
	struct rq_ids none = {0};
	struct rq_error err = {0};
	struct rq_index *index;
	char *path = cli_path(name), *from_path = cli_path(from);

	ck_assert_msg(rq_vectors_load(&vectors, &none, NULL, from_path, &err) == RQ_OK, "%s", err.text);
	rq_vectors_normalise(&vectors);
	FILE *file = fopen(path, "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_msg(faiss->build(&index, &config, RQ_INNER_PRODUCT, &vectors, NULL, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(faiss->save(index, file, &err) == RQ_OK, "%s", err.text);
	fclose(file);
	faiss->close(index);
	rq_vectors_release(&vectors);
	rq_ids_release(&none);
	free(path);
	free(from_path);
}

static void expect_golden(const char *name, struct cli result)
{
	ck_assert_str_eq(result.err, "");
	cli_expect_golden(name, result.out);
	cli_free(&result);
}

/* The same bytes. */
static void expect_same(const char *a, const char *b)
{
	struct rq_buf x = cli_read(a), y = cli_read(b);

	ck_assert(x.size == y.size && memcmp(x.data, y.data, x.size) == 0);
	rq_buf_release(&x);
	rq_buf_release(&y);
}

START_TEST(an_index_is_kept_and_comes_back)
{
	two_nights();
	expect_said(CLI_EXPECT(0, "snapshot", "verify", "--store", "kept"), "2 snapshots, ");
	drop(EXPECT_AT(FRIDAY, 0, "snapshot", "restore", "--to", "srv", "--store", "kept"));
	expect_same("srv/current/index.npy", "v.npy");
	drop(EXPECT_AT(FRIDAY, 0, "snapshot", "restore", "previous", "--to", "srv", "--store", "kept"));
	write_index(1);
	expect_same("srv/current/vectors.npy", "v.npy");
	expect_said(CLI_EXPECT(0, "snapshot", "show", "--store", "kept"), "created            2026-11-02T09:00:00Z\n");
	expect_said(CLI_EXPECT(0, "snapshot", "show", "--as-of", "2026-11-03", "--store", "kept"), "created            2026-11-03T09:00:00Z\n");
	expect_said(EXPECT_AT(FRIDAY, 0, "snapshot", "show", "--as-of", "3d", "--store", "kept"), "created            2026-11-03T09:00:00Z\n");
	struct cli early = cli("snapshot", "show", "--as-of", "2026-11-01", "--store", "kept", NULL);
	ck_assert_int_eq(early.exit_code, 64);
	ck_assert_msg(strstr(early.err, "\"kept\": its log of switches begins 2026-11-02T09:00:00Z, with ") != NULL, "%s", early.err);
	cli_free(&early);
	expect_said(CLI_EXPECT(0, "snapshot", "verify", "--as-of", "2026-11-02", "--store", "kept"), "1 snapshot, ");
	early = cli("snapshot", "verify", "--as-of", "2026-11-02", "current", "--store", "kept", NULL);
	cli_expect_refusal(&early, 64, "--as-of and the name of a snapshot exclude each other; keep one");
	early = cli("snapshot", "verify", "--as-of", "2026-13-01", "--store", "kept", NULL);
	cli_expect_refusal(&early, 64, "--as-of: \"2026-13-01\": no date; expected a day, as 2026-10-12, or a time in UTC, as 2026-10-12T03:00:00Z");
}
END_TEST

START_TEST(a_drill_is_made_remembered_and_listed)
{
	two_nights();
	expect_said(EXPECT_AT(FRIDAY, 0, "snapshot", "drill", "previous", "--store", "kept", "--history", "h.db"),
	            "100 of 100 queries find the same documents with the same scores\n");
	expect_said(CLI_EXPECT(0, "snapshot", "list", "--store", "kept"), "previous         passed 2026-11-06, ");
	expect_said(EXPECT_AT(FRIDAY, 0, "snapshot", "drill", "previous", "--store", "kept", "--to", "kept", "--json"), "\"to\": null,\n");
	expect_said(EXPECT_AT(FRIDAY, 0, "snapshot", "drill", "previous", "--store", "kept", "--to", "not/there", "--json"), "/test/not/there\",\n");
	ck_assert(!cli_exists("not"));
	expect_said(CLI_EXPECT(0, "history", "--store", "h.db"), "drill.total");
	struct cli listed = CLI_EXPECT(0, "snapshot", "list", "--json", "--store", "kept");
	rq_json *root = cli_parse(listed.out, "list");
	const rq_json *first = rq_json_first(rq_json_get(root, "snapshots"));
	ck_assert(rq_json_true(rq_json_get(first, "previous")) && rq_json_true(rq_json_get(rq_json_get(first, "drill"), "passed")));
	ck_assert(rq_json_true(rq_json_get(rq_json_next(first), "current")) && rq_json_get(rq_json_next(first), "drill") == NULL);
	rq_json_free(root);
	cli_free(&listed);
}
END_TEST

/* Back to the same index is no way back. */
START_TEST(the_previous_one_holds_another_index)
{
	write_index(1);
	cli_write("model", "1");
	drop(EXPECT_AT(MONDAY, 0, CREATE));
	drop(EXPECT_AT(MONDAY, 0, CREATE, "--similarity", "l2")); /* the same index, searched otherwise */
	drop(EXPECT_AT(TUESDAY, 0, CREATE, "--model", "model"));
	struct cli result = cli("snapshot", "restore", "previous", "--to", "srv", "--store", "kept", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	ck_assert_msg(strstr(result.err, "\"kept\": there is no snapshot of another index before the current one, ") != NULL, "%s", result.err);
	cli_free(&result);
	write_index(2);
	drop(EXPECT_AT(FRIDAY, 0, CREATE));
	expect_said(CLI_EXPECT(0, "snapshot", "show", "previous", "--store", "kept"), "created            2026-11-03T09:00:00Z\n");
	drop(EXPECT_AT(SATURDAY, 0, CREATE, "--model", "model"));
	expect_said(CLI_EXPECT(0, "snapshot", "show", "--store", "kept"), "created            2026-11-07T09:00:00Z\n");
	expect_said(CLI_EXPECT(0, "snapshot", "show", "previous", "--store", "kept"), "created            2026-11-03T09:00:00Z\n");
	cli_remove("kept/switches");
	expect_said(CLI_EXPECT(1, "snapshot", "list", "--store", "kept"), "DAMAGED: kept/switches: is missing, so that nobody knows which snapshot is current; ");
	drop(CLI_EXPECT(65, CREATE));
	drop(CLI_EXPECT(65, "snapshot", "prune", "--keep", "0", "--store", "kept"));
}
END_TEST

START_TEST(damage_is_an_exit_code)
{
	struct rq_buf manifest;
	char sha256[RQ_SHA256_HEX], path[300];

	two_nights();
	struct cli shown = CLI_EXPECT(0, "snapshot", "show", "--json", "--store", "kept");
	rq_json *root = cli_parse(shown.out, "manifest");
	find_pack(path, sizeof path, root);
	snprintf(sha256, sizeof sha256, "%s", rq_json_string(rq_json_get(root, "sha256")));
	cli_write(path, "x");
	expect_said(CLI_EXPECT(1, "snapshot", "verify", "--store", "kept"), " index.npy: kept/packs: chunk ");
	expect_said(CLI_EXPECT(1, "snapshot", "verify", "--json", "--store", "kept"), "\"file\": \"vectors.npy\"");
	drop(CLI_EXPECT(0, "snapshot", "verify", "previous", "--store", "kept"));
	drop(CLI_EXPECT(65, "snapshot", "restore", "--to", "srv", "--store", "kept"));
	ck_assert(!cli_exists("srv/current"));
	expect_said(CLI_EXPECT(1, "snapshot", "drill", "--store", "kept"), "FAIL: ");
	expect_said(CLI_EXPECT(0, "snapshot", "list", "--store", "kept"), "current          FAILED ");
	drop(CLI_EXPECT(65, "snapshot", "export", "--out", "e.tar", "--store", "kept"));
	ck_assert(!cli_exists("e.tar"));
	drop(CLI_EXPECT(0, "snapshot", "restore", "previous", "--to", "srv", "--store", "kept"));
	snprintf(path, sizeof path, "kept/snapshots/%s/manifest.json", sha256);
	manifest = cli_read(path);
	manifest.data[manifest.size / 2] ^= 1;
	cli_write_bytes(path, manifest.data, manifest.size);
	struct cli listed = CLI_EXPECT(1, "snapshot", "list", "--store", "kept");
	const char *damaged = strstr(listed.out, "  previous, DAMAGED: ");
	ck_assert_msg(damaged != NULL && strstr(damaged + 20, "DAMAGED") == NULL, "%s", listed.out); /* and which one is current is known */
	cli_free(&listed);
	drop(CLI_EXPECT(65, "snapshot", "prune", "--keep", "1", "--store", "kept"));
	rq_buf_release(&manifest);
	rq_json_free(root);
	cli_free(&shown);
}
END_TEST

START_TEST(one_file_moves_to_another_place)
{
	two_nights();
	struct cli inside = cli("snapshot", "export", "--out", "kept/switches", "--store", "kept", NULL);
	cli_expect_refusal(&inside, 64, "\"kept/switches\": is in the folder of snapshots; write it elsewhere");
	struct cli exported = CLI_EXPECT(0, "snapshot", "export", "previous", "--out", "e.tar", "--store", "kept");
	char seal[13];
	snprintf(seal, sizeof seal, "%s", exported.out + strlen("e.tar: "));
	cli_free(&exported);
	expect_said(CLI_EXPECT(0, "snapshot", "import", "e.tar", "--store", "other"), " is here: ");
	expect_said(CLI_EXPECT(0, "snapshot", "import", "e.tar", "--store", "other"), " was here: 0 of ");
	drop(CLI_EXPECT(64, "snapshot", "restore", "--to", "srv", "--store", "other")); /* it is not current */
	drop(CLI_EXPECT(0, "snapshot", "restore", seal, "--to", "srv", "--store", "other"));
	write_index(1);
	expect_same("srv/current/index.npy", "v.npy");
}
END_TEST

/* The exit code of the last of its commands; what they said is in the files "out" and "err". */
static int shell(const char *script)
{
	char command[1024];

	snprintf(command, sizeof command, "cd '%s' && { %s; } >out 2>err", cli_folder(), script);
	int status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_in(const char *name, const char *part)
{
	struct rq_buf text = cli_read(name);

	ck_assert_msg(strstr(text.data, part) != NULL, "\"%s\" is not in:\n%s", part, text.data);
	rq_buf_release(&text);
}

START_TEST(a_pipe_moves_it_too)
{
	two_nights();
	ck_assert_int_eq(shell("\"$RQGATE\" snapshot export --out - --store kept | \"$RQGATE\" snapshot import - --store other"), 0);
	expect_in("out", " is here: ");
	expect_in("err", "standard output: ");
	expect_said(CLI_EXPECT(0, "snapshot", "verify", "--store", "other"), ": whole");
	ck_assert_int_eq(shell("\"$RQGATE\" snapshot export --out - --store kept | head -c 3000 | \"$RQGATE\" snapshot import - --store other"), 65);
	expect_in("err", "standard input: byte ");
}
END_TEST

/* The same files of another job are a snapshot of their own, and of the same or no job they are none. */
START_TEST(a_batch_is_kept)
{
	write_index(1);
	drop(EXPECT_AT(MONDAY, 0, CREATE, "--batch", "night-1"));
	expect_said(EXPECT_AT(TUESDAY, 0, CREATE, "--batch", "night-1"), "nothing has changed");
	expect_said(EXPECT_AT(TUESDAY, 0, CREATE), " holds the same, and is current\n");
	ck_assert_int_eq(shell("for pack in kept/packs/*; do printf '\\377' | dd of=\"$pack\" bs=1 conv=notrunc; done"), 0);
	expect_said(CLI_EXPECT(1, "snapshot", "verify", "--store", "kept"), ": DAMAGED");
	expect_said(EXPECT_AT(TUESDAY, 0, CREATE), " holds the same, and is current; 1 of its chunks, ");
	expect_said(CLI_EXPECT(0, "snapshot", "verify", "--store", "kept"), ": whole");
	expect_said(EXPECT_AT(TUESDAY, 0, CREATE, "--batch", "night-2"), "of which 0 B are new");
	expect_said(CLI_EXPECT(0, "snapshot", "show", "--store", "kept"), "batch              night-2\n");
	expect_said(CLI_EXPECT(0, "snapshot", "show", "--as-of", "2026-11-02", "--store", "kept"), "batch              night-1\n");
	expect_said(CLI_EXPECT(0, "snapshot", "list", "--json", "--store", "kept"), "\"batch\": \"night-2\"");
}
END_TEST

/* What a stamp says is not for the terminal to obey. */
START_TEST(texts_of_others_are_shown_as_texts)
{
	write_index(1);
	cli_write("stamps", "0 119 \033[31mred\r\n");
	drop(CLI_EXPECT(0, CREATE, "--stamps", "stamps"));
	expect_said(CLI_EXPECT(0, "snapshot", "show", "--store", "kept"), "stamps.model       \\x1b[31mred\n");
}
END_TEST

/* Files are named for what they are, with an ending or without; what is none is refused at once, and no folder is made. */
START_TEST(files_of_all_kinds)
{
	char *pipe = cli_path("pipe"), *link = cli_path("link");
	static const char *const refused[][2] = {{"--index", "pipe"}, {"--vectors", "pipe"}, {"--ids", "pipe"}, {"--model", "pipe"}, {"--config", "pipe"},
	                                         {"--stamps", "pipe"}, {"--queries", "pipe"}, {"--index", "/dev/zero"}, {"--ids", "."}, {"--model", "link"}};

	write_index(1);
	ck_assert(mkfifo(pipe, 0600) == 0 && symlink("nowhere", link) == 0);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct cli result = cli(CREATE, refused[i][0], refused[i][1], NULL);
		ck_assert_msg(result.exit_code == 74 && strstr(result.err, refused[i][1]) != NULL, "%s %s: %d %s", refused[i][0], refused[i][1], result.exit_code, result.err);
		cli_free(&result);
		ck_assert(!cli_exists("kept"));
	}
	cli_write("v.npz", "");
	struct cli part = cli(CREATE, "--vectors", "v.npz:docs", NULL);
	cli_expect_refusal(&part, 64, "\"v.npz:docs\": is part of a file, and a snapshot is made of files; \"rqgate vectors convert v.npz:docs docs.npy\" makes it one");
	ck_assert_int_eq(shell("cp v.npy index && cp v.npy vectors && cp v.ids ids"), 0);
	drop(CLI_EXPECT(0, "snapshot", "create", "--index", "index", "--kind", "exact", "--vectors", "vectors", "--ids", "ids", "--store", "kept"));
	drop(CLI_EXPECT(0, "snapshot", "verify", "--store", "kept"));
	drop(CLI_EXPECT(0, "snapshot", "drill", "--store", "kept"));
	drop(CLI_EXPECT(0, "snapshot", "restore", "--to", "srv", "--store", "kept"));
	expect_same("srv/current/index", "index");
	expect_same("srv/current/ids", "ids");
	free(pipe);
	free(link);
}
END_TEST

START_TEST(pins_and_pruning)
{
	two_nights();
	write_index(3);
	drop(EXPECT_AT(FRIDAY, 0, CREATE));
	expect_said(EXPECT_AT(FRIDAY, 0, "snapshot", "prune", "--keep-days", "100", "--dry-run", "--store", "kept"), "3 snapshots stay; 0 chunks, 0 B, would be free");
	expect_said(CLI_EXPECT(0, "snapshot", "prune", "--keep", "0", "--dry-run", "--store", "kept"), "would remove ");
	struct cli shown = CLI_EXPECT(0, "snapshot", "show", "--as-of", "2026-11-02", "--json", "--store", "kept");
	rq_json *root = cli_parse(shown.out, "manifest");
	char seal[RQ_SHA256_HEX];
	snprintf(seal, sizeof seal, "%.12s", rq_json_string(rq_json_get(root, "sha256")));
	expect_said(CLI_EXPECT(0, "snapshot", "pin", seal, "--store", "kept"), "is pinned: it is never pruned");
	expect_said(CLI_EXPECT(0, "snapshot", "prune", "--keep", "0", "--store", "kept"), "3 snapshots stay; 0 chunks");
	drop(CLI_EXPECT(0, "snapshot", "unpin", seal, "--store", "kept"));
	expect_said(CLI_EXPECT(0, "snapshot", "prune", "--keep", "0", "--store", "kept"), "2 snapshots stay; ");
	drop(CLI_EXPECT(0, "snapshot", "verify", "--store", "kept"));
	rq_json_free(root);
	cli_free(&shown);
}
END_TEST

#define GATE(snapshots) \
	"{\"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, " snapshots \
	"\"embedders\": {\"hash\": {\"kind\": \"hash\", \"dim\": 8}}, \"baseline\": {}, \"candidate\": {}, \"metrics\": [\"RR@10\"], " \
	"\"gates\": [\"rollback(30d) <= 300s\"]}"

START_TEST(a_release_needs_a_way_back)
{
	cli_example();
	cli_write("gate.json", GATE(""));
	expect_said(CLI_EXPECT(1, "run", "gate.json"), "cannot be told: the config names no folder of \"snapshots\"");
	cli_write("gate.json", GATE("\"snapshots\": \"kept\", "));
	expect_said(CLI_EXPECT(1, "run", "gate.json"), "kept\": holds no snapshots; ");
	write_index(1);
	drop(EXPECT_AT(MONDAY, 0, CREATE));
	expect_said(CLI_EXPECT(1, "run", "gate.json"), "is not possible: there is no snapshot of another index before the current one");
	write_index(2);
	drop(EXPECT_AT(TUESDAY, 0, CREATE));
	expect_said(CLI_EXPECT(1, "run", "gate.json"), "was never tried; \"rqgate snapshot drill previous\" does");
	drop(CLI_EXPECT(0, "snapshot", "drill", "previous", "--config", "gate.json"));
	expect_said(CLI_EXPECT(0, "run", "gate.json"), "; the baseline is built in this run, so whether it was kept is not known");
	expect_said(CLI_EXPECT(1, "run", "gate.json", "--set", "embedders.hash.dim=16"),
	            "kept\" keeps indexes of 8 dimensions, and the baseline has 16");
	struct cli compared = cli("compare", "current", "previous", "--config", "gate.json", "--set", "snapshots=elsewhere", NULL);
	ck_assert_msg(strstr(compared.err, "elsewhere\": holds no snapshots; ") != NULL, "%s", compared.err); /* of the config, too */
	cli_free(&compared);
	drop(CLI_EXPECT(0, "run", "gate.json"));
	struct cli shown = CLI_EXPECT(0, "snapshot", "show", "previous", "--json", "--store", "kept");
	rq_json *root = cli_parse(shown.out, "manifest");
	char path[300];
	find_pack(path, sizeof path, root);
	struct rq_buf pack = cli_read(path);
	for (int restores = 0; restores < 2; restores++) { /* whoever finds the damage: the drill that passed was before, and another one must show that it is mended */
		pack.data[0] ^= 1;
		cli_write_bytes(path, pack.data, pack.size);
		drop(restores ? CLI_EXPECT(65, "snapshot", "restore", "previous", "--to", "srv", "--store", "kept") : CLI_EXPECT(1, "snapshot", "verify", "--store", "kept"));
		pack.data[0] ^= 1;
		cli_write_bytes(path, pack.data, pack.size);
		expect_said(CLI_EXPECT(1, "run", "gate.json"), "failed in its last drill: it passed, but has been damaged since: ");
		drop(CLI_EXPECT(0, "snapshot", "drill", "previous", "--config", "gate.json"));
		drop(CLI_EXPECT(0, "run", "gate.json"));
	}
	rq_buf_release(&pack);
	cli_remove(path);
	expect_said(CLI_EXPECT(1, "run", "gate.json"), " is not possible: ");
	expect_said(CLI_EXPECT(1, "snapshot", "drill", "previous", "--config", "gate.json"), "FAIL: ");
	write_index(1);
	drop(EXPECT_AT(FRIDAY, 0, CREATE));
	expect_said(CLI_EXPECT(1, "run", "gate.json"), "was never tried; ");
	rq_json_free(root);
	cli_free(&shown);
}
END_TEST

/* The side that has the index may have a corpus of its own. */
START_TEST(the_corpus_is_that_of_the_side)
{
	char sha256[RQ_SHA256_HEX], *path = cli_path("new.jsonl");
	struct rq_error err;

	cli_collection(ROWS, 20);
	write_index(1);
	cli_write("new.jsonl", "{\"_id\": \"d0\", \"text\": \"another\"}\n");
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, \"metrics\": [\"RR@10\"], "
	                       "\"embedders\": {\"e\": {\"kind\": \"hash\", \"dim\": 8}}, \"baseline\": {\"embedder\": \"e\"}, "
	                       "\"candidate\": {\"corpus\": \"new.jsonl\"}, \"gates\": [\"RR@10 >= 0\"]}");
	drop(CLI_EXPECT(0, CREATE, "--config", "gate.json"));
	ck_assert_int_eq(rq_sha256_file(sha256, path, &err), RQ_OK);
	expect_said(CLI_EXPECT(0, "snapshot", "show", "--store", "kept", "--json"), sha256);
	free(path);
}
END_TEST

/* Indexes that store vectors as they are, and those that do not; each is built of v.npy. */
START_TEST(vectors_that_are_not_the_indexs_are_refused)
{
	static const char *const factories[] = {"Flat", "HNSW8,Flat", "IVF4,Flat", "SQ8", "SQ4", "PQ4x4", "HNSW8,SQ8", "IVF4,PQ4x4", "PCA6,Flat", "RQ3x4"};

	write_index(1);
	for (size_t i = 0; i < sizeof factories / sizeof *factories; i++) {
		write_faiss("v.faiss", factories[i], "v.npy");
		for (int sampled = 0; sampled < 2; sampled++) {
			const char *sample = sampled ? "50" : "0";
			drop(CLI_EXPECT(0, "snapshot", "create", "--index", "v.faiss", "--vectors", "v.npy", "--ids", "v.ids", "--sample", sample, "--store", "kept"));
			cli_npy("u.npy", ROWS, DIMENSION, 2);
			struct cli other = cli("snapshot", "create", "--index", "v.faiss", "--vectors", "u.npy", "--ids", "v.ids", "--sample", sample, "--store", "no", NULL);
			ck_assert_msg(other.exit_code == 65 && strstr(other.err, "expected the vectors that the index was built of, in its order") != NULL, "%s: %s",
			              factories[i], other.err);
			cli_free(&other);
		}
	}
	cli_npy("w.npy", ROWS, DIMENSION + 1, 1);
	struct cli wide = cli("snapshot", "create", "--index", "v.faiss", "--vectors", "w.npy", "--ids", "v.ids", "--store", "no", NULL);
	cli_expect_refusal(&wide, 65, "\"v.faiss\": has 8 dimensions, and w.npy 9; expected the vectors that the index was built of");
	cli_write("garbage", "no index at all");
	drop(CLI_EXPECT(65, "snapshot", "create", "--index", "garbage", "--vectors", "v.npy", "--ids", "v.ids", "--sample", "0", "--store", "no"));
	struct cli none = cli("snapshot", "show", "--store", "no", NULL);
	cli_expect_refusal(&none, 64, "\"no\": holds no snapshots; \"rqgate snapshot create\" makes one");
}
END_TEST

/* One row that was embedded anew, in an index that holds vectors as they are. */
START_TEST(one_other_row_is_enough)
{
	write_index(1);
	write_faiss("v.faiss", "Flat", "v.npy");
	struct rq_buf file = cli_read("v.npy");
	for (size_t i = 0; i < DIMENSION; i++) { /* of the last row: a float's sign */
		char *sign = &file.data[file.size - 1 - 4 * i];
		*sign = (char)(*sign ^ (i % 2 == 0 ? 0x80 : 0));
	}
	cli_write_bytes("v.npy", file.data, file.size);
	struct cli result = cli("snapshot", "create", "--index", "v.faiss", "--vectors", "v.npy", "--ids", "v.ids", "--store", "kept", NULL);
	ck_assert_msg(result.exit_code == 65 && strstr(result.err, "\"v.faiss\": row 119 is not the vector of row 119 in \"v.npy\" (their cosine is ") != NULL,
	              "%s", result.err);
	cli_free(&result);
	rq_buf_release(&file);
}
END_TEST

START_TEST(the_manifest_says_what_the_index_is)
{
	write_index(1);
	write_faiss("v.faiss", "HNSW8,Flat", "v.npy");
	cli_write("stamps", "60 119 small\n0 59 small\n");
	drop(CLI_EXPECT(0, "snapshot", "create", "--index", "v.faiss", "--vectors", "v.npy", "--ids", "v.ids", "--stamps", "stamps", "--store", "kept"));
	struct cli shown = CLI_EXPECT(0, "snapshot", "show", "--json", "--store", "kept");
	rq_json *root = cli_parse(shown.out, "manifest");
	const rq_json *facts = rq_json_get(root, "facts"), *versions = rq_json_get(root, "versions");
	ck_assert_str_eq(rq_json_string(rq_json_get(facts, "index.type")), "IndexHNSWFlat");
	ck_assert_double_eq(rq_json_number(rq_json_get(facts, "index.M")), 8);
	ck_assert_double_eq(rq_json_number(rq_json_get(facts, "index.efConstruction")), 40);
	ck_assert_double_ge(rq_json_number(rq_json_get(facts, "index.levels")), 1);
	ck_assert_double_eq(rq_json_number(rq_json_get(facts, "index.compared")), ROWS);
	ck_assert_str_eq(rq_json_string(rq_json_get(facts, "stamps.model")), "small");
	for (size_t i = 0; i < 5; i++) {
		const char *version = rq_json_string(rq_json_get(versions, ((const char *const[]){"rqgate", "FAISS", "OpenBLAS", "OpenSSL", "zstd"})[i]));
		ck_assert_msg(version[0] >= '0' && version[0] <= '9', "%zu: %s", i, version);
	}
	rq_json_free(root);
	cli_free(&shown);
}
END_TEST

START_TEST(help_of_each_action)
{
	static const char *const actions[] = {"create", "list", "show", "verify", "restore", "drill", "pin", "unpin", "prune", "export", "import"};
	char golden[64];

	expect_golden("help-snapshot", CLI_EXPECT(0, "help", "snapshot"));
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		snprintf(golden, sizeof golden, "help-snapshot-%s", actions[i]);
		expect_golden(golden, CLI_EXPECT(0, "snapshot", actions[i], "--help"));
	}
}
END_TEST

START_TEST(refusals)
{
	struct cli result = cli("snapshot", "list", "--store", "none", NULL);

	cli_expect_refusal(&result, 64, "\"none\": holds no snapshots; \"rqgate snapshot create\" makes one");
	result = cli("snapshot", "create", "--vectors", "v.npy", NULL);
	cli_expect_refusal(&result, 64, "--index FILE is missing; a snapshot is of an index, its vectors and their ids");
	result = cli("snapshot", "prune", NULL);
	cli_expect_refusal(&result, 64, "--keep N or --keep-days D is missing; what either keeps stays");
	result = cli("snapshot", "restore", NULL);
	cli_expect_refusal(&result, 64, "--to DIR is missing: the folder whose link \"current\" servers read");
	result = cli("snapshot", "export", NULL);
	cli_expect_refusal(&result, 64, "--out FILE is missing");
	write_index(1);
	cli_write("v.ids", "d1\nd2\n");
	result = cli(CREATE, NULL);
	cli_expect_refusal(&result, 65, "\"v.npy\": holds 120 vectors, and v.ids has 2 ids; row i is line i of the ids file");
	drop(cli("snapshot", "create", NULL));
	write_index(1);
	cli_write("stamps", "0 59 a\n60 119 b\n");
	result = cli(CREATE, "--stamps", "stamps", NULL);
	cli_expect_refusal(&result, 65,
	                   "stamps: vectors of two models: rows 60 to 119 are of \"b\", those before of \"a\"; embed all documents with one model");
	ck_assert(!cli_exists("kept"));
	drop(CLI_EXPECT(0, CREATE, "--sample", "0"));
	expect_said(CLI_EXPECT(1, "snapshot", "drill", "--store", "kept"), "has no queries to be replayed; it was created with --sample 0");
}
END_TEST

Suite *snapshot_suite(void)
{
	Suite *suite = suite_create("snapshot");
	TCase *tests = cli_case("snapshot");

	tcase_add_test(tests, an_index_is_kept_and_comes_back);
	tcase_add_test(tests, a_drill_is_made_remembered_and_listed);
	tcase_add_test(tests, the_previous_one_holds_another_index);
	tcase_add_test(tests, damage_is_an_exit_code);
	tcase_add_test(tests, one_file_moves_to_another_place);
	tcase_add_test(tests, a_pipe_moves_it_too);
	tcase_add_test(tests, a_batch_is_kept);
	tcase_add_test(tests, texts_of_others_are_shown_as_texts);
	tcase_add_test(tests, files_of_all_kinds);
	tcase_add_test(tests, pins_and_pruning);
	tcase_add_test(tests, a_release_needs_a_way_back);
	tcase_add_test(tests, the_corpus_is_that_of_the_side);
	tcase_add_test(tests, vectors_that_are_not_the_indexs_are_refused);
	tcase_add_test(tests, one_other_row_is_enough);
	tcase_add_test(tests, the_manifest_says_what_the_index_is);
	tcase_add_test(tests, help_of_each_action);
	tcase_add_test(tests, refusals);
	suite_add_tcase(suite, tests);
	return suite;
}
