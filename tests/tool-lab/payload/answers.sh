# SPDX-License-Identifier: GPL-2.0-only
# What the tool says here, for tests/tool-lab/drive to judge.
# shellcheck shell=sh

# answer NAME COMMAND...: through a file, as a console is a terminal.
answer() {
	echo "== $1"
	shift
	"$@" >/tmp/answer 2>&1
	code=$?
	cat /tmp/answer
	echo "== exit $code"
}
