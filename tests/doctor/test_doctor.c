/* Facts of other machines in, findings out. */
#include "evalcore/doctor/cache_facts.h"

#include "evalcore/base/file.h"
#include "evalcore/pipeline/cache.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rq_facts facts;
static struct rq_diagnosis diagnosis;

/* A machine that nothing is wrong with; tests then change a fact or two. */
static void set_up(void)
{
	facts = (struct rq_facts){
		.cpu = "A CPU",
		.architecture = "x86_64",
		.machine = {.features = "sse4_2 avx avx2 fma avx512f",
	                .cores = 8,
	                .cores_allowed = 8,
	                .memory_total = 16000000000,
	                .memory_available = 8000000000,
	                .load = 1,
	                .clock_source = "tsc"},
		.blas = "OpenBLAS 0.3.21",
		.best_kernel = "SkylakeX",
		.blas_threading = RQ_BLAS_OPENMP,
		.kernel = "SkylakeX",
		.rate = 100,
		.rate_of_all = 790,
		.rate_threads = 8,
		.asked_count = 2,
		.other_count = 2,
		.others = {{"Haswell", 60}, {"Zen", 55}},
		.faiss = "FAISS 1.7.3",
		.faiss_options = "OPTIMIZE AVX2",
		.threads = 8,
		.here = {.at = ".", .filesystem = "ext4", .sized = true, .size = 100000000000, .left = 50000000000},
		.cache_folder = {.at = ".", .missing = true, .filesystem = "ext4", .sized = true, .size = 100000000000, .left = 50000000000},
		.cache_path = ".rqgate/cache",
		.clock_step = 2e-8,
		.clock_cost = 2.2e-8,
	};
}

static const struct rq_finding *finding_of(const char *check)
{
	rq_diagnose(&diagnosis, &facts);
	for (size_t i = 0; i < RQ_CHECKS; i++)
		if (strcmp(rq_checks[i]->name, check) == 0)
			return &diagnosis.findings[i];
	ck_abort_msg("no check \"%s\"", check);
}

/* The finding of one check, word for word, and that no other check complains. */
static void expect(const char *check, enum rq_finding_level level, const char *text, const char *remedy)
{
	const struct rq_finding *finding = finding_of(check);

	ck_assert_str_eq(finding->text, text);
	ck_assert_str_eq(finding->remedy, remedy);
	ck_assert_str_eq(rq_finding_level_name(finding->level), rq_finding_level_name(level));
	ck_assert_uint_eq(diagnosis.counts[RQ_FINDING_OK], RQ_CHECKS - (level != RQ_FINDING_OK));
	ck_assert_int_eq(diagnosis.exit_code, level >= RQ_FINDING_WARNING);
}

static void expect_value(const char *check, const char *value)
{
	ck_assert_str_eq(finding_of(check)->value, value);
}

START_TEST(every_check_is_explained)
{
	for (size_t i = 0; i < RQ_CHECKS; i++) {
		ck_assert_str_ne(rq_checks[i]->help, "");
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(rq_checks[i]->name, rq_checks[j]->name);
	}
	ck_assert_ptr_null(rq_checks[RQ_CHECKS]);
}
END_TEST

START_TEST(nothing_is_wrong)
{
	rq_diagnose(&diagnosis, &facts);
	for (size_t i = 0; i < RQ_CHECKS; i++) {
		ck_assert_msg(diagnosis.findings[i].level == RQ_FINDING_OK, "%s: %s", rq_checks[i]->name, diagnosis.findings[i].text);
		ck_assert_str_ne(diagnosis.findings[i].value, "");
		ck_assert_str_ne(diagnosis.findings[i].text, "");
		ck_assert_str_eq(diagnosis.findings[i].remedy, "");
	}
	ck_assert_int_eq(diagnosis.exit_code, 0);
	ck_assert_str_eq(diagnosis.sentence, "15 checks: 0 problems, 0 warnings, 0 notes");
}
END_TEST

