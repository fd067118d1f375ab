/* Files of vectors that are recognised and not read. tests/services runs the commands of Parquet and Lance. */
#include "support.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* `expected` may name the path, "%1$s". */
static void refused(const char *path, const char *expected)
{
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};
	char text[4096];

	ck_assert_int_eq(rq_vectors_load(&vectors, &ids, NULL, path, &err), RQ_E_DATA);
	snprintf(text, sizeof text, expected, path);
	ck_assert_str_eq(err.text, text);
	ck_assert_ptr_null(vectors.data);
}

static void refused_bytes(const char *name, const void *data, size_t size, const char *expected)
{
	char *path = file_with(name, data, size);

	refused(path, expected);
	file_remove(path);
}

START_TEST(parquet)
{
	refused_bytes(".data", "PAR1........PAR1", 16,
	              "%1$s: Parquet is not read; write it as JSON lines with DuckDB: duckdb -c \"COPY (FROM read_parquet('%1$s')) TO '%1$s.jsonl' "
	              "(FORMAT json)\"");
	refused_bytes(".parquet", "PAR1........PAR", 15, "%1$s: Parquet without its end; copy or write the file again");
	refused_bytes(".parquet", "PAR1PAR1", 8, "%1$s: Parquet without its end; copy or write the file again");
}
END_TEST

START_TEST(lance)
{
	char folder[] = "/tmp/rqgate-lance-XXXXXX", table[64], second[64], odd[64];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(table, sizeof table, "%s/t.lance", folder);
	snprintf(second, sizeof second, "%s/s.lance", folder);
	snprintf(odd, sizeof odd, "%s/a'b.lance", folder);
	ck_assert_int_eq(mkdir(table, 0700) | mkdir(second, 0700), 0);
	refused(folder, "\"%1$s\": Lance is not read; write the table as JSON lines with npm's @lancedb/lancedb: node -e \"require('@lancedb/lancedb')"
	                ".connect(require('path').resolve('%1$s')).then(d => d.openTable('s')).then(t => t.query().toArray())"
	                ".then(r => r.forEach(x => console.log(JSON.stringify(x))))\" > s.jsonl");
	ck_assert_int_eq(mkdir(odd, 0700), 0);
	refused(odd, "\"%1$s\": Lance is not read; write the table as JSON lines with LanceDB");
	refused_bytes(".lance", "LANC", 4,
	              /* which makes no database of the folder that it is in, either */ "\"%1$s\": no folder of a Lance table; expected vectors");
	rmdir(odd);
	rmdir(second);
	rmdir(table);
	rmdir(folder);
}
END_TEST

/* The header that hnswlib 0.8 writes for 10 elements of 3 dimensions with M = 16: 132 bytes of links, 12 of numbers, 8 of a label. */
START_TEST(hnswlib)
{
	uint64_t header[16] = {0, 100, 10, 152, 144, 132};
	char folder[] = "/tmp/rqgate-chroma-XXXXXX", part[64];

	refused_bytes(".bin.index", header, sizeof header,
	              "%1$s: an index of hnswlib is not read; write its vectors in Python: i = hnswlib.Index('l2', 3); i.load_index('%1$s'); "
	              "np.save('vectors.npy', "
	              "i.get_items(i.get_ids_list()))");
	header[4] = 143;
	refused_bytes(".npy", header, sizeof header, "%1$s: no .npy header in 128 bytes; expected a file that numpy.save wrote");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(part, sizeof part, "%s/data_level0.bin", folder);
	FILE *stream = fopen(part, "w");
	ck_assert_ptr_nonnull(stream);
	fclose(stream);
	refused(folder, "\"%1$s\": the index of a Chroma collection is not read; write its vectors in Python: np.save('vectors.npy', "
	                "collection.get(include=['embeddings'])['embeddings'])");
	unlink(part);
	rmdir(folder);
}
END_TEST

Suite *vectors_foreign_suite(void)
{
	Suite *suite = suite_create("vectors_foreign");
	TCase *tests = tcase_create("vectors_foreign");

	tcase_add_test(tests, parquet);
	tcase_add_test(tests, lance);
	tcase_add_test(tests, hnswlib);
	suite_add_tcase(suite, tests);
	return suite;
}
