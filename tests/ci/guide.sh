#!/usr/bin/env bash
# Types what README.md says under "Your model and your database": every command of it, in a clean folder, with the variables that it names set to a real
# model and a real pgvector (ci/services). Each command has its line below; one without, or a line without a command, is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${RQGATE:?the path of the program}"
section="### Your model and your database"

# section: its lines in README.md.
section() {
    awk -v heading="$section" '$0 == heading { inside = 1; next } inside && !fence && /^##/ { exit } /^```/ { fence = !fence } inside' README.md
}

# split_commands FOLDER: a file for each command in a fence of sh, a document that is fed to it included.
split_commands() {
    awk -v folder="$1" '
        /^```/ { shell = $0 == "```sh"; next }
        !shell || (/^(#.*)?$/ && document == "") { next }
        document == "" { file = sprintf("%s/%d", folder, ++count) }
        { print >file }
        document == "" && match($0, /<<[A-Z]+/) { document = substr($0, RSTART + 2, RLENGTH - 2); next }
        $0 == document { document = "" }'
}

# counted NAME: one of the numbers that the endpoint keeps of what it was asked.
counted() {
    node -e 'fetch(process.argv[1]).then((answer) => answer.json()).then((counts) => console.log(counts[process.argv[2]]))' "${EMBEDDING_URL%/v1}/counts" "$1"
}

fail() {
    failed=1
    printf 'failed: %s\n' "$1"
    printf '  in: %s\n' "$(head -n 1 "$command")"
    sed 's/^/  | /' said
}

# typed PATTERN CODE REQUESTS [SAYS]...: types the next command, which looks like this; its exit code, what it sends to the endpoint, what it says.
typed() {
    local pattern=$1 code=$2 requests=$3 before status=0
    shift 3
    command=$folder/commands/$((++done))
    : >said
    [[ -f $command ]] || { fail "the guide has no command that looks like $pattern" && return; }
    # shellcheck disable=SC2053 # a pattern
    [[ $(cat "$command") == $pattern ]] || fail "expected a command that looks like $pattern"
    before=$(counted requests)
    # shellcheck source=/dev/null
    source "$command" >said 2>&1 || status=$?
    ((status == code)) || fail "exit code $status where $code was expected"
    (($(counted requests) - before == requests)) || fail "$(($(counted requests) - before)) requests where $requests were expected"
    local text
    for text; do
        grep -qF -- "$text" said || fail "does not say: $text"
    done
    cp said "said.$done"
}

# shown: of a report, what is the same in every run: what stands above the table, the baseline's values, the notes on the candidate.
shown() {
    sed -nE '/ = /d; s/^ +//; s/^([a-zA-Z_]+@[0-9]+ +[0-9.]+).*/\1/; /^(articles|baseline|candidate|[a-zA-Z_]+@[0-9]+) /p; /^note: candidate/p'
}

# pictured SAID: the guide's picture of a result shows what was said.
pictured() {
    awk '/^```/ { fence = !fence; picture = fence && $0 == "```"; next } picture' "$folder/section" | shown >picture
    [[ -s picture ]] || fail "there is no picture"
    diff picture <(shown <"$1") || fail "the picture is another one"
}

type_guide() {
    failed=0 done=0
    local hnsw="hnsw index scan on items_embedding_idx, hnsw.ef_search"
    typed 'cp -r datasets/example my-data*' 0 0
    typed 'psql * -c *' 0 0 "COPY 220"
    typed 'cat >gate.json <<END*' 0 0
    typed 'build/rqgate run gate.json --plan*' 0 0 "embed 348 topics with http: about 4 requests, 5,001 tokens" \
        "read the vectors of 220 documents" "and about 5,001 tokens are sent in about 4 requests; 220 of 568 texts are there"
    typed 'build/rqgate run gate.json --max-requests 4' 0 4 "PASS: 3 of 3 gates passed" "$hnsw 40"
    pictured said
    typed 'build/rqgate run gate.json  *' 0 1 "PASS: 3 of 3 gates passed" "$hnsw 40"
    typed 'build/rqgate run gate.json --max-requests 0 *' 0 0 "$hnsw 5" "FAIL: ann_recall@10 is 0.5000, under the floor 0.95" \
        "warning: candidate: 348 of 348 searches came back with fewer rows than asked for, the shortest with 5 of 10" "exit 1"
    typed 'build/rqgate run gate.json *embed.p95*' 0 81 "embed.p95" "PASS: 3 of 3 gates passed"
    command=/dev/null
    ((done == $(find "$folder/commands" -type f | wc -l))) || fail "the guide has $(find "$folder/commands" -type f | wc -l) commands, and $done were typed"
    (($(counted authorized) > 0 && $(counted unauthorized) == 0)) || fail "the key was not sent"
    ! grep -rqF -- "$EMBEDDING_KEY" . || fail "the key stands in $(grep -rlF -- "$EMBEDDING_KEY" .)"
    ! grep -rqF -- "${PG_DSN%%\?*}" . || fail "the connection string stands in $(grep -rlF -- "${PG_DSN%%\?*}" .)"
    exit "$failed"
}

if [[ ${1:-} == --type ]]; then
    folder=$2
    cd "$folder/clean"
    set +e
    type_guide
fi

lacking=
[[ -d tests/node/node_modules ]] || lacking="tests/node has no packages"
command -v psql >/dev/null || lacking="there is no psql"
if [[ $lacking ]]; then
    echo "skipped: $lacking (ci/setup --tests)"
    [[ ${CI:-} != true ]] || exit 1
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/commands" "$folder/clean/datasets" "$folder/clean/build"
section >"$folder/section"
split_commands "$folder/commands" <"$folder/section"
cp -r datasets/example "$folder/clean/datasets/"
ln -s "$RQGATE" "$folder/clean/build/rqgate"
ci/services bash "$0" --type "$folder"
echo "guide: passed"