START_TEST(a_system_that_tells_nothing)
{
	facts.machine = (struct rq_machine){.load = -1};
	facts.here = facts.cache_folder = (struct rq_folder_facts){.at = "."};
	facts.faiss_options[0] = '\0';
	facts.architecture = "unknown architecture";
	facts.best_kernel = NULL;
	facts.asked_count = facts.other_count = 0;
	rq_diagnose(&diagnosis, &facts);
	ck_assert_str_eq(diagnosis.sentence, "15 checks: 0 problems, 0 warnings, 0 notes");
	expect_value("memory", "unknown");
	expect_value("load", "unknown");
	expect_value("cores", "unknown");
}
END_TEST

START_TEST(the_cpu)
{
	strcpy(facts.machine.features, "sse4_2 avx");
	expect("cpu", RQ_FINDING_NOTE,
	       "this CPU, or the virtual machine around it, has no AVX2 with FMA: searching and fitting take several times longer than they need to",
	       "run on a CPU with AVX2, or let the virtual machine pass the host's CPU on (QEMU: -cpu host)");
	strcpy(facts.machine.features, "asimd sve");
	facts.architecture = "arm64";
	expect("cpu", RQ_FINDING_OK, "the portable kernels serve on this architecture", "");
	expect_value("cpu", "A CPU (arm64): asimd sve");
}
END_TEST

START_TEST(fewer_cores_than_there_are)
{
	facts.machine.cores_allowed = facts.threads = 4;
	expect("cores", RQ_FINDING_NOTE, "the affinity mask keeps this process to 4 of 8 cores",
	       "widen the mask (taskset, cpuset) if runs take too long");
	facts.machine.cpu_quota = 1.5;
	facts.threads = 2;
	expect("cores", RQ_FINDING_NOTE, "the CPU quota of the control group keeps this process to 1.5 of 8 cores",
	       "give the container or job a larger CPU limit if runs take too long");
	expect_value("cores", "1.5 of 8 usable (control group)");
}
END_TEST

START_TEST(a_slow_kernel)
{
	facts.kernel = "Prescott";
	facts.rate = 20;
	facts.others[2] = (struct rq_kernel_rate){"SkylakeX", 100};
	facts.asked_count = facts.other_count = 3;
	expect("blas-kernel", RQ_FINDING_WARNING,
	       "OpenBLAS runs Prescott, which multiplies matrices 5.0 times slower than SkylakeX: fitting lsa, and training and flat search in FAISS, "
	       "take longer",
	       "export OPENBLAS_CORETYPE=SkylakeX");
	expect_value("blas-kernel", "OpenBLAS 0.3.21, Prescott: 20 GFLOP/s a core, 790 on 8 threads just now; others: Haswell 60, Zen 55, SkylakeX 100");
	facts.asked_kernel = "Prescott";
	expect("blas-kernel", RQ_FINDING_WARNING,
	       "OPENBLAS_CORETYPE=Prescott makes products of matrices 5.0 times slower than SkylakeX does: fitting lsa, and training and flat search "
	       "in FAISS, take longer",
	       "unset OPENBLAS_CORETYPE, and rqgate picks a fast kernel by itself");
	facts.others[0].rate = 130; /* rqgate would not pick this one */
	expect("blas-kernel", RQ_FINDING_WARNING,
	       "OPENBLAS_CORETYPE=Prescott makes products of matrices 6.5 times slower than Haswell does: fitting lsa, and training and flat search in "
	       "FAISS, take longer",
	       "export OPENBLAS_CORETYPE=Haswell");
	facts.others[0].rate = 105; /* about as fast: the simpler remedy */
	ck_assert_str_eq(finding_of("blas-kernel")->remedy, "unset OPENBLAS_CORETYPE, and rqgate picks a fast kernel by itself");
}
END_TEST

START_TEST(a_kernel_is_slow_from_a_fifth_on)
{
	facts.others[0].rate = 124;
	expect("blas-kernel", RQ_FINDING_OK, "no other kernel is much faster on this CPU", "");
	facts.others[0].rate = 126;
	ck_assert_int_eq(finding_of("blas-kernel")->level, RQ_FINDING_WARNING);
	facts.asked_count = facts.other_count = 0;
	expect("blas-kernel", RQ_FINDING_OK, "there is no other kernel to compare it with here", "");
}
END_TEST

