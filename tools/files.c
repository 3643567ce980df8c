// SPDX-License-Identifier: GPL-2.0-only
/* Small files of the kernel, read whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool.h"

/* Without blanks and newlines at the end; what does not fit is cut off. */
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

	while (length && (text[length - 1] == '\n' || text[length - 1] == ' '))
		length--;
	text[length] = 0;
	return got >= 0;
}

bool file_read_u64(const char *path, uint64_t *value)
{
	char text[32], *end;
	uint64_t number;

	if (!file_read(path, text, sizeof(text)))
		return false;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || end == text || *end)
		return false;
	*value = number;
	return true;
}
