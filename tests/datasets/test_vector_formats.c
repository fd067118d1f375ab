#include "datasets/vector_file.h"
#include "datasets/vectors/numbers.h"
#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FILES "tests/datasets/vectors/"

enum { N = 5, D = 3 };

static struct rq_vector_file read_well(const char *path)
{
	struct rq_vector_file file;
	struct rq_error err = {0};

	ck_assert_msg(rq_vector_file_read(&file, path, &err) == RQ_OK, "%s", err.text);
	return file;
}

/* What make.py puts into row i, column j. */
static float expected(bool whole, size_t i, size_t j)
{
	float number = (float)(3 * i + j);

	return whole ? number : number / 4 - 1;
}

START_TEST(files_of_other_programs)
{
	static const struct {
		const char *name, *format, *type, *remark;
		bool whole;
	} files[] = {
		{"f2.npy", "npy", "f2", "", false},
		{"f4.npy", "npy", "f4", "", false},
		{"f8.npy", "npy", "f8", "", false},
		{"i1.npy", "npy", "i1", "", true},
		{"u1.npy", "npy", "u1", "", true},
		{"i4.npy", "npy", "i4", "", true},
		{"be-f2.npy", "npy", "f2", "big-endian", false},
		{"be-f4.npy", "npy", "f4", "big-endian", false},
		{"be-f8.npy", "npy", "f8", "big-endian", false},
		{"be-i4.npy", "npy", "i4", "big-endian", true},
		{"fortran.npy", "npy", "f4", "column by column", false},
		{"fortran-be-f8.npy", "npy", "f8", "big-endian, column by column", false},
		{"version-2.npy", "npy", "f4", "", false},
		{"version-3.npy", "npy", "f4", "", false},
		{"stored.npz", "npz", "f4", "array \"vectors\"", false},
		{"stored.npz:vectors", "npz", "f4", "array \"vectors\"", false},
		{"deflated.npz", "npz", "f4", "array \"vectors\", deflated", false},
		{"several.npz:documents.npy", "npz", "f4", "array \"documents\"", false},
		{"several.npz:documents", "npz", "f4", "array \"documents\"", false},
		{"rows.fvecs", "fvecs", "f4", "", false},
		{"rows.bvecs", "bvecs", "u1", "", true},
		{"rows.ivecs", "ivecs", "i4", "", true},
		{"matrix.fbin", "fbin", "f4", "", false},
		{"matrix.f16bin", "f16bin", "f2", "", false},
		{"matrix.u8bin", "u8bin", "u1", "", true},
		{"matrix.i8bin", "i8bin", "i1", "", true},
		{"matrix.ibin", "ibin", "i4", "", true},
		{"matrix.bin", "bin", "f4", "", false},
		{"truth.bin:ids", "bin", "i4", "ids of a ground truth", true},
		{"truth.bin:distances", "bin", "f4", "distances of a ground truth", false},
		{"truth.ibin:ids", "ibin", "i4", "ids of a ground truth", true},
		{"truth.ibin:distances", "ibin", "f4", "distances of a ground truth", false},
	};

	for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
		char path[256], sha256[RQ_SHA256_HEX], *colon;
		struct rq_error err = {0};
		snprintf(path, sizeof path, FILES "%s", files[f].name);
		struct rq_vector_file file = read_well(path);
		ck_assert_str_eq(file.format->name, files[f].format);
		ck_assert_str_eq(file.type, files[f].type);
		ck_assert_str_eq(file.remark, files[f].remark);
		ck_assert_uint_eq(file.vectors.n, N);
		ck_assert_uint_eq(file.vectors.d, D);
		for (size_t i = 0; i < N * D; i++)
			ck_assert_msg(file.vectors.data[i] == expected(files[f].whole, i / D, i % D), "%s: number %zu is %g", path, i,
			              (double)file.vectors.data[i]);
		if ((colon = strchr(path, ':')) != NULL)
			*colon = '\0';
		ck_assert_int_eq(rq_sha256_file(sha256, path, &err), RQ_OK);
		ck_assert_str_eq(file.sha256, sha256);
		rq_vector_file_release(&file);
	}
}
END_TEST

