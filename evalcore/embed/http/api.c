/* The table of protocols. */
#include "evalcore/embed/http/api.h"

#include <stddef.h>

const struct rq_api *const rq_apis[] = {&rq_api_openai, &rq_api_tei, &rq_api_ollama, NULL};
const char *const rq_api_names[] = {"openai", "tei", "ollama", NULL};
