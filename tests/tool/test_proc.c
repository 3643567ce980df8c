// SPDX-License-Identifier: GPL-2.0-only
/* Local timer interrupts and stolen time out of files as the kernel writes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tools/proc.h"
#include "fake_machine.h"
#include "suite.h"

#define MANY	1400

static char text[1 << 20];

static int file_of(const char *contents)
{
	int fd = memfd_create("proc", MFD_CLOEXEC);
	size_t size = strlen(contents);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, contents, size), size);
	return fd;
}

static uint64_t timer_of(const char *contents, int cpu)
{
	int fd = file_of(contents);
	uint64_t count = __real_interrupts_local_timer(fd, cpu);

	/* It is read anew each time, from its beginning. */
	assert_true(__real_interrupts_local_timer(fd, cpu) == count);
	close(fd);
	return count;
}

static uint64_t steal_of(const char *contents, int cpu)
{
	int fd = file_of(contents);
	uint64_t ns = __real_steal_ns(fd, cpu);

	close(fd);
	return ns;
}

static const char two_cpus[] =
	"           CPU0       CPU2       CPU13\n"
	"  0:         11          0          0   IO-APIC   2-edge      timer\n"
	"NMI:          1          2          3   Non-maskable interrupts\n"
	"LOC:        100      20000    3000000   Local timer interrupts\n"
	"SPU:          7          7          7   Spurious interrupts\n";

/* With Hyper-V's direct timer, which Linux prefers once it has found it. */
static const char on_hyperv[] =
	"           CPU0       CPU1\n"
	"LOC:        100        200   Local timer interrupts\n"
	"HRE:         50         60   Hyper-V reenlightenment interrupts\n"
	"HVS:       7000      80000   Hyper-V stimer0 interrupts\n";

static void timer_interrupts_of_hyperv(void **state)
{
	(void)state;
	assert_int_equal(timer_of(on_hyperv, 0), 7100);
	assert_int_equal(timer_of(on_hyperv, 1), 80200);
	assert_int_equal(timer_of(on_hyperv, -1), 87300);
}

static void timer_interrupts_of_a_cpu(void **state)
{
	static const struct { int cpu; uint64_t count; } table[] = {
		{ 0, 100 }, { 2, 20000 }, { 13, 3000000 }, { 1, 0 }, { 3, 0 },
		{ -1, 3020100 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(timer_of(two_cpus, table[i].cpu), table[i].count);
}

static void timer_interrupts_nobody_counts(void **state)
{
	(void)state;
	assert_int_equal(timer_of("", 0), 0);
	assert_int_equal(timer_of("           CPU0\n  0:   11   timer\n", 0), 0);
	/* A line that is not whole may lack a digit. */
	assert_int_equal(timer_of("           CPU0\nLOC:        12", 0), 0);
	assert_int_equal(timer_of("           CPU0\nLOC:        12\n", 0), 12);
	assert_int_equal(__real_interrupts_local_timer(-1, 0), 0);
}

static void timer_interrupts_of_a_large_count(void **state)
{
	(void)state;
	assert_true(timer_of("           CPU0\nLOC: 18446744073709551615 Local\n", 0) ==
		    UINT64_MAX);
}

/* The header and each line are about as large as the buffer, the file much larger. */
static void timer_interrupts_of_many_cpus(void **state)
{
	char *at = text;
	int line, i;

	(void)state;
	at += sprintf(at, "    ");
	for (i = 0; i < MANY; i++)
		at += sprintf(at, " %7s%-3d", "CPU", i);
	for (line = 0; line < 20; line++) {
		at += sprintf(at, "\n%3d:", line);
		for (i = 0; i < MANY; i++)
			at += sprintf(at, " %10d", 5);
		at += sprintf(at, "   IO-APIC  %d-edge  CPU%d", line, line);
	}
	at += sprintf(at, "\nLOC:");
	for (i = 0; i < MANY; i++)
		at += sprintf(at, " %10d", 1000 + i);
	sprintf(at, "   Local timer interrupts\nSPU: 1\n");
	assert_int_equal(timer_of(text, 0), 1000);
	assert_int_equal(timer_of(text, 17), 1017);
	assert_int_equal(timer_of(text, MANY - 1), 1000 + MANY - 1);
	assert_int_equal(timer_of(text, MANY), 0);
	assert_int_equal(timer_of(text, -1), MANY * 1000 + MANY * (MANY - 1) / 2);
}

static const char stat[] =
	"cpu  10 20 30 40 50 60 70 80 90 100\n"
	"cpu0 1 2 3 4 5 6 7 8 9 10\n"
	"cpu1 11 12 13 14 15 16 17 123 19 20\n"
	"cpu10 1 1 1 1 1 1 1 77 1 1\n"
	"intr 5 5 5\n";

static void stolen_time_of_a_cpu(void **state)
{
	(void)state;
	assert_int_equal(steal_of(stat, 0), 80000000);
	assert_int_equal(steal_of(stat, 1), 1230000000);
	assert_int_equal(steal_of(stat, 10), 770000000);
	assert_int_equal(steal_of(stat, 2), 0);
}

static void stolen_time_nobody_counts(void **state)
{
	(void)state;
	assert_int_equal(steal_of("", 0), 0);
	assert_int_equal(steal_of("cpu0 1 2 3 4 5 6 7", 0), 0);
	/* An old kernel's line ends before it. */
	assert_int_equal(steal_of("cpu0 1 2 3 4 5 6 0\n", 0), 0);
	assert_int_equal(__real_steal_ns(-1, 0), 0);
}

static void proc_is_there(void **state)
{
	int fd = interrupts_open();

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	fd = steal_open();
	assert_true(fd >= 0);
	close(fd);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(timer_interrupts_of_a_cpu),
	cmocka_unit_test(timer_interrupts_of_hyperv),
	cmocka_unit_test(timer_interrupts_nobody_counts),
	cmocka_unit_test(timer_interrupts_of_a_large_count),
	cmocka_unit_test(timer_interrupts_of_many_cpus),
	cmocka_unit_test(stolen_time_of_a_cpu),
	cmocka_unit_test(stolen_time_nobody_counts),
	cmocka_unit_test(proc_is_there),
};

const struct suite proc_suite = { tests, ARRAY_SIZE(tests) };
