#!/usr/bin/env bash
# Types the runbooks of ci/runbooks, every command of their fences of sh, in a folder where what they are for has happened. Each command has its line
# below; one without, or a line without a command, is a failure. A fence of text holds lines that the command before it says, where "..." is anything.
# What stands in tables (systemctl, kubectl) is not typed: it needs those.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${RQGATE:?the path of the program}"

# split_commands FOLDER: a file N for each line in a fence of sh, N.says for what it says, and one for a fence of JSON.
split_commands() {
    awk -v folder="$1" '
        /^```/ { fence = fence == "" ? substr($0, 4) : ""; next }
        fence == "sh" { print >sprintf("%s/%d", folder, ++count) }
        fence == "text" { print >sprintf("%s/%d.says", folder, count) }
        fence == "json" { print >(folder "/json") }
        fence != "" && fence !~ /^(sh|text|json)$/ { print >(folder "/unknown") }'
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
    [[ -f $folder/commands/$done.says ]] || return 0
    while read -r text; do
        text=$(sed 's/[][\.*^$]/\\&/g; s/\\\.\\\.\\\./.*/g' <<<"$text")
        grep -qx -- "$text" "$folder/said" || fail "has no line: $text"
    done <"$folder/commands/$done.says"
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
    count=$(find "$folder/commands" -name '*[0-9]' | wc -l)
    ((done == count)) || fail "it has $count commands, and $done were typed"
    [[ ! -f $folder/commands/unknown ]] || fail "it has a fence of no known kind: $(cat "$folder/commands/unknown")"
}

# use_config: gate.json is the lossy one of the example, with the standard reports.
use_config() {
    sed '/"reports"/d; s/^  \],$/  ]/' gate-lossy-index.json >gate.json
}

# ran DAYS COMMAND...: a job that many days ago.
ran() {
    local days=$1
    shift
    SOURCE_DATE_EPOCH=$(($(date +%s) - days * 86400)) "$@" >/dev/null 2>&1 || true
}

# The weekly job's own line, of both templates; what is typed by hand is the same.
job_line() {
    local unit args
    unit=$(sed -n 's|^ExecStart=/usr/local/bin/||p' "$root/ci/templates/systemd/rqgate-weekly.service")
    args=$(sed -n '/^ *args:/,/^ *envFrom:/s/^ *- //p' "$root/ci/templates/kubernetes/cronjob.yaml" | paste -sd ' ')
    [[ $unit == "rqgate $args" && ${#args} -gt 20 ]] || fail "the templates differ: $unit, $args"
    printf '%s; echo "exit $?"' "$unit"
}

gate_failed() {
    open_book gate-failed
    use_config
    sed 's/nprobe=1"/nprobe=16"/' gate.json >mended.json
    ran 14 rqgate run mended.json --store .rqgate/history.db
    ran 0 rqgate run gate.json --store .rqgate/history.db
    cp -r out out-before
    typed 'rqgate report *' '**FAIL: 3 of 4 gates failed' '| ann_recall@10 |'
    typed 'rqgate run gate.json *again*' 'FAIL: 3 of 4 gates failed' 'exit 1' 'topic q002 lost 1.0000 in RR@10'
    typed 'rqgate history *' 'pass' 'drop(RR@10) <= 0.02 and 2 more'
    typed 'rqgate run gate.json *exact*' 'PASS' 'exit 0'
    typed 'rqgate run gate.json *nprobe=4 *' 'exit 1'
    typed 'rqgate run gate.json *nprobe=16 *' 'exit 0'
    typed 'rqgate explain q002 *' 'release-ca-rotation-2026'
    diff -r out out-before >"$folder/said" 2>&1 || fail "the report that is looked at was written over"
    close_book
    # The waiver that it shows, with another day in place of its own.
    local gate
    gate=$(<"$folder/commands/json")
    rqgate run gate.json --set "gates=[${gate/2026-12-31/$(date -u -d '14 days' +%F)}]" >"$folder/said" 2>&1 || fail "the waived gate blocks"
    grep -qF "waived" "$folder/said" || fail "the waiver is not told"
    ! rqgate run gate.json --set "gates=[${gate/2026-12-31/$(date -u -d yesterday +%F)}]" >"$folder/said" 2>&1 || fail "the waiver does not end"
}

weekly_missed() {
    open_book weekly-missed
    use_config
    sed -i 's/nprobe=1"/nprobe=16"/' gate.json
    local line
    line=$(job_line)
    ran 17 rqgate drift gate.json --store .rqgate/history.db
    ran 10 rqgate drift gate.json --store .rqgate/history.db
    typed 'rqgate history check *' 'STALE: drift of help-centre passed last on' 'exit 1'
    typed 'rqgate doctor' 'threads'
    typed 'df -h .' 'Avail'
    typed "${line//\*/\\*}" 'PASS' 'exit 0'
    [[ -s metrics/rqgate.prom ]] || fail "Prometheus does not hear of it"
    typed 'rqgate history check *' 'fresh: drift of help-centre' 'exit 0'
    typed 'rqgate history *' 'pass'
    close_book
    # Commands that stand in its table.
    rqgate failures list --store .rqgate/history.db >"$folder/said" 2>&1 || fail "rqgate failures"
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
{"suite": "help", "dataset": {"path": "."}, "latency": {"samples": 0}, "metrics": ["RR@10"],
 "embedders": {"pairs": {"kind": "exec", "command": ["perl", "embed.pl"], "model": "pairs"}},
 "baseline": {"embedder": "pairs"}, "candidate": {}, "gates": ["drift.silent_change", "drop(RR@10) <= 0.05"]}
END
    write_model 31
    local line
    line=$(job_line)
    ran 14 rqgate drift gate.json --store .rqgate/history.db
    ran 7 rqgate drift gate.json --store .rqgate/history.db
    write_model 17
    ran 0 rqgate drift gate.json --store .rqgate/history.db
    cp -r out out-before
    typed 'rqgate drift gate.json *again*' 'silent_change' 'FAIL' 'exit 1'
    typed 'rqgate history *--command drift*' 'pass' 'fail'
    typed 'rqgate run gate.json --no-cache *anew*' 'PASS' 'exit 0'
    diff -r out out-before >"$folder/said" 2>&1 || fail "the report that is looked at was written over"
    write_model 31
    typed "$line" 'exit 0'
    write_model 17
    typed 'rqgate drift gate.json *--update; *' 'exit 1'
    typed "$line" 'exit 0'
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
