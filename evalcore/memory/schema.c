/* Every table has batch_id and ingest_date (UTC day of the writing), identities are 64 bits, times are microseconds since 1970 in UTC, and a word
 * that means "all" or "none" in a key is '' rather than NULL, which SQLite takes for different from itself. */
#include "evalcore/memory/schema.h"

#include <stddef.h>

#define BATCH "batch_id INTEGER NOT NULL REFERENCES batch (batch_id) ON DELETE CASCADE, ingest_date TEXT NOT NULL"

static const char first[] =
	"CREATE TABLE batch ("
	" batch_id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" ingest_date TEXT NOT NULL,"
	" batch_key TEXT NOT NULL UNIQUE,"       /* what it is the same batch by: batch.h */
	" schema_version INTEGER NOT NULL,"      /* of the program that wrote it */
	" program_version TEXT NOT NULL,"
	" command TEXT NOT NULL,"                /* run, eval, drift */
	" suite TEXT NOT NULL,"                  /* '': none */
	" profile TEXT NOT NULL,"
	" folder TEXT NOT NULL,"                 /* where it was called */
	" config TEXT NOT NULL,"                 /* the file, absolute; of eval the judgments */
	" arguments TEXT NOT NULL,"              /* JSON array: the command line that does it again */
	" iso_week TEXT NOT NULL,"
	" started_us INTEGER NOT NULL,"
	" finished_us INTEGER NOT NULL,"
	" last_us INTEGER NOT NULL,"             /* when it was found last */
	" repeats INTEGER NOT NULL,"             /* how often it was found again */
	" verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'inconclusive', 'none')),"
	" exit_code INTEGER NOT NULL,"
	" sentence TEXT NOT NULL"                /* of the verdict, or why there is none */
	") STRICT;"
	"CREATE INDEX batch_by_time ON batch (last_us);"
	"CREATE TABLE input (input_id INTEGER PRIMARY KEY, " BATCH ","
	" name TEXT NOT NULL, sha256 TEXT NOT NULL, UNIQUE (batch_id, name)) STRICT;"
	"CREATE TABLE metric (metric_id INTEGER PRIMARY KEY, " BATCH ","
	" name TEXT NOT NULL, side TEXT NOT NULL, slice TEXT NOT NULL,"
	" value REAL, lower REAL, upper REAL, topics INTEGER NOT NULL, UNIQUE (batch_id, name, side, slice)) STRICT;"
	"CREATE INDEX metric_by_name ON metric (name, side, slice);"
	"CREATE TABLE verdict (verdict_id INTEGER PRIMARY KEY, " BATCH ","
	" number INTEGER NOT NULL, gate TEXT NOT NULL, kind TEXT NOT NULL, metric TEXT NOT NULL, side TEXT NOT NULL, slice TEXT NOT NULL,"
	" level TEXT NOT NULL, outcome TEXT NOT NULL CHECK (outcome IN ('pass', 'fail', 'inconclusive')), absent INTEGER NOT NULL,"
	" waived INTEGER NOT NULL, blocks INTEGER NOT NULL, value REAL, lower REAL, upper REAL, bound REAL, reason TEXT NOT NULL, UNIQUE (batch_id, side, number)) STRICT;"
	"CREATE TABLE latency (latency_id INTEGER PRIMARY KEY, " BATCH ","
	" name TEXT NOT NULL, side TEXT NOT NULL, value REAL, lower REAL, upper REAL, samples INTEGER NOT NULL, failed INTEGER NOT NULL,"
	" UNIQUE (batch_id, name, side)) STRICT;"
	"CREATE TABLE drift (drift_id INTEGER PRIMARY KEY, " BATCH ","
	" name TEXT NOT NULL, side TEXT NOT NULL, slice TEXT NOT NULL, value REAL, lower REAL, upper REAL, bound REAL,"
	" outcome TEXT NOT NULL CHECK (outcome IN ('pass', 'fail', 'inconclusive', 'none')), reason TEXT NOT NULL,"
	" UNIQUE (batch_id, name, side, slice)) STRICT;"
	"CREATE TABLE failure (failure_id INTEGER PRIMARY KEY AUTOINCREMENT, " BATCH ","
	" failed_us INTEGER NOT NULL, side TEXT NOT NULL, stage TEXT NOT NULL, what TEXT NOT NULL,"
	" name TEXT NOT NULL," /* document d17, line corpus.jsonl:3 */
	" input TEXT NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL, seconds REAL NOT NULL) STRICT;"
	"CREATE INDEX failure_by_batch ON failure (batch_id);";

/* A failure is over once the same job has ended without it. */
static const char second[] =
	"ALTER TABLE failure ADD COLUMN resolved_batch_id INTEGER REFERENCES batch (batch_id) ON DELETE SET NULL;"
	"ALTER TABLE failure ADD COLUMN resolved_us INTEGER;"
	"CREATE INDEX failure_open ON failure (batch_id) WHERE resolved_us IS NULL;";

/* The weeks of a reference are found without reading all others. */
static const char third[] = "CREATE INDEX input_by_digest ON input (sha256, name);";

const char *const rq_schema_steps[] = {first, second, third, NULL};
