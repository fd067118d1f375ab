#!/usr/bin/env bash
# Types what ci/runbooks/rollback.md says, line by line, every box of it, with its folders put into a clean one and the digits that whoever reads the
# list would put in: yesterday's index comes back; where it is damaged, that of the day before; where the current one is lost, the newest that is whole;
# where the disk is full, room is made; where nothing is left, a copy. A line that fails is a failure.
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

# night SEED: an index is built, kept and served; its vectors stay as night.SEED.
night() {
    vectors "$1" >vectors.csv
    cp vectors.csv "night.$1"
    seq -f 'd%g' 0 59 >rows.ids
    rqgate snapshot create --index vectors.csv --kind exact --vectors vectors.csv --ids rows.ids --store "$scratch/backup" >said
    made[$1]=$(cut -c1-12 said)
    rqgate snapshot restore --to "$scratch/srv" --store "$scratch/backup" >said
}

served() {
    cmp -s srv/current/index.csv "night.$1" || fail "what is served is not the index of night $1"
}

# seal WORD: the digits of the line of the list that says so.
seal() {
    rqgate snapshot list --store "$scratch/backup" | awk -v word="$1" 'index($0, " " word) { print $1 }'
}

# What the list has to say.
listed=' previous '

# box HEADING [DIGITS]: types the lines of the boxes below the heading that begins so ("" for those above the first).
typed=0
box() {
    awk -v heading="$1" '
        /^## / { here = heading != "" && index($0, "## " heading) == 1 }
        NR == 1 { here = heading == "" }
        /^```/ { shell = !shell; next }
        shell && here' "$runbook" |
        sed "s|/backup/copy.tar|$scratch/copy.tar|; s|/backup/search|$scratch/backup|; s|/srv/search|$scratch/srv|" >lines
    [ -s lines ] || fail "the runbook has no box below \"$1\""
    while IFS= read -r line; do
        line=${line/GOOD=1f2e3d4c5b6a/GOOD=${2-}}
        printf '%s\n' "$line"
        typed=$((typed + 1))
        eval "$line" >said 2>&1 || [ "$listed" != ' previous ' ] || { cat said; fail "$line"; }
        sed 's/^/  | /' said
        case $line in
        *"snapshot list"*) grep -q "$listed" said || fail "the list does not say \"$listed\"" ;;
        readlink*) case "$(cat said)" in "$GOOD"*) ;; *) fail "the link is not to $GOOD" ;; esac ;;
        *drill*) grep -q '^PASS: ' said || fail "the drill has not passed" ;;
        esac
    done <lines
}

night 1
night 2
night 3
served 3

# the previous one comes back, however often it is typed
box ""
box 1 "$(seal previous)"
box 2
served 2
box 2
served 2
box 3
box Afterwards

# it is damaged: the one before
printf 'x' >>"$(echo backup/snapshots/"${made[2]}"*/manifest.json)"
rm -r srv/"${made[2]}"*
if rqgate snapshot restore "${made[2]}" --to "$SERVING" --store "$SNAPSHOTS" >said 2>&1; then fail "a damaged snapshot was restored"; fi
box 4 "${made[1]}"
served 1
box 3

# the current one is lost: the list says so, and the one before comes back
night 4
night 5
rm -r backup/snapshots/"${made[5]}"*
listed="DAMAGED: .*the current snapshot, ${made[5]}, is lost"
box ""
box 1 "${made[4]}"
listed=' previous '
box 2
served 4
box 3

# there is no room: what was restored before goes, and nothing else
mkdir srv/mine srv/0123456789abcdef
rm -r srv/"${made[1]}"*
export GOOD=${made[1]}
box 5
served 1
[ -d srv/mine ] || fail "something else than a copy was removed"
[ ! -e srv/0123456789abcdef ] || fail "a copy that does not serve was left"
[ "$(find srv -mindepth 1 -maxdepth 1 ! -name .lock | wc -l)" -eq 4 ] || fail "more or less is left than the link, the two that serve and served, and a folder of others: $(ls srv)"

# nothing is left but a copy
rqgate snapshot export "${made[1]}" --out copy.tar --store backup >said
rm -r backup srv
box 6 "${made[1]}"
served 1
box 3
[ "$typed" -ge 24 ] || fail "the runbook has lost its commands"
[ "$(grep -c '^```sh$' "$runbook")" -eq "$(($(grep -c '^```' "$runbook") / 2))" ] || fail "a box of the runbook is not of the shell, and so not typed"
printf 'ok\n'
