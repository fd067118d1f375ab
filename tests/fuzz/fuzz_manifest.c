/* Manifests of kept folders. What is accepted names files of its folder alone, and has both digests. */
#include "evalcore/snapshot/manifest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_manifest manifest = {0};
	struct rq_buf text = {0};

	rq_buf_add(&text, data, size);
	if (!text.failed && rq_manifest_parse(&manifest, &text, "fuzz", "reference", &err) == RQ_OK) {
		for (size_t i = 0; i < manifest.file_count; i++)
			if (strchr(manifest.files[i].name, '/') != NULL || manifest.files[i].name[0] == '.' || !rq_is_sha256(manifest.files[i].sha256))
				abort();
		if (!rq_is_sha256(manifest.sha256) || !rq_is_sha256(manifest.content))
			abort();
	}
	rq_manifest_release(&manifest);
	rq_buf_release(&text);
	return 0;
}
