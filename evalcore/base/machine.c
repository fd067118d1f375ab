/* Reads /proc and /sys. Limits of control groups (cgroups, version 1 and 2) hold on every level above the process's own, and a container may see
 * its group as the root: so each level of the path is looked at, and those that are not there are passed over. */
#include "evalcore/base/machine.h"

#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 4096 };
#define NO_LIMIT (UINT64_C(1) << 60) /* version 1 writes "none" as the largest whole number of pages */

static const char *const features[] = {"sse4_2",   "avx",      "avx2",     "fma",         "f16c",        "avx_vnni", "avx512f",
                                       "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_int8",
                                       "amx_bf16", "asimd",    "asimddp",  "i8mm",        "bf16",        "sve",      "sve2"};

/* The file's text, or NULL. Release it in any case. */
static const char *read_text(struct rq_buf *text, const char *root, const char *folder, const char *name)
{
	char path[2 * PATH];

	if (snprintf(path, sizeof path, "%s%s/%s", root, folder, name) >= (int)sizeof path || rq_file_read(text, path, NULL) != RQ_OK)
		return NULL;
	return text->data;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end == NULL ? NULL : end + 1;
}

/* What stands behind `key` and blanks, colons or tabs on the first line that starts so; NULL: no such line. */
static const char *value_of(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = text; line != NULL; line = next_line(line))
		if (strncmp(line, key, length) == 0 && strchr(" \t:", line[length]) != NULL && line[length] != '\0')
			return line + length + strspn(line + length, " \t:");
	return NULL;
}

static bool read_u64(uint64_t *value, const char *text)
{
	return text != NULL && rq_parse_u64(value, text, strspn(text, "0123456789"));
}

static bool read_number(double *value, const char *text)
{
	return text != NULL && rq_parse_f64(value, text, strspn(text, "-.0123456789"));
}

/* ---- CPU ---- */

static bool has_word(const char *words, size_t length, const char *word)
{
	for (size_t at = 0; at < length;) {
		size_t size = strcspn(words + at, " \n");
		if (size == strlen(word) && memcmp(words + at, word, size) == 0)
			return true;
		at += size + 1;
	}
	return false;
}

bool rq_machine_has(const struct rq_machine *machine, const char *feature)
{
	return has_word(machine->features, strlen(machine->features), feature);
}

static void read_features(struct rq_machine *machine, const char *root)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *info = read_text(&text, root, "/proc", "cpuinfo");
	const char *words = info == NULL ? NULL : value_of(info, "flags"); /* x86 */
	size_t used = 0;

	if (info != NULL && words == NULL)
		words = value_of(info, "Features"); /* arm64 */
	for (size_t i = 0; words != NULL && i < sizeof features / sizeof *features; i++)
		if (has_word(words, strcspn(words, "\n"), features[i]))
			used += (size_t)snprintf(machine->features + used, sizeof machine->features - used, "%s%s", used == 0 ? "" : " ", features[i]);
}

/* "0-3,8,10-11" -> 7; 0 where it is something else. */
static int count_list(const char *list)
{
	uint64_t count = 0;

	while (list != NULL && *list >= '0' && *list <= '9') {
		uint64_t first, last;
		if (!read_u64(&first, list))
			return 0;
		last = first;
		list += strspn(list, "0123456789");
		if (*list == '-' && !read_u64(&last, ++list))
			return 0;
		list += strspn(list, "0123456789");
		if (last < first || last > 1 << 20)
			return 0;
		count += last - first + 1;
		if (*list == ',')
			list++;
	}
	return (int)count;
}

static void read_cores(struct rq_machine *machine, const char *root)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf online = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf status = {0};
	const char *mine = read_text(&status, root, "/proc/self", "status");

	machine->cores = count_list(read_text(&online, root, "/sys/devices/system/cpu", "online"));
	if (machine->cores == 0 && root[0] == '\0') /* no /sys here */
		machine->cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
	machine->cores_allowed = mine == NULL ? 0 : count_list(value_of(mine, "Cpus_allowed_list"));
	if (machine->cores_allowed == 0 || (machine->cores > 0 && machine->cores_allowed > machine->cores))
		machine->cores_allowed = machine->cores;
}

int rq_machine_cores(const struct rq_machine *machine)
{
	int cores = machine->cores_allowed > 0 ? machine->cores_allowed : 1;

	if (machine->cpu_quota > 0 && machine->cpu_quota < cores)
		cores = (int)ceil(machine->cpu_quota);
	return cores;
}

/* ---- control groups ---- */

static void tighten_cpu(struct rq_machine *machine, double cores)
{
	if (cores > 0 && (machine->cpu_quota == 0 || cores < machine->cpu_quota))
		machine->cpu_quota = cores;
}

/* "max 100000" or "150000 100000" */
static void read_cpu_2(struct rq_machine *machine, const char *root, const char *group)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *limit = read_text(&text, root, group, "cpu.max");
	const char *blank = limit == NULL ? NULL : strchr(limit, ' ');
	double quota, period;

	if (blank != NULL && read_number(&quota, limit) && read_number(&period, blank + 1) && period > 0)
		tighten_cpu(machine, quota / period);
}

static void read_cpu_1(struct rq_machine *machine, const char *root, const char *group)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf quota_text = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf period_text = {0};
	double quota, period;

	if (read_number(&quota, read_text(&quota_text, root, group, "cpu.cfs_quota_us")) &&
	    read_number(&period, read_text(&period_text, root, group, "cpu.cfs_period_us")) && period > 0)
		tighten_cpu(machine, quota / period); /* -1 is no limit */
}

