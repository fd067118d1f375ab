#include "datasets/vectors/hdf5_file.h"

#include "datasets/vector_file.h"

#include <stdlib.h>
#include <string.h>

enum {
	HEADER_MAX = 4 << 20,  /* of one block of an object's header */
	BLOCKS_MAX = 256,      /* of one object's header */
	HEAP_MAX = 4 << 20,    /* of a group's names */
	MEMBERS_MAX = 1 << 12, /* of a group */
	NAME_MAX = 256,
	STEPS_MAX = 1 << 16, /* from a group's tree to its members: a damaged one may lead in circles */
	DEPTH_MAX = 8,
	SYMBOL = 40, /* bytes of an entry of a symbol table */
};

uint64_t rq_hdf5_take(struct rq_hdf5_fields *fields, size_t size)
{
	const unsigned char *at = rq_hdf5_pass(fields, size);
	uint64_t value = 0;

	for (size_t i = size; at != NULL && i > 0; i--)
		value = value << 8 | at[i - 1];
	return value;
}

const unsigned char *rq_hdf5_pass(struct rq_hdf5_fields *fields, size_t size)
{
	const unsigned char *at = fields->at;

	if (fields->left < size) {
		fields->cut = true;
		fields->left = 0;
		return NULL;
	}
	fields->at += size;
	fields->left -= size;
	return at;
}

enum rq_status rq_hdf5_fail(struct rq_error *err, const struct rq_bytes *bytes, const char *name, const char *what)
{
	if (!rq_is_plain_name(bytes->path) || !rq_is_plain_name(name))
		return rq_fail(err, RQ_E_DATA, "%s: \"%s\" is %s; write it as .npy with h5py", bytes->path, name, what);
	return rq_fail(
		err, RQ_E_DATA,
		"%s: \"%s\" is %s; write it as .npy: python3 -c \"import h5py, numpy; numpy.save('%s.npy', h5py.File('%s')['%s'][:].astype('f4'))\"",
		bytes->path, name, what, name, bytes->path, name);
}

enum rq_status rq_hdf5_look(void *out, struct rq_bytes *bytes, uint64_t address, size_t size, const char *what, struct rq_error *err)
{
	if (address > bytes->size || size > bytes->size - address)
		return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: %s of %zu bytes at byte %llu, and the file has %zu; copy or write the file again",
		               bytes->path, what, size, (unsigned long long)address, bytes->size);
	return rq_bytes_look(out, bytes, (size_t)address, size, err);
}

/* The same, allocated. */
static enum rq_status look_at(unsigned char **out, struct rq_bytes *bytes, uint64_t address, uint64_t size, size_t most, const char *what,
                              struct rq_error *err)
{
	if (size > most)
		return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: %s of %llu bytes; expected at most %zu", bytes->path, what, (unsigned long long)size, most);
	*out = malloc((size_t)size + 1);
	return *out == NULL ? rq_fail_memory(err) : rq_hdf5_look(*out, bytes, address, (size_t)size, what, err);
}

/* Bytes of the file's user come before it, 512 or twice that as often as need be. */
static bool behind_user_block(struct rq_bytes *bytes)
{
	char magic[8];

	for (uint64_t at = 512; at < bytes->size; at *= 2)
		if (rq_hdf5_look(magic, bytes, at, sizeof magic, "", NULL) == RQ_OK && memcmp(magic, RQ_HDF5_MAGIC, sizeof magic) == 0)
			return true;
	return false;
}

enum rq_status rq_hdf5_root(uint64_t *address, struct rq_bytes *bytes, const char *wanted, struct rq_error *err)
{
	unsigned char block[96] = {0};
	size_t size = bytes->size < sizeof block ? bytes->size : sizeof block;

