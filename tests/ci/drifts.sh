#!/usr/bin/env bash
# A handful of ci/drifts on the example: what it prints of them, and that it would notice a figure that says something else.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${RQGATE:?the path of the program}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names='^(nothing|int8|a rotated space|20 % replaced|stop words kept|an index of 1 of 16 lists)$'

fail() {
	echo "drifts: $1" >&2
	cat "$work/said" >&2
	exit 1
}

# expect STATUS LINE...: the status of the last run, and lines that it said, as patterns.
expect() {
	local status=$1
	shift
	ci/drifts --only "$names" datasets/example >"$work/said" 2>&1 && got=0 || got=$?
	[[ $got == "$status" ]] || fail "exit $got, where $status was expected"
	for line; do
		grep -Eq "^$line\$" "$work/said" || fail "there is no line \"$line\""
	done
}

number='[-+]?[.0-9]+'
expect 0 example \
	"nothing +1.0000 +1.0000 +1.0000 +-?0.0[0-9]+ +0.0000 +1.0000 +\\+0.0000 +PASS +silent_change=pass .*" \
	"int8 +0.999[0-9]+ +0.9[0-9]+ +$number +$number +$number +0.9[0-9]+ +$number +(PASS|FAIL) +knn_jaccard=pass .*" \
	"a rotated space +$number +1.0000 +1.0000 +- +- +1.0000 +\\+0.0000 +FAIL +silent_change=FAIL .*" \
	"20 % replaced +1.0000 +1.0000 +1.0000 +0.3[0-9]+ +1.1[0-9]+ +0.[78][0-9]+ +-0.0[0-9]+ +FAIL +silent_change=pass .* drop=FAIL" \
	"stop words kept +0.6[0-9]+ +0.3[0-9]+ +$number +- +- +$number +$number +FAIL +silent_change=FAIL" \
	"an index of 1 of 16 lists +1.0000 +1.0000 +1.0000 +$number +0.0000 +0.3[0-9]+ +-0.2[0-9]+ +FAIL +.*retrieval_rbo=FAIL"

# A program whose figures are changed on the way out.
export REAL=$RQGATE RQGATE=$work/liar
# shellcheck disable=SC2016 # the liar's own
printf '#!/bin/sh\n"$REAL" "$@" | sed '\''/^silent_change/s/FAIL/pass/'\''\n' >"$RQGATE"
chmod +x "$RQGATE"
expect 1 'a rotated space .* WRONG: silent_change is pass, not FAIL;'

# A job without a verdict is no row.
# shellcheck disable=SC2016 # the program's own
printf '#!/bin/sh\n[ -e "$0.ran" ] && [ "$1" = drift ] && case "$*" in *--set*) echo "rqgate: disk full" >&2; exit 74 ;; esac\ntouch "$0.ran"\nexec "$REAL" "$@"\n' >"$RQGATE"
expect 70 'ci/drifts: int8: rqgate: disk full'
