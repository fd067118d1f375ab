/* Reads a tokenizer.json. What would cut texts otherwise than upstream does is refused by name; members that have no part in ids (decoder,
 * post_processor) are left alone. */
#include "evalcore/base/json_read.h"
#include "evalcore/embed/token/encoder_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_MAX = 1 << 30 };

struct reading {
	struct rq_encoder *encoder;
	struct rq_json_reader json;
	size_t *lengths; /* characters of each token */
	size_t length_count, length_capacity;
};

#define SUPPORTED_MODELS "WordPiece or Unigram"
#define SUPPORTED_SPLITTERS "BertPreTokenizer, WhitespaceSplit, Metaspace or a Sequence of them"

static bool is_absent(const rq_json *value)
{
	return value == NULL || rq_json_type(value) == RQ_JSON_NULL;
}

static const char *type_of(const rq_json *object)
{
	const rq_json *type = object == NULL || rq_json_type(object) != RQ_JSON_OBJECT ? NULL : rq_json_get(object, "type");

	return type == NULL ? NULL : rq_json_string(type);
}

static bool optional_bool(struct reading *reading, const rq_json *object, const char *path, const char *key, bool standard)
{
	return is_absent(rq_json_get(object, key)) ? standard : rq_json_read_bool(&reading->json, object, path, key);
}

/* ---- tokens, for facts about them ---- */

static void count_token(struct reading *reading, const char *token)
{
	size_t characters = 0;

	for (const char *at = token; *at != '\0'; at++)
		characters += ((unsigned char)*at & 0xC0) != 0x80;
	if (!RQ_RESERVE(reading->lengths, reading->length_capacity, reading->length_count + 1))
		rq_json_read_no_memory(&reading->json);
	else
		reading->lengths[reading->length_count++] = characters;
}

