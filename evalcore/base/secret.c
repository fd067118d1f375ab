#include "evalcore/base/secret.h"

#include "evalcore/base/json.h"
#include "evalcore/base/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEY_LEAST = 20, TOKEN_LEAST = 16 };

/* Longest first, so that a word within another leaves nothing of it behind. */
static struct {
	char **words;
	size_t count, capacity;
} hidden;

static bool known(const char *word)
{
	for (size_t i = 0; i < hidden.count; i++)
		if (strcmp(hidden.words[i], word) == 0)
			return true;
	return false;
}

static enum rq_status keep_spelling(const char *word, size_t length, struct rq_error *err)
{
	char *copy = strndup(word, length);

	if (copy == NULL || !RQ_RESERVE(hidden.words, hidden.capacity, hidden.count + 1)) {
		free(copy);
		return rq_fail_memory(err);
	}
	if (length < RQ_SECRET_LEAST || known(copy)) {
		free(copy);
		return RQ_OK;
	}
	size_t place = hidden.count++;
	for (; place > 0 && strlen(hidden.words[place - 1]) < length; place--)
		hidden.words[place] = hidden.words[place - 1];
	hidden.words[place] = copy;
	return RQ_OK;
}

static bool stands_in_an_address(char c)
{
	return isalnum((unsigned char)c) || strchr("-._~", c) != NULL;
}

enum rq_status rq_secret_keep(const char *word, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf quoted = {0}, encoded = {0};

	rq_json_quote(&quoted, word);
	for (const char *at = word; *at != '\0'; at++)
		rq_buf_printf(&encoded, stands_in_an_address(*at) ? "%c" : "%%%02X", (unsigned char)*at);
	RQ_TRY(rq_buf_check(&quoted, err));
	RQ_TRY(rq_buf_check(&encoded, err));
	if (strlen(word) < RQ_SECRET_LEAST)
		return RQ_OK;
	RQ_TRY(keep_spelling(word, strlen(word), err));
	RQ_TRY(keep_spelling(quoted.data + 1, quoted.size - 2, err));
	return keep_spelling(encoded.data, encoded.size, err);
}

enum rq_status rq_secret_keep_key(const char *word, struct rq_error *err)
{
	size_t letters = 0, digits = 0;

	for (const char *at = word; *at != '\0'; at++) {
		if (isspace((unsigned char)*at))
			return RQ_OK;
		letters += isalpha((unsigned char)*at) != 0;
		digits += isdigit((unsigned char)*at) != 0;
	}
	return strlen(word) >= KEY_LEAST && letters > 0 && digits > 0 ? rq_secret_keep(word, err) : RQ_OK;
}

enum rq_status rq_secret_read(const char **value, const char *variable, const char *option, struct rq_error *err)
{
	*value = getenv(variable);
	if (*value == NULL || **value == '\0')
		return rq_fail(err, RQ_E_CONFIG, "%s: the environment variable \"%s\" is %s; set it to the value, which never stands in a config", option,
		               variable, *value == NULL ? "not set" : "empty");
	return rq_secret_keep(*value, err);
}

static const char STARS[] = "***";

void rq_secret_hide(char *text)
{
	for (size_t i = 0; i < hidden.count; i++) {
		size_t length = strlen(hidden.words[i]);
		for (char *at = text; (at = strstr(at, hidden.words[i])) != NULL;) {
			memcpy(at, STARS, sizeof STARS - 1);
			at += sizeof STARS - 1;
			memmove(at, at + length - (sizeof STARS - 1), strlen(at + length - (sizeof STARS - 1)) + 1);
		}
	}
}

/* Of base64, JSON web tokens and the like. */
static size_t token_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || (text[length] != '\0' && strchr("-._~+/=", text[length]) != NULL))
		length++;
	return length;
}

static void hide_token(char *text, size_t least)
{
	size_t length = token_length(text);

	if (length < least || length < sizeof STARS - 1)
		return;
	memcpy(text, STARS, sizeof STARS - 1);
	memmove(text + sizeof STARS - 1, text + length, strlen(text + length) + 1);
}

void rq_secret_hide_foreign(char *text)
{
	static const char *const schemes[] = {"Bearer ", "Basic "}, *const keys[] = {"sk-", "hf_", "ghp_", "xox", "AKIA", "AIza", "eyJ"};

	rq_secret_hide(text);
	for (char *at = text; *at != '\0'; at++) {
		if (at > text && isalnum((unsigned char)at[-1]))
			continue;
		for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
			if (strncasecmp(at, schemes[i], strlen(schemes[i])) == 0)
				hide_token(at + strlen(schemes[i]), TOKEN_LEAST);
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
			if (strncmp(at, keys[i], strlen(keys[i])) == 0)
				hide_token(at, TOKEN_LEAST);
	}
}

void rq_secret_copy(char *out, size_t size, const char *text, size_t length)
{
	RQ_CLEANUP(rq_free_pointer) char *whole = strndup(text, length);

	if (whole == NULL) {
		snprintf(out, size, "...");
		return;
	}
	rq_secret_hide(whole);
	length = strlen(whole);
	if (length >= size)
		for (length = size - 1; length > 0 && ((unsigned char)whole[length] & 0xC0) == 0x80; length--)
			;
	memcpy(out, whole, length);
	out[length] = '\0';
}

size_t rq_secret_longest(void)
{
	return hidden.count == 0 ? 0 : strlen(hidden.words[0]);
}

void rq_secrets_forget(void)
{
	for (size_t i = 0; i < hidden.count; i++)
		free(hidden.words[i]);
	free(hidden.words);
	hidden.words = NULL;
	hidden.count = hidden.capacity = 0;
}