static void refused_file(const char *name, const char *sentence)
{
	struct rq_vector_file file;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_vector_file_read(&file, name, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, sentence);
	ck_assert_ptr_null(file.vectors.data);
}

START_TEST(what_is_no_matrix_of_vectors)
{
	refused_file(FILES "several.npz", FILES "several.npz: holds 2 arrays of two dimensions; choose one by \"" FILES
	                                        "several.npz:NAME\": it has \"documents\" (5, 3), \"topics\" (2, 3), \"more\" (1 dimension)");
	refused_file(FILES "several.npz:none",
	             FILES "several.npz: holds no array \"none\"; it has \"documents\" (5, 3), \"topics\" (2, 3), \"more\" (1 dimension)");
	refused_file(FILES "several.npz:more", FILES "several.npz: an array of 1 dimension; expected two, (n, d), one row a record");
	refused_file(FILES "stored.npz:ids", FILES "stored.npz: an array of 1 dimension; expected two, (n, d), one row a record");
	refused_file(FILES "truth.bin",
	             FILES "truth.bin: a ground truth, no vectors: ids and distances of 3 neighbours each of 5 queries; to read one of them as a matrix "
	                   "name \"" FILES "truth.bin:ids\" or \"" FILES "truth.bin:distances\"");
	refused_file(FILES "truth.ibin:id",
	             FILES "truth.ibin: a ground truth, no vectors: ids and distances of 3 neighbours each of 5 queries; expected \"" FILES
	                   "truth.ibin:ids\" or \"" FILES "truth.ibin:distances\"");
	refused_file(FILES "range.bin",
	             FILES "range.bin: a ground truth of range searches, no vectors: 4 results of 3 queries, which have different numbers of them");
	refused_file(FILES "matrix.ibin:ids",
	             "\"" FILES "matrix.ibin:ids\": only a ground truth of neighbours has arrays with names; leave out \":ids\"");
	refused_file(FILES "rows.fvecs:ids",
	             "\"" FILES "rows.fvecs:ids\": a file of format fvecs holds one array, which has no name; leave out \":ids\"");
}
END_TEST

/* ---- bytes in memory ---- */

/* Headers that claim more than there is are refused before memory is taken: 2^32 - 1 rows would be 64 TiB. */
START_TEST(claims_of_bin_files)
{
	const uint32_t huge[] = {UINT32_MAX, 4096, 0, 0}, empty[] = {0, 4}, small[] = {2, 2, 0}, bytes[] = {2, 2, 0x03020100}, halves[] = {1, 2, 0};
	const uint32_t range[] = {2, 2, 1, 2, 5, 6, 7, 8};

	vectors_refused("fbin", huge, 16, NULL,
	        "x: cut short: expected 70368744161280 bytes after the header for 4294967295 rows of 4096 numbers of type f4, found 8; copy or write "
	        "the file again");
	vectors_refused("bin", huge, 16, NULL,
	        "x: cut short: expected 70368744161280 bytes after the header for 4294967295 rows of 4096 numbers of type f4, found 8; copy or write "
	        "the file again");
	vectors_refused("u8bin", huge, 7, NULL, "x: 7 bytes; expected the numbers of rows and columns (uint32 each), then the rows");
	vectors_refused("u8bin", empty, 8, NULL, "x: 0 rows of 4 columns hold no vectors; expected at least one of each");
	vectors_refused("i8bin", small, 8, NULL,
	        "x: cut short: expected 4 bytes after the header for 2 rows of 2 numbers of type i1, found 0; copy or write the file again");
	vectors_refused("f16bin", halves, 12 - 1, NULL,
	        "x: cut short: expected 4 bytes after the header for 1 rows of 2 numbers of type f2, found 3; copy or write the file again");
	vectors_refused("u8bin", bytes, 8 + 3, NULL,
	        "x: cut short: expected 4 bytes after the header for 2 rows of 2 numbers of type u1, found 3; copy or write the file again");
	vectors_refused("bin", bytes, sizeof bytes, NULL, "x: numbers of one byte; name the file .u8bin or .i8bin, which tells their type");
	vectors_refused("bin", halves, sizeof halves, NULL, "x: numbers of two bytes; name the file .f16bin, which tells their type");
	/* the counts are not the sum */
	vectors_refused("ibin", range, sizeof range, NULL,
	        "x: as long as a ground truth of range searches of 2 queries, whose counts would be 3 results, where its header says 2; copy or write the "
	        "file again");
	const uint32_t absurd[] = {UINT32_MAX, UINT32_MAX, 0};
	vectors_refused("fbin", absurd, sizeof absurd, NULL,
	        "x: its header says 4294967295 rows of 4294967295 numbers, more than any file holds; copy or write the file again");
}
END_TEST

