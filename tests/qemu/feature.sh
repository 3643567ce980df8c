#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Boot a host with our KVM modules and move armed guests between QEMUs in it:
# TAP on stdout.  The tests are tests/qemu/payload/run.
#
#	tests/qemu/feature.sh [QEMU-FOLDER]	(default build/qemu)
set -eu
. "$(dirname "$0")/../../scripts/common.sh"

folder=${1:-$BUILD/qemu}
micro=$BUILD/micro/micro.elf
stock=/usr/bin/qemu-system-x86_64
out=$BUILD/tests/qemu
[ -x "$folder/qemu-system-x86_64" ] && [ -f "$micro" ] ||
	die "build/qemu or build/micro is missing: run make build first"
[ -x "$stock" ] || die "$stock is missing: run scripts/deps (package qemu-system-x86)"

# Each binary finds its libraries below root/, there is no other system there.
rm -rf "$out/payload"
mkdir -p "$out/payload/root/bin"
cp "$TOP/tests/qemu/payload/run" "$micro" "$out/payload/"
cp -r "$folder/firmware" "$out/payload/"
cp "$folder/qemu-system-x86_64" "$out/payload/root/bin/ours"
cp "$stock" "$out/payload/root/bin/stock"
for binary in "$folder/qemu-system-x86_64" "$stock"; do
	ldd "$binary" | grep -o '/[^ ]*'
done | sort -u | xargs cp -L --parents -t "$out/payload/root"

code=0
QEMU=$folder "$TOP/lab/run" -k ours -m 1024 -t 1200 -o "$out" "$out/payload" || code=$?
cat "$out/result"
rm -rf "$out/payload"
exit $code
