/* HDF5 as ann-benchmarks has it: data sets `train`, `test`, `neighbors` and `distances` in the root group, in one piece or in chunks, and the distance
 * as its attribute. A reader of its own for just that: libhdf5 reads everything, and trusts what a file says of itself. */
#include "datasets/vector_file.h"
#include "datasets/vectors/hdf5_chunks.h"
#include "datasets/vectors/hdf5_file.h"
#include "datasets/vectors/numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS "of none of the types f2, bf16, f4, f8, i1, u1 and i4"

enum { TEXT_MAX = 64 }; /* of an attribute */

/* What the messages of a data set or attribute say. */
struct array {
	struct rq_bytes *bytes;
	size_t dimensions;
	uint64_t shape[2]; /* those past the second are counted, not kept */
	bool has_type, swapped;
	enum rq_tensor_type type; /* of numbers */
	bool text, referred;  /* referred: of any length, and stands elsewhere */
	size_t width;         /* bytes of one number, or of a text */
	uint64_t start, size; /* of the data */
	bool has_layout, chunked;
	struct rq_hdf5_chunking chunking;
	const char *other; /* why the data are not read */
};

/* IV.A.2.b */
static void read_space(struct array *array, struct rq_hdf5_fields fields)
{
	unsigned version = (unsigned)rq_hdf5_take(&fields, 1);

	array->dimensions = (size_t)rq_hdf5_take(&fields, 1);
	rq_hdf5_pass(&fields, version == 1 ? 6 : 2);
	for (size_t i = 0; i < array->dimensions && i < 2; i++)
		array->shape[i] = rq_hdf5_take(&fields, 8);
	if (version < 1 || version > 2 || fields.cut)
		array->other = "of a shape that is not understood";
}

/* What a datatype says of numbers after its size: all bits of a byte or more of them, and where sign, exponent and mantissa are. */
static const struct {
	enum rq_tensor_type type;
	size_t width;
	unsigned bits; /* whether signed, or that the mantissa's first bit is not stored, and the place of the sign */
	unsigned char places[8];
} number_types[] = {
	{RQ_TENSOR_F16, 2, 0x0F20, {10, 5, 0, 10, 15}},
	{RQ_TENSOR_BF16, 2, 0x0F20, {7, 8, 0, 7, 127}},
	{RQ_TENSOR_F32, 4, 0x1F20, {23, 8, 0, 23, 127}},
	{RQ_TENSOR_F64, 8, 0x3F20, {52, 11, 0, 52, 0xFF, 0x03}},
	{RQ_TENSOR_I8, 1, 8, {0}},
	{RQ_TENSOR_U8, 1, 0, {0}},
	{RQ_TENSOR_I32, 4, 8, {0}},
};

/* False: of none that is read. */
static bool find_number(enum rq_tensor_type *type, bool real, size_t width, unsigned bits, struct rq_hdf5_fields fields)
{
	const unsigned padding = real ? 0x0F : 0x07; /* the order of the bytes, and what no number of whole bytes has */
	size_t offset = (size_t)rq_hdf5_take(&fields, 2), precision = (size_t)rq_hdf5_take(&fields, 2);
	const unsigned char *places = real ? rq_hdf5_pass(&fields, sizeof number_types->places) : NULL;

	for (size_t i = 0; i < sizeof number_types / sizeof *number_types && !fields.cut; i++) {
		bool match = number_types[i].width == width && number_types[i].bits == (bits & ~padding) && (number_types[i].places[0] > 0) == real;
		if (match && offset == 0 && precision == width * 8 && (!real || memcmp(places, number_types[i].places, sizeof number_types->places) == 0)) {
			*type = number_types[i].type;
			return true;
		}
	}
	return false;
}

