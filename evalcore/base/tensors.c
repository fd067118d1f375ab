/* Reads the header of a safetensors file. Nothing it claims is believed before it was checked against the size of the file. */
#include "evalcore/base/tensors.h"

#include "evalcore/base/json_read.h"
#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are little-endian and are copied as they are");

/* Upstream allows 100 MB, of which a tree of JSON takes gigabytes; a tensor is about ten values of 120 bytes. */
enum { HEADER_MAX = 16 << 20, VALUES_MAX = 1 << 20 };

static const double WHOLE_MAXIMUM = 9007199254740992.0; /* 2^53 */

static const struct {
	const char *name;
	size_t size;
} types[] = {
	[RQ_TENSOR_BOOL] = {"BOOL", 1},
	[RQ_TENSOR_U8] = {"U8", 1},
	[RQ_TENSOR_I8] = {"I8", 1},
	[RQ_TENSOR_F8_E5M2] = {"F8_E5M2", 1},
	[RQ_TENSOR_F8_E4M3] = {"F8_E4M3", 1},
	[RQ_TENSOR_F8_E8M0] = {"F8_E8M0", 1},
	[RQ_TENSOR_I16] = {"I16", 2},
	[RQ_TENSOR_U16] = {"U16", 2},
	[RQ_TENSOR_F16] = {"F16", 2},
	[RQ_TENSOR_BF16] = {"BF16", 2},
	[RQ_TENSOR_I32] = {"I32", 4},
	[RQ_TENSOR_U32] = {"U32", 4},
	[RQ_TENSOR_F32] = {"F32", 4},
	[RQ_TENSOR_C64] = {"C64", 8},
	[RQ_TENSOR_F64] = {"F64", 8},
	[RQ_TENSOR_I64] = {"I64", 8},
	[RQ_TENSOR_U64] = {"U64", 8},
};

const char *rq_tensor_type_name(enum rq_tensor_type type)
{
	return types[type].name;
}

size_t rq_tensor_type_size(enum rq_tensor_type type)
{
	return types[type].size;
}

enum rq_status rq_tensors_header_size(size_t *size, const unsigned char first[RQ_TENSOR_LENGTH_BYTES], uint64_t file_size, const char *path,
                                      struct rq_error *err)
{
	uint64_t length = 0;

	for (size_t i = 0; i < RQ_TENSOR_LENGTH_BYTES; i++)
		length |= (uint64_t)first[i] << 8 * i;
	*size = 0;
	if (length > HEADER_MAX)
		return rq_fail(err, RQ_E_DATA, "%s: a header of %llu bytes; expected a safetensors file, whose header has at most %d", path,
		               (unsigned long long)length, HEADER_MAX);
	if (file_size < RQ_TENSOR_LENGTH_BYTES || length > file_size - RQ_TENSOR_LENGTH_BYTES)
		return rq_fail(err, RQ_E_DATA, "%s: cut short within its header: %llu bytes, of which the header takes %llu; copy the file again", path,
		               (unsigned long long)file_size, (unsigned long long)length);
	*size = (size_t)length;
	return RQ_OK;
}

/* A header that is being read, and the path of the tensor that is at hand. */
struct reading {
	struct rq_json_reader json;
	char path[120];
};

static void fail(struct reading *reading, const char *key, const rq_json *value, const char *expected)
{
	rq_json_read_fail(&reading->json, reading->path, key, value, expected);
}

static bool whole(const rq_json *value)
{
	double number = rq_json_number(value);

	return number >= 0 && number <= WHOLE_MAXIMUM && number == floor(number);
}

static void read_type(struct rq_tensor *tensor, struct reading *reading, const rq_json *object)
{
	const rq_json *value = rq_json_get(object, "dtype");
	const char *name = value == NULL ? NULL : rq_json_string(value);

	for (size_t i = 0; name != NULL && i < RQ_TENSOR_TYPE_COUNT; i++)
		if (strcmp(types[i].name, name) == 0) {
			tensor->type = (enum rq_tensor_type)i;
			return;
		}
	fail(reading, "dtype", value, "a type of whole bytes, such as \"F32\"");
}

