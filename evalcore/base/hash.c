#define XXH_INLINE_ALL
#include "evalcore/base/hash.h"

#include "evalcore/base/file.h"

#include <openssl/evp.h>
#include <string.h>
#include <xxhash.h>

uint64_t rq_hash64(const void *data, size_t size)
{
	return XXH3_64bits(data, size);
}

void rq_key_add(struct rq_key *key, const void *data, size_t size)
{
	XXH128_hash_t part = XXH3_128bits(data, size);
	uint64_t chain[] = {key->high, key->low, part.high64, part.low64, size};
	XXH128_hash_t next = XXH3_128bits(chain, sizeof chain);

	key->high = next.high64;
	key->low = next.low64;
}

void rq_key_add_text(struct rq_key *key, const char *text)
{
	rq_key_add_u64(key, text != NULL);
	if (text != NULL)
		rq_key_add(key, text, strlen(text));
}

void rq_key_add_u64(struct rq_key *key, uint64_t value)
{
	rq_key_add(key, &value, sizeof value);
}

void rq_key_hex(const struct rq_key *key, char hex[33])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < 16; i++) {
		hex[i] = digits[key->high >> (60 - 4 * i) & 15];
		hex[16 + i] = digits[key->low >> (60 - 4 * i) & 15];
	}
	hex[32] = '\0';
}

static void show_digest(char hex[RQ_SHA256_HEX], const unsigned char digest[32])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[RQ_SHA256_HEX - 1] = '\0';
}

enum rq_status rq_sha256(char hex[RQ_SHA256_HEX], const void *data, size_t size, struct rq_error *err)
{
	unsigned char digest[32];

	if (EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) != 1)
		return rq_fail(err, RQ_E_INTERNAL, "SHA-256 failed in libcrypto");
	show_digest(hex, digest);
	return RQ_OK;
}

enum rq_status rq_sha256_file(char hex[RQ_SHA256_HEX], const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf content = {0};

	RQ_TRY(rq_file_read(&content, path, err));
	return rq_sha256(hex, content.data, content.size, err);
}

#ifdef __APPLE__
static int take(void *context, const char *data, int size)
{
	return EVP_DigestUpdate(context, data, (size_t)size) == 1 ? size : -1;
}
#else
static ssize_t take(void *context, const char *data, size_t size)
{
	return EVP_DigestUpdate(context, data, size) == 1 ? (ssize_t)size : 0;
}
#endif

enum rq_status rq_sha256_stream_open(struct rq_sha256_stream *digest, struct rq_error *err)
{
	digest->context = EVP_MD_CTX_new();
	if (digest->context == NULL || EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1)
		return rq_fail_memory(err);
#ifdef __APPLE__
	digest->stream = fwopen(digest->context, take);
#else
	digest->stream = fopencookie(digest->context, "w", (cookie_io_functions_t){.write = take});
#endif
	return digest->stream == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_sha256_stream_end(char hex[RQ_SHA256_HEX], struct rq_sha256_stream *digest, struct rq_error *err)
{
	unsigned char bytes[32];

	if (ferror(digest->stream) || fflush(digest->stream) != 0 || EVP_DigestFinal_ex(digest->context, bytes, NULL) != 1)
		return rq_fail(err, RQ_E_INTERNAL, "SHA-256 failed in libcrypto");
	show_digest(hex, bytes);
	return RQ_OK;
}

void rq_sha256_stream_release(struct rq_sha256_stream *digest)
{
	if (digest->stream != NULL)
		fclose(digest->stream);
	EVP_MD_CTX_free(digest->context);
	*digest = (struct rq_sha256_stream){0};
}
