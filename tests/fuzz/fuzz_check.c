/* A whole data set, checked: corpus, topics and judgments with a byte 0x1E between them. Readers go on past what is wrong. */
#include "datasets/check.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const fields[] = {"title", "text"}, *const names[] = {"c", "t", "q"};
	struct rq_problems problems = {.limit = 3};
	struct rq_dataset_texts texts = {0};
	struct rq_text *all[] = {&texts.corpus, &texts.topics, &texts.qrels};
	struct rq_error err = {0};
	enum rq_status status = RQ_OK;

	for (size_t i = 0; i < 3 && status == RQ_OK; i++) {
		const uint8_t *separator = i == 2 || size == 0 ? NULL : memchr(data, 0x1E, size);
		size_t part = separator == NULL ? size : (size_t)(separator - data);
		status = rq_text_from_on(all[i], names[i], data, part, &problems, &err);
		size -= separator == NULL ? size : part + 1;
		data += separator == NULL ? 0 : part + 1;
	}
	if (status == RQ_OK)
		status = rq_dataset_check_texts(&problems, &texts, fields, 2, problems.errors % 2 == 1, &err);
	for (size_t i = 0; i < 3; i++)
		rq_text_release(all[i]);
	rq_problems_release(&problems);
	return 0;
}