static void read_shape(struct rq_tensor *tensor, struct reading *reading, const rq_json *object)
{
	const rq_json *shape = rq_json_read_array(&reading->json, object, reading->path, "shape");

	tensor->count = 1;
	for (const rq_json *extent = shape == NULL ? NULL : rq_json_first(shape); extent != NULL; extent = rq_json_next(extent)) {
		if (tensor->dimensions == RQ_TENSOR_DIMENSIONS || !whole(extent)) {
			fail(reading, "shape", shape, "at most eight whole numbers");
			return;
		}
		tensor->shape[tensor->dimensions] = (size_t)rq_json_number(extent);
		if (__builtin_mul_overflow(tensor->count, tensor->shape[tensor->dimensions++], &tensor->count)) {
			fail(reading, "shape", shape, "as many numbers as a file can hold");
			return;
		}
	}
}

/* The tensor's bytes, from the start of the data. */
static void read_offsets(struct rq_tensor *tensor, struct reading *reading, const rq_json *object)
{
	const rq_json *offsets = rq_json_read_array(&reading->json, object, reading->path, "data_offsets");
	const rq_json *begin = offsets == NULL ? NULL : rq_json_first(offsets), *end = begin == NULL ? NULL : rq_json_next(begin);
	size_t size;

	if (reading->json.status != RQ_OK)
		return;
	if (rq_json_size(offsets) != 2 || !whole(begin) || !whole(end) || rq_json_number(end) < rq_json_number(begin)) {
		fail(reading, "data_offsets", offsets, "two whole numbers, the second no less than the first");
		return;
	}
	tensor->offset = (uint64_t)rq_json_number(begin);
	tensor->size = (uint64_t)rq_json_number(end) - tensor->offset;
	if (__builtin_mul_overflow(tensor->count, types[tensor->type].size, &size) || size != tensor->size)
		fail(reading, "data_offsets", offsets, "as many bytes as dtype and shape make");
}

static void read_tensor(struct rq_tensor *tensor, struct reading *reading, const rq_json *object)
{
	char shown[100];

	rq_show_text(shown, sizeof shown, rq_json_key(object));
	snprintf(reading->path, sizeof reading->path, "%s", shown);
	if (rq_json_type(object) != RQ_JSON_OBJECT) {
		fail(reading, "", object, "an object");
		return;
	}
	tensor->name = rq_arena_strdup(reading->json.arena, rq_json_key(object));
	if (tensor->name == NULL)
		rq_json_read_no_memory(&reading->json);
	read_type(tensor, reading, object);
	read_shape(tensor, reading, object);
	read_offsets(tensor, reading, object);
}

static int compare_offsets(const void *a, const void *b)
{
	const struct rq_tensor *x = a, *y = b;
	int by_offset = (x->offset > y->offset) - (x->offset < y->offset);

	return by_offset != 0 ? by_offset : (x->size > y->size) - (x->size < y->size);
}

/* Makes offsets those of the file. */
static enum rq_status place(struct rq_tensors *tensors, size_t header, uint64_t file_size, const char *path, struct rq_error *err)
{
	uint64_t start = RQ_TENSOR_LENGTH_BYTES + (uint64_t)header, at = 0, data = file_size - start;

	qsort(tensors->items, tensors->count, sizeof *tensors->items, compare_offsets);
	for (size_t i = 0; i < tensors->count; i++) {
		struct rq_tensor *tensor = &tensors->items[i];
		if (tensor->offset != at)
			return rq_fail(err, RQ_E_DATA, "%s: tensor \"%s\" begins at byte %llu of the data, expected %llu, where the one before it ends", path,
			               tensor->name, (unsigned long long)tensor->offset, (unsigned long long)at);
		if (tensor->size > data - at)
			return rq_fail(err, RQ_E_DATA, "%s: cut short: tensor \"%s\" takes %llu bytes, found %llu; copy the file again", path, tensor->name,
			               (unsigned long long)tensor->size, (unsigned long long)(data - at));
		tensor->offset += start;
		at += tensor->size;
	}
	if (at != data)
		return rq_fail(err, RQ_E_DATA, "%s: too long: its tensors take %llu bytes, found %llu; copy the file again", path, (unsigned long long)at,
		               (unsigned long long)data);
	return RQ_OK;
}

/* Memory is taken for every value: they are counted before they are read. Each but the first follows one of these. */
static enum rq_status check_values(const char *header, size_t size, const char *path, struct rq_error *err)
{
	bool in_string = false;
	size_t values = 1;