/* IV.A.2.d */
static void read_type(struct array *array, struct rq_hdf5_fields fields)
{
	enum { WHOLE = 0, REAL = 1, TEXT = 3, VARIABLE = 9 };
	unsigned kind = (unsigned)rq_hdf5_take(&fields, 1) & 15, bits = (unsigned)rq_hdf5_take(&fields, 3);

	array->has_type = true;
	array->width = (size_t)rq_hdf5_take(&fields, 4);
	array->swapped = bits & 1;
	array->referred = kind == VARIABLE && (bits & 15) == 1;
	array->text = kind == TEXT || array->referred;
	bool number = kind == WHOLE || kind == REAL;
	if (!array->text && (!number || !find_number(&array->type, kind == REAL, array->width, bits, fields)))
		array->other = NUMBERS;
}

/* IV.A.2.i */
static void read_layout(struct array *array, struct rq_hdf5_fields fields)
{
	enum { COMPACT, CONTIGUOUS, CHUNKED };
	unsigned version = (unsigned)rq_hdf5_take(&fields, 1), kind = (unsigned)rq_hdf5_take(&fields, 1);

	array->has_layout = true;
	array->chunked = version == 3 && kind == CHUNKED;
	if (array->chunked) {
		const char *other = rq_hdf5_chunk_layout(&array->chunking, fields);
		array->other = other == NULL ? array->other : other;
		return;
	}
	array->start = rq_hdf5_take(&fields, 8);
	array->size = rq_hdf5_take(&fields, 8);
	if (version < 3 || version > 4)
		array->other = "of a layout that is not understood";
	else if (kind != CONTIGUOUS)
		array->other = kind == CHUNKED ? "stored in chunks that are found in a newer way (libver=\"latest\")" : "stored in another way than in one piece or chunks";
}

static void read_filters(struct array *array, struct rq_hdf5_fields fields)
{
	const char *other = rq_hdf5_chunk_filters(&array->chunking, fields);

	array->other = other == NULL ? array->other : other;
}

static enum rq_status visit_array(void *context, enum rq_hdf5_message type, struct rq_hdf5_fields fields, struct rq_error *err)
{
	(void)err;
	if (type == RQ_HDF5_DATASPACE)
		read_space(context, fields);
	if (type == RQ_HDF5_DATATYPE)
		read_type(context, fields);
	if (type == RQ_HDF5_LAYOUT)
		read_layout(context, fields);
	if (type == RQ_HDF5_PIPELINE)
		read_filters(context, fields);
	return RQ_OK;
}

/* A text of any length (III.E): its length, and its number in a collection of such. */
static void find_referred(char text[TEXT_MAX], struct rq_bytes *bytes, struct rq_hdf5_fields fields)
{
	size_t length = (size_t)rq_hdf5_take(&fields, 4);
	uint64_t at = rq_hdf5_take(&fields, 8), number = rq_hdf5_take(&fields, 4);
	unsigned char head[16];

	if (fields.cut || length >= TEXT_MAX || rq_hdf5_look(head, bytes, at, 16, "", NULL) != RQ_OK || memcmp(head, "GCOL", 4) != 0)
		return;
	at += sizeof head;
	for (size_t i = 0; i < UINT16_MAX && rq_hdf5_look(head, bytes, at, sizeof head, "", NULL) == RQ_OK; i++) {
		struct rq_hdf5_fields object = {.at = head, .left = sizeof head};
		uint64_t found = rq_hdf5_take(&object, 2);
		rq_hdf5_pass(&object, 6);
		uint64_t size = rq_hdf5_take(&object, 8);
		if (found == 0 || size > bytes->size)
			return;
		if (found == number && length <= size && rq_hdf5_look(text, bytes, at + sizeof head, length, "", NULL) == RQ_OK)
			text[length] = '\0';
		if (found == number)
			return;
		at += sizeof head + (size + 7) / 8 * 8;
	}
}

struct attribute {
	struct rq_bytes *bytes;
	char distance[TEXT_MAX];
};

