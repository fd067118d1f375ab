/* A handful of documents, topics, vectors and an index over them, for runs of some milliseconds. */
#ifndef RQ_TESTS_FAULTS_COLLECTION_H
#define RQ_TESTS_FAULTS_COLLECTION_H

/* Into the working directory: gate.json (lsa; exact against HNSW), vectors.json (vectors; an index file against exact),
 * runs.json (two run files), bm25.json (twice BM25), and what they name; x.ids (of the index); corpus.jsonl, queries.jsonl and qrels/test.tsv make the directory a BEIR
 * folder. Ends the process where it cannot. */
void collection_write(void);

#endif
