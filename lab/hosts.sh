# SPDX-License-Identifier: GPL-2.0-only
# Sourced by what has several hosts at a time.
# shellcheck shell=sh

hosts=

# host COMMAND...: in the background even when alone, so that a signal is acted on
# at once.
host() {
	"$@" >&2 &
	hosts="$hosts $!"
}

# wait_hosts WHERE: their logs are there
wait_hosts() {
	for pid in $hosts; do wait "$pid" || die "a host failed, logs: $1"; done
	hosts=
}

stop_hosts() {
	# shellcheck disable=SC2086 # a list
	kill $hosts 2>/dev/null || :
}

# cable HERE THERE: a network card's end of it; $net is a folder of a short name
# shellcheck disable=SC2154
cable() { echo "dgram,local.type=unix,local.path=$net/$1,remote.type=unix,remote.path=$net/$2"; }
