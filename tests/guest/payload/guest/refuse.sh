# SPDX-License-Identifier: GPL-2.0-only
# Guests that the driver must refuse; $expect says which one this is.
# shellcheck shell=sh disable=SC2154

case $expect in
no_kvmclock)
	check guest_without_kvmclock_is_refused refused "kvmclock is off" ;;
no_deadline)
	check guest_without_lapic_deadline_is_refused refused "no lapic-deadline"
	check R10_msr_not_offered_is_refused refused "not offered by the host" backend=msr ;;
periodic)
	check R07_periodic_tick_is_refused refused "the tick is periodic"
	check R07_kvmclock_without_lapic_deadline_is_refused \
		refused "no lapic-deadline" backend=kvmclock ;;
no_lapic_timer)
	check R07_no_lapic_timer_is_refused refused "without nolapic_timer" ;;
esac
