// SPDX-License-Identifier: GPL-2.0-only
/*
 * Are we in a container?  A container has no timer of its own, so advice about
 * a kernel has to be followed outside of it.
 *
 * The marks are those that systemd-detect-virt knows, in its order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* The file says the name itself. */
static const char * const name_files[] = {
	"/run/host/container-manager",
	"/run/systemd/container",
};

static const struct {
	const char *path;
	const char *name;
} marks[] = {
	{ "/run/.containerenv", "podman" },
	{ "/.dockerenv", "docker" },
	{ "/run/secrets/kubernetes.io", "kubernetes" },
	{ "/var/run/secrets/kubernetes.io", "kubernetes" },
};

/* OpenVZ's kernel has /proc/vz, and /proc/bc only outside of containers. */
static bool is_openvz(void)
{
	return file_exists("/proc/vz") && !file_exists("/proc/bc");
}

static bool is_wsl(void)
{
	char release[128];

	return file_read("/proc/sys/kernel/osrelease", release,
			 sizeof(release)) &&
	       (strstr(release, "Microsoft") || strstr(release, "WSL"));
}

/* Only root may read it; a manager says container=NAME to what it starts. */
static bool first_process_says(char *name, size_t size)
{
	static const char key[] = "container=";
	char text[8192];
	size_t at;

	for (at = 0; at < sizeof(text); at++)
		text[at] = 0;
	if (!file_read("/proc/1/environ", text, sizeof(text)))
		return false;
	for (at = 0; at < sizeof(text) && text[at]; at += strlen(text + at) + 1)
		if (!strncmp(text + at, key, sizeof(key) - 1)) {
			snprintf(name, size, "%s", text + at + sizeof(key) - 1);
			return *name;
		}
	return false;
}

static bool file_says(char *name, size_t size)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(name_files); i++)
		if (file_read(name_files[i], name, size) && *name)
			return true;
	return first_process_says(name, size);
}

static const char *mark(void)
{
	size_t i;

	if (is_openvz())
		return "openvz";
	if (is_wsl())
		return "wsl";
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		if (file_exists(marks[i].path))
			return marks[i].name;
	return "";
}

void container_look(char *name, size_t size)
{
	if (!file_says(name, size))
		snprintf(name, size, "%s", mark());
}
