#!/usr/bin/env bash
# Pages in a browser: node/html.mjs looks at what the program makes of the example and of a collection whose every text tries to break out of the page.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${RQGATE:?the path of the program}"
skip() {
    echo "skipped: $1"
    exit 77
}
chromium=$(command -v "${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome) || skip "chromium is not installed (ci/setup --tests)"
command -v node >/dev/null || skip "node is not installed (ci/setup --tests)"
export CHROMIUM=$chromium

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# looks PAGE VERDICT
looks() {
    node tests/node/html.mjs "$@" || failed=1
}

# has PAGE PLOT...: plots of these names are on the page; that each one drawn has a name, html.mjs sees.
has() {
    local page=$1 plot
    shift
    for plot in "$@"; do
        grep -q "<title id=\"t[0-9]*\">$plot</title>" "$page" || { echo "failed: $page: no plot \"$plot\"" && failed=1; }
    done
}

cp -r datasets/example "$folder/example"
code=0
"$RQGATE" run "$folder/example/gate.json" --quiet --store "$folder/store.db" --report html="$folder/pass.html" >/dev/null
"$RQGATE" run "$folder/example/gate-worse-embedding.json" --quiet --store "$folder/store.db" --report html="$folder/worse.html" >/dev/null || code=$?
[[ $code == 1 ]] || { echo "failed: exit code $code" && failed=1; }
looks "$folder/pass.html" PASS
looks "$folder/worse.html" FAIL
has "$folder/worse.html" "drop(RR@10) &lt;= 0.02 against its limit" "difference of RR@10" "differences of RR@10, topic by topic" "where the differences come from" \
    "ann_recall@10 against latency.p50" "how long searches took" "RR@10 over time, run of help-centre"

# Pages of the same kind: what the store remembers, two runs compared, a job of drift.
"$RQGATE" history --store "$folder/store.db" --html >"$folder/history.html"
looks "$folder/history.html" History
has "$folder/history.html" "nDCG@10 over time, run of help-centre" "latency.p99 over time, run of help-centre"
"$RQGATE" drift "$folder/example/gate.json" --quiet >/dev/null
sed -i '1,90s/ the / der /g' "$folder/example/corpus.jsonl"
verdict=$("$RQGATE" drift "$folder/example/gate.json" --quiet --report html="$folder/drift.html" || true)
looks "$folder/drift.html" "${verdict%%[: ]*}"
printf 'q1 0 d1 1\nq2 0 d2 1\n' >"$folder/qrels"
printf 'q1 Q0 d1 1 2 a\nq2 Q0 d2 1 2 a\n' >"$folder/old.run"
printf 'q1 Q0 d1 1 2 b\nq2 Q0 d3 1 2 b\nq2 Q0 d2 2 1 b\n' >"$folder/new.run"
"$RQGATE" eval "$folder/qrels" "$folder/old.run" "$folder/new.run" --format html >"$folder/eval.html"
looks "$folder/eval.html" Evaluation
has "$folder/eval.html" "difference of RR@10" "differences of nDCG@10, topic by topic"
"$RQGATE" compare "$folder/old.run" "$folder/new.run" --qrels "$folder/qrels" --report html="$folder/compare.html" >/dev/null
looks "$folder/compare.html" Compared
has "$folder/compare.html" "difference of RR@10"

# vectors FIRST COUNT MOVED: made up ones of the documents from FIRST on, every ninth moved.
vectors() {
    awk -v first="$1" -v count="$2" -v moved="$3" 'BEGIN {
        print "id,embedding"
        for (i = first; i < first + count; i++) {
            printf "d%d,\"[", i
            for (j = 0; j < 8; j++) {
                x = sin(i * 12.9898 + j * 78.233) * 43758.5453
                printf "%s%.6f", j ? "," : "", x - int(x) + (i % 9 == 0 ? moved * j : 0)
            }
            print "]\""
        }
    }'
}
vectors 0 120 0 >"$folder/1.csv"
vectors 6 120 0.1 >"$folder/2.csv"
vectors 40 20 0.02 >"$folder/topics.csv"
for i in 1 2; do
    "$RQGATE" vectors convert "$folder/$i.csv" "$folder/$i.npy" --ids "$folder/$i.ids" >/dev/null
    "$RQGATE" snapshot create --index "$folder/$i.npy" --vectors "$folder/$i.npy" --ids "$folder/$i.ids" --kind exact --store "$folder/kept" >/dev/null
