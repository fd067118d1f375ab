/* Keys in files. Of PKCS #8 and SubjectPublicKeyInfo, an Ed25519 key is a fixed beginning and 32 bytes. */
#include "evalcore/signoff/key.h"

#include "evalcore/base/base64.h"
#include "evalcore/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(RQ_PUBLIC_KEY == crypto_sign_PUBLICKEYBYTES && RQ_PRIVATE_KEY == crypto_sign_SECRETKEYBYTES && RQ_SIGNATURE == crypto_sign_BYTES,
               "libsodium's sizes");

enum { SEED = 32, PEM_MOST = 4096, MODE_OF_OTHERS = 077 };

/* What DER says before the 32 bytes: RFC 8410, sections 7 and 4. */
static const unsigned char private_start[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
static const unsigned char public_start[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

struct form {
	const char *label; /* between the dashes */
	const unsigned char *start;
	size_t start_size;
	const char *called, *fix;
};

static const struct form private_form = {"PRIVATE KEY", private_start, sizeof private_start, "an Ed25519 private key", "openssl genpkey -algorithm ed25519 makes one too"};
static const struct form public_form = {"PUBLIC KEY", public_start, sizeof public_start, "an Ed25519 public key", "openssl pkey -pubout makes it of a private key"};

static enum rq_status start(struct rq_error *err)
{
	return sodium_init() < 0 ? rq_fail(err, RQ_E_INTERNAL, "libsodium cannot start: this system gives no random numbers") : RQ_OK;
}

static enum rq_status set_id(struct rq_public_key *key, struct rq_error *err)
{
	unsigned char der[sizeof public_start + RQ_PUBLIC_KEY];

	memcpy(der, public_start, sizeof public_start);
	memcpy(der + sizeof public_start, key->bytes, sizeof key->bytes);
	return rq_sha256(key->id, der, sizeof der, err);
}

static enum rq_status of_seed(struct rq_private_key *key, const unsigned char seed[SEED], struct rq_error *err)
{
	crypto_sign_seed_keypair(key->public.bytes, key->bytes, seed);
	return set_id(&key->public, err);
}

enum rq_status rq_private_key_make(struct rq_private_key *key, struct rq_error *err)
{
	unsigned char seed[SEED];

	RQ_TRY(start(err));
	randombytes_buf(seed, sizeof seed);
	enum rq_status status = of_seed(key, seed, err);
	sodium_memzero(seed, sizeof seed);
	return status;
}

void rq_private_key_forget(struct rq_private_key *key)
{
	sodium_memzero(key, sizeof *key);
}

/* ---- PEM ---- */

/* Clears the text before it gives it back: it may hold a private key. */
static void wipe(struct rq_buf *text)
{
	if (text->data != NULL)
		sodium_memzero(text->data, text->capacity);
	rq_buf_release(text);
}

static void put_pem(struct rq_buf *out, const struct form *form, const unsigned char *bytes)
{
	unsigned char der[sizeof private_start + SEED];

	memcpy(der, form->start, form->start_size);
	memcpy(der + form->start_size, bytes, SEED);
	rq_buf_printf(out, "-----BEGIN %s-----\n", form->label);
	rq_base64_write(out, der, form->start_size + SEED);
	rq_buf_printf(out, "\n-----END %s-----\n", form->label);
	sodium_memzero(der, sizeof der);
}

/* What a file seems to be, for a message. */
static const char *seems(const char *text)
{
	return strstr(text, "ENCRYPTED") != NULL      ? "it is encrypted; openssl pkey -in FILE -out OTHER decrypts it"
	       : strstr(text, "PRIVATE KEY") != NULL ? "it is a private key, of another kind or where a public one is asked for"
	       : strstr(text, "PUBLIC KEY") != NULL  ? "it is a public key, of another kind or where a private one is asked for"
	                                             : NULL;
}

/* The base64 between the two lines, without its line ends; SIZE_MAX: there is none. Text outside of them is a comment. */
static size_t find_body(char body[PEM_MOST], const struct form *form, const char *text)
{
	char first[64], last[64];
	size_t length = 0;

	snprintf(first, sizeof first, "-----BEGIN %s-----", form->label);
	snprintf(last, sizeof last, "-----END %s-----", form->label);
	const char *begin = strstr(text, first), *end = begin == NULL ? NULL : strstr(begin, last);
	if (end == NULL)
		return SIZE_MAX;
	for (const char *c = begin + strlen(first); c < end; c++)
		if (strchr("\r\n", *c) == NULL)
			body[length++] = *c;
	return length;
}

static bool read_pem(unsigned char bytes[SEED], const struct form *form, const struct rq_buf *text)
{
	unsigned char der[sizeof private_start + SEED];
	char body[PEM_MOST];
	size_t length = text->data == NULL || strlen(text->data) != text->size ? SIZE_MAX : find_body(body, form, text->data);
	bool is = length != SIZE_MAX && rq_base64_size(body, length) == form->start_size + SEED;

	if (is) {
		rq_base64_read(der, body, form->start_size + SEED);
		is = memcmp(der, form->start, form->start_size) == 0;
		memcpy(bytes, der + form->start_size, SEED);
		sodium_memzero(der, sizeof der);
	}
	sodium_memzero(body, sizeof body);
	return is;
}

static enum rq_status read_file(unsigned char bytes[SEED], const struct form *form, const char *path, struct rq_error *err)
{
	struct rq_buf text = {.maximum = PEM_MOST};
	enum rq_status status = rq_file_read(&text, path, err);

	if (status == RQ_OK && !read_pem(bytes, form, &text)) {
		const char *instead = text.data == NULL ? NULL : seems(text.data);
		status = rq_fail(err, RQ_E_DATA, "%s: is not %s in PEM%s%s; expected what \"rqgate keygen\" writes (%s)", path, form->called, instead == NULL ? "" : ": ",
		                 instead == NULL ? "" : instead, form->fix);
	}
	wipe(&text);
	return status;
}

enum rq_status rq_private_key_read(struct rq_private_key *key, const char *path, struct rq_error *err)
{
	unsigned char seed[SEED];
	struct stat info;

	RQ_TRY(start(err));
	if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & MODE_OF_OTHERS) != 0)
		return rq_fail(err, RQ_E_USAGE, "%s: others may read or change this private key (mode %04o); chmod 600 it, or make a new one where they could have",
		               path, (unsigned)info.st_mode & 07777);
	RQ_TRY(read_file(seed, &private_form, path, err));
	enum rq_status status = of_seed(key, seed, err);
	sodium_memzero(seed, sizeof seed);
	return status;
}