	RQ_TRY(rq_hdf5_look(block, bytes, 0, size, "a superblock", err));
	unsigned version = block[8], offsets = version < 2 ? block[13] : block[9], lengths = version < 2 ? block[14] : block[10];
	if (memcmp(block, RQ_HDF5_MAGIC, 8) != 0 && behind_user_block(bytes))
		return rq_hdf5_fail(err, bytes, wanted, "in a file that begins with a user block");
	if (size < 48 || memcmp(block, RQ_HDF5_MAGIC, 8) != 0 || version > 3)
		return rq_fail(err, RQ_E_DATA, "%s: no superblock of HDF5, version 0 to 3; expected a file that h5py or libhdf5 wrote", bytes->path);
	if (offsets != 8 || lengths != 8)
		return rq_hdf5_fail(err, bytes, wanted, "in a file whose addresses have not 8 bytes");
	size_t base = version == 0 ? 24 : version == 1 ? 28 : 12;
	struct rq_hdf5_fields fields = {.at = block + base, .left = size - base};
	if (rq_hdf5_take(&fields, 8) != 0)
		return rq_hdf5_fail(err, bytes, wanted, "in a file that begins elsewhere");
	rq_hdf5_pass(&fields, version < 2 ? 32 : 16); /* and the name of the root group's symbol */
	*address = rq_hdf5_take(&fields, 8);
	return fields.cut
	           ? rq_fail(err, RQ_E_DATA, "%s: cut short within its superblock: %zu bytes; copy or write the file again", bytes->path, bytes->size)
	           : RQ_OK;
}

/* Where the messages of an object are: blocks to be looked at. */
struct blocks {
	struct {
		uint64_t address, size;
	} items[BLOCKS_MAX];
	size_t count;
	bool second;  /* version 2 of the header */
	bool ordered; /* its messages have a place in an order */
};

static enum rq_status add_block(struct blocks *blocks, const struct rq_bytes *bytes, uint64_t address, uint64_t size, struct rq_error *err)
{
	if (blocks->count == BLOCKS_MAX)
		return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: an object's header in more than %d pieces", bytes->path, BLOCKS_MAX);
	blocks->items[blocks->count].address = address;
	blocks->items[blocks->count++].size = size;
	return RQ_OK;
}

/* The prefix of an object's header (IV.A.1), version 1 or 2: where its first messages are. */
static enum rq_status read_prefix(struct blocks *blocks, struct rq_bytes *bytes, uint64_t address, struct rq_error *err)
{
	unsigned char prefix[40] = {0};
	size_t size = address < bytes->size && bytes->size - address < sizeof prefix ? (size_t)(bytes->size - address) : sizeof prefix;

	RQ_TRY(rq_hdf5_look(prefix, bytes, address, size, "an object's header", err));
	struct rq_hdf5_fields fields = {.at = prefix + 8, .left = size < 8 ? 0 : size - 8};
	if (prefix[0] == 1)
		return add_block(blocks, bytes, address + 16, rq_hdf5_take(&fields, 4), err);
	if (memcmp(prefix, "OHDR", 4) != 0 || prefix[4] != 2)
		return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: no object's header at byte %llu; copy or write the file again", bytes->path,
		               (unsigned long long)address);
	unsigned flags = prefix[5];
	size_t start = 6U + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0), width = (size_t)1 << (flags & 3);
	blocks->second = true;
	blocks->ordered = flags & 0x04;
	fields = (struct rq_hdf5_fields){.at = prefix + start, .left = size < start ? 0 : size - start};
	uint64_t length = rq_hdf5_take(&fields, width);
	return add_block(blocks, bytes, address + start + width, length, err);
}

/* One block's messages. A continuation becomes another block. */
static enum rq_status read_block(struct blocks *blocks, struct rq_bytes *bytes, struct rq_hdf5_fields fields, rq_hdf5_visit *visit, void *context,
                                 struct rq_error *err)
{
	size_t head = blocks->second ? blocks->ordered ? 6 : 4 : 8;

	while (fields.left >= head) {
		struct rq_hdf5_fields start = fields;
		enum rq_hdf5_message type = (enum rq_hdf5_message)rq_hdf5_take(&start, blocks->second ? 1 : 2);
		size_t size = (size_t)rq_hdf5_take(&start, 2);
		bool shared = rq_hdf5_take(&start, 1) & 2;
		rq_hdf5_pass(&fields, head);
		struct rq_hdf5_fields message = {.at = fields.at, .left = size};
		if (rq_hdf5_pass(&fields, size) == NULL)
			return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: a message of %zu bytes that is longer than its header; copy or write the file again",
			               bytes->path, size);
		if (type == RQ_HDF5_CONTINUATION) {
			uint64_t address = rq_hdf5_take(&message, 8), length = rq_hdf5_take(&message, 8);
			if (blocks->second) { /* without its "OCHK" and checksum */
				address += 4;
				length = length < 8 ? 0 : length - 8;
			}
			RQ_TRY(add_block(blocks, bytes, address, length, err));
		} else if (!shared) {
			RQ_TRY(visit(context, type, message, err));
		}
	}
	return RQ_OK;
}

