// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules as modprobe would find them, and whether this kernel would take them:
 * one that dkms built without a key is refused under Secure Boot.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define MODULES	"/lib/modules"

/* What the kernel looks for at the end of a module, include/linux/module_signature.h. */
static const char signature[] = "~Module signature appended~\n";

static bool ends_signed(const char *path)
{
	char end[sizeof(signature) - 1];
	int fd = file_open(path, O_RDONLY);
	bool found = false;

	if (fd < 0)
		return true;
	if (lseek(fd, -(off_t)sizeof(end), SEEK_END) >= 0 &&
	    read(fd, end, sizeof(end)) == sizeof(end))
		found = !memcmp(end, signature, sizeof(end));
	close(fd);
	return found;
}

/* kvm_deadline is found in "updates/dkms/kvm_deadline.ko.xz". */
static bool is_module(const char *path, const char *name)
{
	const char *base = strrchr(path, '/');
	size_t length = strlen(name);

	base = base ? base + 1 : path;
	return !strncmp(base, name, length) && !strncmp(base + length, ".ko", 3);
}

static FILE *open_list(const char *release)
{
	char path[PATH_MAX];
	FILE *list;
	int fd;

	snprintf(path, sizeof(path), MODULES "/%s/modules.dep", release);
	fd = file_open(path, O_RDONLY);
	if (fd < 0)
		return NULL;
	list = fdopen(fd, "r");
	if (!list)
		close(fd);
	return list;
}

/* Where it is below the kernel's folder.  A line of the list is "PATH: PATHS". */
static bool find_module(const char *release, const char *name, char *path,
			size_t size)
{
	FILE *list = open_list(release);
	char *line = NULL;
	size_t length = 0;

	*path = 0;
	if (!list)
		return false;
	while (!*path && getline(&line, &length, list) > 0) {
		line[strcspn(line, ":\n")] = 0;
		if (is_module(line, name))
			snprintf(path, size, "%s", line);
	}
	free(line);
	fclose(list);
	return *path;
}

/* Lockdown, which Secure Boot brings, lists its levels: "none [integrity] ...". */
static bool signatures_enforced(void)
{
	char text[64];

	if (file_read("/sys/module/module/parameters/sig_enforce", text,
		      sizeof(text)) && *text == 'Y')
		return true;
	return file_read("/sys/kernel/security/lockdown", text, sizeof(text)) &&
	       strchr(text, '[') && !strstr(text, "[none]");
}

/* What is in a compressed one cannot be seen, so it is given the benefit. */
static enum module_file state_of(const char *release, const char *name)
{
	char module[PATH_MAX], path[2 * PATH_MAX];
	size_t length;

	if (!find_module(release, name, module, sizeof(module)))
		return MODULE_ABSENT;
	length = strlen(module);
	if (!signatures_enforced() || strcmp(module + length - 3, ".ko"))
		return MODULE_INSTALLED;
	snprintf(path, sizeof(path), MODULES "/%s/%s", release, module);
	return ends_signed(path) ? MODULE_INSTALLED : MODULE_UNSIGNED;
}

/* A package's KVM is in "updates", the kernel's own in "kernel". */
static void look_at_kernel(const char *file, void *data)
{
	static const char image[] = "vmlinuz-", packaged[] = "updates/";
	const char *release = file + sizeof(image) - 1;
	struct module_facts *modules = data;
	char path[PATH_MAX];

	if (strncmp(file, image, sizeof(image) - 1))
		return;
	find_module(release, "kvm", path, sizeof(path));
	if (!strncmp(path, packaged, sizeof(packaged) - 1))
		modules->kvm_packaged = true;
	else
		facts_add_word(modules->kernels_without,
			       sizeof(modules->kernels_without), release);
}

void modules_look(struct module_facts *modules)
{
	char release[128];

	*modules = (struct module_facts) { 0 };
	each_name("/boot", look_at_kernel, modules);
	if (!file_read("/proc/sys/kernel/osrelease", release, sizeof(release)))
		return;
	modules->driver = state_of(release, "kvm_deadline");
	modules->kvm = state_of(release, "kvm");
}
