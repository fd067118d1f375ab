/* Other machines, as the files below /proc and /sys that they would show. */
#include "evalcore/base/machine.h"

#include "evalcore/base/file.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static char root[32];
static struct rq_machine machine;

static void set_up(void)
{
	strcpy(root, "/tmp/rqgate-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void tear_down(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

static void put(const char *path, const char *text)
{
	struct rq_arena arena = {0};
	struct rq_error err = {0};
	const char *whole = rq_arena_printf(&arena, "%s%s", root, path);

	ck_assert_int_eq(rq_make_folders(rq_path_folder(&arena, whole), &err), RQ_OK);
	ck_assert_msg(rq_file_write(whole, text, strlen(text), &err) == RQ_OK, "%s", err.text);
	rq_arena_release(&arena);
}

/* Eight cores, 16 GB of which 8 are available. */
static void put_host(void)
{
	put("/sys/devices/system/cpu/online", "0-7\n");
	put("/proc/self/status", "Name:\trqgate\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\nMems_allowed_list:\t0\n");
	put("/proc/meminfo", "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\nSwapCached:            5 "
	                     "kB\nSwapTotal:       2000000 kB\nSwapFree:        1500000 kB\n");
}

START_TEST(nothing_told_is_nothing_known)
{
	rq_machine_read(&machine, root);
	ck_assert_str_eq(machine.features, "");
	ck_assert_int_eq(machine.cores, 0);
	ck_assert_int_eq(machine.cores_allowed, 0);
	ck_assert_int_eq(rq_machine_cores(&machine), 1);
	ck_assert_double_eq(machine.cpu_quota, 0);
	ck_assert_double_eq(machine.load, -1);
	ck_assert_uint_eq(rq_machine_memory_left(&machine), 0);
	ck_assert_str_eq(machine.clock_source, "");
}
END_TEST

START_TEST(a_host_without_control_groups)
{
	put_host();
	put("/proc/loadavg", "3.25 1.00 0.50 4/114 10839\n");
	put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
	rq_machine_read(&machine, root);
	ck_assert_int_eq(machine.cores, 8);
	ck_assert_int_eq(machine.cores_allowed, 8);
	ck_assert_int_eq(rq_machine_cores(&machine), 8);
	ck_assert_uint_eq(machine.memory_total, UINT64_C(16384000000));
	ck_assert_uint_eq(rq_machine_memory_left(&machine), UINT64_C(8192000000));
	ck_assert_uint_eq(machine.swap_total - machine.swap_free, UINT64_C(512000000));
	ck_assert_uint_eq(machine.memory_limit, 0);
	ck_assert_double_eq(machine.load, 3.25);
	ck_assert_str_eq(machine.clock_source, "hpet");
}
END_TEST

START_TEST(features_of_x86)
{
	put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu sse4_2 avx fma avx2 avx512f avx512_vnni "
	                     "avx512_bf16x\n\nprocessor\t: 1\nflags\t\t: amx_tile\n");
	rq_machine_read(&machine, root);
	ck_assert_str_eq(machine.features, "sse4_2 avx avx2 fma avx512f avx512_vnni");
	ck_assert(rq_machine_has(&machine, "avx512_vnni"));
	ck_assert(rq_machine_has(&machine, "avx"));
	ck_assert(!rq_machine_has(&machine, "avx512"));
	ck_assert(!rq_machine_has(&machine, "amx_tile"));
}
END_TEST

START_TEST(features_of_arm64)
{
	put("/proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 243.75\nFeatures\t: fp asimd evtstrm aes asimddp sve i8mm bf16\nCPU implementer\t: 0x41\n");
	rq_machine_read(&machine, root);
	ck_assert_str_eq(machine.features, "asimd asimddp i8mm bf16 sve");
}
END_TEST

START_TEST(core_lists)
{
	static const struct {
		const char *online, *allowed;
		int cores, usable;
	} cases[] = {
		{"0-3\n", "0,2-3\n", 4, 3}, {"0\n", "0\n", 1, 1},      {"0-63\n", "0-127\n", 64, 64}, /* a mask may name cores that are not there */
		{"0-1,4-5,9\n", "4\n", 5, 1}, {"3-1\n", "0\n", 0, 1}, {"what\n", "0-1\n", 0, 2},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char status[64];
		snprintf(status, sizeof status, "Cpus_allowed_list:\t%s", cases[i].allowed);
		put("/sys/devices/system/cpu/online", cases[i].online);
		put("/proc/self/status", status);
		rq_machine_read(&machine, root);
		ck_assert_msg(machine.cores == cases[i].cores && rq_machine_cores(&machine) == cases[i].usable, "%s: %d, %d", cases[i].online,
		              machine.cores, rq_machine_cores(&machine));
	}
}
END_TEST

START_TEST(version_2_of_control_groups)
{
	put_host();
	put("/proc/self/cgroup", "0::/kubepods/pod1/box\n");
	put("/sys/fs/cgroup/kubepods/pod1/box/cpu.max", "max 100000\n");
	put("/sys/fs/cgroup/kubepods/pod1/cpu.max", "250000 100000\n"); /* the level above is the one that limits */
	put("/sys/fs/cgroup/kubepods/cpu.max", "600000 100000\n");
	put("/sys/fs/cgroup/kubepods/pod1/box/memory.max", "max\n");
	put("/sys/fs/cgroup/kubepods/pod1/memory.max", "4000000000\n");
	put("/sys/fs/cgroup/kubepods/pod1/memory.current", "3000000000\n");
	put("/sys/fs/cgroup/kubepods/pod1/memory.stat", "anon 1\nactive_file 7\ninactive_file 500000000\n");
	rq_machine_read(&machine, root);
	ck_assert_double_eq(machine.cpu_quota, 2.5);
	ck_assert_int_eq(rq_machine_cores(&machine), 3);
	ck_assert_uint_eq(machine.memory_limit, UINT64_C(4000000000));
	ck_assert_uint_eq(rq_machine_memory_left(&machine), UINT64_C(1500000000));
}
END_TEST

START_TEST(a_container_sees_its_group_as_the_root)
{
	put_host();
	put("/proc/self/cgroup", "0::/\n");
	put("/sys/fs/cgroup/cpu.max", "50000 100000\n");
	put("/sys/fs/cgroup/memory.max", "1000000000\n");
	put("/sys/fs/cgroup/memory.current", "1200000000\n"); /* over its limit for a moment */
	rq_machine_read(&machine, root);
	ck_assert_double_eq(machine.cpu_quota, .5);
	ck_assert_int_eq(rq_machine_cores(&machine), 1);
	ck_assert_uint_eq(machine.memory_limit, UINT64_C(1000000000));
	ck_assert_uint_eq(rq_machine_memory_left(&machine), 0);
}
END_TEST

START_TEST(version_1_of_control_groups)
{
	put_host();
	put("/proc/self/cgroup", "9:name=systemd:/\n4:memory:/docker/1a2b\n1:cpu,cpuacct:/docker/1a2b\n0::/\n");
	put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "200000\n"); /* the path is the host's, the mount is the container's */
	put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "2000000000\n");
	put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "700000000\n");
	put("/sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 200000000\n");
	rq_machine_read(&machine, root);
	ck_assert_double_eq(machine.cpu_quota, 2);
	ck_assert_int_eq(rq_machine_cores(&machine), 2);
	ck_assert_uint_eq(rq_machine_memory_left(&machine), UINT64_C(1500000000));
}
END_TEST