/* IV.A.2.m. What is not understood here is left out: it is a remark. */
static enum rq_status visit_attribute(void *context, enum rq_hdf5_message message, struct rq_hdf5_fields fields, struct rq_error *err)
{
	struct attribute *attribute = context;
	struct array array = {0};

	(void)err;
	unsigned version = (unsigned)rq_hdf5_take(&fields, 1), pad = version == 1 ? 7 : 0;
	rq_hdf5_pass(&fields, 1);
	size_t name_size = (size_t)rq_hdf5_take(&fields, 2), type_size = (size_t)rq_hdf5_take(&fields, 2), space_size = (size_t)rq_hdf5_take(&fields, 2);
	rq_hdf5_pass(&fields, version == 3 ? 1 : 0);
	const unsigned char *name = rq_hdf5_pass(&fields, (name_size + pad) & ~(size_t)pad);
	const unsigned char *type = rq_hdf5_pass(&fields, (type_size + pad) & ~(size_t)pad);
	rq_hdf5_pass(&fields, (space_size + pad) & ~(size_t)pad);
	if (message != RQ_HDF5_ATTRIBUTE || fields.cut || name_size != sizeof "distance" || memcmp(name, "distance", sizeof "distance") != 0)
		return RQ_OK;
	read_type(&array, (struct rq_hdf5_fields){.at = type, .left = type_size});
	if (array.referred) {
		find_referred(attribute->distance, attribute->bytes, fields);
	} else if (array.text && array.width < TEXT_MAX && array.width <= fields.left) {
		memcpy(attribute->distance, fields.at, array.width);
		attribute->distance[array.width] = '\0';
	}
	return RQ_OK;
}

static enum rq_status list_names(struct rq_buf *list, const struct rq_hdf5_group *group, struct rq_error *err)
{
	enum { SHOWN = 8 };

	for (uint32_t i = 0; i < group->names.count && i < SHOWN; i++)
		rq_buf_printf(list, "%s%s", i == 0 ? "" : ", ", rq_excerpt((struct rq_span){group->names.names[i], strlen(group->names.names[i])}).text);
	if (group->names.count > SHOWN)
		rq_buf_printf(list, " and %u more", group->names.count - SHOWN);
	return rq_buf_check(list, err);
}

/* The data set of that name; without one `train`, or the only one. */
static enum rq_status choose(const char **name, uint64_t *address, const struct rq_hdf5_group *group, const char *wanted, const char *path,
                             struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};
	const char *usual = wanted == NULL ? "train" : wanted;
	uint32_t number = rq_ids_find(&group->names, usual, strlen(usual));

	if (number == RQ_ID_NONE && wanted == NULL && group->names.count == 1)
		number = 0;
	if (number != RQ_ID_NONE) {
		*name = group->names.names[number];
		*address = group->addresses[number];
		return RQ_OK;
	}
	RQ_TRY(list_names(&list, group, err));
	if (group->names.count == 0)
		return rq_fail(err, RQ_E_DATA, "%s: no data set \"%s\"; there is nothing in its root group", path, usual);
	return rq_fail(err, RQ_E_DATA, "%s: no data set \"%s\"; there is %s: name one, as in \"%s:%s\"", path, usual, list.data, path,
	               rq_excerpt((struct rq_span){group->names.names[0], strlen(group->names.names[0])}).text);
}

/* Holds what the messages say against each other and the file. */
static enum rq_status check(struct rq_matrix *matrix, const struct array *array, const char *name, struct rq_error *err)
{
	const struct rq_bytes *bytes = array->bytes;
	const char *path = bytes->path;
	size_t wanted;

