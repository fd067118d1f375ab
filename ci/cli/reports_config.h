/* The config's "reports" and --report: which writers run, and where their files go. Files are listed and checked, opened before anything is computed,
 * and appear all at once at the end. */
#ifndef RQ_CLI_REPORTS_CONFIG_H
#define RQ_CLI_REPORTS_CONFIG_H

#include "evalcore/base/file.h"
#include "evalcore/pipeline/config.h"
#include "reports/report.h"

enum { RQ_REPORT_FILES_MAX = 32, RQ_RANKINGS_MAX = 4 };

struct rq_report_files {
	struct {
		const struct rq_writer *writer;
		const char *path, *folder, *shown; /* the last as a terminal shows it */
		const char *asked;                 /* by whom: "gate.json: reports." or "--report " */
		bool is_stdout;                    /* path "-": it goes into `printed` */
		const char *address;               /* where it is posted to: it goes into the spool; NULL: nowhere */
		struct rq_output output;
		struct rq_file_mark stands; /* an earlier run's file, then this one's: nothing else is ever removed */
	} files[RQ_REPORT_FILES_MAX];
	size_t count;
	const char *spool;    /* folder of what is to be posted; NULL: nothing is */
	const char *rankings; /* folder beside the JSON report, "out/report.d"; NULL: no JSON report */
	struct rq_buf printed; /* what stdout gets instead of a table */
	bool prints;          /* something goes there */
	bool trial;           /* the config was changed for this run alone: what watches the job must not take it for one of its runs */
	bool held;            /* reports for those were asked for, and are left alone */
	bool owned;           /* since they were opened and until they appear: what stands there is of an earlier run */
	bool unranked;        /* no rankings are kept, and those of an earlier run go */
	struct {
		const char *path;
		struct rq_output output;
		struct rq_file_mark stands;
	} ranking_files[RQ_RANKINGS_MAX];
	size_t ranking_count; /* 0: no JSON report */
	struct {
		const char *folder;
		size_t there; /* bytes of it that were there before */
	} made[RQ_REPORT_FILES_MAX + 1]; /* folders that this run made, removed again where they stay empty */
	size_t made_count;
	struct rq_arena arena;
};

/* The writer of the name; else E_USAGE, beginning with `where` ("--to"), with the nearest one. */
RQ_MUST_USE enum rq_status rq_report_format(const struct rq_writer **writer, const char *where, const char *name, struct rq_error *err);
/* What the config's "reports" names, or the standard files out/report.json, out/report.md ... beside it; and what --report names ("html=out.html",
 * "md=-"), relative to the working directory and instead of the config's file of that format. Of a trial nothing is posted, and of what the config names
 * for those that watch the job nothing is written. Refuses to write over what the run reads. E_USAGE where the command line is at fault. */
RQ_MUST_USE enum rq_status rq_report_files_list(struct rq_report_files *files, const struct rq_config *config, const struct rq_strings *named,
                                                bool trial, struct rq_error *err);
/* Where the config cannot be read: the files that --report names which say why a run ended. One that is there and begins otherwise stays as it is: it may
 * be what the config reads. */
RQ_MUST_USE enum rq_status rq_report_files_list_ends(struct rq_report_files *files, const struct rq_strings *named, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_report_files_open(struct rq_report_files *files, struct rq_error *err);
/* Writes the rankings, which report names then, and every report, to the disk but under no name that anybody looks for. */
RQ_MUST_USE enum rq_status rq_report_files_write(struct rq_report_files *files, struct rq_report *report, struct rq_error *err);
/* Lets them appear. Before the first one does, those of an earlier run go: who is killed between leaves no older verdict beside a new one. Where one
 * cannot appear, those that have are taken back. A file that another job has put in their place meanwhile stays. */
RQ_MUST_USE enum rq_status rq_report_files_publish(struct rq_report_files *files, struct rq_error *err);
/* Those that have appeared go again: something else that was to appear with them could not. */
void rq_report_files_take_back(struct rq_report_files *files);
/* Of a run without a verdict: an earlier run's reports and rankings go, all that can, so that nobody takes them for this one's; what another job has
 * put there meanwhile stays. */
RQ_MUST_USE enum rq_status rq_report_files_withdraw(struct rq_report_files *files, struct rq_error *err);
/* After that: writes what failed, and why it ended where the report says so (`watched`: also for those that watch the job), and lets it appear. */
RQ_MUST_USE enum rq_status rq_report_files_publish_end(struct rq_report_files *files, const struct rq_report *report, bool watched, struct rq_error *err);
void rq_report_files_release(struct rq_report_files *files);

rq_json *rq_reports_schema(void);

#endif
