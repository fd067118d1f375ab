/* Keys and signatures of the RFCs, and files that are none. */
#include "people.h"

#include "evalcore/base/base64.h"

#include <sys/stat.h>

static struct people people;

static void set_up(void)
{
	people_make(&people);
}

static void tear_down(void)
{
	people_remove(&people);
}

/* RFC 8410, section 10.3 and 10.1: a private key, and its public key. */
static const char rfc_private[] = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
static const char rfc_public[] = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

static void put_private(const char *name, const char *text)
{
	people_write(&people, name, text);
	ck_assert_int_eq(chmod(people_path(&people, name), 0600), 0);
}

START_TEST(keys_of_rfc_8410)
{
	struct rq_private_key key;
	struct rq_public_key public;
	struct rq_buf text = {0};

	put_private("rfc", rfc_private);
	people_write(&people, "rfc.pub", rfc_public);
	PEOPLE_OK(&people, rq_private_key_read(&key, people_path(&people, "rfc"), &people.err));
	PEOPLE_OK(&people, rq_public_key_read(&public, people_path(&people, "rfc.pub"), &people.err));
	ck_assert_mem_eq(key.public.bytes, public.bytes, sizeof public.bytes);
	ck_assert_str_eq(key.public.id, public.id);
	char path[128], public_path[160];
	snprintf(path, sizeof path, "%s/again", people.folder);
	snprintf(public_path, sizeof public_path, "%s.pub", path);
	PEOPLE_OK(&people, rq_private_key_write(&key, path, public_path, &people.err));
	PEOPLE_OK(&people, rq_file_read(&text, path, &people.err));
	ck_assert_str_eq(text.data, rfc_private);
	PEOPLE_OK(&people, rq_file_read(&text, public_path, &people.err));
	ck_assert_str_eq(text.data, rfc_public);
	rq_buf_release(&text);
}
END_TEST

/* RFC 8032, section 7.1, test 3. */
START_TEST(signature_of_rfc_8032)
{
	static const unsigned char seed[32] = {0xc5, 0xaa, 0x8d, 0xf4, 0x3f, 0x9f, 0x83, 0x7b, 0xed, 0xb7, 0x44, 0x2f, 0x31, 0xdc, 0xb7, 0xb1,
	                                       0x66, 0xd3, 0x85, 0x35, 0x07, 0x6f, 0x09, 0x4b, 0x85, 0xce, 0x3a, 0x2e, 0x0b, 0x44, 0x58, 0xf7};
	static const unsigned char expected[64] = {0x62, 0x91, 0xd6, 0x57, 0xde, 0xec, 0x24, 0x02, 0x48, 0x27, 0xe6, 0x9c, 0x3a, 0xbe, 0x01, 0xa3,
	                                           0x0c, 0xe5, 0x48, 0xa2, 0x84, 0x74, 0x3a, 0x44, 0x5e, 0x36, 0x80, 0xd7, 0xdb, 0x5a, 0xc3, 0xac,
	                                           0x18, 0xff, 0x9b, 0x53, 0x8d, 0x16, 0xf2, 0x90, 0xae, 0x67, 0xf7, 0x60, 0x98, 0x4d, 0xc6, 0x59,
	                                           0x4a, 0x7c, 0x15, 0xe9, 0x71, 0x6e, 0xd2, 0x8d, 0xc0, 0x27, 0xbe, 0xce, 0xea, 0x1e, 0xc4, 0x0a};
	static const unsigned char message[] = {0xaf, 0x82};
	unsigned char der[48] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20}, signature[64];
	struct rq_private_key key;
	struct rq_buf text = {0};

	memcpy(der + 16, seed, sizeof seed);
	rq_buf_puts(&text, "-----BEGIN PRIVATE KEY-----\n");
	rq_base64_write(&text, der, sizeof der);
	rq_buf_puts(&text, "\n-----END PRIVATE KEY-----\n");
	put_private("rfc", text.data);
	PEOPLE_OK(&people, rq_private_key_read(&key, people_path(&people, "rfc"), &people.err));
	PEOPLE_OK(&people, rq_sign(signature, &key, message, sizeof message, &people.err));
	ck_assert_mem_eq(signature, expected, sizeof expected);
	ck_assert(rq_signature_holds(signature, &key.public, message, sizeof message));
	ck_assert(!rq_signature_holds(signature, &key.public, message, 1));
	ck_assert(!rq_signature_holds(signature, &people.ann.public, message, sizeof message));
	/* The same signature with its scalar raised by the group's order, which a careless check takes. */
	static const unsigned char order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	                                        0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
	unsigned carry = 0;
	for (size_t i = 0; i < 32; i++) {
		carry += signature[32 + i] + order[i];
		signature[32 + i] = (unsigned char)carry;
		carry >>= 8;
	}
	ck_assert(!rq_signature_holds(signature, &key.public, message, sizeof message));
	rq_buf_release(&text);
}
END_TEST