START_TEST(kernels_that_do_not_answer)
{
	facts.other_count = 0; /* though two were asked */
	expect("blas-kernel", RQ_FINDING_NOTE, "the other kernels for this CPU could not be measured: whether one of them is faster is not known",
	       "run rqgate doctor again, where /proc is mounted and processes can be started");
	facts.kernel = "Prescott";
	expect("blas-kernel", RQ_FINDING_WARNING,
	       "OpenBLAS runs Prescott, which leaves instructions of this CPU idle that SkylakeX uses (their speed could not be compared): fitting lsa, and "
	       "training and flat search in FAISS, take longer",
	       "export OPENBLAS_CORETYPE=SkylakeX");
	facts.asked_kernel = "Prescott";
	ck_assert_str_eq(finding_of("blas-kernel")->remedy, "unset OPENBLAS_CORETYPE, and rqgate picks a fast kernel by itself");
	facts.asked_kernel = "Sapphirerapids"; /* which OpenBLAS lacks: the slow kernel matters more */
	ck_assert_int_eq(finding_of("blas-kernel")->level, RQ_FINDING_WARNING);
	facts.best_kernel = NULL; /* no opinion on this architecture */
	ck_assert_int_eq(finding_of("blas-kernel")->level, RQ_FINDING_NOTE);
}
END_TEST

START_TEST(a_kernel_that_openblas_lacks)
{
	facts.asked_kernel = "Sapphirerapids";
	expect("blas-kernel", RQ_FINDING_NOTE, "OPENBLAS_CORETYPE=Sapphirerapids has no effect: this OpenBLAS runs SkylakeX instead",
	       "unset OPENBLAS_CORETYPE");
	facts.asked_kernel = "skylakex";
	expect("blas-kernel", RQ_FINDING_OK, "no other kernel is much faster on this CPU", "");
}
END_TEST

START_TEST(flavours_of_openblas)
{
	static const char remedy[] =
		"install OpenBLAS's OpenMP flavour (Debian, Ubuntu: libopenblas-openmp-dev; Fedora: openblas-devel), then configure a new build folder";

	facts.blas_threading = RQ_BLAS_PTHREAD;
	expect(
		"blas-threads", RQ_FINDING_WARNING,
		"OpenBLAS has threads of its own (pthread), which spin against FAISS's OpenMP threads: flat search in FAISS takes up to 1.9 times longer",
		remedy);
	facts.blas_threading = RQ_BLAS_SEQUENTIAL;
	expect("blas-threads", RQ_FINDING_WARNING, "OpenBLAS is built without threads: flat search and training in FAISS multiply on one core", remedy);
}
END_TEST

START_TEST(how_faiss_was_compiled)
{
	strcpy(facts.faiss_options, "OPTIMIZE GENERIC");
	expect("faiss", RQ_FINDING_WARNING,
	       "FAISS was compiled for SSE2 alone, as distributions do, but this CPU has AVX2: searching an HNSW graph takes about three times longer",
	       "run ci/setup, which builds FAISS for this CPU in about a minute, then configure a new build folder");
	strcpy(facts.faiss_options, "GENERIC");
	expect("faiss", RQ_FINDING_WARNING, "FAISS was compiled without optimisation: searches and builds take many times longer",
	       "run ci/setup, which builds it with optimisation, or build it with -DCMAKE_BUILD_TYPE=Release; then configure a new build folder");
	strcpy(facts.faiss_options, "OPTIMIZE AVX512");
	expect("faiss", RQ_FINDING_OK, "FAISS was compiled for AVX2", "");
	strcpy(facts.faiss_options, "OPTIMIZE GENERIC");
	strcpy(facts.machine.features, "sse4_2"); /* nothing to gain; that is the CPU's finding */
	ck_assert_str_eq(finding_of("faiss")->text, "FAISS was compiled for this kind of CPU");
}
END_TEST