START_TEST(whole_numbers_beyond_float32)
{
	const int32_t rows[] = {2, 16777216, -16777216, 2, 16777217, 0};
	const int32_t header[] = {2, 1, 5, INT32_MIN};

	vectors_refused("ivecs", rows, sizeof rows, NULL,
	        "x: the number in row 1, column 0 (counted from 0) is beyond 2^24, where float32 has gaps; are these ids?");
	vectors_refused("ibin", header, sizeof header, NULL,
	        "x: the number in row 1, column 0 (counted from 0) is beyond 2^24, where float32 has gaps; are these ids?");
}
END_TEST

/* ---- safetensors ---- */

static void tensors_make(struct rq_buf *out, const char *header, const void *data, size_t size)
{
	uint64_t length = strlen(header);

	rq_buf_add(out, &length, sizeof length);
	rq_buf_puts(out, header);
	rq_buf_add(out, data, size);
}

START_TEST(types_of_tensors)
{
	static const struct {
		const char *dtype, *type;
		unsigned char data[8];
		size_t size;
		float values[2];
	} cases[] = {
		{"F32", "f4", {0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0}, 8, {1, -2}},
		{"F16", "f2", {0, 0x3C, 0, 0xC0}, 4, {1, -2}},
		{"BF16", "bf16", {0x80, 0x3F, 0, 0xC0}, 4, {1, -2}},
		{"I8", "i1", {1, 0xFE}, 2, {1, -2}},
		{"U8", "u1", {1, 0xFE}, 2, {1, 254}},
		{"I32", "i4", {1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF}, 8, {1, -2}},
	};

	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
		for (int row = 0; row < 2; row++) {
			struct rq_buf bytes = {0};
			struct rq_vector_file file;
			struct rq_error err = {0};
			char header[256];
			snprintf(header, sizeof header,
			         "{\"bias\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},\"e\":{\"dtype\":\"%s\",\"shape\":[%d,%d],\"data_offsets\":["
			         "3,%zu]}}",
			         cases[c].dtype, row == 0 ? 2 : 1, row == 0 ? 1 : 2, 3 + cases[c].size);
			unsigned char data[11] = {9, 9, 9};
			memcpy(data + 3, cases[c].data, cases[c].size);
			tensors_make(&bytes, header, data, 3 + cases[c].size);
			ck_assert_msg(
				rq_vector_file_from(&file, rq_vector_format_find("safetensors"), "x", bytes.data, bytes.size, row == 0 ? NULL : "e", &err) == RQ_OK,
				"%s", err.text);
			ck_assert_uint_eq(file.vectors.n, row == 0 ? 2 : 1);
			ck_assert_uint_eq(file.vectors.d, row == 0 ? 1 : 2);
			ck_assert_mem_eq(file.vectors.data, cases[c].values, sizeof cases[c].values);
			ck_assert_str_eq(file.type, cases[c].type);
			ck_assert_str_eq(file.remark, "tensor \"e\"");
			rq_vector_file_release(&file);
			rq_buf_release(&bytes);
		}
}
END_TEST

