#include "evalcore/base/ids.h"
#include "evalcore/base/memory.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(an_arena_gives_zeroed_aligned_room_of_any_size)
{
	struct rq_arena arena = {0};

	for (size_t size = 0; size < 200000; size = size * 3 + 1) {
		char *room = rq_arena_alloc(&arena, size, 1);
		ck_assert_ptr_nonnull(room);
		ck_assert_uint_eq((uintptr_t)room % 16, 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_int_eq(room[i], 0);
		memset(room, 0xAA, size);
	}
	ck_assert_ptr_null(rq_arena_alloc(&arena, SIZE_MAX / 2, 3));
	ck_assert_str_eq(rq_arena_printf(&arena, "%s-%d", "a", 5), "a-5");
	rq_arena_release(&arena);
}
END_TEST

START_TEST(a_buffer_keeps_its_maximum_and_remembers_failing)
{
	struct rq_buf buf = {.maximum = 5};
	struct rq_error err = {0};

	rq_buf_puts(&buf, "12345");
	ck_assert_int_eq(rq_buf_check(&buf, &err), RQ_OK);
	rq_buf_puts(&buf, "6");
	rq_buf_printf(&buf, "%d", 7);
	ck_assert_str_eq(buf.data, "12345");
	ck_assert_int_eq(rq_buf_check(&buf, &err), RQ_E_DATA);
	rq_buf_release(&buf);
}
END_TEST

START_TEST(ids_are_numbered_in_order_of_first_sight)
{
	struct rq_ids ids = {0};
	char name[16];
	bool added;

	ck_assert_uint_eq(rq_ids_find(&ids, "d0", 2), RQ_ID_NONE);
	for (unsigned i = 0; i < 10000; i++) {
		int length = snprintf(name, sizeof name, "d%u", i);
		ck_assert_uint_eq(rq_ids_add(&ids, name, (size_t)length, &added), i);
		ck_assert(added);
	}
	ck_assert_uint_eq(rq_ids_add(&ids, "d77", 3, &added), 77);
	ck_assert(!added);
	ck_assert_uint_eq(rq_ids_find(&ids, "d9999x", 5), 9999);
	ck_assert_uint_eq(rq_ids_find(&ids, "d9999x", 6), RQ_ID_NONE);
	ck_assert_str_eq(ids.names[4321], "d4321");
	rq_ids_release(&ids);
}
END_TEST

Suite *memory_suite(void)
{
	Suite *suite = suite_create("memory");
	TCase *tests = tcase_create("memory");

	tcase_add_test(tests, an_arena_gives_zeroed_aligned_room_of_any_size);
	tcase_add_test(tests, a_buffer_keeps_its_maximum_and_remembers_failing);
	tcase_add_test(tests, ids_are_numbered_in_order_of_first_sight);
	suite_add_tcase(suite, tests);
	return suite;
}
