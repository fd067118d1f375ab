/* The header of a safetensors file: what is read, and every claim that is refused. */
#include "evalcore/base/file.h"
#include "evalcore/base/tensors.h"
#include "tests/shared.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <string.h>

static struct rq_tensors tensors;
static struct rq_error err;

static void tear_down(void)
{
	rq_tensors_release(&tensors);
}

/* Reads a header before `data` bytes of data. */
static enum rq_status header(const char *text, uint64_t data)
{
	rq_tensors_release(&tensors);
	err = (struct rq_error){0};
	return rq_tensors_read(&tensors, text, strlen(text), RQ_TENSOR_LENGTH_BYTES + strlen(text) + data, "m.safetensors", &err);
}

#define REFUSED(json, data, said) \
	do { \
		ck_assert_int_eq(header(json, data), RQ_E_DATA); \
		ck_assert_str_eq(err.text, "m.safetensors: " said); \
	} while (0)

START_TEST(tensors_in_the_order_of_their_data)
{
	const char *text = "{\"__metadata__\": {\"format\": \"pt\"}, \"b\": {\"dtype\": \"I32\", \"shape\": [3], \"data_offsets\": [24, 36]},"
	                   "\"a\": {\"dtype\": \"F32\", \"shape\": [2, 3], \"data_offsets\": [0, 24]},"
	                   "\"none\": {\"dtype\": \"F16\", \"shape\": [0, 7], \"data_offsets\": [24, 24]},"
	                   "\"one\": {\"dtype\": \"U8\", \"shape\": [], \"data_offsets\": [36, 37]}}  ";
	uint64_t start = RQ_TENSOR_LENGTH_BYTES + strlen(text);

	ck_assert_msg(header(text, 37) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(tensors.count, 4);
	const struct rq_tensor *a = &tensors.items[0];
	ck_assert_str_eq(a->name, "a");
	ck_assert_int_eq(a->type, RQ_TENSOR_F32);
	ck_assert_uint_eq(a->dimensions, 2);
	ck_assert(a->shape[0] == 2 && a->shape[1] == 3 && a->count == 6 && a->offset == start && a->size == 24);
	ck_assert_ptr_eq(rq_tensors_find(&tensors, "b"), &tensors.items[2]);
	ck_assert_uint_eq(rq_tensors_find(&tensors, "b")->offset, start + 24);
	ck_assert_uint_eq(rq_tensors_find(&tensors, "none")->count, 0);
	ck_assert_uint_eq(rq_tensors_find(&tensors, "one")->count, 1);
	ck_assert_ptr_null(rq_tensors_find(&tensors, "__metadata__"));
	ck_assert_int_eq(header("{}", 0), RQ_OK);
	ck_assert_uint_eq(tensors.count, 0);
}
END_TEST

START_TEST(the_size_of_a_header_is_checked_before_it_is_read)
{
	size_t size;

	ck_assert_int_eq(rq_tensors_header_size(&size, (const unsigned char *)"\x02\x01\0\0\0\0\0\0", 8 + 258, "m.safetensors", &err), RQ_OK);
	ck_assert_uint_eq(size, 258);
	ck_assert_int_eq(rq_tensors_header_size(&size, (const unsigned char *)"\x02\x01\0\0\0\0\0\0", 8 + 257, "m.safetensors", &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "m.safetensors: cut short within its header: 265 bytes, of which the header takes 258; copy the file again");
	ck_assert_int_eq(rq_tensors_header_size(&size, (const unsigned char *)"\x02\0\0\0\0\0\0", 7, "m.safetensors", &err), RQ_E_DATA);
	ck_assert_int_eq(rq_tensors_header_size(&size, (const unsigned char *)"{\"a\": {\"", 1 << 20, "m.safetensors", &err), RQ_E_DATA);
	ck_assert_str_eq(err.text,
	                 "m.safetensors: a header of 2484615053481943675 bytes; expected a safetensors file, whose header has at most 16777216");
}
END_TEST

START_TEST(claims_that_do_not_hold)
{
	REFUSED("[1]", 0, "a header that is an array; expected an object, a member a tensor");
	REFUSED("{\"a\": 1}", 0, "a: 1 is not allowed; expected an object");
	REFUSED("{\"a\": {\"dtype\": \"F4\", \"shape\": [2], \"data_offsets\": [0, 1]}}", 1,
	        "a.dtype: \"F4\" is not allowed; expected a type of whole bytes, such as \"F32\"");
	REFUSED("{\"a\": {\"shape\": [2], \"data_offsets\": [0, 1]}}", 1, "a.dtype: missing; expected a type of whole bytes, such as \"F32\"");
	REFUSED("{\"a\": {\"dtype\": \"F32\", \"shape\": [-1], \"data_offsets\": [0, 4]}}", 4,
	        "a.shape: [-1] is not allowed; expected at most eight whole numbers");
	REFUSED("{\"a\": {\"dtype\": \"F32\", \"shape\": [1,1,1,1,1,1,1,1,1], \"data_offsets\": [0, 4]}}", 4,
	        "a.shape: [1,1,1,1,1,1,1,1,1] is not allowed; expected at most eight whole numbers");
	REFUSED("{\"a\": {\"dtype\": \"F32\", \"shape\": [9007199254740992, 4096], \"data_offsets\": [0, 4]}}", 4,
	        "a.shape: [9007199254740992,4096] is not allowed; expected as many numbers as a file can hold");
	REFUSED("{\"a\": {\"dtype\": \"F32\", \"shape\": [4611686018427387904], \"data_offsets\": [0, 0]}}", 0,
	        "a.shape: [4.611686018427388e+18] is not allowed; expected at most eight whole numbers");
	REFUSED("{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 4]}}", 4,
	        "a.data_offsets: [0,4] is not allowed; expected as many bytes as dtype and shape make");
	REFUSED("{\"a\": {\"dtype\": \"U8\", \"shape\": [2], \"data_offsets\": [2, 0]}}", 4,
	        "a.data_offsets: [2,0] is not allowed; expected two whole numbers, the second no less than the first");
	REFUSED("{\"a\": {\"dtype\": \"U8\", \"shape\": [2], \"data_offsets\": [2]}}", 4,
	        "a.data_offsets: [2] is not allowed; expected two whole numbers, the second no less than the first");
	REFUSED("{\"a\": {\"dtype\": \"U8\", \"shape\": [2], \"data_offsets\": [0, 2]}}", 1,
	        "cut short: tensor \"a\" takes 2 bytes, found 1; copy the file again");
	REFUSED("{\"a\": {\"dtype\": \"U8\", \"shape\": [2], \"data_offsets\": [0, 2]}}", 3,
	        "too long: its tensors take 2 bytes, found 3; copy the file again");
	REFUSED("{\"a\": {\"dtype\": \"U8\", \"shape\": [2], \"data_offsets\": [1, 3]}}", 3,
	        "tensor \"a\" begins at byte 1 of the data, expected 0, where the one before it ends");
	REFUSED("{\"a\": {\"dtype\": \"U8\", \"shape\": [2], \"data_offsets\": [0, 2]},"
	        "\"b\": {\"dtype\": \"U8\", \"shape\": [2], \"data_offsets\": [1, 3]}}", 3,
	        "tensor \"b\" begins at byte 1 of the data, expected 2, where the one before it ends");
	ck_assert_int_eq(header("{\"a\": {\"dtype\": \"U8\", \"shape\": [0], \"data_offsets\": [0, 0]}, \"a\": 1}", 0), RQ_E_DATA); /* a key twice */
	ck_assert_int_eq(header("{\"a\": ", 0), RQ_E_DATA);
}
END_TEST

/* A tree of them would take forty times the header's bytes; what only looks like values within a name takes no more than it. */
START_TEST(values_are_counted_before_they_are_read)
{
	enum { MANY = 1 << 20 };
	static const char head[] = "{\"a\": {\"dtype\": \"U8\", \"shape\": [1", name[] = "{\"__metadata__\": {\"a\": \"\\\"";
	struct rq_buf text = {0};

	rq_buf_puts(&text, head);
	for (size_t i = 0; i < MANY; i++)
		rq_buf_puts(&text, ",1");
	rq_buf_puts(&text, "], \"data_offsets\": [0, 1]}}");
	REFUSED(text.data, 1, "a header of 1048584 values; expected a safetensors file, whose header has at most 1048576");
	rq_buf_clear(&text);
	rq_buf_puts(&text, name);
	for (size_t i = 0; i < MANY; i++)
		rq_buf_puts(&text, ",");
	rq_buf_puts(&text, "\"}}");
	ck_assert_msg(header(text.data, 0) == RQ_OK, "%s", err.text);
	rq_buf_release(&text);
}
END_TEST

/* The largest float, as programs write it with 8 digits, is a little larger than it is. */
START_TEST(the_largest_float_fits_however_it_is_spelt)
{
	const double doubles[] = {3.4028235e38, -3.4028235e38, 0x1.ffffffp127};
	float out[3];

	ck_assert_uint_eq(rq_tensor_floats(out, doubles, RQ_TENSOR_F64, 3), 2);
	ck_assert(out[0] == FLT_MAX && out[1] == -FLT_MAX);
	ck_assert(rq_fits_float(doubles[0]) && !rq_fits_float(doubles[2]));
}
END_TEST

START_TEST(every_half_is_its_float)
{
	for (uint32_t i = 0; i < 1 << 16; i++) {
		uint16_t half = (uint16_t)i;
		int exponent = half >> 10 & 31, mantissa = half & 1023;
		float value, expected = exponent == 0 ? ldexpf((float)mantissa, -24) : ldexpf((float)(1024 + mantissa), exponent - 25);
		ck_assert_uint_eq(rq_tensor_floats(&value, &half, RQ_TENSOR_F16, 1), 1);
		if (exponent == 31)
			ck_assert(mantissa == 0 ? isinf(value) : isnan(value));
		else
			ck_assert_float_eq(fabsf(value), expected);
		ck_assert_int_eq(signbit(value) != 0, half >> 15);
	}
}
END_TEST

START_TEST(numbers_of_every_type_at_any_alignment)
{
	const double doubles[] = {.5, -1e300, 3};
	const float floats[] = {1.5f, -0.f, 3e38f};
	char bytes[1 + sizeof doubles];
	float out[3];

	ck_assert_uint_eq(rq_tensor_floats(out, "_\xC0\x3F\x80\xFF\0\0" + 1, RQ_TENSOR_BF16, 3), 3);
	ck_assert(out[0] == 1.5f && isinf(out[1]) && out[1] < 0 && out[2] == 0);
	memcpy(bytes + 1, doubles, sizeof doubles);
	ck_assert_uint_eq(rq_tensor_floats(out, bytes + 1, RQ_TENSOR_F64, 3), 1);
	ck_assert_float_eq(out[0], .5f);
	memcpy(bytes + 1, floats, sizeof floats);
	ck_assert_uint_eq(rq_tensor_floats(out, bytes + 1, RQ_TENSOR_F32, 3), 3);
	ck_assert_mem_eq(out, floats, sizeof floats);
	ck_assert_uint_eq(rq_tensor_floats(out, "\x80\x7F\xFF", RQ_TENSOR_I8, 3), 3);
	ck_assert(out[0] == -128 && out[1] == 127 && out[2] == -1);
	ck_assert_uint_eq(rq_tensor_floats(out, "\x80\x7F\xFF", RQ_TENSOR_U8, 3), 3);
	ck_assert(out[0] == 128 && out[1] == 127 && out[2] == 255);
	ck_assert(!rq_tensor_is_float_like(RQ_TENSOR_I64) && rq_tensor_is_float_like(RQ_TENSOR_BF16));
	ck_assert_str_eq(rq_tensor_type_name(RQ_TENSOR_BF16), "BF16");
	ck_assert_uint_eq(rq_tensor_type_size(RQ_TENSOR_BF16), 2);
}
END_TEST

/* The header of a file that Hugging Face's own library wrote. */
START_TEST(a_real_file)
{
	const char *path = shared_file("models/model2vec-fixtures/vocab-quantized/model.safetensors");
	struct rq_buf file = {0};
	size_t size;

	if (path == NULL)
		return;
	ck_assert_int_eq(rq_file_read(&file, path, &err), RQ_OK);
	ck_assert_int_eq(rq_tensors_header_size(&size, (const unsigned char *)file.data, file.size, path, &err), RQ_OK);
	ck_assert_msg(rq_tensors_read(&tensors, file.data + RQ_TENSOR_LENGTH_BYTES, size, file.size, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(tensors.count, 3);
	const struct rq_tensor *embeddings = rq_tensors_find(&tensors, "embeddings");
	ck_assert(embeddings->shape[0] == 128 && embeddings->shape[1] == 64 && embeddings->type == RQ_TENSOR_F32);
	rq_buf_release(&file);
}
END_TEST

Suite *tensors_suite(void)
{
	Suite *suite = suite_create("tensors");
	TCase *tests = tcase_create("tensors");

	tcase_add_checked_fixture(tests, NULL, tear_down);
	tcase_add_test(tests, tensors_in_the_order_of_their_data);
	tcase_add_test(tests, the_size_of_a_header_is_checked_before_it_is_read);
	tcase_add_test(tests, claims_that_do_not_hold);
	tcase_add_test(tests, values_are_counted_before_they_are_read);
	tcase_add_test(tests, the_largest_float_fits_however_it_is_spelt);
	tcase_add_test(tests, every_half_is_its_float);
	tcase_add_test(tests, numbers_of_every_type_at_any_alignment);
	tcase_add_test(tests, a_real_file);
	suite_add_tcase(suite, tests);
	return suite;
}
