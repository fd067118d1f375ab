#!/usr/bin/env bash
# Types the runbooks of ci/runbooks, every command of their fences of sh, in a folder where what they are for has happened. Each command has its line
# below; one without, or a line without a command, is a failure. What stands in tables (systemctl, kubectl) is not typed: it needs those.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${RQGATE:?the path of the program}"

# split_commands FOLDER: a file for each line in a fence of sh.
split_commands() {
    awk -v folder="$1" '/^```/ { shell = $0 == "```sh"; next } shell { print >sprintf("%s/%d", folder, ++count) }'
}

fail() {
    failed=1
    printf 'failed: %s: %s\n' "$book" "$1"
    sed 's/^/  | /' "$folder/said"
}

# typed PATTERN [SAYS]...: types the next command, which looks like this; what it says.
typed() {
    local pattern=$1 text
    shift
    : >"$folder/said"
    [[ -f $folder/commands/$((++done)) ]] || { fail "there is no command that looks like $pattern" && return; }
    # shellcheck disable=SC2053 # a pattern
    [[ $(cat "$folder/commands/$done") == $pattern ]] || fail "expected a command that looks like $pattern, found $(cat "$folder/commands/$done")"
    # shellcheck source=/dev/null
    (set +e && source "$folder/commands/$done") >"$folder/said" 2>&1 || true
    for text; do
        grep -qF -- "$text" "$folder/said" || fail "does not say: $text"
    done
}

# open_book NAME: its commands, and a clean folder with the example, where the working directory is from now on.
open_book() {
    book=$1 done=0
    folder=$work/$book
    mkdir -p "$folder/commands"
    cp -r "$root/datasets/example" "$folder/clean"
    split_commands "$folder/commands" <"$root/ci/runbooks/$book.md"
    cd "$folder/clean"
}

close_book() {
    : >"$folder/said"
    local count
    count=$(find "$folder/commands" -type f | wc -l)
    ((done == count)) || fail "it has $count commands, and $done were typed"
}

# use_config: gate.json is the lossy one of the example, with a store and the standard reports.
use_config() {
    sed '/"reports"/d; s/^  "gates"/  "store": ".rqgate\/history.db",\n  "gates"/; s/^  \],$/  ]/' gate-lossy-index.json >gate.json
}

# ran DAYS ARGUMENT...: a run that many days ago.
ran() {
    local days=$1
    shift
    SOURCE_DATE_EPOCH=$(($(date +%s) - days * 86400)) rqgate run gate.json --quiet "$@" >/dev/null || true
}

gate_failed() {
    open_book gate-failed
    use_config
    ran 14 --set candidate.index.search=nprobe=16
    ran 0
    typed 'rqgate report *' '**FAIL: 3 of 4 gates failed' '| ann_recall@10 |'
    typed 'rqgate run gate.json; *' 'FAIL: 3 of 4 gates failed' 'exit 1'
    typed 'rqgate history *' 'pass' 'drop(RR@10) <= 0.02 and 2 more'
    typed 'rqgate run gate.json *exact*' 'PASS' 'exit 0'
    typed 'rqgate run gate.json *nprobe=4 *' 'exit 1'
    typed 'rqgate run gate.json *nprobe=16 *' 'exit 0'
    typed 'rqgate run gate.json' 'topic q002 lost 1.0000 in RR@10'
    typed 'rqgate explain q002 *' 'release-ca-rotation-2026'
    close_book
    # The waiver that it shows.
    local gate
    gate=$(awk '/^```/ { json = $0 == "```json"; next } json' "$root/ci/runbooks/$book.md")
    rqgate run gate.json --set "gates=[$gate]" >"$folder/said" 2>&1 || fail "the waived gate blocks"
    grep -qF "waived" "$folder/said" || fail "the waiver is not told"
}

weekly_missed() {
    open_book weekly-missed
    use_config
    sed -i 's/nprobe=1"/nprobe=16"/' gate.json
    ran 10
    typed 'rqgate history check *' 'STALE: run of help-centre passed last on' 'exit 1'
    typed 'rqgate doctor' 'threads'
    typed 'df -h .' 'Avail'
    typed 'rqgate run gate.json; *' 'PASS' 'exit 0'
    typed 'rqgate history check *' 'fresh: run of help-centre' 'exit 0'
    typed 'rqgate history *' 'pass'
    close_book
    # Commands that stand in its table.
    rqgate failures list --config gate.json >"$folder/said" 2>&1 || fail "rqgate failures"
    rqgate cache clear >"$folder/said" 2>&1 || fail "rqgate cache clear"
}

# write_model FACTOR: a program that embeds by pairs of letters, 64 of them; another factor is another model, under the same name.
write_model() {
    cat >embed.pl <<END
\$| = 1;
while (<STDIN>) {
    my (\$id) = /"id": *([0-9]+)/;
    my (\$text) = /"text": *"(.*)"/;
    my @count = (0.01) x 64;
    my @letters = map { ord } split //, lc \$text;
    \$count[(\$letters[\$_ - 1] * $1 + \$letters[\$_]) % 64]++ for 1 .. \$#letters;
    print "{\"id\": \$id, \"vector\": [", join(",", @count), "]}\n";
}
END
}

model_changed() {
    open_book model-changed
    cat >gate.json <<END
{"suite": "help", "dataset": {"path": "."}, "store": ".rqgate/history.db", "latency": {"samples": 0}, "metrics": ["RR@10"],
 "embedders": {"pairs": {"kind": "exec", "command": ["perl", "embed.pl"], "model": "pairs"}},
 "baseline": {"embedder": "pairs"}, "candidate": {}, "gates": ["drift.silent_change", "drop(RR@10) <= 0.05"]}
END
    write_model 31
    SOURCE_DATE_EPOCH=$(($(date +%s) - 14 * 86400)) rqgate drift gate.json >/dev/null
    SOURCE_DATE_EPOCH=$(($(date +%s) - 7 * 86400)) rqgate drift gate.json >/dev/null
    write_model 17
    typed 'rqgate drift gate.json; *' 'silent_change' 'FAIL' 'exit 1'
    typed 'rqgate history *--command drift*' 'pass' 'fail'
    typed 'rqgate run gate.json --no-cache; *' 'PASS' 'exit 0'
    write_model 31
    typed 'rqgate drift gate.json; *' 'exit 0'
    write_model 17
    typed 'rqgate drift gate.json --update; *' 'exit 1'
    typed 'rqgate drift gate.json; *' 'exit 0'
    close_book
}

root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$RQGATE" "$work/bin/rqgate"
PATH=$work/bin:$PATH
failed=0
books=(gate-failed weekly-missed model-changed)
for name in "${books[@]}"; do
    "${name//-/_}"
    cd "$root"
done
for file in ci/runbooks/*.md; do
    grep -rqF "$(basename "$file" .md)" tests/ci || { echo "failed: no test types $file" && failed=1; }
done
((failed == 0)) || exit 1
echo "runbooks: passed, ${#books[@]} of them"
