/* The embedding server of tests/node, which serves a real model, for tests of the program against it. Beside cli.h. */
#ifndef RQ_TESTS_SERVICES_SERVICE_H
#define RQ_TESTS_SERVICES_SERVICE_H

#include "cli.h"

#include <stdbool.h>

#define SERVICE_KEY "sk-6Zt0vQ1mfNnWb+8e/Kx4" /* what the server wants to see; made up */

/* cli_case() with a server behind it, one for all of its tests. Where tests/node lacks its packages or the real collections are missing there is none. */
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

/* Cranfield as config and vector files of this test's folder: corpus.jsonl, queries.jsonl, qrels.tsv, and corpus.npy, queries.npy from the model called directly. */
void service_cranfield(void);
/* Runs a program of tests/node with that folder as working directory; its exit code. Arguments end in NULL. */
int service_node(const char *program, ...);

#endif
