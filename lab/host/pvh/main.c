// SPDX-License-Identifier: GPL-2.0-only
/* Multiboot's description of the machine, said in PVH's words. */
#include <stdint.h>

#define ENTRIES		32
#define PVH_MAGIC	0x336ec578

struct multiboot_info {
	uint32_t flags, mem_lower, mem_upper, boot_device, cmdline;
	uint32_t mods_count, mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length, mmap_addr;
};

struct multiboot_module {
	uint32_t start, end, string, reserved;
};

/* Packed: size counts from behind itself. */
struct multiboot_range {
	uint32_t size;
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

struct pvh_start {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modlist, cmdline, rsdp, memmap;
	uint32_t memmap_entries, reserved;
};

struct pvh_module {
	uint64_t start, size, cmdline, reserved;
};

struct pvh_range {
	uint64_t base, length;
	uint32_t type, reserved;
};

static struct pvh_start start;
static struct pvh_module initrd;
static struct pvh_range memmap[ENTRIES];

static void copy_memmap(const struct multiboot_info *info)
{
	uint32_t at = info->mmap_addr, end = at + info->mmap_length;

	/* Types have the same numbers in both, those of E820. */
	while (at < end && start.memmap_entries < ENTRIES) {
		const struct multiboot_range *range = (void *)at;

		memmap[start.memmap_entries++] = (struct pvh_range){
			range->base, range->length, range->type, 0,
		};
		at += range->size + sizeof(range->size);
	}
}

struct pvh_start *pvh_start_info(const struct multiboot_info *info)
{
	const struct multiboot_module *module = (void *)info->mods_addr;

	initrd.start = module->start;
	initrd.size = module->end - module->start;
	start.magic = PVH_MAGIC;
	start.version = 1;
	start.nr_modules = 1;
	start.modlist = (uint32_t)&initrd;
	start.cmdline = info->cmdline;
	start.memmap = (uint32_t)memmap;
	copy_memmap(info);
	return &start;
}
