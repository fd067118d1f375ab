/* Answers of embedding services. */
#include "evalcore/embed/http/answer.h"

#include "evalcore/base/base64.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/secret.h"
#include "evalcore/base/tensors.h"
#include "evalcore/embed/http/api.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIMENSION_MAX = 1 << 20 };

void rq_answer_release(struct rq_answer *answer)
{
	free(answer->vectors);
	free(answer->filled);
	answer->vectors = NULL;
	answer->filled = NULL;
}

/* Floats are put together from their bytes, so that the order of this machine's plays no part. */
static void base64_floats(float *out, const char *text, size_t n)
{
	rq_base64_read((unsigned char *)out, text, n * sizeof *out);
	for (size_t i = 0; i < n; i++) {
		unsigned char b[sizeof *out];
		memcpy(b, &out[i], sizeof b);
		uint32_t word = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
		memcpy(&out[i], &word, sizeof word);
	}
}

static enum rq_status length_of(size_t *length, size_t row, const rq_json *vector, struct rq_error *err)
{
	const char *text = rq_json_string(vector);

	if (text == NULL && rq_json_type(vector) != RQ_JSON_ARRAY)
		return rq_fail(err, RQ_E_DATA, "vector %zu is %s", row, rq_json_type_name(rq_json_type(vector)));
	size_t bytes = text == NULL ? 0 : rq_base64_size(text, strlen(text));
	if (bytes == SIZE_MAX || bytes % sizeof(float) != 0)
		return rq_fail(err, RQ_E_DATA, "vector %zu is a string that is not base64 of float32 numbers", row);
	*length = text == NULL ? rq_json_size(vector) : bytes / sizeof(float);
	return RQ_OK;
}

static enum rq_status make_room(struct rq_answer *answer, size_t dimension, struct rq_error *err)
{
	if (answer->dimension == 0 && (dimension == 0 || dimension > DIMENSION_MAX))
		return rq_fail(err, RQ_E_DATA, "vector 0 has %zu dimensions", dimension);
	if (answer->dimension == 0)
		answer->dimension = dimension;
	if (answer->vectors == NULL)
		answer->vectors = rq_alloc_aligned(answer->n * answer->dimension, sizeof *answer->vectors);
	return answer->vectors == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status check_row(const struct rq_answer *answer, size_t row, struct rq_error *err)
{
	const float *vector = answer->vectors + row * answer->dimension;
	bool zero = true;

	for (size_t i = 0; i < answer->dimension; i++) {
		if (!isfinite(vector[i]))
			return rq_fail(err, RQ_E_DATA, "vector %zu holds no finite number at place %zu", row, i);
		zero = zero && vector[i] == 0;
	}
	return zero ? rq_fail(err, RQ_E_DATA, "vector %zu is all zeros, which no model gives a text that is not empty", row) : RQ_OK;
}

enum rq_status rq_answer_put(struct rq_answer *answer, size_t row, const rq_json *vector, struct rq_error *err)
{
	size_t length = 0, place = 0;

	if (row >= answer->n)
		return rq_fail(err, RQ_E_DATA, "vector %zu stands in an answer for %zu text%s", row, answer->n, answer->n == 1 ? "" : "s");
	if (answer->filled[row])
		return rq_fail(err, RQ_E_DATA, "vector %zu stands twice", row);
	RQ_TRY(length_of(&length, row, vector, err));
	if (answer->dimension != 0 && length != answer->dimension) {
		answer->other = length;
		return rq_fail(err, RQ_E_DATA, "vector %zu has %zu dimensions instead of %zu", row, length, answer->dimension);
	}
	RQ_TRY(make_room(answer, length, err));
	float *out = answer->vectors + row * answer->dimension;
	if (rq_json_string(vector) != NULL)
		base64_floats(out, rq_json_string(vector), length);
	else
		for (const rq_json *number = rq_json_first(vector); number != NULL; number = rq_json_next(number)) {
			double value = rq_json_number(number);
			out[place++] = rq_fits_float(value) ? (float)value : INFINITY;
		}
	RQ_TRY(check_row(answer, row, err));
	answer->filled[row] = true;
	return RQ_OK;
}

enum rq_status rq_answer_put_all(struct rq_answer *answer, const rq_json *vectors, struct rq_error *err)
{
	size_t row = 0;

