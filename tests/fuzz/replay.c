/* The main of a fuzz target outside a fuzzer: feeds it every file of the folder it is given. A crash or a sanitizer's report is the failure. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	uint8_t *data = malloc(1 << 20);
	FILE *stream = fopen(path, "rb");

	if (data == NULL || stream == NULL) {
		fprintf(stderr, "%s: cannot read\n", path);
		exit(EXIT_FAILURE);
	}
	size_t size = fread(data, 1, 1 << 20, stream);
	fclose(stream);
	/* A copy of the exact size, so that a read past its end is seen. */
	uint8_t *exact = malloc(size == 0 ? 1 : size);
	if (exact == NULL)
		exit(EXIT_FAILURE);
	memcpy(exact, data, size);
	free(data);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 1;
}

int main(int argc, char **argv)
{
	int replayed = 0;
	char path[4096];
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;

	if (folder == NULL) {
		fprintf(stderr, "usage: replay FOLDER\n");
		return EXIT_FAILURE;
	}
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
		replayed += replay(path);
	}
	closedir(folder);
	printf("%d inputs replayed\n", replayed);
	return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
