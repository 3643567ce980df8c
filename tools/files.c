// SPDX-License-Identifier: GPL-2.0-only
/* Small files of the kernel, read whole. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static const char *root = "";

void files_root(const char *dir)
{
	root = dir;
}

bool files_faked(void)
{
	return *root;
}

static bool below_root(char *full, const char *path)
{
	int length = snprintf(full, PATH_MAX, "%s%s", root, path);

	return length > 0 && length < PATH_MAX;
}

int file_open(const char *path, int flags)
{
	char full[PATH_MAX];

	if (!below_root(full, path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(full, flags | O_CLOEXEC);
}

bool file_exists(const char *path)
{
	char full[PATH_MAX];

	return below_root(full, path) && !access(full, F_OK);
}

/* Without the newline at the end; what does not fit is cut off. */
bool file_read(const char *path, char *text, size_t size)
{
	int fd = file_open(path, O_RDONLY);
	size_t length = 0;
	ssize_t got = 0;

	text[0] = 0;
	if (fd < 0)
		return false;
	while (length < size - 1 &&
	       (got = read(fd, text + length, size - 1 - length)) > 0)
		length += got;
	close(fd);

	while (length && text[length - 1] == '\n')
		length--;
	text[length] = 0;
	return got >= 0;
}

bool file_read_u64(const char *path, uint64_t *value)
{
	char text[32], *end;

	if (!file_read(path, text, sizeof(text)))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && end != text && !*end;
}