enum rq_status rq_hdf5_messages(struct rq_bytes *bytes, uint64_t address, rq_hdf5_visit *visit, void *context, struct rq_error *err)
{
	struct blocks blocks = {0};

	RQ_TRY(read_prefix(&blocks, bytes, address, err));
	for (size_t i = 0; i < blocks.count; i++) {
		RQ_CLEANUP(rq_free_pointer) unsigned char *data = NULL;
		uint64_t size = blocks.items[i].size;
		RQ_TRY(look_at(&data, bytes, blocks.items[i].address, size, HEADER_MAX, "an object's header", err));
		struct rq_hdf5_fields fields = {.at = data, .left = (size_t)size};
		RQ_TRY(read_block(&blocks, bytes, fields, visit, context, err));
	}
	return RQ_OK;
}

struct group_reader {
	struct rq_hdf5_group *group;
	struct rq_bytes *bytes;
	const char *wanted;  /* the data set that is asked for */
	unsigned char *heap; /* of names */
	size_t heap_size;
	size_t steps;
};

static enum rq_status step(struct group_reader *reader, struct rq_error *err)
{
	if (reader->steps++ < STEPS_MAX)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: a group's tree of more than %d steps", reader->bytes->path, STEPS_MAX);
}

static enum rq_status add_member(struct group_reader *reader, const unsigned char *name, size_t length, uint64_t address, struct rq_error *err)
{
	struct rq_hdf5_group *group = reader->group;

	if (group->names.count == MEMBERS_MAX)
		return rq_fail(err, RQ_E_DATA, "%s: HDF5 with more than %d objects in its root group; expected a few data sets", reader->bytes->path,
		               MEMBERS_MAX);
	if (length == 0 || length > NAME_MAX)
		return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: a name of %zu bytes", reader->bytes->path, length);
	uint32_t number = rq_ids_add(&group->names, (const char *)name, length, NULL);
	if (number == RQ_ID_NONE || !RQ_RESERVE(group->addresses, group->capacity, (size_t)number + 1))
		return rq_fail_memory(err);
	group->addresses[number] = address;
	return RQ_OK;
}

/* The entries of a symbol table's node (III.B, III.C). */
static enum rq_status read_symbols(struct group_reader *reader, uint64_t address, struct rq_error *err)
{
	unsigned char head[8], entry[SYMBOL];

	RQ_TRY(rq_hdf5_look(head, reader->bytes, address, sizeof head, "a symbol table", err));
	if (memcmp(head, "SNOD", 4) != 0)
		return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: no symbol table at byte %llu; copy or write the file again", reader->bytes->path,
		               (unsigned long long)address);
	for (size_t i = 0, count = head[6] + ((size_t)head[7] << 8); i < count; i++) {
		RQ_TRY(step(reader, err));
		RQ_TRY(rq_hdf5_look(entry, reader->bytes, address + sizeof head + i * SYMBOL, sizeof entry, "a symbol", err));
		struct rq_hdf5_fields fields = {.at = entry, .left = sizeof entry};
		uint64_t name = rq_hdf5_take(&fields, 8), object = rq_hdf5_take(&fields, 8);
		if (name >= reader->heap_size)
			return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: a name at byte %llu of %zu", reader->bytes->path, (unsigned long long)name,
			               reader->heap_size);
		const char *text = (const char *)reader->heap + name;
		RQ_TRY(add_member(reader, reader->heap + name, strnlen(text, reader->heap_size - (size_t)name), object, err));
	}
	return RQ_OK;
}

/* A node of a group's tree (III.A.1), version 1. */
static enum rq_status read_tree(struct group_reader *reader, uint64_t address, size_t depth, struct rq_error *err)
{
	unsigned char head[24], child[8];

