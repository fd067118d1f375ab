/* The embedding server of tests/node, which serves a real model, for tests of the program against it. Beside cli.h. */
#ifndef RQ_TESTS_SERVICES_SERVICE_H
#define RQ_TESTS_SERVICES_SERVICE_H

#include "cli.h"

#include <stdbool.h>

#define SERVICE_KEY "sk-6Zt0vQ1mfNnWb+8e/Kx4" /* what the server wants to see; made up */

/* cli_case() with a server behind it, one for all of its tests. Where tests/node lacks its packages or the real collections are missing there is
 * none. */
TCase *service_case(const char *name);
/* False, and a line says so, where there is no server; fails under CI=true. A test that goes on starts without faults and with counts of 0. */
bool service_ready(void);
/* "http://127.0.0.1:PORT" and a path. Free it. */
char *service_url(const char *path);
/* Rules as tests/node/faults.mjs has them, a JSON list. Counting starts anew. */
void service_faults(const char *rules);
/* One of the server's counts, or of those of a route ("/embed"). */
double service_count(const char *name);
double service_route_count(const char *route, const char *name);
/* The answer of a POST (body not NULL) or GET with the key. */
rq_json *service_ask(const char *path, const char *body);

/* Runs a program of tests/node in the test's folder; its exit code. Arguments end in NULL. */
int service_node(const char *program, ...);

/* Cranfield in the test's folder: its first documents (0: all) with the topics that these answer, and the vectors of the model's package called
 * directly. */
void service_cranfield(size_t documents);
/* gate.json: the baseline has those vectors, the candidate asks the server by that protocol ("openai", "tei", "ollama"). `more` are further options
 * of the embedder: ", \"batch\": 7". */
void service_config(const char *api, const char *more);
/* `rqgate run gate.json` passes, says nothing on stderr, and the candidate is the baseline: vectors to the last bit, rankings, metrics. Its report.
 */
rq_json *service_expect_direct(void);

#endif
