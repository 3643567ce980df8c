# SPDX-License-Identifier: GPL-2.0-only
# Guests that the driver must refuse; $expect says which one this is.
# shellcheck shell=sh disable=SC2154

case $expect in
no_kvmclock)
	check guest_without_kvmclock_is_refused refused "kvmclock is off" ;;
no_deadline)
	check guest_without_lapic_deadline_is_refused refused "no lapic-deadline"
	check R10_msr_not_offered_is_refused refused "does not offer" backend=msr ;;
esac