static int compare_lengths(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

static void find_median(struct reading *reading)
{
	size_t n = reading->length_count, *lengths = reading->lengths;

	qsort(lengths, n, sizeof *lengths, compare_lengths);
	reading->encoder->vocabulary.tokens = n;
	reading->encoder->vocabulary.median_length = (lengths[(n - 1) / 2] + lengths[n / 2]) / 2;
}

static uint32_t find_token(const struct rq_encoder *encoder, const char *token)
{
	const struct rq_trie *trie = encoder->wordpiece.trie.units != NULL ? &encoder->wordpiece.trie : &encoder->unigram.trie;

	return rq_trie_find(trie, token, strlen(token));
}

/* ---- models ---- */

static void read_ids(struct rq_trie_key *keys, struct reading *reading, const rq_json *vocabulary)
{
	size_t n = 0;

	for (const rq_json *token = rq_json_first(vocabulary); token != NULL && reading->json.status == RQ_OK; token = rq_json_next(token)) {
		double id = rq_json_number(token);
		if (!(id >= 0 && id < ID_MAX && id == floor(id))) {
			rq_json_read_fail(&reading->json, "model.vocab", rq_json_key(token), token, "an id from 0");
			return;
		}
		keys[n++] = (struct rq_trie_key){rq_json_key(token), strlen(rq_json_key(token)), (uint32_t)id};
		if (id > reading->encoder->vocabulary.largest)
			reading->encoder->vocabulary.largest = (uint32_t)id;
		count_token(reading, rq_json_key(token));
	}
}

static enum rq_status read_wordpiece(struct reading *reading, const rq_json *model)
{
	struct rq_json_reader *json = &reading->json;
	struct rq_encoder *encoder = reading->encoder;
	const rq_json *vocabulary = rq_json_read_object(json, model, "model", "vocab");
	const char *unknown = rq_json_read_string(json, model, "model", "unk_token");
	const char *prefix = rq_json_read_string(json, model, "model", "continuing_subword_prefix");
	size_t longest = rq_json_read_count(json, model, "model", "max_input_chars_per_word");
	struct rq_trie trie = {0};

	RQ_TRY(json->status);
	RQ_CLEANUP(rq_free_pointer) struct rq_trie_key *keys = calloc(rq_json_size(vocabulary) + 1, sizeof *keys);
	if (keys == NULL)
		return rq_fail_memory(json->err);
	read_ids(keys, reading, vocabulary);
	RQ_TRY(json->status);
	RQ_TRY(rq_trie_build(&trie, keys, rq_json_size(vocabulary), json->err));
	encoder->vocabulary.unknown = rq_trie_find(&trie, unknown, strlen(unknown));
	rq_wordpiece_init(&encoder->wordpiece, &trie, prefix, encoder->vocabulary.unknown, longest);
	if (encoder->vocabulary.unknown == RQ_TRIE_NONE)
		return rq_fail(json->err, RQ_E_DATA, "%s: model.unk_token: \"%s\" is not in the vocabulary; expected one of its tokens", json->source,
		               unknown);
	return RQ_OK;
}

static enum rq_status read_pieces(struct rq_unigram_piece *pieces, struct reading *reading, const rq_json *vocabulary)
{
	struct rq_json_reader *json = &reading->json;
	size_t n = 0;

	for (const rq_json *pair = rq_json_first(vocabulary); pair != NULL && json->status == RQ_OK; pair = rq_json_next(pair), n++) {
		bool is_pair = rq_json_type(pair) == RQ_JSON_ARRAY && rq_json_size(pair) == 2;
		const char *text = is_pair ? rq_json_string(rq_json_first(pair)) : NULL;
		double score = is_pair ? rq_json_number(rq_json_next(rq_json_first(pair))) : NAN;
		if (text == NULL || !isfinite(score)) {
			char path[64];
			snprintf(path, sizeof path, "model.vocab[%zu]", n);
			rq_json_read_fail(json, path, "", pair, "a piece and its score, a finite number");
			break;
		}
		pieces[n] = (struct rq_unigram_piece){text, strlen(text), score};
	}
	return json->status;
}

/* Of a piece that stands there twice only the last counts as a token, as in a map. */
static enum rq_status count_pieces(struct reading *reading, const struct rq_unigram_piece *pieces)
{
	const struct rq_unigram *unigram = &reading->encoder->unigram;

	for (uint32_t id = 0; id < unigram->count && reading->json.status == RQ_OK; id++)
		if (pieces[id].length == 0 || rq_trie_find(&unigram->trie, pieces[id].text, pieces[id].length) == id)
			count_token(reading, pieces[id].text);
	return reading->json.status;
}

static enum rq_status read_unigram(struct reading *reading, const rq_json *model)
{
	struct rq_json_reader *json = &reading->json;
	struct rq_encoder *encoder = reading->encoder;
	const rq_json *vocabulary = rq_json_read_array(json, model, "model", "vocab");
	size_t unknown = rq_json_read_count(json, model, "model", "unk_id"), count = vocabulary == NULL ? 0 : rq_json_size(vocabulary);

	if (json->status == RQ_OK && optional_bool(reading, model, "model", "byte_fallback", false))
		return rq_fail(json->err, RQ_E_DATA, "%s: model.byte_fallback: true is not supported; expected false", json->source);
	if (json->status == RQ_OK && (unknown >= count || count > ID_MAX))
		rq_json_read_fail(json, "model", "unk_id", rq_json_get(model, "unk_id"), "the place of a piece in model.vocab");
	RQ_TRY(json->status);
	RQ_CLEANUP(rq_free_pointer) struct rq_unigram_piece *pieces = calloc(count, sizeof *pieces);
	if (pieces == NULL)
		return rq_fail_memory(json->err);
	RQ_TRY(read_pieces(pieces, reading, vocabulary));
	RQ_TRY(rq_unigram_init(&encoder->unigram, pieces, (uint32_t)count, 0, (uint32_t)unknown, RQ_UNIGRAM_SENTENCEPIECE, json->err));
	encoder->vocabulary.unknown = RQ_TRIE_NONE;
	encoder->vocabulary.largest = (uint32_t)count - 1;
	return count_pieces(reading, pieces);
}

static enum rq_status read_model(struct reading *reading, const rq_json *root)
{
	const rq_json *model = rq_json_read_object(&reading->json, root, "", "model");

	RQ_TRY(reading->json.status);
	const char *type = type_of(model);
	if (type != NULL && strcmp(type, "WordPiece") == 0)
		return read_wordpiece(reading, model);
	if (type != NULL && strcmp(type, "Unigram") == 0)
		return read_unigram(reading, model);
	rq_json_read_fail(&reading->json, "model", "type", rq_json_get(model, "type"), SUPPORTED_MODELS);
	return reading->json.status;
}

/* ---- pre-tokenizers ---- */

static enum rq_status read_metaspace(struct rq_splitter *splitter, struct reading *reading, const rq_json *value)
{
	struct rq_json_reader *json = &reading->json;
	const char *replacement = rq_json_read_string(json, value, "pre_tokenizer", "replacement");
	const char *scheme = rq_json_read_optional_string(json, value, "pre_tokenizer", "prepend_scheme");
	bool prefix = optional_bool(reading, value, "pre_tokenizer", "add_prefix_space", true);
	size_t characters = 0;

	splitter->splits = optional_bool(reading, value, "pre_tokenizer", "split", true);
	RQ_TRY(json->status);
	for (const char *at = replacement; *at != '\0'; at++)
		characters += ((unsigned char)*at & 0xC0) != 0x80;
	if (characters != 1 || strlen(replacement) >= sizeof splitter->replacement)
		rq_json_read_fail(json, "pre_tokenizer", "replacement", rq_json_get(value, "replacement"), "one character");
	else
		splitter->replacement_size = (size_t)(stpcpy(splitter->replacement, replacement) - splitter->replacement);
	splitter->prepends = scheme == NULL ? prefix : strcmp(scheme, "always") == 0;
	if (scheme != NULL && !splitter->prepends && strcmp(scheme, "never") != 0)
		rq_json_read_fail(json, "pre_tokenizer", "prepend_scheme", rq_json_get(value, "prepend_scheme"),
		                  "\"always\" or \"never\", the only ones that are read");
	if (scheme != NULL && splitter->prepends && !prefix)
		rq_json_read_fail(json, "pre_tokenizer", "add_prefix_space", rq_json_get(value, "add_prefix_space"), "what prepend_scheme says");
	return json->status;
}

static enum rq_status read_splitter(struct reading *reading, const rq_json *value)
{
	static const char *const types[] = {
		[RQ_SPLIT_BERT] = "BertPreTokenizer", [RQ_SPLIT_SPACE] = "WhitespaceSplit", [RQ_SPLIT_METASPACE] = "Metaspace"};
	struct rq_encoder *encoder = reading->encoder;
	const char *type = type_of(value);
	struct rq_splitter splitter = {0};
	size_t kind = 0;

	while (kind < sizeof types / sizeof *types && (type == NULL || strcmp(type, types[kind]) != 0))
		kind++;
	bool after_metaspace = encoder->splitter_count > 0 && encoder->splitters[encoder->splitter_count - 1].kind == RQ_SPLIT_METASPACE;
	if (kind == sizeof types / sizeof *types || after_metaspace || encoder->splitter_count == RQ_SPLITTERS_MAX) {
		rq_json_read_fail(&reading->json, "pre_tokenizer", "", value, SUPPORTED_SPLITTERS ", four at most and Metaspace last");
		return reading->json.status;
	}
	splitter.kind = (enum rq_splitter_kind)kind;
	if (splitter.kind == RQ_SPLIT_METASPACE)
		RQ_TRY(read_metaspace(&splitter, reading, value));
	encoder->splitters[encoder->splitter_count++] = splitter;
	return RQ_OK;
}

static enum rq_status read_splitters(struct reading *reading, const rq_json *root)
{
	const rq_json *value = rq_json_get(root, "pre_tokenizer");
	const char *type = type_of(value);

	if (is_absent(value))
		return RQ_OK;
	if (type == NULL || strcmp(type, "Sequence") != 0)
		return read_splitter(reading, value);
	const rq_json *members = rq_json_read_array(&reading->json, value, "pre_tokenizer", "pretokenizers");
	for (const rq_json *member = members == NULL ? NULL : rq_json_first(members); member != NULL; member = rq_json_next(member))
		RQ_TRY(read_splitter(reading, member));
	return reading->json.status;
}

/* ---- added tokens ---- */

/* A token that the vocabulary has keeps the id it has there; others follow it, one after the other. */
static enum rq_status check_id(struct reading *reading, const char *content, size_t id, uint32_t *next, const char *path, const rq_json *object)
{
	struct rq_vocabulary *vocabulary = &reading->encoder->vocabulary;
	uint32_t known = find_token(reading->encoder, content), expected = known == RQ_TRIE_NONE ? *next : known;
	char wanted[64];

	if (id != expected) {
		snprintf(wanted, sizeof wanted, known == RQ_TRIE_NONE ? "%u, the next one" : "%u, as the vocabulary has it", expected);
		rq_json_read_fail(&reading->json, path, "id", rq_json_get(object, "id"), wanted);
		return reading->json.status;
	}
	if (known != RQ_TRIE_NONE)
		return RQ_OK;
	++*next;
	vocabulary->largest = expected > vocabulary->largest ? expected : vocabulary->largest;
	count_token(reading, content);
	return reading->json.status;
}

/* Its content is what is looked for: normalised, where that is asked for. */
static enum rq_status add_token(struct reading *reading, struct rq_added_token token, bool normalised)
{
	struct rq_encoder *encoder = reading->encoder;
	struct rq_added_tokens *added = normalised ? &encoder->normalised : &encoder->as_is;
	struct rq_normal_text text = {0};

	if (normalised) {
		enum rq_status status = rq_normalise(&text, &encoder->normaliser, token.content, token.size, reading->json.err);
		token.content = status == RQ_OK ? rq_arena_strndup(&encoder->arena, text.data, text.size) : NULL;
		token.size = text.size;
		rq_normal_text_release(&text);
		RQ_TRY(status);
		if (token.content == NULL)
			return rq_fail_memory(reading->json.err);
	}
	if (token.size == 0)
		return RQ_OK;
	added->begins[(unsigned char)token.content[0]] = true;
	added->items[added->count++] = token;
	return RQ_OK;
}

static enum rq_status read_added_token(struct reading *reading, const rq_json *object, size_t number, uint32_t *next)
{
	struct rq_json_reader *json = &reading->json;
	char path[64];

	snprintf(path, sizeof path, "added_tokens[%zu]", number);
	if (rq_json_type(object) != RQ_JSON_OBJECT) {
		rq_json_read_fail(json, path, "", object, "an object");
		return json->status;
	}
	const char *content = rq_json_read_string(json, object, path, "content");
	size_t id = rq_json_read_count(json, object, path, "id");
	struct rq_added_token token = {.single_word = rq_json_read_bool(json, object, path, "single_word"),
	                               .lstrip = rq_json_read_bool(json, object, path, "lstrip"),
	                               .rstrip = rq_json_read_bool(json, object, path, "rstrip")};
	bool normalised = rq_json_read_bool(json, object, path, "normalized");
	RQ_TRY(json->status);
	if (content[0] == '\0')
		return RQ_OK;
	RQ_TRY(check_id(reading, content, id, next, path, object));
	token.content = content;
	token.size = strlen(content);
	token.id = (uint32_t)id;
	return add_token(reading, token, normalised);
}

static enum rq_status build_added(struct rq_added_tokens *added, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_trie_key *keys = calloc(added->count + 1, sizeof *keys);

	if (keys == NULL)
		return rq_fail_memory(err);
	for (uint32_t i = 0; i < added->count; i++)
		keys[i] = (struct rq_trie_key){added->items[i].content, added->items[i].size, i};
	return rq_trie_build(&added->trie, keys, added->count, err);
}

static enum rq_status read_added(struct reading *reading, const rq_json *root, size_t vocabulary_size)
{
	struct rq_encoder *encoder = reading->encoder;
	const rq_json *tokens = is_absent(rq_json_get(root, "added_tokens")) ? NULL : rq_json_read_array(&reading->json, root, "", "added_tokens");
	size_t number = 0, count = tokens == NULL ? 0 : rq_json_size(tokens);
	uint32_t next = (uint32_t)vocabulary_size;

	RQ_TRY(reading->json.status);
	encoder->as_is.items = rq_arena_alloc(&encoder->arena, count + 1, sizeof *encoder->as_is.items);
	encoder->normalised.items = rq_arena_alloc(&encoder->arena, count + 1, sizeof *encoder->normalised.items);
	if (encoder->as_is.items == NULL || encoder->normalised.items == NULL)
		return rq_fail_memory(reading->json.err);
	for (const rq_json *token = tokens == NULL ? NULL : rq_json_first(tokens); token != NULL; token = rq_json_next(token))
		RQ_TRY(read_added_token(reading, token, number++, &next));
	RQ_TRY(build_added(&encoder->as_is, reading->json.err));
	return build_added(&encoder->normalised, reading->json.err);
}

/* ---- the file ---- */

/* Padding to the longest text of a batch adds nothing to a text that is alone. */
static bool is_no_padding(const rq_json *padding)
{
	const rq_json *strategy = rq_json_get(padding, "strategy");
	const char *name = strategy == NULL ? NULL : rq_json_string(strategy);

	return name != NULL && strcmp(name, "BatchLongest") == 0 && is_absent(rq_json_get(padding, "pad_to_multiple_of"));
}

/* A cut on the left would take other tokens than the first. */
static enum rq_status read_limits(struct reading *reading, const rq_json *root)
{
	struct rq_json_reader *json = &reading->json;
	const rq_json *padding = rq_json_get(root, "padding"), *truncation = rq_json_get(root, "truncation");

	if (!is_absent(padding) && !is_no_padding(padding))
		rq_json_read_fail(json, "", "padding", padding, "null, or \"BatchLongest\"");
	if (is_absent(truncation))
		return json->status;
	truncation = rq_json_read_object(json, root, "", "truncation");
	const char *direction = truncation == NULL ? NULL : rq_json_read_optional_string(json, truncation, "truncation", "direction");
	reading->encoder->most = truncation == NULL ? 0 : rq_json_read_count(json, truncation, "truncation", "max_length");
	if (json->status == RQ_OK && direction != NULL && strcmp(direction, "Right") != 0)
		rq_json_read_fail(json, "truncation", "direction", rq_json_get(truncation, "direction"), "\"Right\"");
	if (json->status == RQ_OK && reading->encoder->most == 0)
		rq_json_read_fail(json, "truncation", "max_length", rq_json_get(truncation, "max_length"), "at least 1");
	return json->status;
}

static enum rq_status read_root(struct reading *reading, const rq_json *root)
{
	struct rq_encoder *encoder = reading->encoder;

	if (rq_json_type(root) != RQ_JSON_OBJECT)
		return rq_fail(reading->json.err, RQ_E_DATA, "%s: %s; expected an object, as tokenizers write it", reading->json.source,
		               rq_json_type_name(rq_json_type(root)));
	RQ_TRY(read_limits(reading, root));
	RQ_TRY(rq_normaliser_read(&encoder->normaliser, rq_json_get(root, "normalizer"), reading->json.source, reading->json.err));
	RQ_TRY(read_splitters(reading, root));
	RQ_TRY(read_model(reading, root));
	RQ_TRY(read_added(reading, root, rq_json_size(rq_json_get(rq_json_get(root, "model"), "vocab"))));
	if (reading->length_count == 0)
		return rq_fail(reading->json.err, RQ_E_DATA, "%s: a vocabulary without tokens; expected some", reading->json.source);
	find_median(reading);
	return RQ_OK;
}

enum rq_status rq_encoder_read(struct rq_encoder **out, const char *json, size_t length, const char *source, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	struct rq_encoder *encoder = calloc(1, sizeof *encoder);

	*out = NULL;
	if (encoder == NULL)
		return rq_fail_memory(err);
	struct reading reading = {.encoder = encoder, .json = {.source = source, .arena = &encoder->arena, .err = err}};
	enum rq_status status = rq_json_parse(&root, json, length, source, err);
	if (status == RQ_OK)
		status = read_root(&reading, root);
	free(reading.lengths);
	if (status != RQ_OK) {
		rq_encoder_free(encoder);
		return status;
	}
	*out = encoder;
	return RQ_OK;
}