START_TEST(tensors_that_are_no_matrix)
{
	static const char two[] =
		"{\"a\":{\"dtype\":\"U8\",\"shape\":[1,2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"I64\",\"shape\":[1,1],\"data_offsets\":[2,10]},"
		"\"c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[10,11]},\"d\":{\"dtype\":\"U8\",\"shape\":[0,4],\"data_offsets\":[11,11]}}";
	static const char none[] = "{\"c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", nothing[] = "{}";
	static const char list[] = "\"a\" U8 (1, 2), \"b\" I64 (1, 1), \"c\" U8 (1), \"d\" U8 (0, 4)";
	struct rq_buf bytes = {0};
	char sentence[512];

	tensors_make(&bytes, two, "abcdefghijk", 11);
	snprintf(sentence, sizeof sentence, "x: holds 3 tensors of two dimensions; choose one by \"x:NAME\": it has %s", list);
	vectors_refused("safetensors", bytes.data, bytes.size, NULL, sentence);
	snprintf(sentence, sizeof sentence, "x: holds no tensor \"e\"; it has %s", list);
	vectors_refused("safetensors", bytes.data, bytes.size, "e", sentence);
	vectors_refused("safetensors", bytes.data, bytes.size, "b", "x: tensor \"b\" is of type I64; expected F16, BF16, F32, F64, I8, U8 or I32");
	vectors_refused("safetensors", bytes.data, bytes.size, "c", "x: tensor \"c\" has 1 dimension; expected two, (n, d), one row a record");
	vectors_refused("safetensors", bytes.data, bytes.size, "d",
	                "x: tensor \"d\" of shape (0, 4) holds no vectors; expected at least one row and one column");
	vectors_refused("safetensors", bytes.data, bytes.size - 1, "a", "x: cut short: tensor \"c\" takes 1 bytes, found 0; copy the file again");
	rq_buf_clear(&bytes);
	tensors_make(&bytes, none, "a", 1);
	vectors_refused("safetensors", bytes.data, bytes.size, NULL, "x: holds no tensor of two dimensions, (n, d); it has \"c\" U8 (1)");
	rq_buf_clear(&bytes);
	tensors_make(&bytes, nothing, "", 0);
	vectors_refused("safetensors", bytes.data, bytes.size, NULL, "x: holds no tensor of two dimensions, (n, d); it has none");
	rq_buf_release(&bytes);
}
END_TEST

/* Real models, of float16, float32 and int8: the same matrix, as far as each type holds it. */
START_TEST(tensors_of_models)
{
	static const char *const folders[] = {"float32", "float16", "int8"}, *const types[] = {"f4", "f2", "i1"};
	struct rq_vector_file files[3];

	for (size_t f = 0; f < 3; f++) {
		char name[128];
		snprintf(name, sizeof name, "models/model2vec-fixtures/%s/model.safetensors", folders[f]);
		const char *path = shared_file(name);
		if (path == NULL)
			return;
		files[f] = read_well(path);
		ck_assert_str_eq(files[f].type, types[f]);
		ck_assert_str_eq(files[f].remark, "tensor \"embeddings\"");
		ck_assert_uint_eq(files[f].vectors.n, 29528);
		ck_assert_uint_eq(files[f].vectors.d, 2);
	}
	for (size_t i = 0; i < 2 * 29528; i++)
		ck_assert_msg(rq_number_round(files[0].vectors.data[i], RQ_TENSOR_F16) == files[1].vectors.data[i], "number %zu", i);
	for (size_t f = 0; f < 3; f++)
		rq_vector_file_release(&files[f]);
}
END_TEST

/* ---- flat indexes of FAISS ---- */

/* fourcc, d, n, two numbers of no meaning, trained, metric */
static void flat_make(struct rq_buf *out, const char *mark, int32_t d, int64_t n, int32_t metric)
{
	const int64_t unused[] = {1 << 20, 1 << 20};

	rq_buf_add(out, mark, 4);
	rq_buf_add(out, &d, sizeof d);
	rq_buf_add(out, &n, sizeof n);
	rq_buf_add(out, unused, sizeof unused);
	rq_buf_add(out, "\x01", 1);
	rq_buf_add(out, &metric, sizeof metric);
}

static void numbers_make(struct rq_buf *out, uint64_t count, const float *values, size_t size)
{
	rq_buf_add(out, &count, sizeof count);
	rq_buf_add(out, values, size);
}

