#!/usr/bin/env bash
# A handful of ci/verdicts on the example: what it prints of them, and that it would notice a verdict that is wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${RQGATE:?the path of the program}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names='^(exact search instead of HNSW|8-bit vectors, HNSW|corpus in another order|corpus compressed|10 foreign documents more|256 -> 16 dimensions|20 % of documents dropped|ids of 20 % swapped)$'

fail() {
	echo "verdicts: $1" >&2
	cat "$work/said" >&2
	exit 1
}

# expect STATUS LINE...: the status of the last run, and lines that it said, as patterns.
expect() {
	local status=$1
	shift
	ci/verdicts --only "$names" datasets/example >"$work/said" 2>&1 && got=0 || got=$?
	[[ $got == "$status" ]] || fail "exit $got, where $status was expected"
	for line; do
		grep -Eq "^$line\$" "$work/said" || fail "there is no line \"$line\""
	done
}

number='[-+0][.0-9]+'
part='(-|[-+0][.0-9]+)'
expect 0 'example: drop\(RR@10\) <= 0.02' \
	"exact search instead of HNSW +0\\.0000 +$number +$number +pass +$part +$part +no FAIL" \
	"8-bit vectors, HNSW +$number +$number +$number +pass +$part +$part +no FAIL" \
	"corpus in another order +$number +$number +$number +pass +$part +$part +no FAIL" \
	"corpus compressed +0\\.0000 +$number +$number +pass +$part +$part +no FAIL" \
	"10 foreign documents more +$number +$number +$number +pass +$part +$part +no FAIL" \
	"256 -> 16 dimensions +-0\\.[01][0-9]+ +-$number +-$number +fail +$part +$part +FAIL" \
	"20 % of documents dropped +-0\\.0[0-9]+ +-$number +-$number +fail +$part +$part +FAIL" \
	"ids of 20 % swapped +-0\\.1[0-9]+ +-$number +-$number +fail +$part +$part +FAIL" \
	'5 harmless: 5 PASS, 0 inconclusive, 0 FAIL; 3 harmful: 3 show a loss \(U < 0\), of which 3 FAIL; the others 0 PASS, 0 inconclusive'

# A program whose verdicts are changed on the way out.
export REAL=$RQGATE RQGATE=$work/liar
liar() {
	# shellcheck disable=SC2016 # the liar's own
	printf '#!/bin/sh\n"$REAL" "$@" | sed '\''s/"verdict": "%s"/"verdict": "%s"/'\''\n' "$1" "$2" >"$RQGATE"
	chmod +x "$RQGATE"
}
liar fail pass
expect 1 '256 -> 16 dimensions .* pass .* FAIL  <- WRONG' '5 harmless: 5 PASS, .* of which 0 FAIL; .*'
liar pass fail
expect 1 'corpus compressed .* fail .* no FAIL  <- WRONG' '5 harmless: 0 PASS, 0 inconclusive, 5 FAIL; .*'
liar pass inconclusive
expect 1 'corpus compressed .* inconclusive .* no FAIL' '5 harmless: 0 PASS, 5 inconclusive, 0 FAIL; .*'

# A run without a verdict is no row.
# shellcheck disable=SC2016 # the program's own
printf '#!/bin/sh\n[ "$1" = init ] && exec "$REAL" "$@"\necho "rqgate: disk full" >&2\nexit 74\n' >"$RQGATE"
expect 70 'ci/verdicts: exact search instead of HNSW: rqgate: disk full'