struct memory_files {
	const char *limit, *used, *droppable;
};

static const struct memory_files memory_1 = {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"},
                                 memory_2 = {"memory.max", "memory.current", "inactive_file"};

static void read_memory_group(struct rq_machine *machine, const char *root, const char *group, const struct memory_files *files)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf limit_text = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf used_text = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf statistics = {0};
	uint64_t limit, used = 0, droppable = 0;

	/* "max", or a number beyond all memory, is no limit */
	if (!read_u64(&limit, read_text(&limit_text, root, group, files->limit)) || limit >= NO_LIMIT ||
	    (machine->memory_total > 0 && limit >= machine->memory_total))
		return;
	if (!read_u64(&used, read_text(&used_text, root, group, files->used)))
		used = 0;
	const char *rows = read_text(&statistics, root, group, "memory.stat");
	if (rows != NULL && read_u64(&droppable, value_of(rows, files->droppable)))
		used -= droppable < used ? droppable : used;
	uint64_t left = used < limit ? limit - used : 0;
	if (machine->memory_limit == 0 || left < machine->memory_left) {
		machine->memory_limit = limit;
		machine->memory_left = left;
	}
}

static void read_level(struct rq_machine *machine, const char *root, const char *group, const char *controllers)
{
	if (controllers[0] == '\0') {
		read_cpu_2(machine, root, group);
		read_memory_group(machine, root, group, &memory_2);
		return;
	}
	read_cpu_1(machine, root, group);
	read_memory_group(machine, root, group, &memory_1);
}

/* The group at `path` of a hierarchy and all above it. A controller's files are on its own hierarchy alone. */
static void read_groups(struct rq_machine *machine, const char *root, const char *mount, const char *path, const char *controllers)
{
	char group[PATH];
	size_t least = strlen(mount);
	int length = snprintf(group, sizeof group, "%s%s", mount, strcmp(path, "/") == 0 ? "" : path);

	if (length < 0 || length >= (int)sizeof group)
		return;
	for (;;) {
		read_level(machine, root, group, controllers);
		char *slash = strrchr(group, '/');
		if (slash == NULL || (size_t)(slash - group) < least)
			return;
		*slash = '\0';
	}
}

/* Lines "4:memory:/path" (version 1) and "0::/path" (version 2; "unified" where both are in use). */
static void read_control_groups(struct rq_machine *machine, const char *root)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	char mount[PATH], path[PATH], controllers[256];

	for (const char *line = read_text(&text, root, "/proc/self", "cgroup"); line != NULL; line = next_line(line)) {
		const char *first = strchr(line, ':'), *second = first == NULL ? NULL : strchr(first + 1, ':');
		if (second == NULL || second - first > (int)sizeof controllers)
			return;
		snprintf(controllers, sizeof controllers, "%.*s", (int)(second - first - 1), first + 1);
		snprintf(path, sizeof path, "%.*s", (int)strcspn(second + 1, "\n"), second + 1);
		if (controllers[0] == '\0') {
			read_groups(machine, root, "/sys/fs/cgroup", path, controllers);
			read_groups(machine, root, "/sys/fs/cgroup/unified", path, controllers);
			continue;
		}
		snprintf(mount, sizeof mount, "/sys/fs/cgroup/%s", controllers);
		read_groups(machine, root, mount, path, controllers);
	}
}

/* ---- memory, load, clock, of the machine and of this process ---- */

static uint64_t kilobytes(const char *info, const char *key)
{
	uint64_t value;

	return read_u64(&value, value_of(info, key)) && value < UINT64_MAX / 1024 ? value * 1024 : 0;
}

static void read_memory(struct rq_machine *machine, const char *root)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *info = read_text(&text, root, "/proc", "meminfo");

	if (info == NULL)
		return;
	machine->memory_total = kilobytes(info, "MemTotal");
	machine->memory_available = kilobytes(info, "MemAvailable");
	machine->swap_total = kilobytes(info, "SwapTotal");
	machine->swap_free = kilobytes(info, "SwapFree");
}

uint64_t rq_machine_memory_left(const struct rq_machine *machine)
{
	bool limited = machine->memory_limit > 0 && (machine->memory_available == 0 || machine->memory_left < machine->memory_available);

	return limited ? machine->memory_left : machine->memory_available;
}

uint64_t rq_memory_held(const char *root)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *status = read_text(&text, root, "/proc/self", "status");

	return status == NULL ? 0 : kilobytes(status, "VmRSS");
}

double rq_crowding(const char *root)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf online = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	double cores = count_list(read_text(&online, root, "/sys/devices/system/cpu", "online")), runnable;
	const char *statistics = read_text(&text, root, "/proc", "stat");

	return cores > 0 && statistics != NULL && read_number(&runnable, value_of(statistics, "procs_running")) && runnable > cores ? runnable / cores : 1;
}

void rq_machine_read(struct rq_machine *machine, const char *root)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf load = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf clock = {0};

	*machine = (struct rq_machine){.load = -1};
	read_features(machine, root);
	read_cores(machine, root);
	read_memory(machine, root);
	read_control_groups(machine, root); /* after memory: a limit beyond it is none */
	if (!read_number(&machine->load, read_text(&load, root, "/proc", "loadavg")))
		machine->load = -1;
	const char *source = read_text(&clock, root, "/sys/devices/system/clocksource/clocksource0", "current_clocksource");
	if (source != NULL)
		snprintf(machine->clock_source, sizeof machine->clock_source, "%.*s", (int)strcspn(source, "\n"), source);
}
