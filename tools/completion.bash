# SPDX-License-Identifier: GPL-2.0-only
# Completion of kvm-deadline for bash.
# shellcheck shell=bash

_kvm_deadline()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local words='check status measure watch' i

	case $before in
	# What takes a number of seconds: there is nothing to guess.
	-t|--time|-s|--sleep|-i|--interval)
		COMPREPLY=()
		return ;;
	esac
	# There is one command.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case " $words " in
		*" ${COMP_WORDS[i]} "*) words= ;;
		esac
	done
	case $word in
	-*)	words='--json --time --sleep --interval --version --help' ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _kvm_deadline kvm-deadline