	for (size_t i = 0; i < size; i++)
		if (header[i] == '"')
			in_string = !in_string;
		else if (in_string)
			i += header[i] == '\\';
		else
			values += header[i] == '{' || header[i] == '[' || header[i] == ',';
	if (values > VALUES_MAX)
		return rq_fail(err, RQ_E_DATA, "%s: a header of %zu values; expected a safetensors file, whose header has at most %d", path, values,
		               VALUES_MAX);
	return RQ_OK;
}

enum rq_status rq_tensors_read(struct rq_tensors *tensors, const char *header, size_t size, uint64_t file_size, const char *path,
                               struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	struct reading reading = {.json = {.source = path, .arena = &tensors->arena, .err = err}};

	*tensors = (struct rq_tensors){0};
	RQ_TRY(check_values(header, size, path, err));
	RQ_TRY(rq_json_parse(&root, header, size, path, err));
	if (rq_json_type(root) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_DATA, "%s: a header that is %s; expected an object, a member a tensor", path, rq_json_type_name(rq_json_type(root)));
	tensors->items = rq_arena_alloc(&tensors->arena, rq_json_size(root) + 1, sizeof *tensors->items);
	if (tensors->items == NULL)
		return rq_fail_memory(err);
	for (const rq_json *member = rq_json_first(root); member != NULL && reading.json.status == RQ_OK; member = rq_json_next(member))
		if (strcmp(rq_json_key(member), "__metadata__") != 0)
			read_tensor(&tensors->items[tensors->count++], &reading, member);
	RQ_TRY(reading.json.status);
	return place(tensors, size, file_size, path, err);
}

void rq_tensors_release(struct rq_tensors *tensors)
{
	rq_arena_release(&tensors->arena);
	*tensors = (struct rq_tensors){0};
}

const struct rq_tensor *rq_tensors_find(const struct rq_tensors *tensors, const char *name)
{
	for (size_t i = 0; i < tensors->count; i++)
		if (strcmp(tensors->items[i].name, name) == 0)
			return &tensors->items[i];
	return NULL;
}

bool rq_tensor_is_float_like(enum rq_tensor_type type)
{
	return type == RQ_TENSOR_F16 || type == RQ_TENSOR_BF16 || type == RQ_TENSOR_F32 || type == RQ_TENSOR_F64 || type == RQ_TENSOR_I8 ||
	       type == RQ_TENSOR_U8;
}

/* IEEE 754 binary16: its bits in the places of a float's, whose exponent counts 112 more. Subnormals come out exact. */
static float from_half(uint16_t half)
{
	bool finite = (half & 0x7C00) != 0x7C00;
	uint32_t bits = (uint32_t)(half & 0x7FFF) << 13 | (finite ? 0 : 0x7F800000);
	float magnitude;

	memcpy(&magnitude, &bits, sizeof magnitude);
	magnitude *= finite ? 0x1p112f : 1;
	return half >> 15 ? -magnitude : magnitude;
}

/* The upper half of a float. */
static float from_bfloat(uint16_t bfloat)
{
	uint32_t bits = (uint32_t)bfloat << 16;
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

size_t rq_tensor_floats(float *out, const void *data, enum rq_tensor_type type, size_t count)
{
	const unsigned char *bytes = data;

	if (type == RQ_TENSOR_F32)
		memcpy(out, data, count * sizeof *out);
	for (size_t i = 0; type == RQ_TENSOR_F64 && i < count; i++) {
		double value;
		memcpy(&value, bytes + i * sizeof value, sizeof value);
		if (isfinite(value) && !rq_fits_float(value))
			return i;
		out[i] = (float)value;
	}
	for (size_t i = 0; (type == RQ_TENSOR_F16 || type == RQ_TENSOR_BF16) && i < count; i++) {
		uint16_t half;
		memcpy(&half, bytes + i * sizeof half, sizeof half);
		out[i] = type == RQ_TENSOR_F16 ? from_half(half) : from_bfloat(half);
	}
	for (size_t i = 0; type == RQ_TENSOR_I8 && i < count; i++)
		out[i] = (float)(signed char)bytes[i];
	for (size_t i = 0; type == RQ_TENSOR_U8 && i < count; i++)
		out[i] = (float)bytes[i];
	return count;
}
