# SPDX-License-Identifier: GPL-2.0-only
# Sourced by every tests/SUITE/drive.
# shellcheck shell=sh

. "$(dirname "$0")/../../scripts/common.sh"
. "$TOP/tests/tap.sh"