	RQ_TRY(rq_hdf5_look(head, reader->bytes, address, sizeof head, "a group's tree", err));
	size_t level = head[5], count = head[6] + ((size_t)head[7] << 8);
	if (memcmp(head, "TREE", 4) != 0 || head[4] != 0 || depth == DEPTH_MAX)
		return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: no tree of a group at byte %llu; copy or write the file again", reader->bytes->path,
		               (unsigned long long)address);
	for (size_t i = 0; i < count; i++) {
		RQ_TRY(step(reader, err));
		RQ_TRY(rq_hdf5_look(child, reader->bytes, address + sizeof head + 8 + i * 16, sizeof child, "a group's tree", err));
		struct rq_hdf5_fields fields = {.at = child, .left = sizeof child};
		uint64_t at = rq_hdf5_take(&fields, 8);
		RQ_TRY(level == 0 ? read_symbols(reader, at, err) : read_tree(reader, at, depth + 1, err));
	}
	return RQ_OK;
}

/* Names in a heap (III.D), objects in a tree. */
static enum rq_status read_table(struct group_reader *reader, struct rq_hdf5_fields fields, struct rq_error *err)
{
	uint64_t tree = rq_hdf5_take(&fields, 8), heap = rq_hdf5_take(&fields, 8);
	unsigned char head[32];

	RQ_TRY(rq_hdf5_look(head, reader->bytes, heap, sizeof head, "a heap of names", err));
	if (memcmp(head, "HEAP", 4) != 0 || reader->heap != NULL)
		return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: no heap of names at byte %llu; copy or write the file again", reader->bytes->path,
		               (unsigned long long)heap);
	fields = (struct rq_hdf5_fields){.at = head + 8, .left = sizeof head - 8};
	uint64_t size = rq_hdf5_take(&fields, 8);
	rq_hdf5_pass(&fields, 8);
	RQ_TRY(look_at(&reader->heap, reader->bytes, rq_hdf5_take(&fields, 8), size, HEAP_MAX, "a heap of names", err));
	reader->heap_size = (size_t)size;
	return read_tree(reader, tree, 0, err);
}

/* A link (IV.A.2.g); of one that is no address of this file only the name is kept. */
static enum rq_status read_link(struct group_reader *reader, struct rq_hdf5_fields fields, struct rq_error *err)
{
	unsigned version = (unsigned)rq_hdf5_take(&fields, 1), flags = (unsigned)rq_hdf5_take(&fields, 1);
	unsigned kind = flags & 0x08 ? (unsigned)rq_hdf5_take(&fields, 1) : 0;

	rq_hdf5_pass(&fields, (flags & 0x04 ? 8U : 0) + (flags & 0x10 ? 1 : 0));
	size_t length = (size_t)rq_hdf5_take(&fields, (size_t)1 << (flags & 3));
	const unsigned char *name = rq_hdf5_pass(&fields, length);
	if (name == NULL || version != 1)
		return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: a link that is not understood; copy or write the file again", reader->bytes->path);
	return add_member(reader, name, length, kind == 0 ? rq_hdf5_take(&fields, 8) : RQ_HDF5_NOWHERE, err);
}

static enum rq_status visit_group(void *context, enum rq_hdf5_message type, struct rq_hdf5_fields fields, struct rq_error *err)
{
	struct group_reader *reader = context;

	if (type == RQ_HDF5_SYMBOLS)
		return read_table(reader, fields, err);
	if (type == RQ_HDF5_LINK)
		return read_link(reader, fields, err);
	if (type == RQ_HDF5_LINK_INFO) {
		rq_hdf5_pass(&fields, 1);
		rq_hdf5_pass(&fields, rq_hdf5_take(&fields, 1) & 1 ? 8 : 0);
		if (rq_hdf5_take(&fields, 8) != RQ_HDF5_NOWHERE)
			return rq_hdf5_fail(err, reader->bytes, reader->wanted, "one of so many objects that their names are in a heap");
	}
	return RQ_OK;
}

enum rq_status rq_hdf5_group_read(struct rq_hdf5_group *group, struct rq_bytes *bytes, uint64_t address, const char *wanted, struct rq_error *err)
{
	struct group_reader reader = {.group = group, .bytes = bytes, .wanted = wanted};

	*group = (struct rq_hdf5_group){0};
	enum rq_status status = rq_hdf5_messages(bytes, address, visit_group, &reader, err);
	free(reader.heap);
	if (status != RQ_OK)
		rq_hdf5_group_release(group);
	return status;
}

void rq_hdf5_group_release(struct rq_hdf5_group *group)
{
	rq_ids_release(&group->names);
	free(group->addresses);
	*group = (struct rq_hdf5_group){0};
}
