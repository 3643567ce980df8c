// SPDX-License-Identifier: GPL-2.0-only
/* As small as a program that uses the installed library can be. */
#include <stdio.h>
#include <libkvmdeadline.h>

int main(void)
{
	const char *reason = NULL;

	/* There is no VM here, and the library has to say so. */
	if (kvmdl_probe(-1, &reason) != KVMDL_NONE || !reason)
		return 1;
	puts(reason);
	return 0;
}
