/* Files that hold vectors and are not read, told apart so that the answer is how to get them out: Parquet, Lance, hnswlib. */
#include "datasets/vector_file.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { LANCE_ENDING = 6 }; /* ".lance" */

static bool ends_in(const char *name, const char *ending)
{
	size_t length = strlen(name), size = strlen(ending);

	return length >= size && strcmp(name + length - size, ending) == 0;
}

/* Bytes of the path as they are written in '...' within "..." of a shell. */
static void put_path(struct rq_buf *out, const char *path, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (strchr("\"$`\\", path[i]) != NULL)
			rq_buf_puts(out, "\\");
		rq_buf_add(out, path + i, 1);
		if (path[i] == '\'')
			rq_buf_puts(out, "'");
	}
}

static bool like_parquet(const struct rq_glimpse *glimpse)
{
	return glimpse->size >= 4 && memcmp(glimpse->data, "PAR1", 4) == 0;
}

/* What it holds is told at its end, before the same four letters. */
static enum rq_status read_parquet(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf command = {0};
	size_t length = strlen(bytes->path), stem = length - (ends_in(bytes->path, ".parquet") ? strlen(".parquet") : 0);
	char end[4] = "";

	(void)file, (void)array;
	if (bytes->packing != RQ_PACKED_NOT)
		return rq_fail(err, RQ_E_DATA, "%s: compressed Parquet; uncompress it, and write it as JSON lines with DuckDB", bytes->path);
	if (bytes->size >= 12)
		RQ_TRY(rq_bytes_look(end, bytes, bytes->size - sizeof end, sizeof end, err));
	if (memcmp(end, "PAR1", sizeof end) != 0)
		return rq_fail(err, RQ_E_DATA, "%s: Parquet without its end; copy or write the file again", bytes->path);
	rq_buf_puts(&command, "duckdb -c \"COPY (FROM read_parquet('");
	put_path(&command, bytes->path, length);
	rq_buf_puts(&command, "')) TO '");
	put_path(&command, bytes->path, stem);
	rq_buf_puts(&command, ".jsonl' (FORMAT json)\"");
	RQ_TRY(rq_buf_check(&command, err));
	return rq_fail(err, RQ_E_DATA, "%s: Parquet is not read; write it as JSON lines with DuckDB: %s", bytes->path, command.data);
}

const struct rq_vector_format rq_vector_format_parquet = {
	.name = "parquet",
	.help = "not read, but told how DuckDB writes it as JSON lines",
	.endings = (const char *const[]){".parquet", NULL},
	.looks_like = like_parquet,
	.read = read_parquet,
};

/* The table of which a folder is the database: of several, the first by name. "": there is none. */
static void find_in(char table[NAME_MAX + 1], const char *path)
{
	DIR *folder = opendir(path);
	struct stat there;

	*table = '\0';
	for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
		char name[NAME_MAX + 1];
		int length = (int)strlen(entry->d_name) - LANCE_ENDING;
		if (length < 1 || !ends_in(entry->d_name, ".lance") || fstatat(dirfd(folder), entry->d_name, &there, 0) != 0 || !S_ISDIR(there.st_mode))
			continue;
		snprintf(name, sizeof name, "%.*s", length, entry->d_name);
		if (*table == '\0' || strcmp(name, table) < 0)
			memcpy(table, name, sizeof name);
	}
	if (folder != NULL)
		closedir(folder);
}

/* A table is a folder NAME.lance, a database one that holds such. False: this folder is neither. */
static bool find_table(struct rq_span *folder, char table[NAME_MAX + 1], const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	size_t name = length;
	while (name > 0 && path[name - 1] != '/')
		name--;
	*folder = (struct rq_span){path, length};
	if (length - name <= LANCE_ENDING || length - name > NAME_MAX || memcmp(path + length - LANCE_ENDING, ".lance", LANCE_ENDING) != 0) {
		find_in(table, path);
		return *table != '\0';
	}
	snprintf(table, NAME_MAX + 1, "%.*s", (int)(length - name) - LANCE_ENDING, path + name);
	*folder = name == 0 ? (struct rq_span){".", 1} : (struct rq_span){path, name > 1 ? name - 1 : 1};
	return true;
}