	for (const rq_json *vector = rq_json_first(vectors); vector != NULL; vector = rq_json_next(vector))
		RQ_TRY(rq_answer_put(answer, row++, vector, err));
	return RQ_OK;
}

/* Secrets go before the text is cut: half of one would be known by nobody. */
static void show(char *out, size_t size, const char *text, size_t length)
{
	char *whole = strndup(text, length);

	out[0] = '\0';
	if (whole == NULL)
		return;
	rq_secret_hide_foreign(whole);
	rq_show_text(out, size, whole);
	free(whole);
}

void rq_answer_text(char *text, size_t size, const rq_json *object, const char *key)
{
	const rq_json *value = rq_json_get(object, key);
	const char *string = value == NULL || rq_json_string(value) == NULL ? "" : rq_json_string(value);

	show(text, size, string, strlen(string));
}

uint64_t rq_answer_count(const rq_json *object, const char *key)
{
	const rq_json *value = object == NULL ? NULL : rq_json_get(object, key);
	double number = value == NULL ? 0 : rq_json_number(value);

	return number >= 1 && number < 0x1p53 ? (uint64_t)number : 0;
}

/* The tree's words for what is wrong, but for numbers that Python prints and JSON has no name for. */
static enum rq_status read_json(rq_json **root, const char *body, size_t size, struct rq_error *err)
{
	if (size == 0)
		return rq_fail(err, RQ_E_DATA, "the answer is empty");
	enum rq_status status = rq_json_parse(root, body, size, "the answer", err);
	if (status == RQ_E_DATA && (memmem(body, size, "NaN", 3) != NULL || memmem(body, size, "Infinity", 8) != NULL))
		return rq_fail(err, RQ_E_DATA, "the answer holds NaN or Infinity, so it is not JSON");
	return status;
}

enum rq_status rq_answer_read(struct rq_answer *answer, const struct rq_api *api, const char *body, size_t size, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	size_t missing = 0;

	RQ_TRY(read_json(&root, body, size, err));
	answer->filled = calloc(answer->n, sizeof *answer->filled);
	if (answer->filled == NULL)
		return rq_fail_memory(err);
	RQ_TRY(api->read(answer, root, err));
	for (size_t row = 0; row < answer->n; row++)
		missing += !answer->filled[row];
	if (missing > 0)
		return rq_fail(err, RQ_E_DATA, "the answer holds %zu vector%s for %zu text%s", answer->n - missing, answer->n - missing == 1 ? "" : "s",
		               answer->n, answer->n == 1 ? "" : "s");
	return RQ_OK;
}

/* ---- refusals ---- */

/* FastAPI's {"detail": [{"msg": ...}]}, or the value itself. */
static const rq_json *innermost(const rq_json *value)
{
	static const char *const keys[] = {"error", "message", "detail", "msg"};

	for (int depth = 0; value != NULL && depth < 4; depth++) {
		const rq_json *inner = NULL;
		if (rq_json_type(value) == RQ_JSON_ARRAY)
			inner = rq_json_first(value);
		for (size_t i = 0; i < sizeof keys / sizeof *keys && inner == NULL && rq_json_type(value) == RQ_JSON_OBJECT; i++)
			inner = rq_json_get(value, keys[i]);
		if (inner == NULL)
			break;
		value = inner;
	}
	return value;
}

static void find_code(struct rq_refusal *refusal, const rq_json *root)
{
	static const char *const keys[] = {"code", "type", "error_type"};
	const rq_json *inner = rq_json_get(root, "error");
	const rq_json *objects[] = {inner != NULL && rq_json_type(inner) == RQ_JSON_OBJECT ? inner : NULL, root};

	for (size_t o = 0; o < 2; o++)
		for (size_t k = 0; objects[o] != NULL && k < sizeof keys / sizeof *keys && refusal->code[0] == '\0'; k++) {
			const rq_json *value = rq_json_get(objects[o], keys[k]);
			if (value != NULL && rq_json_string(value) != NULL)
				show(refusal->code, sizeof refusal->code, rq_json_string(value), strlen(rq_json_string(value)));
		}
}

void rq_refusal_read(struct rq_refusal *refusal, const char *body, size_t size)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;

	*refusal = (struct rq_refusal){0};
	if (size == 0)
		return;
	if (rq_json_parse(&root, body, size, "the answer", NULL) != RQ_OK) {
		const char *start = body + strspn(body, " \r\n\t");
		if (*start != '<') /* a page of HTML tells a person nothing */
			show(refusal->message, sizeof refusal->message, start, strnlen(start, size - (size_t)(start - body)));
		return;
	}
	const rq_json *said = innermost(root);
	if (said != NULL && rq_json_string(said) != NULL)
		show(refusal->message, sizeof refusal->message, rq_json_string(said), strlen(rq_json_string(said)));
	if (rq_json_type(root) == RQ_JSON_OBJECT)
		find_code(refusal, root);
}
