#!/usr/bin/env bash
# Types what ci/runbooks/rollback.md says, line by line, with its two folders put into a clean one, and looks that the index of yesterday is served
# again. A line that fails is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${RQGATE:?the path of the program}"
runbook=$PWD/ci/runbooks/rollback.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"
ln -s "$(realpath "$RQGATE")" "$scratch/bin/rqgate"
PATH=$scratch/bin:$PATH
cd "$scratch"

fail() {
    printf 'failed: %s\n' "$1"
    exit 1
}

# vectors SEED: 60 rows of 4 numbers.
vectors() {
    awk -v seed="$1" 'BEGIN {
        srand(seed); print "id,embedding"
        for (i = 0; i < 60; i++) printf "d%d,\"[%.6f,%.6f,%.6f,%.6f]\"\n", i, rand() - .5, rand() - .5, rand() - .5, rand() - .5
    }'
}

# night SEED: an index is built, kept and served.
night() {
    vectors "$1" >vectors.csv
    seq -f 'd%g' 0 59 >rows.ids
    rqgate snapshot create --index vectors.csv --kind exact --vectors vectors.csv --ids rows.ids --store "$scratch/backup" >said
    rqgate snapshot restore --to "$scratch/srv" --store "$scratch/backup" >said
}

night 1
cp vectors.csv good.csv
night 2
cmp -s srv/current/index.csv good.csv && fail "both nights made the same index"

awk '/^```/ { shell = $0 == "```sh"; next } shell' "$runbook" | sed "s|/backup/search|$scratch/backup|; s|/srv/search|$scratch/srv|" >lines
[ "$(wc -l <lines)" -ge 9 ] || fail "the runbook has lost its commands"
while IFS= read -r line; do
    printf '%s\n' "$line"
    eval "$line" >said 2>&1 || { cat said; fail "$line"; }
    sed 's/^/  | /' said
    case $line in
    *"snapshot list"*) grep -q ' previous ' said || fail "no snapshot is called previous" ;;
    *"restore previous"*)
        cmp -s srv/current/index.csv good.csv || fail "it is not the index of the night before"
        restored=1
        ;;
    *readlink*) rqgate snapshot list --json --store "$SNAPSHOTS" | grep -q "\"snapshot\": \"$(cat said)" || fail "the link names no snapshot" ;;
    *verify*) grep -q ': whole$' said || fail "not whole" ;;
    *drill*) grep -q '^PASS: ' said || fail "the drill has not passed" ;;
    esac
done <lines
[ -n "${restored-}" ] || fail "nothing was restored"
cmp -s srv/current/index.csv good.csv || fail "it does not stay"
printf 'ok\n'
