/* SHA-256 is taken from libcrypto by its plain functions, which OpenSSL 3 advises against: the others read configuration files and take thousands of
 * pieces of memory first, and OpenSSL 3.0 crashes where one of those is refused. */
#define XXH_INLINE_ALL
#define OPENSSL_SUPPRESS_DEPRECATED
#include "evalcore/base/hash.h"

#include "evalcore/base/file.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <unistd.h>
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

const char *rq_sha256_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}

bool rq_is_sha256(const char *text)
{
	return strlen(text) == RQ_SHA256_HEX - 1 && strspn(text, "0123456789abcdef") == RQ_SHA256_HEX - 1;
}

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct rq_sha256), "struct rq_sha256 is too small for libcrypto's state");

static SHA256_CTX *context(struct rq_sha256 *sha256)
{
	return (SHA256_CTX *)(void *)sha256->state;
}

void rq_sha256_begin(struct rq_sha256 *sha256)
{
	sha256->failed = SHA256_Init(context(sha256)) != 1;
}

void rq_sha256_add(struct rq_sha256 *sha256, const void *data, size_t size)
{
	sha256->failed |= SHA256_Update(context(sha256), data, size) != 1;
}

enum rq_status rq_sha256_end(char hex[RQ_SHA256_HEX], struct rq_sha256 *sha256, struct rq_error *err)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[32];

	if (sha256->failed || SHA256_Final(digest, context(sha256)) != 1)
		return rq_fail(err, RQ_E_INTERNAL, "SHA-256 failed in libcrypto");
	for (size_t i = 0; i < sizeof digest; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[RQ_SHA256_HEX - 1] = '\0';
	return RQ_OK;
}

enum rq_status rq_sha256(char hex[RQ_SHA256_HEX], const void *data, size_t size, struct rq_error *err)
{
	struct rq_sha256 sha256;

	rq_sha256_begin(&sha256);
	rq_sha256_add(&sha256, data, size);
	return rq_sha256_end(hex, &sha256, err);
}

static enum rq_status add_file(struct rq_sha256 *sha256, int fd, const char *path, struct rq_error *err)
{
	unsigned char block[1 << 16];
	struct stat opened;

	if (fstat(fd, &opened) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	if (S_ISDIR(opened.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": is a folder, expected a file", path);
	for (ssize_t got = 1; got != 0;) {
		RQ_TRY(rq_cancel_check(err));
		got = read(fd, block, sizeof block);
		if (got < 0 && errno != EINTR)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
		if (got > 0)
			rq_sha256_add(sha256, block, (size_t)got);
	}
	return S_ISREG(opened.st_mode) ? rq_file_check_unchanged(fd, &opened, path, err) : RQ_OK;
}

enum rq_status rq_sha256_file(char hex[RQ_SHA256_HEX], const char *path, struct rq_error *err)
{
	struct rq_sha256 sha256;
	int fd;

	while ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 && errno == EINTR) /* a pipe that nobody writes to */
		RQ_TRY(rq_cancel_check(err));
	if (fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	rq_sha256_begin(&sha256);
	enum rq_status status = add_file(&sha256, fd, path, err);
	close(fd);
	return status == RQ_OK ? rq_sha256_end(hex, &sha256, err) : status;
}

#ifdef __APPLE__
static int take(void *cookie, const char *data, int size)
{
	struct rq_sha256_stream *digest = cookie;

	rq_sha256_add(&digest->sha256, data, (size_t)size);
	digest->size += (uint64_t)size;
	return size;
}
#else
static ssize_t take(void *cookie, const char *data, size_t size)
{
	struct rq_sha256_stream *digest = cookie;

	rq_sha256_add(&digest->sha256, data, size);
	digest->size += size;
	return (ssize_t)size;
}
#endif

enum rq_status rq_sha256_stream_open(struct rq_sha256_stream *digest, struct rq_error *err)
{
	rq_sha256_begin(&digest->sha256);
#ifdef __APPLE__
	digest->stream = fwopen(digest, take);
#else
	digest->stream = fopencookie(digest, "w", (cookie_io_functions_t){.write = take});
#endif
	return digest->stream == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_sha256_stream_end(char hex[RQ_SHA256_HEX], struct rq_sha256_stream *digest, struct rq_error *err)
{
	if (ferror(digest->stream) || fflush(digest->stream) != 0)
		return rq_fail_memory(err); /* nothing else can fail */
	return rq_sha256_end(hex, &digest->sha256, err);
}

void rq_sha256_stream_release(struct rq_sha256_stream *digest)
{
	if (digest->stream != NULL)
		fclose(digest->stream);
	*digest = (struct rq_sha256_stream){0};
}