START_TEST(flat_indexes_by_hand)
{
	const float values[] = {1, 2, 3, 4};
	const uint64_t two = 2;
	const int64_t ids[] = {-7, 1000000000000}, same[] = {5, 5};
	struct rq_buf bytes = {0};
	struct rq_vector_file file;
	struct rq_error err = {0};

	flat_make(&bytes, "IxMp", 2, 2, 0);
	flat_make(&bytes, "IxFI", 2, 2, 0);
	numbers_make(&bytes, 4, values, sizeof values);
	rq_buf_add(&bytes, &two, sizeof two);
	rq_buf_add(&bytes, ids, sizeof ids);
	ck_assert_msg(rq_vector_file_from(&file, rq_vector_format_find("faiss"), "x", bytes.data, bytes.size, NULL, &err) == RQ_OK, "%s", err.text);
	ck_assert_mem_eq(file.vectors.data, values, sizeof values);
	ck_assert_uint_eq(file.ids.count, 2);
	ck_assert_str_eq(file.ids.names[0], "-7");
	ck_assert_str_eq(file.ids.names[1], "1000000000000");
	ck_assert_str_eq(file.remark, "map of ids over IxFI, inner product");
	rq_vector_file_release(&file);
	for (size_t size = 0; size < bytes.size; size++)
		ck_assert_int_eq(rq_vector_file_from(&file, rq_vector_format_find("faiss"), "x", bytes.data, size, NULL, &err), RQ_E_DATA);
	memcpy(bytes.data + bytes.size - sizeof same, same, sizeof same);
	vectors_refused("faiss", bytes.data, bytes.size, NULL, "x: row 1 (counted from 0) has the id 5, as row 0 has; every row needs an id of its own");
	memcpy(bytes.data + bytes.size - sizeof same - 8, "\x03", 1);
	vectors_refused("faiss", bytes.data, bytes.size, NULL, "x: 3 ids for 2 vectors; copy or write the file again");

	rq_buf_clear(&bytes);
	flat_make(&bytes, "IxF2", 2, INT64_MAX, 1);
	numbers_make(&bytes, UINT64_MAX, values, sizeof values);
	vectors_refused("faiss", bytes.data, bytes.size, NULL,
	        "x: its header says 9223372036854775807 vectors, more than any file holds; copy or write the file again");
	rq_buf_clear(&bytes);
	flat_make(&bytes, "IxF2", 1 << 20, (int64_t)1 << 40, 1);
	numbers_make(&bytes, (uint64_t)1 << 60, values, sizeof values);
	vectors_refused("faiss", bytes.data, bytes.size, NULL,
	        "x: cut short: expected 4611686018427387904 bytes after the header for 1099511627776 vectors of 1048576 dimensions, found 16; "
	        "copy or write the file again");
	rq_buf_clear(&bytes);
	flat_make(&bytes, "IxF2", 2, 2, 1);
	numbers_make(&bytes, 5, values, sizeof values);
	vectors_refused("faiss", bytes.data, bytes.size, NULL,
	        "x: its header says 2 vectors of 2 dimensions and 5 numbers, which do not fit; copy or write the file again");
	rq_buf_clear(&bytes);
	flat_make(&bytes, "IxFl", 0, 2, 1);
	vectors_refused("faiss", bytes.data, bytes.size, NULL, "x: an index of 2 vectors of 0 dimensions; expected at least one of each");
	rq_buf_release(&bytes);
}
END_TEST