	if (!array->has_type || !array->has_layout)
		return rq_fail(err, RQ_E_DATA, "%s: \"%s\" is no data set; name one of its root group", path, name);
	if (array->other != NULL)
		return rq_hdf5_fail(err, bytes, name, array->other);
	if (array->text)
		return rq_hdf5_fail(err, bytes, name, NUMBERS);
	if (array->dimensions != 2)
		return rq_fail(err, RQ_E_DATA, "%s: \"%s\" has %zu dimension%s; expected two, one row a record", path, name, array->dimensions,
		               array->dimensions == 1 ? "" : "s");
	if (array->shape[0] == 0 || array->shape[1] == 0)
		return rq_fail(err, RQ_E_DATA, "%s: \"%s\" holds no vectors; expected at least one row and one column", path, name);
	matrix->type = array->type;
	matrix->n = (size_t)array->shape[0];
	matrix->d = (size_t)array->shape[1];
	matrix->swapped = array->swapped;
	if (array->chunked)
		return RQ_OK;
	if (!rq_matrix_bytes(&wanted, matrix) || array->size != wanted || array->start > bytes->size || wanted > bytes->size - array->start)
		return rq_fail(
			err, RQ_E_DATA,
			"%s: damaged HDF5: \"%s\", %llu x %llu numbers of %zu bytes, is said to be %llu bytes at byte %llu of %zu; copy or write the file again",
			path, name, (unsigned long long)matrix->n, (unsigned long long)matrix->d, array->width, (unsigned long long)array->size,
			(unsigned long long)array->start, bytes->size);
	return RQ_OK;
}

static enum rq_status read_group(struct rq_vector_file *file, struct rq_bytes *bytes, const struct rq_hdf5_group *group, const char *wanted,
                                 struct rq_error *err)
{
	struct array array = {.bytes = bytes};
	struct rq_matrix matrix = {0};
	const char *name = NULL;
	uint64_t address = 0;

	RQ_TRY(choose(&name, &address, group, wanted, bytes->path, err));
	if (address == RQ_HDF5_NOWHERE)
		return rq_hdf5_fail(err, bytes, name, "a link to an object elsewhere");
	RQ_TRY(rq_hdf5_messages(bytes, address, visit_array, &array, err));
	RQ_TRY(check(&matrix, &array, name, err));
	snprintf(file->type, sizeof file->type, "%s", rq_number_name(matrix.type));
	if (array.chunked)
		return rq_hdf5_chunks_read(&file->vectors, bytes, &array.chunking, &matrix, name, err);
	RQ_TRY(rq_bytes_skip(bytes, (size_t)array.start, err));
	return rq_matrix_read(&file->vectors, bytes, &matrix, err);
}

static enum rq_status read_file(struct rq_vector_file *file, struct rq_bytes *bytes, const char *wanted, struct rq_error *err)
{
	RQ_CLEANUP(rq_hdf5_group_release) struct rq_hdf5_group group = {0};
	struct attribute attribute = {.bytes = bytes};
	uint64_t root;

	if (bytes->packing != RQ_PACKED_NOT)
		return rq_fail(err, RQ_E_DATA, "%s: a compressed HDF5 file, whose parts stand in any order; uncompress it first", bytes->path);
	const char *usual = wanted == NULL ? "train" : wanted;
	RQ_TRY(rq_hdf5_root(&root, bytes, usual, err));
	RQ_TRY(rq_hdf5_group_read(&group, bytes, root, usual, err));
	RQ_TRY(rq_hdf5_messages(bytes, root, visit_attribute, &attribute, err));
	if (attribute.distance[0] != '\0')
		snprintf(file->remark, sizeof file->remark, "distance %s", rq_excerpt((struct rq_span){attribute.distance, strlen(attribute.distance)}).text);
	return read_group(file, bytes, &group, wanted, err);
}

static bool like_hdf5(const struct rq_glimpse *glimpse)
{
	return glimpse->size >= 8 && memcmp(glimpse->data, RQ_HDF5_MAGIC, 8) == 0;
}

const struct rq_vector_format rq_vector_format_hdf5 = {
	.name = "hdf5",
	.help = "HDF5 as ann-benchmarks has it: FILE:train, FILE:test",
	.endings = (const char *const[]){".hdf5", ".h5", NULL},
	.arrays = true,
	.looks_like = like_hdf5,
	.read = read_file,
};