START_TEST(files_of_keys)
{
	struct rq_private_key key;
	struct stat info;
	char path[128], other[128], expected[512];

	snprintf(path, sizeof path, "%s/ann", people.folder);
	snprintf(other, sizeof other, "%s/new", people.folder);
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_int_eq(info.st_mode & 07777, 0600);
	ck_assert_int_eq(rq_private_key_write(&people.bob, path, other, &people.err), RQ_E_USAGE);
	snprintf(expected, sizeof expected, "%s: is there already; a key is never written over, so name another file", path);
	ck_assert_str_eq(people.err.text, expected);
	/* The second file cannot be made: then there is no first one either. */
	ck_assert_int_eq(rq_private_key_write(&people.bob, other, path, &people.err), RQ_E_USAGE);
	ck_assert(!rq_file_exists(other));
	PEOPLE_OK(&people, rq_private_key_read(&key, path, &people.err));
	ck_assert_mem_eq(&key, &people.ann, sizeof key);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(rq_private_key_read(&key, path, &people.err), RQ_E_USAGE);
	snprintf(expected, sizeof expected, "%s: others may read or change this private key (mode 0640); chmod 600 it, or make a new one where they could have", path);
	ck_assert_str_eq(people.err.text, expected);
}
END_TEST

/* Each is refused with what it seems to be. */
START_TEST(what_is_no_key)
{
	static const struct {
		const char *text, *seems;
	} files[] = {
		{"", ""},
		{"-----BEGIN PRIVATE KEY-----\n", ": it is a private key, of another kind or where a public one is asked for"},
		{"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n",
	     ": it is a public key, of another kind or where a private one is asked for"},
		{"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGj\n-----END ENCRYPTED PRIVATE KEY-----\n", ": it is encrypted; openssl pkey -in FILE -out OTHER decrypts it"},
		/* X25519: another object identifier. */
		{"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n",
	     ": it is a private key, of another kind or where a public one is asked for"},
		{"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdV\n-----END PRIVATE KEY-----\n",
	     ": it is a private key, of another kind or where a public one is asked for"},
		{"-----END PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----", ": it is a private key, of another kind or where a public one is asked for"},
		{"-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----", ": it is a private key, of another kind or where a public one is asked for"},
	};
	struct rq_private_key key;
	char path[128], expected[512];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		put_private("other", files[i].text);
		snprintf(path, sizeof path, "%s/other", people.folder);
		ck_assert_int_eq(rq_private_key_read(&key, path, &people.err), RQ_E_DATA);
		snprintf(expected, sizeof expected, "%s: is not an Ed25519 private key in PEM%s; expected what \"rqgate keygen\" writes (openssl genpkey -algorithm ed25519 makes one too)",
		         path, files[i].seems);
		ck_assert_str_eq(people.err.text, expected);
	}
}
END_TEST

Suite *key_suite(void)
{
	Suite *suite = suite_create("key");
	TCase *tests = tcase_create("key");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, keys_of_rfc_8410);
	tcase_add_test(tests, signature_of_rfc_8032);
	tcase_add_test(tests, files_of_keys);
	tcase_add_test(tests, what_is_no_key);
	suite_add_tcase(suite, tests);
	return suite;
}