START_TEST(control_groups_without_limits)
{
	put_host();
	put("/proc/self/cgroup", "4:memory:/a\n1:cpu:/\n0::/\n");
	put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
	put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
	put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
	put("/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "5108248576\n");
	rq_machine_read(&machine, root);
	ck_assert_double_eq(machine.cpu_quota, 0);
	ck_assert_uint_eq(machine.memory_limit, 0);
	ck_assert_uint_eq(rq_machine_memory_left(&machine), UINT64_C(8192000000));
}
END_TEST

START_TEST(what_the_process_holds_and_who_waits)
{
	ck_assert_uint_eq(rq_memory_held(root), 0);
	ck_assert_double_eq(rq_crowding(root), 1);
	put("/proc/self/status", "VmRSSx:\t9 kB\nVmRSS:\t   12000 kB\n");
	put("/proc/stat", "cpu  1 2 3\nintr 5 6\nprocs_running 20\nprocs_blocked 1\n");
	ck_assert_uint_eq(rq_memory_held(root), UINT64_C(12288000));
	ck_assert_double_eq(rq_crowding(root), 1); /* of how many cores is not told */
	put("/sys/devices/system/cpu/online", "0-7\n");
	ck_assert_double_eq(rq_crowding(root), 2.5);
	put("/proc/stat", "procs_running 3\n");
	ck_assert_double_eq(rq_crowding(root), 1);
	put("/proc/stat", "procs_running");
	ck_assert_double_eq(rq_crowding(root), 1);
}
END_TEST

START_TEST(nonsense_in_the_files)
{
	put_host();
	put("/proc/meminfo", "MemTotal: much kB\nMemAvailable:\nSwapTotal");
	put("/proc/self/cgroup", "0:\nxyz\n");
	put("/proc/loadavg", "high\n");
	put("/proc/cpuinfo", "flags");
	rq_machine_read(&machine, root);
	ck_assert_uint_eq(machine.memory_total, 0);
	ck_assert_double_eq(machine.load, -1);
	ck_assert_str_eq(machine.features, "");
}
END_TEST

START_TEST(this_machine)
{
	rq_machine_read(&machine, "");
	ck_assert_int_ge(rq_machine_cores(&machine), 1);
#ifdef __linux__
	ck_assert_int_ge(machine.cores, machine.cores_allowed);
	ck_assert_uint_gt(machine.memory_total, machine.memory_available);
	ck_assert_uint_gt(rq_machine_memory_left(&machine), 0);
	ck_assert_uint_gt(rq_memory_held(""), 0);
	ck_assert_uint_lt(rq_memory_held(""), machine.memory_total);
	ck_assert_double_ge(rq_crowding(""), 1);
#endif
}
END_TEST

Suite *machine_suite(void)
{
	Suite *suite = suite_create("machine");
	TCase *tests = tcase_create("machine");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, nothing_told_is_nothing_known);
	tcase_add_test(tests, a_host_without_control_groups);
	tcase_add_test(tests, features_of_x86);
	tcase_add_test(tests, features_of_arm64);
	tcase_add_test(tests, core_lists);
	tcase_add_test(tests, version_2_of_control_groups);
	tcase_add_test(tests, a_container_sees_its_group_as_the_root);
	tcase_add_test(tests, version_1_of_control_groups);
	tcase_add_test(tests, control_groups_without_limits);
	tcase_add_test(tests, what_the_process_holds_and_who_waits);
	tcase_add_test(tests, nonsense_in_the_files);
	tcase_add_test(tests, this_machine);
	suite_add_tcase(suite, tests);
	return suite;
}