done
"$RQGATE" compare previous current --store "$folder/kept" --topic-vectors "$folder/topics.csv" --report html="$folder/snapshots.html" >/dev/null
looks "$folder/snapshots.html" Compared
has "$folder/snapshots.html" "cosines of what both have"

# Text of a user's that is markup wherever it could stand.
evil='\"><\/title><\/style><script>document.title=1<\/script><img src=https:\/\/192.0.2.1\/x.png onerror=alert(1)> %s'
mkdir "$folder/evil"
evil_id='"><script>alert(1)</script>'
printf '%s\n' "{\"_id\": \"d1\", \"text\": \"$evil one\"}" "{\"_id\": \"<b>d2</b>\", \"text\": \"$evil two\"}" '{"_id": "d3", "text": "three"}' >"$folder/evil/corpus.jsonl"
printf '%s\n' "{\"_id\": \"q1\", \"text\": \"$evil one\", \"slice\": \"${evil_id//\"/\\\"}\"}" "{\"_id\": \"<i>q2\", \"text\": \"$evil two\"}" >"$folder/evil/queries.jsonl"
printf 'q1\t0\td1\t1\n<i>q2\t0\t<b>d2</b>\t1\n' >"$folder/evil/qrels.tsv"
printf 'q1\tQ0\td1\t1\t3\ta\nq1\tQ0\td3\t2\t2\ta\n<i>q2\tQ0\t<b>d2</b>\t1\t3\ta\n' >"$folder/evil/old.run"
printf 'q1\tQ0\td3\t1\t3\ta\nq1\tQ0\td1\t2\t2\ta\n<i>q2\tQ0\t<b>d2</b>\t1\t3\ta\n' >"$folder/evil/new.run"
cat >"$folder/evil/gate.json" <<END
{"suite": "$evil", "dataset": {"corpus": "corpus.jsonl", "topics": "queries.jsonl", "qrels": "qrels.tsv"}, "baseline": {"run": "old.run"}, "candidate": {"run": "new.run"},
 "metrics": ["RR@10", "nDCG@10"], "gates": [{"kind": "max_drop", "metric": "RR@10", "margin": 0.1, "owner": "$evil", "runbook": "javascript:alert(1)"}, "RR@10 >= 0.5"]}
END
verdict=$("$RQGATE" run "$folder/evil/gate.json" --quiet --report html="$folder/evil.html" || true)
looks "$folder/evil.html" "${verdict%%[: ]*}"

# That all of this can be seen.
sed "s/default-src 'none';//; s/img-src data:/img-src */; s|<main>|<main><img alt=\"\" src=\"https://192.0.2.1/x.png\"><div style=\"width:900px\">wide</div>|
     s/n(a)-n(b)/0/; s/a.localeCompare(b)/0/; 0,/<title id=\"t1\">[^<]*/s//<title id=\"t1\">/; s/role=\"img\" aria-labelledby=\"t2\"/aria-hidden=\"true\"/; s/--quiet:#555d66/--quiet:#999999/" \
    "$folder/worse.html" >"$folder/broken.html"
! node tests/node/html.mjs "$folder/broken.html" PASS >"$folder/said" || { echo "failed: a broken page is well" && failed=1; }
for fault in "its first heading is" "it asks for https://192.0.2.1/x.png" "plots are drawn and" "a plot is called \"\"" "wide where a phone has 360" "sorting: not ascending" \
    "contrast, 1200 wide: text.tick: 2.85 where 4.5 is asked for"; do
    grep -qF "$fault" "$folder/said" || { printf "failed: unnoticed: %s; found\n%s\n" "$fault" "$(cat "$folder/said")" && failed=1; }
done

((failed == 0)) && echo "html: the pages are well"
exit "$failed"