enum rq_status rq_public_key_read(struct rq_public_key *key, const char *path, struct rq_error *err)
{
	RQ_TRY(start(err));
	RQ_TRY(read_file(key->bytes, &public_form, path, err));
	return set_id(key, err);
}

static enum rq_status write_new(const char *path, mode_t mode, const struct rq_buf *text, struct rq_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0 && errno == EEXIST)
		return rq_fail(err, RQ_E_USAGE, "%s: is there already; a key is never written over, so name another file", path);
	if (fd < 0)
		return rq_fail(err, RQ_E_IO, "%s: cannot write: %s", path, strerror(errno));
	/* The umask takes from the mode, and nothing may add to it. */
	bool written = fchmod(fd, mode) == 0 && write(fd, text->data, text->size) == (ssize_t)text->size && fsync(fd) == 0;
	int why = errno;
	if (close(fd) == 0 && written)
		return RQ_OK;
	unlink(path);
	return rq_fail(err, RQ_E_IO, "%s: cannot write: %s", path, strerror(why));
}

enum rq_status rq_private_key_write(const struct rq_private_key *key, const char *path, const char *public_path, struct rq_error *err)
{
	struct rq_buf private = {0}, public = {0};

	put_pem(&private, &private_form, key->bytes);
	put_pem(&public, &public_form, key->public.bytes);
	enum rq_status status = rq_buf_check(&private, err);
	if (status == RQ_OK)
		status = rq_buf_check(&public, err);
	if (status == RQ_OK)
		status = write_new(path, 0600, &private, err);
	if (status == RQ_OK) {
		status = write_new(public_path, 0644, &public, err);
		if (status != RQ_OK)
			unlink(path);
	}
	wipe(&private);
	rq_buf_release(&public);
	return status;
}

/* ---- signatures ---- */

enum rq_status rq_sign(unsigned char signature[RQ_SIGNATURE], const struct rq_private_key *key, const void *data, size_t size, struct rq_error *err)
{
	RQ_TRY(start(err));
	crypto_sign_detached(signature, NULL, data, size, key->bytes);
	return RQ_OK;
}

bool rq_signature_holds(const unsigned char signature[RQ_SIGNATURE], const struct rq_public_key *key, const void *data, size_t size)
{
	return crypto_sign_verify_detached(signature, data, size, key->bytes) == 0;
}