START_TEST(threads_and_cores)
{
	facts.threads = 12;
	facts.omp_num_threads = "12";
	expect("threads", RQ_FINDING_WARNING, "12 threads share 8 cores: they wait for each other, and measured latencies mean little",
	       "export OMP_NUM_THREADS=8, or run with --threads 8");
	expect_value("threads", "12, OMP_NUM_THREADS=12");
	facts.threads = 2;
	facts.omp_num_threads = "2";
	expect("threads", RQ_FINDING_NOTE, "6 of 8 usable cores stay idle", "unset OMP_NUM_THREADS, or run with --threads 8");
	facts.threads = 8;
	facts.threads = 12;
	facts.machine.cpu_quota = 7.5; /* eight cores, rounded up, as without it */
	ck_assert_str_eq(finding_of("threads")->text, "12 threads share 8 cores: they wait for each other, and measured latencies mean little");
	facts.threads = 8;
	facts.machine.cpu_quota = 1;
	ck_assert_str_eq(finding_of("threads")->text, "8 threads share 1 core (the control group's quota, which OpenMP does not see): they wait for "
	                                              "each other, and measured latencies mean little");
}
END_TEST

START_TEST(settings_of_threads)
{
	facts.omp_wait_policy = "ACTIVE";
	ck_assert_int_eq(finding_of("thread-settings")->level, RQ_FINDING_OK);
	facts.threads = 9;
	ck_assert_str_eq(finding_of("thread-settings")->text, "OMP_WAIT_POLICY=ACTIVE makes idle threads spin on cores that others need: with more "
	                                                      "threads than cores, searches take about twice as long");
	ck_assert_str_eq(finding_of("thread-settings")->remedy, "export OMP_WAIT_POLICY=passive");
	facts.threads = 8;
	facts.omp_wait_policy = NULL;
	facts.omp_proc_bind = "false";
	ck_assert_int_eq(finding_of("thread-settings")->level, RQ_FINDING_OK);
	facts.omp_proc_bind = "close";
	expect("thread-settings", RQ_FINDING_NOTE,
	       "OMP_PROC_BIND=close ties threads to cores: two runs at once get the same cores while others stay idle",
	       "unset OMP_PROC_BIND where runs share a machine");
	facts.openblas_num_threads = "4";
	expect("thread-settings", RQ_FINDING_NOTE, "OPENBLAS_NUM_THREADS has no effect: OpenBLAS uses OpenMP's threads",
	       "set OMP_NUM_THREADS, or run with --threads");
	expect_value("thread-settings", "OMP_WAIT_POLICY unset, OMP_PROC_BIND close, OPENBLAS_NUM_THREADS 4");
}
END_TEST

START_TEST(load_of_the_machine)
{
	facts.machine.load = 20;
	expect("load", RQ_FINDING_NOTE, "other work wants 2.5 times the cores of this machine: runs take longer, and measured latencies mean little",
	       "wait until it has ended, use fewer --threads, or take gates on latency to a quiet machine");
	facts.machine.load = 8;
	expect("load", RQ_FINDING_OK, "the machine has cores to spare", "");
}
END_TEST

START_TEST(memory_left)
{
	/* 8 GB / 2 sides / 1,552 bytes a row; 3,360 with a graph */
	expect_value("memory", "8.0 GB left of 16 GB: room for 2.6 million rows x 384 exact, 1.2 million in HNSW32");
	facts.machine.memory_available = 300000000;
	expect("memory", RQ_FINDING_WARNING, "300 MB of memory are left: a run over more than some ten thousand documents may be killed or swap",
	       "end other programs, or use a machine with more memory");
	facts.machine.memory_available = 8000000000;
	facts.machine.memory_limit = 2000000000;
	facts.machine.memory_left = 0;
	expect("memory", RQ_FINDING_WARNING, "0 B of memory are left: a run over more than some ten thousand documents may be killed or swap",
	       "raise the memory limit of the container or job");
	expect_value("memory", "0 B left of 16 GB, control group 2.0 GB: room for 0 thousand rows x 384 exact, 0 thousand in HNSW32");
}
END_TEST

