/* The tokenizers of real static models against Hugging Face's own library: the same ids for every text of Cranfield and of the example, and for every
 * character there is. */
#include "service.h"

#include "evalcore/base/file.h"
#include "evalcore/embed/token/encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ck_assert_ok(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)
#define PACKAGE "tests/node/node_modules/@anush008/tokenizers"
#define EXAMPLE "datasets/example/"

static struct rq_error err;

/* Letters of after Unicode 15, whose small ones utf8proc does not know, and a character whose decomposition upstream does not know. */
static bool is_beyond(uint32_t c)
{
	return c == 0x1C89 || (c >= 0xA7CB && c <= 0xA7DC) || (c >= 0x10D50 && c <= 0x10D65) || (c >= 0x16EA0 && c <= 0x16EB8) || c == 0x11938;
}

static size_t encode(char *out, uint32_t c)
{
	if (c < 0x80)
		return (size_t)sprintf(out, "%c", (char)c);
	if (c < 0x800)
		return (size_t)sprintf(out, "%c%c", (char)(0xC0 | c >> 6), (char)(0x80 | (c & 0x3F)));
	if (c < 0x10000)
		return (size_t)sprintf(out, "%c%c%c", (char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3F)), (char)(0x80 | (c & 0x3F)));
	return (size_t)sprintf(out, "%c%c%c%c", (char)(0xF0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3F)), (char)(0x80 | (c >> 6 & 0x3F)),
	                       (char)(0x80 | (c & 0x3F)));
}

/* Every character between two letters, 64 to a text. */
static void add_characters(struct rq_buf *out)
{
	char text[64 * 8 + 1];

	for (uint32_t first = 0; first < 0x110000; first += 64) {
		size_t used = 0;
		if (first >= 0xD800 && first < 0xE000)
			continue;
		for (uint32_t c = first == 0 ? 1 : first; c < first + 64; c++) {
			if (is_beyond(c))
				continue;
			text[used++] = 'a';
			used += encode(text + used, c);
			text[used++] = 'b';
			text[used++] = ' ';
		}
		text[used] = '\0';
		rq_json_quote(out, text);
		rq_buf_puts(out, "\n");
	}
}

/* The members "title" and "text" of each line. */
static void add_texts(struct rq_buf *out, const char *path)
{
	static const char *const members[] = {"title", "text"};
	struct rq_buf file = {0};

	ck_assert_ok(rq_file_read(&file, path, &err));
	for (char *line = file.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		rq_json *root;
		ck_assert_ok(rq_json_parse(&root, line, (size_t)(end - line), path, &err));
		for (size_t i = 0; i < 2; i++) {
			const rq_json *text = rq_json_get(root, members[i]);
			if (text == NULL)
				continue;
			rq_json_quote(out, rq_json_string(text));
			rq_buf_puts(out, "\n");
		}
		rq_json_free(root);
	}
	rq_buf_release(&file);
}

static bool same_ids(const struct rq_token_ids *ids, const rq_json *expected)
{
	size_t i = 0;

	for (const rq_json *id = rq_json_first(expected); id != NULL; id = rq_json_next(id), i++)
		if (i >= ids->count || (double)ids->items[i] != rq_json_number(id))
			return false;
	return i == ids->count;
}

static void compare(const struct rq_encoder *encoder, const struct rq_buf *texts, const struct rq_buf *expected)
{
	struct rq_encoding encoding = {0};
	size_t count = 0;

	for (char *line = texts->data, *said = expected->data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, count++) {
		rq_json *text, *ids;
		char *said_end = strchr(said, '\n');
		ck_assert_ptr_nonnull(said_end);
		ck_assert_ok(rq_json_parse(&text, line, (size_t)(end - line), "text", &err));
		ck_assert_ok(rq_json_parse(&ids, said, (size_t)(said_end - said), "ids", &err));
		ck_assert_ok(rq_encode(&encoding, encoder, rq_json_string(text), strlen(rq_json_string(text)), &err));
		ck_assert_msg(same_ids(&encoding.ids, ids), "other ids than %.*s: %.*s", (int)(said_end - said), said, (int)(end - line), line);
		rq_json_free(text);
		rq_json_free(ids);
		said = said_end + 1;
	}
	ck_assert_uint_gt(count, 20000);
	rq_encoding_release(&encoding);
}

static bool ready(void)
{
	char *collection = cli_shared("cranfield");
	bool there = access(PACKAGE, F_OK) == 0;
	const char *ci = getenv("CI");

	ck_assert_msg(there || ci == NULL || strcmp(ci, "true") != 0, "tests/node has no packages; ci/setup --tests installs them");
	if (!there)
		printf("skipped: tests/node has no packages (ci/setup --tests)\n");
	there = there && collection != NULL;
	free(collection);
	return there;
}

START_TEST(test_the_same_ids)
{
	static const char *const models[] = {"float32", "vocab-quantized"}, *const files[] = {"corpus.jsonl", "queries.jsonl"};
	struct rq_buf texts = {0}, tokenizer = {0};
	struct rq_encoder *encoder;
	char path[4096];

	if (!ready())
		return;
	char *collection = cli_shared("cranfield"), *fixtures = cli_shared("models/model2vec-fixtures");
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", collection, files[i]);
		add_texts(&texts, path);
		snprintf(path, sizeof path, EXAMPLE "%s", files[i]);
		add_texts(&texts, path);
	}
	add_characters(&texts);
	cli_write_bytes("texts.jsonl", texts.data, texts.size);
	snprintf(path, sizeof path, "%s/%s/tokenizer.json", fixtures, models[_i]);
	char *whole = realpath(path, NULL);
	ck_assert_ptr_nonnull(whole);
	ck_assert_int_eq(service_node("tests/node/hf_token_ids.mjs", whole, "ids.jsonl", "texts.jsonl", NULL), 0);
	struct rq_buf expected = cli_read("ids.jsonl");
	ck_assert_ok(rq_file_read(&tokenizer, path, &err));
	ck_assert_ok(rq_encoder_read(&encoder, tokenizer.data, tokenizer.size, path, &err));
	compare(encoder, &texts, &expected);
	rq_encoder_free(encoder);
	rq_buf_release(&texts);
	rq_buf_release(&expected);
	rq_buf_release(&tokenizer);
	free(collection);
	free(fixtures);
	free(whole);
}
END_TEST

Suite *tokenizers_suite(void)
{
	Suite *suite = suite_create("tokenizers");
	TCase *tests = cli_case("tokenizers");

	tcase_set_timeout(tests, 600);
	tcase_add_loop_test(tests, test_the_same_ids, 0, 2);
	suite_add_tcase(suite, tests);
	return suite;
}
