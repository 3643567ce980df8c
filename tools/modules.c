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

/* What is in a compressed one cannot be seen, so it is given the benefit. */
static enum module_file state_of(const char *dir, const char *module,
				 bool enforced)
{
	char path[PATH_MAX];
	size_t length = strlen(module);

	if (!enforced || length < 3 || strcmp(module + length - 3, ".ko"))
		return MODULE_INSTALLED;
	snprintf(path, sizeof(path), "%s/%s", dir, module);
	return ends_signed(path) ? MODULE_INSTALLED : MODULE_UNSIGNED;
}

/* kvm_deadline is found in "updates/dkms/kvm_deadline.ko.xz". */
static bool is_module(const char *path, const char *name)
{
	const char *base = strrchr(path, '/');
	size_t length = strlen(name);

	base = base ? base + 1 : path;
	return !strncmp(base, name, length) && !strncmp(base + length, ".ko", 3);
}

/* A line of modules.dep is "PATH: PATHS". */
static void look_in(FILE *list, const char *dir, bool enforced,
		    struct module_facts *modules)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, list) > 0) {
		line[strcspn(line, ":\n")] = 0;
		if (is_module(line, "kvm_deadline"))
			modules->driver = state_of(dir, line, enforced);
		else if (is_module(line, "kvm"))
			modules->kvm = state_of(dir, line, enforced);
	}
	free(line);
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

void modules_look(struct module_facts *modules)
{
	char release[128], dir[PATH_MAX], path[PATH_MAX + 16];
	FILE *list;
	int fd;

	*modules = (struct module_facts) { 0 };
	if (!file_read("/proc/sys/kernel/osrelease", release, sizeof(release)))
		return;
	snprintf(dir, sizeof(dir), "/lib/modules/%s", release);
	snprintf(path, sizeof(path), "%s/modules.dep", dir);
	fd = file_open(path, O_RDONLY);
	if (fd < 0)
		return;
	list = fdopen(fd, "r");
	if (list) {
		look_in(list, dir, signatures_enforced(), modules);
		fclose(list);
	} else {
		close(fd);
	}
}