START_TEST(limits_of_the_shell)
{
	facts.address_space = 4000000000;
	expect("memory-limits", RQ_FINDING_NOTE,
	       "the shell limits the address space to 4.0 GB of the memory that is left, 8.0 GB: a run that needs more ends with \"out of memory\"",
	       "ulimit -v unlimited");
	facts.data_size = 100000000;
	expect("memory-limits", RQ_FINDING_WARNING,
	       "the shell limits the data size to 100 MB of the memory that is left, 8.0 GB: a run that needs more ends with \"out of memory\"",
	       "ulimit -d unlimited");
	facts.address_space = 9000000000;
	facts.data_size = 0;
	expect("memory-limits", RQ_FINDING_OK, "the shell's limit is beyond the memory that is left", "");
}
END_TEST

START_TEST(swap_in_use)
{
	facts.machine.swap_total = 20000000000;
	facts.machine.swap_free = 19500000000;
	expect("swap", RQ_FINDING_OK, "little or nothing is swapped out", "");
	facts.machine.swap_free = 18000000000;
	expect("swap", RQ_FINDING_NOTE, "2.0 GB are swapped out: memory was short, and a search whose rows are on disk takes a thousand times longer",
	       "end what fills the memory, or use a machine with more");
	facts.machine.swap_free = 10000000000;
	expect("swap", RQ_FINDING_WARNING,
	       "10 GB are swapped out, more than there is memory left: memory was short, and a search whose rows are on disk takes a thousand times "
	       "longer",
	       "end what fills the memory, or use a machine with more");
}
END_TEST

START_TEST(the_current_folder)
{
	expect_value("folder", "., ext4, 50 GB left of 100 GB");
	facts.here.left = 900000000;
	expect("folder", RQ_FINDING_WARNING, "the disk of the current folder has 900 MB left: indexes and embeddings may not fit",
	       "free some space, or use a folder on another disk");
	facts.here.left = 0;
	expect("folder", RQ_FINDING_PROBLEM, "the disk of the current folder has 0 B left: nothing of size can be written",
	       "free some space, or use a folder on another disk");
	facts.here.write_error = EROFS;
	expect("folder", RQ_FINDING_NOTE, "nothing can be written here (Read-only file system): reports and a cache need other folders",
	       "change to a folder of yours, or name others in \"reports\" and with --cache");
}
END_TEST

START_TEST(the_folder_of_the_cache)
{
	expect_value("cache-folder", ".rqgate/cache (not there yet), ext4, 50 GB left of 100 GB");
	facts.cache_folder.medium = RQ_MEDIUM_MEMORY;
	strcpy(facts.cache_folder.filesystem, "tmpfs");
	expect("cache-folder", RQ_FINDING_NOTE, "the cache lies on tmpfs: it takes memory from the runs and is gone after a restart",
	       "--cache DIR with a folder on a disk");
	facts.cache_folder.medium = RQ_MEDIUM_NETWORK;
	strcpy(facts.cache_folder.filesystem, "nfs");
	expect("cache-folder", RQ_FINDING_WARNING,
	       "the cache lies on nfs, a file system behind a network or another process: reading an index from it may take longer than building it",
	       "--cache DIR with a folder on a local disk");
	facts.cache_folder.lock_error = ENOLCK;
	expect("cache-folder", RQ_FINDING_WARNING,
	       "the cache's folder cannot be locked (No locks available): two runs at once may embed the same texts twice",
	       "--cache DIR with a folder on a local disk");
	facts.cache_folder.sync_error = EINVAL;
	expect("cache-folder", RQ_FINDING_WARNING,
	       "files in the cache cannot be synced (Invalid argument): a crash of the machine may leave them empty", "use a folder on a local disk");
	facts.cache_folder.write_error = EACCES;
	expect("cache-folder", RQ_FINDING_WARNING,
	       "nothing can be written to the cache (Permission denied): what is there serves runs, what is new is made again each time",
	       "--cache DIR with a folder of yours");
}
END_TEST

