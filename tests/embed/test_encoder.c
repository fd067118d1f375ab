/* tokenizer.json: ids that Hugging Face's own library gave (tokenizers/ids.jsonl, written with tests/node/hf_token_ids.mjs), and what is refused. */
#include "support.h"

#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/embed/token/encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKENIZERS "tests/embed/tokenizers/"

static struct rq_encoder *encoder;
static struct rq_encoding encoding;
static struct rq_error err;

static void tear_down(void)
{
	rq_encoder_free(encoder);
	encoder = NULL;
	rq_encoding_release(&encoding);
}

/* A file of tokenizers/, or of a real model: "float32". False where the real ones are missing. */
static bool open_tokenizer(const char *name)
{
	struct rq_buf file = {0};
	char path[128];
	bool own = strchr(name, '.') != NULL;

	snprintf(path, sizeof path, own ? TOKENIZERS "%s" : "models/model2vec-fixtures/%s/tokenizer.json", name);
	const char *found = own ? path : shared_file(path);
	if (found == NULL)
		return false;
	ck_assert_ok(rq_file_read(&file, found, &err));
	rq_encoder_free(encoder);
	ck_assert_ok(rq_encoder_read(&encoder, file.data, file.size, name, &err));
	rq_buf_release(&file);
	return true;
}

static void check_ids(const rq_json *line)
{
	const char *text = rq_json_string(rq_json_get(line, "text"));
	const rq_json *expected = rq_json_get(line, "ids"), *id = rq_json_first(expected);
	char shown[200];

	ck_assert_ok(rq_encode(&encoding, encoder, text, strlen(text), &err));
	rq_json_show(shown, sizeof shown, line);
	ck_assert_msg(encoding.ids.count == rq_json_size(expected), "%zu ids of %s", encoding.ids.count, shown);
	for (size_t i = 0; id != NULL; id = rq_json_next(id), i++)
		ck_assert_msg(encoding.ids.items[i] == rq_json_number(id), "id %zu is %u, of %s", i, encoding.ids.items[i], shown);
}

START_TEST(test_ids_of_upstream)
{
	struct rq_buf lines = {0};
	char opened[64] = "";
	bool there = false;
	size_t checked = 0;

	ck_assert_ok(rq_file_read(&lines, TOKENIZERS "ids.jsonl", &err));
	for (char *line = lines.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		rq_json *root;
		ck_assert_ok(rq_json_parse(&root, line, (size_t)(end - line), "ids.jsonl", &err));
		const char *name = rq_json_string(rq_json_get(root, "tokenizer"));
		if (strcmp(opened, name) != 0)
			there = open_tokenizer(name);
		snprintf(opened, sizeof opened, "%s", name);
		if (there)
			check_ids(root);
		checked += there;
		rq_json_free(root);
	}
	ck_assert_uint_ge(checked, 64);
	rq_buf_release(&lines);
}
END_TEST

START_TEST(test_facts_of_a_vocabulary)
{
	ck_assert(open_tokenizer("added.json"));
	struct rq_vocabulary vocabulary = rq_encoder_vocabulary(encoder);
	ck_assert_uint_eq(vocabulary.tokens, 29); /* 24, and 5 that were added */
	ck_assert_uint_eq(vocabulary.largest, 28);
	ck_assert_uint_eq(vocabulary.unknown, 0);
	ck_assert_uint_eq(vocabulary.median_length, 3);
	ck_assert(open_tokenizer("spaces.json"));
	vocabulary = rq_encoder_vocabulary(encoder);
	ck_assert_uint_eq(vocabulary.tokens, 25); /* one stands there twice */
	ck_assert_uint_eq(vocabulary.largest, 25);
	ck_assert_uint_eq(vocabulary.unknown, RQ_TRIE_NONE);
	ck_assert(open_tokenizer("whole.json"));
	ck_assert_uint_eq(rq_encoder_vocabulary(encoder).median_length, 1);
}
END_TEST

