// SPDX-License-Identifier: GPL-2.0-only
/*
 * What serves a timer on this host: lines "TIMER,GUEST,ARMS,COUNT,COUNT,COUNT" in the
 * order of enum counted, "-" for what cannot be counted here.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../tests/rules/payload/count.h"

static const struct {
	const char *name;
	u32 msr;
} timers[] = {
	{ "TSC deadline", MSR_IA32_TSC_DEADLINE },
	{ "MSR_KVM_DEADLINE", MSR_KVM_DEADLINE },
};

static const struct {
	const char *name;
	u64 us;
	bool halted;
} guests[] = {
	{ "spins", NEAR_US, false },
	{ "sleeps", NEAR_US, true },
	{ "arms only", FAR_US, false },
};

static bool is_offered(u32 msr)
{
	struct vm *vm = vm_new(IRQCHIP_KERNEL);
	int offered = vm_check_extension(vm, KVM_CAP_X86_DEADLINE);

	vm_free(vm);
	return msr != MSR_KVM_DEADLINE || offered & KVM_CAP_X86_DEADLINE_MSR;
}

int main(void)
{
	struct counts counts;
	unsigned int t, g, i;

	for (t = 0; t < ARRAY_SIZE(timers); t++) {
		if (!is_offered(timers[t].msr))
			continue;
		for (g = 0; g < ARRAY_SIZE(guests); g++) {
			counts = count_arms(timers[t].msr, guests[g].us, guests[g].halted);
			printf("%s,%s,%d", timers[t].name, guests[g].name, ARMS);
			for (i = 0; i < COUNTED; i++)
				if (can_count(i))
					printf(",%llu", (unsigned long long)counts.of[i]);
				else
					printf(",-");
			putchar('\n');
		}
	}
	return EXIT_SUCCESS;
}