START_TEST(what_the_cache_holds)
{
	expect_value("cache", "none yet");
	facts.cache = (struct rq_cache_facts){.present = true,
	                                      .kind_count = 2,
	                                      .kinds = {{"embeddings", 1, 1500}, {"index", 2, 40000000}},
	                                      .entries = 3,
	                                      .bytes = 40001500,
	                                      .checked = true};
	expect("cache", RQ_FINDING_OK, "every entry is whole", "");
	expect_value("cache", "3 entries, 40 MB: embeddings 1.5 kB, index 40 MB");
	facts.cache.checked = false;
	expect("cache", RQ_FINDING_OK, "too large to be read here; \"rqgate cache verify\" compares its checksums", "");
	facts.cache.leftovers = 2;
	facts.cache.leftover_bytes = 3000000;
	expect("cache", RQ_FINDING_NOTE, "2 files of interrupted writes take 3.0 MB", "rqgate cache verify --remove --cache \".rqgate/cache\"");
	facts.cache.damaged = 2;
	expect("cache", RQ_FINDING_WARNING,
	       "damaged entries: 2 of 3; a run makes them anew, but the disk, or what copies the cache, loses data",
	       "rqgate cache verify --remove --cache \".rqgate/cache\", then look into the disk or the CI step that keeps the cache");
	char path[400];
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	facts.cache_path = path; /* too long for the sentence: a part of it would be another folder */
	ck_assert_str_eq(finding_of("cache")->remedy,
	                 "rqgate cache verify --remove with this --cache, then look into the disk or the CI step that keeps the cache");
	path[180] = '\0';
	ck_assert_ptr_nonnull(strstr(finding_of("cache")->remedy, path));
	facts.cache_path = ".rqgate/cache";
	strcpy(facts.cache.refusal, "\"src\": is no cache of rqgate");
	expect("cache", RQ_FINDING_WARNING, "\"src\": is no cache of rqgate: every run embeds, builds and searches anew",
	       "--cache DIR with a cache of rqgate, or with a folder that is empty or not there yet");
}
END_TEST

START_TEST(the_clock)
{
	expect_value("clock", "tsc, steps of 20 ns, 22 ns to read");
	strcpy(facts.machine.clock_source, "hpet");
	facts.clock_step = facts.clock_cost = 1.4e-6; /* two readings are never nearer than one takes */
	expect("clock", RQ_FINDING_NOTE, "the clock takes 1.4 microseconds to read, which is part of each measured latency",
	       "measure latencies on a machine whose clock source is tsc, kvm-clock or arch_sys_counter");
	facts.clock_step = .004;
	expect("clock", RQ_FINDING_WARNING, "the clock moves in steps of 4 ms: the latency of one query cannot be measured",
	       "measure latencies on another machine, and leave gates on them out here");
}
END_TEST

START_TEST(several_findings_are_counted)
{
	facts.machine.load = 100;
	facts.blas_threading = RQ_BLAS_PTHREAD;
	facts.threads = 9;
	facts.here.left = 1;
	rq_diagnose(&diagnosis, &facts);
	ck_assert_str_eq(diagnosis.sentence, "15 checks: 1 problem, 2 warnings, 1 note");
	ck_assert_int_eq(diagnosis.exit_code, 1);
}
END_TEST

START_TEST(the_table)
{
	struct rq_buf out = {0};

	facts.machine.load = 16;
	rq_diagnose(&diagnosis, &facts);
	rq_diagnosis_table(&out, &diagnosis);
	ck_assert_ptr_nonnull(strstr(out.data, "ok       threads          8\n"));
	ck_assert_ptr_nonnull(strstr(
		out.data,
		"note     load             16.0 runnable threads on 8 cores in the last minute\n"
		"                          other work wants 2.0 times the cores of this machine: runs take longer, and measured latencies mean little\n"
		"                          remedy: wait until it has ended, use fewer --threads, or take gates on latency to a quiet machine\n"
		"ok       memory "));
	ck_assert_ptr_nonnull(strstr(out.data, "\n\n15 checks: 0 problems, 0 warnings, 1 note\n"));
	rq_buf_release(&out);
}
END_TEST