START_TEST(real_indexes)
{
	static const struct {
		const char *name;
		size_t d;
	} files[] = {{"all_MiniLM_L6_v2", 384}, {"bert_base_uncased", 768}, {"bert_large_uncased", 1024}, {"dmis_lab_biobert_base_cased_v1.1", 768},
	             {"emilyalsentzer_Bio_ClinicalBERT", 768}};

	for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
		char name[128];
		snprintf(name, sizeof name, "vectors/healthcare/%s.faiss", files[f].name);
		const char *path = shared_file(name);
		if (path == NULL)
			return;
		struct rq_vector_file file = read_well(path);
		ck_assert_str_eq(file.remark, "IxFI, inner product");
		ck_assert_uint_eq(file.vectors.n, 52);
		ck_assert_uint_eq(file.vectors.d, files[f].d);
		for (size_t i = 0; i < file.vectors.n; i++) { /* all of them are of unit length */
			double squares = 0;
			for (size_t j = 0; j < files[f].d; j++)
				squares += (double)file.vectors.data[i * files[f].d + j] * file.vectors.data[i * files[f].d + j];
			ck_assert_double_eq_tol(sqrt(squares), 1, 1e-6);
		}
		rq_vector_file_release(&file);
	}
}
END_TEST

/* ---- types that are written ---- */

/* Every half is itself; between two neighbours the nearer is taken, and the even one of two that are as near. */
START_TEST(halves_are_rounded_to_even)
{
	for (uint16_t half = 0; half < 0x7BFF; half++) {
		uint16_t next = (uint16_t)(half + 1);
		float low, high;
		ck_assert_uint_eq(rq_tensor_floats(&low, &half, RQ_TENSOR_F16, 1), 1);
		ck_assert_uint_eq(rq_tensor_floats(&high, &next, RQ_TENSOR_F16, 1), 1);
		float middle = (float)(((double)low + (double)high) / 2); /* exact */
		ck_assert_float_eq(rq_number_round(low, RQ_TENSOR_F16), low);
		ck_assert_float_eq(rq_number_round(-low, RQ_TENSOR_F16), -low);
		ck_assert_float_eq(rq_number_round(nextafterf(middle, 0), RQ_TENSOR_F16), low);
		ck_assert_float_eq(rq_number_round(nextafterf(middle, 1e6f), RQ_TENSOR_F16), high);
		ck_assert_float_eq(rq_number_round(middle, RQ_TENSOR_F16), half % 2 == 0 ? low : high);
	}
	ck_assert_float_eq(rq_number_round(65519.996f, RQ_TENSOR_F16), 65504);
	ck_assert(isnan(rq_number_round(65520, RQ_TENSOR_F16)));
	ck_assert(isnan(rq_number_round(FLT_MAX, RQ_TENSOR_F16)));
	ck_assert(isnan(rq_number_round(-FLT_MAX, RQ_TENSOR_F16)));
}
END_TEST

START_TEST(whole_numbers_are_rounded_to_even)
{
	ck_assert_float_eq(rq_number_round(0.5f, RQ_TENSOR_I8), 0);
	ck_assert_float_eq(rq_number_round(1.5f, RQ_TENSOR_I8), 2);
	ck_assert_float_eq(rq_number_round(-128.5f, RQ_TENSOR_I8), -128);
	ck_assert(isnan(rq_number_round(127.5f, RQ_TENSOR_I8)));
	ck_assert(isnan(rq_number_round(-1, RQ_TENSOR_U8)));
	ck_assert_float_eq(rq_number_round(255, RQ_TENSOR_U8), 255);
	ck_assert(isnan(rq_number_round(256, RQ_TENSOR_U8)));
	ck_assert_float_eq(rq_number_round(16777216, RQ_TENSOR_I32), 16777216);
	ck_assert(isnan(rq_number_round(16777218, RQ_TENSOR_I32)));
}
END_TEST

