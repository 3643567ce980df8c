# SPDX-License-Identifier: GPL-2.0-only
# Sourced by series/linux/make and series/qemu/make: how a series is made in $tree,
# of messages and pieces in $ours, for $target (as "Linux 6.1").
# shellcheck shell=sh disable=SC2154

# A sign-off is a person's word: no name is invented here.
need_a_name() {
	git -c user.useConfigOnly=true var GIT_COMMITTER_IDENT >/dev/null 2>&1 ||
		die "git does not know your name and address, by which you would sign these patches off; tell it by: git config --global user.name ... and user.email ..."
}

# What is there before; of all that, these paths.
begin() {	# [PATH...]
	git -C "$tree" init -q -b series
	git -C "$tree" add -A "$@"
	git -C "$tree" commit -q -m "$target, as in Debian"
	before=$(git -C "$tree" rev-parse HEAD)
}

# The rows of a table of docs/performance.rst that begin with one of these words.
table() {	# TITLE WORDS
	awk -v title="$1" -v words="^($2)  " '
		$0 == title { on = 1 }
		on && /^===.* ===/ { lines++; getline; if (lines == 3) exit }
		on && lines && (!rows++ || $0 ~ words) { gsub(/\\-/, " -"); print "  " $0 }
		' "$TOP/docs/performance.rst"
}

# MESSAGE.msg, where a line may be "@table TITLE|WORDS".
message() {
	sed '/^#/d' "$ours/$1.msg" | while IFS= read -r line; do
		case $line in
		'@table '*)	line=${line#@table }
			table "${line%%|*}" "${line#*|}" ;;
		*)	printf '%s\n' "$line" ;;
		esac
	done
}

# A patch of what was changed since the last one: all of it, or in these paths.
commit() {	# MESSAGE [PATH...]
	name=$1
	shift
	git -C "$tree" add -A "$@"
	message "$name" | git -C "$tree" commit -q -s -F -
}

# A line after the one that matches, or a file before it; it must be there once.
insert() {	# FILE COMMAND PATTERN TEXT
	[ "$(grep -c "$3" "$tree/$1")" = 1 ] ||
		die "$target: '$3' is not in $1 exactly once"
	case $2 in
	after)	sed -i "\\@$3@a\\$4" "$tree/$1" ;;
	before)	sed -i "\\@$3@{
			e sed 1d '$4'
		}" "$tree/$1" ;;
	esac
}

# A series with its cover letter; what is committed next begins another one.
finish() {	# FOLDER COVER
	rm -rf "$1"
	git -C "$tree" config branch.series.description "$(message "$2")"
	git -C "$tree" format-patch -q --cover-letter --cover-from-description=subject \
		-o "$1" "$before"
	before=$(git -C "$tree" rev-parse HEAD)
	say "patches for $target: ${1#"$TOP"/}"
}