static bool like_lance(const struct rq_glimpse *glimpse)
{
	char table[NAME_MAX + 1];
	struct rq_span folder;

	return glimpse->folder && find_table(&folder, table, glimpse->path);
}

static enum rq_status load_lance(struct rq_vector_file *file, const char *path, const char *array, struct rq_error *err)
{
	char table[NAME_MAX + 1];
	struct rq_span folder;
	struct stat there;

	(void)file, (void)array;
	if (stat(path, &there) != 0 || !S_ISDIR(there.st_mode) || !find_table(&folder, table, path))
		return rq_fail(err, RQ_E_DATA, "\"%s\": no folder of a Lance table; expected vectors", path);
	if (strpbrk(path, "'\"$`\\") != NULL || strpbrk(table, "'\"$`\\") != NULL) /* nothing to be written within two kinds of quotes */
		return rq_fail(err, RQ_E_DATA, "\"%s\": Lance is not read; write the table as JSON lines with LanceDB", path);
	return rq_fail(
		err, RQ_E_DATA,
		"\"%s\": Lance is not read; write the table as JSON lines with npm's @lancedb/lancedb: "
		"node -e \"require('@lancedb/lancedb').connect(require('path').resolve('%.*s'))"
		".then(d => d.openTable('%s')).then(t => t.query().toArray()).then(r => r.forEach(x => console.log(JSON.stringify(x))))\" > %s.jsonl",
		path, (int)folder.length, folder.at, table, table);
}

const struct rq_vector_format rq_vector_format_lance = {
	.name = "lance",
	.help = "not read, but told how LanceDB writes it as JSON lines",
	.endings = (const char *const[]){".lance", NULL},
	.looks_like = like_lance,
	.load = load_lance,
};

/* The header of hnswlib's HierarchicalNSW::saveIndex, as far as it tells the places of an element's parts. */
struct hnsw {
	uint64_t first, most, count, stride, label, data;
};

/* A label is 8 bytes at the end of an element, after the vector, after the links. */
static bool is_hnsw(const struct hnsw *header)
{
	return header->first == 0 && header->count <= header->most && header->count > 0 && header->data > 0 && header->data < header->label &&
	       header->label + sizeof header->label == header->stride && (header->label - header->data) % sizeof(float) == 0;
}

static bool like_hnswlib(const struct rq_glimpse *glimpse)
{
	struct hnsw header;
	struct stat there;
	char part[PATH_MAX];

	if (glimpse->folder) /* the four parts of Chroma's */
		return snprintf(part, sizeof part, "%s/data_level0.bin", glimpse->path) < (int)sizeof part && stat(part, &there) == 0;
	if (glimpse->size < sizeof header)
		return false;
	memcpy(&header, glimpse->data, sizeof header);
	return is_hnsw(&header);
}

static enum rq_status load_hnswlib(struct rq_vector_file *file, const char *path, const char *array, struct rq_error *err)
{
	RQ_CLEANUP(rq_bytes_release) struct rq_bytes bytes = {.fd = -1};
	struct hnsw header = {0};
	struct stat there;

	(void)file, (void)array;
	if (stat(path, &there) == 0 && S_ISDIR(there.st_mode))
		return rq_fail(err, RQ_E_DATA,
		               "\"%s\": the index of a Chroma collection is not read; write its vectors in Python: np.save('vectors.npy', "
		               "collection.get(include=['embeddings'])['embeddings'])",
		               path);
	RQ_TRY(rq_bytes_open(&bytes, path, err));
	if (bytes.size >= sizeof header)
		RQ_TRY(rq_bytes_peek(&header, &bytes, sizeof header, err));
	return rq_fail(
		err, RQ_E_DATA,
		"%s: an index of hnswlib is not read; write its vectors in Python: i = hnswlib.Index('l2', %llu); i.load_index('%s'); np.save('vectors.npy', "
		"i.get_items(i.get_ids_list()))",
		path, (unsigned long long)(header.label - header.data) / sizeof(float), path);
}

const struct rq_vector_format rq_vector_format_hnswlib = {
	.name = "hnswlib",
	.help = "not read, but told how its vectors are written as .npy",
	.endings = (const char *const[]){NULL},
	.looks_like = like_hnswlib,
	.load = load_hnswlib,
};