/* Every format that is written, of every type that it holds, reads back as it was. */
START_TEST(written_files_read_back)
{
	for (size_t f = 0; rq_vector_formats[f] != NULL; f++) {
		const struct rq_vector_format *format = rq_vector_formats[f];
		for (size_t t = 0; format->write != NULL && format->read != NULL && t < format->type_count; t++) {
			struct rq_random random;
			struct rq_vector_file file = {.format = format}, back;
			struct rq_error err = {0};
			char *data = NULL;
			size_t size = 0;
			rq_random_stream(&random, f, t);
			ck_assert_int_eq(rq_vectors_init(&file.vectors, 70, 1001, &err), RQ_OK);
			for (size_t i = 0; i < 70 * 1001; i++)
				file.vectors.data[i] = rq_number_round((float)(rq_random_unit(&random) * 127), format->types[t]);
			FILE *stream = open_memstream(&data, &size);
			ck_assert_int_eq(format->write(stream, &file, format->types[t], &err), RQ_OK);
			ck_assert_int_eq(fclose(stream), 0);
			ck_assert_msg(rq_vector_file_from(&back, format, "x", data, size, NULL, &err) == RQ_OK, "%s: %s", format->name, err.text);
			ck_assert_uint_eq(back.vectors.n, 70);
			ck_assert_uint_eq(back.vectors.d, 1001);
			ck_assert_mem_eq(back.vectors.data, file.vectors.data, 70 * 1001 * sizeof(float));
			ck_assert_str_eq(back.type, rq_number_name(format->types[t]));
			rq_vector_file_release(&file);
			rq_vector_file_release(&back);
			free(data);
		}
	}
}
END_TEST

/* A number of rows may begin as a text or a compressed file does: where header and size agree, the name tells. */
START_TEST(names_of_files_without_a_magic)
{
	static const struct {
		const char *name, *format;
		uint32_t first, d;
		size_t width;
	} files[] = {
		{".fbin", "fbin", 12379, 1, 4}, {".fbin", "fbin", 23387, 2, 4},   {".f16bin", "f16bin", 8827, 1, 2}, {".bin", "bin", 12379, 1, 4},
		{".bin", "json", 12379, 1, 3},  {".fbin", "fbin", 559903, 1, 4}, {".u8bin", "u8bin", 559903, 1, 1}, {".fvecs", "fvecs", 12379, 0, 4},
	};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		bool rows = files[i].d == 0; /* .fvecs: two, each with its dimension */
		size_t numbers = rows ? files[i].first * files[i].width : files[i].first * files[i].d * files[i].width;
		struct rq_vector_file file;
		struct rq_error err = {0};
		struct rq_buf bytes = {0};
		for (size_t row = 0; row < (rows ? 2 : 1); row++) {
			rq_buf_add(&bytes, &files[i].first, sizeof files[i].first);
			rq_buf_add(&bytes, &files[i].d, rows ? 0 : sizeof files[i].d);
			for (size_t at = 0; at < numbers; at++)
				rq_buf_add(&bytes, "", 1);
		}
		char *path = file_with(files[i].name, bytes.data, bytes.size);
		enum rq_status status = rq_vector_file_read(&file, path, &err);
		if (strcmp(files[i].format, "json") == 0) {
			ck_assert_int_eq(status, RQ_E_DATA);
			ck_assert_msg(strstr(err.text, ":1:") != NULL, "%s", err.text);
		} else {
			ck_assert_msg(status == RQ_OK, "%s", err.text);
			ck_assert_str_eq(file.format->name, files[i].format);
			ck_assert_uint_eq(file.vectors.n, rows ? 2 : files[i].first);
		}
		rq_vector_file_release(&file);
		rq_buf_release(&bytes);
		file_remove(path);
	}
}
END_TEST

Suite *vector_formats_suite(void)
{
	Suite *suite = suite_create("vector_formats");
	TCase *tests = tcase_create("vector_formats");

	tcase_add_test(tests, files_of_other_programs);
	tcase_add_test(tests, what_is_no_matrix_of_vectors);
	tcase_add_test(tests, claims_of_bin_files);
	tcase_add_test(tests, whole_numbers_beyond_float32);
	tcase_add_test(tests, types_of_tensors);
	tcase_add_test(tests, tensors_that_are_no_matrix);
	tcase_add_test(tests, tensors_of_models);
	tcase_add_test(tests, flat_indexes_by_hand);
	tcase_add_test(tests, real_indexes);
	tcase_add_test(tests, halves_are_rounded_to_even);
	tcase_add_test(tests, whole_numbers_are_rounded_to_even);
	tcase_add_test(tests, written_files_read_back);
	tcase_add_test(tests, names_of_files_without_a_magic);
	suite_add_tcase(suite, tests);
	return suite;
}