START_TEST(test_text_that_is_no_utf8)
{
	ck_assert(open_tokenizer("added.json"));
	ck_assert_int_eq(rq_encode(&encoding, encoder, "a\xC3(", 3, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "text is not valid UTF-8 at byte 1; convert it to UTF-8");
}
END_TEST

#define WORDPIECE(unknown, id) \
	"\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"" unknown "\", \"continuing_subword_prefix\": \"##\", " \
	"\"max_input_chars_per_word\": 9, \"vocab\": {\"u\": " id "}}"
#define MODEL WORDPIECE("u", "0")
#define UNIGRAM(rest) "\"model\": {\"type\": \"Unigram\", " rest "}"
#define ADDED(rest) MODEL ", \"added_tokens\": [{\"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": false, " rest "}]"

static const struct {
	const char *json, *said;
} refused[] = {
	{"[]", "an array; expected an object, as tokenizers write it"},
	{"{}", "model: missing; expected an object"},
	{"{\"model\": {\"type\": \"BPE\"}}", "model.type: \"BPE\" is not allowed; expected WordPiece or Unigram"},
	{"{\"model\": {}}", "model.type: missing; expected WordPiece or Unigram"},
	{"{" MODEL ", \"padding\": {\"strategy\": {\"Fixed\": 128}}}",
	 "padding: {\"strategy\":{\"Fixed\":128}} is not allowed; expected null, or \"BatchLongest\""},
	{"{" MODEL ", \"truncation\": {\"direction\": \"Left\", \"max_length\": 9}}",
	 "truncation.direction: \"Left\" is not allowed; expected \"Right\""},
	{"{" MODEL ", \"truncation\": {\"max_length\": 0}}", "truncation.max_length: 0 is not allowed; expected at least 1"},
	{"{" MODEL ", \"normalizer\": {\"type\": \"Nmt\"}}",
	 "normalizer \"Nmt\" is not supported; supported are BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Precompiled, Replace, Sequence, Strip and "
	 "StripAccents"},
	{"{" MODEL ", \"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"CAAAAAAAAAA=\"}}",
	 "normalizer Precompiled: precompiled_charsmap is \"CAAAAAAAAAA=\"; expected the rules of a SentencePiece model, in base64"},
	{"{" MODEL ", \"normalizer\": {}}", "normalizer: a step without a \"type\"; expected an object that names it"},
	{"{" MODEL ", \"normalizer\": {\"type\": \"BertNormalizer\"}}", "normalizer BertNormalizer: clean_text is missing; expected true or false"},
	{"{" MODEL ", \"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"Regex\": \"a|b\"}, \"content\": \"\"}}",
	 "normalizer Replace: pattern.Regex is \"a|b\"; expected \"\\s+\" or \" {2,}\", the only ones that are read"},
	{"{" MODEL ", \"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"String\": \"\"}, \"content\": \"\"}}",
	 "normalizer Replace: pattern.String is \"\"; expected at least one character"},
	{"{" MODEL ", \"normalizer\": {\"type\": \"Sequence\", \"normalizers\": 3}}",
	 "normalizer Sequence: normalizers is 3; expected an array, eight within each other at most"},
	{"{" MODEL ", \"pre_tokenizer\": {\"type\": \"ByteLevel\"}}",
	 "pre_tokenizer: {\"type\":\"ByteLevel\"} is not allowed; expected BertPreTokenizer, WhitespaceSplit, Metaspace or a Sequence of them, four at "
	 "most and Metaspace last"},
	{"{" MODEL ", \"pre_tokenizer\": {\"type\": \"Metaspace\", \"replacement\": \"_\", \"prepend_scheme\": \"first\"}}",
	 "pre_tokenizer.prepend_scheme: \"first\" is not allowed; expected \"always\" or \"never\", the only ones that are read"},
	{"{" MODEL ", \"pre_tokenizer\": {\"type\": \"Metaspace\", \"replacement\": \"__\"}}",
	 "pre_tokenizer.replacement: \"__\" is not allowed; expected one character"},
	{"{" WORDPIECE("v", "0") "}", "model.unk_token: \"v\" is not in the vocabulary; expected one of its tokens"},
	{"{" WORDPIECE("u", "-1") "}", "model.vocab.u: -1 is not allowed; expected an id from 0"},
	{"{" UNIGRAM("\"unk_id\": null, \"vocab\": [[\"a\", 0]]") "}", "model.unk_id: null is not allowed; expected a number"},
	{"{" UNIGRAM("\"unk_id\": 1, \"vocab\": [[\"a\", 0]]") "}", "model.unk_id: 1 is not allowed; expected the place of a piece in model.vocab"},
	{"{" UNIGRAM("\"unk_id\": 0, \"vocab\": [[\"a\", 0], [\"b\"]]") "}",
	 "model.vocab[1]: [\"b\"] is not allowed; expected a piece and its score, a finite number"},
	{"{" UNIGRAM("\"unk_id\": 0, \"byte_fallback\": true, \"vocab\": [[\"a\", 0]]") "}",
	 "model.byte_fallback: true is not supported; expected false"},
	{"{" ADDED("\"id\": 1, \"content\": \"u\"") "}", "added_tokens[0].id: 1 is not allowed; expected 0, as the vocabulary has it"},
	{"{" ADDED("\"id\": 2, \"content\": \"v\"") "}", "added_tokens[0].id: 2 is not allowed; expected 1, the next one"},
	{"{" ADDED("\"id\": 1") "}", "added_tokens[0].content: missing; expected a string"},
};

START_TEST(test_what_is_refused)
{
	ck_assert_int_eq(rq_encoder_read(&encoder, refused[_i].json, strlen(refused[_i].json), "t.json", &err), RQ_E_DATA);
	ck_assert_ptr_null(encoder);
	ck_assert_int_eq(strncmp(err.text, "t.json: ", 8), 0);
	ck_assert_str_eq(err.text + 8, refused[_i].said);
}
END_TEST

/* A normalizer that doubles a text forty times over takes no more memory than it is worth. */
START_TEST(test_a_text_that_would_grow_without_end)
{
	struct rq_buf json = {0};

	rq_buf_puts(&json, "{" MODEL ", \"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [");
	for (int i = 0; i < 40; i++)
		rq_buf_printf(&json, "%s{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"aa\"}", i == 0 ? "" : ", ");
	rq_buf_puts(&json, "]}}");
	ck_assert_ok(rq_encoder_read(&encoder, json.data, json.size, "t.json", &err));
	rq_buf_release(&json);
	ck_assert_int_eq(rq_encode(&encoding, encoder, "aab", 3, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "the normalizer makes more than 513 bytes of a text of 3; expected one that replaces a little");
}
END_TEST

Suite *encoder_suite(void)
{
	Suite *suite = suite_create("encoder");
	TCase *tests = tcase_create("encoder");

	tcase_add_checked_fixture(tests, NULL, tear_down);
	tcase_add_test(tests, test_ids_of_upstream);
	tcase_add_test(tests, test_facts_of_a_vocabulary);
	tcase_add_test(tests, test_text_that_is_no_utf8);
	tcase_add_loop_test(tests, test_what_is_refused, 0, sizeof refused / sizeof *refused);
	tcase_add_test(tests, test_a_text_that_would_grow_without_end);
	suite_add_tcase(suite, tests);
	return suite;
}