static void flip_last_byte(const char *path)
{
	FILE *file = fopen(path, "r+b");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, -1, SEEK_END), 0);
	int byte = fgetc(file);
	ck_assert_int_eq(fseek(file, -1, SEEK_END), 0);
	ck_assert_int_ne(fputc(byte ^ 1, file), EOF);
	ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_cache_on_disk)
{
	char folder[] = "/tmp/rqgate-test-XXXXXX", path[96], hex[33], command[64];
	struct rq_cache_facts found;
	struct rq_error err = {0};
	struct rq_cache cache = {.folder = folder};
	struct rq_key key = {1, 2}, other = {3, 4};

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(rq_cache_facts_read(&found, "rqgate-no-such-folder", &err), RQ_OK);
	ck_assert(!found.present && found.refusal[0] == '\0');
	rq_cache_put(&cache, "model", &key, "twelve bytes", 12);
	rq_cache_put(&cache, "index", &key, "one", 3);
	rq_cache_put(&cache, "index", &other, "two", 3);
	ck_assert_int_eq(cache.write_error.status, RQ_OK);
	ck_assert_int_eq(rq_cache_facts_read(&found, folder, &err), RQ_OK);
	ck_assert(found.present && found.checked);
	ck_assert_uint_eq(found.entries, 3);
	ck_assert_uint_eq(found.damaged, 0);
	ck_assert_uint_eq(found.kind_count, 2);
	ck_assert_str_eq(found.kinds[0].name, "model");
	ck_assert_str_eq(found.kinds[1].name, "index");
	ck_assert_uint_eq(found.kinds[1].entries, 2);
	ck_assert_uint_eq(found.kinds[0].bytes + found.kinds[1].bytes, found.bytes);
	rq_key_hex(&other, hex);
	snprintf(path, sizeof path, "%s/index/%s", folder, hex);
	flip_last_byte(path);
	ck_assert_int_eq(rq_cache_facts_read(&found, folder, &err), RQ_OK);
	ck_assert_uint_eq(found.damaged, 1);
	ck_assert(rq_file_exists(path)); /* examining removes nothing */
	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(a_folder_that_is_no_cache)
{
	char folder[] = "/tmp/rqgate-test-XXXXXX", path[96], command[64], expected[160];
	struct rq_cache_facts found;
	struct rq_error err = {0};

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/thesis.txt", folder);
	ck_assert_int_eq(rq_file_write(path, "x", 1, &err), RQ_OK);
	ck_assert_int_eq(rq_cache_facts_read(&found, folder, &err), RQ_OK);
	snprintf(expected, sizeof expected, "\"%s\": is no cache of rqgate (it has no CACHEDIR.TAG that says so, and holds \"thesis.txt\")", folder);
	ck_assert_str_eq(found.refusal, expected);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

Suite *doctor_suite(void)
{
	Suite *suite = suite_create("doctor");
	TCase *tests = tcase_create("doctor");

	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_add_test(tests, every_check_is_explained);
	tcase_add_test(tests, nothing_is_wrong);
	tcase_add_test(tests, a_system_that_tells_nothing);
	tcase_add_test(tests, the_cpu);
	tcase_add_test(tests, fewer_cores_than_there_are);
	tcase_add_test(tests, a_slow_kernel);
	tcase_add_test(tests, a_kernel_is_slow_from_a_fifth_on);
	tcase_add_test(tests, kernels_that_do_not_answer);
	tcase_add_test(tests, a_kernel_that_openblas_lacks);
	tcase_add_test(tests, flavours_of_openblas);
	tcase_add_test(tests, how_faiss_was_compiled);
	tcase_add_test(tests, threads_and_cores);
	tcase_add_test(tests, settings_of_threads);
	tcase_add_test(tests, load_of_the_machine);
	tcase_add_test(tests, memory_left);
	tcase_add_test(tests, limits_of_the_shell);
	tcase_add_test(tests, swap_in_use);
	tcase_add_test(tests, the_current_folder);
	tcase_add_test(tests, the_folder_of_the_cache);
	tcase_add_test(tests, what_the_cache_holds);
	tcase_add_test(tests, the_clock);
	tcase_add_test(tests, several_findings_are_counted);
	tcase_add_test(tests, the_table);
	tcase_add_test(tests, a_cache_on_disk);
	tcase_add_test(tests, a_folder_that_is_no_cache);
	suite_add_tcase(suite, tests);
	return suite;
}
