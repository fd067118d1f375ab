#!/usr/bin/env bash
# The program on a CPU without AVX: one built for such CPUs gives the digits it gives here, another says why it cannot run.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${RQGATE:?the path of the program}" "${RQ_CPU_LEVEL:?the x86-64 level its FAISS is built for}"
skip() {
    echo "skipped: $1"
    exit 77
}
[[ $(uname -m) == x86_64 && $RQ_CPU_LEVEL != 0 ]] || skip "this is not x86-64, or FAISS does not say what it is built for"
command -v qemu-x86_64 >/dev/null || skip "qemu-x86_64 is not installed (ci/setup --tests)"
[[ ${RQ_SANITIZE:-} != ON ]] || skip "the sanitizers need an address space that qemu-x86_64 has not"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
old_cpu=(qemu-x86_64 -cpu Nehalem "$RQGATE")
failed=0

# expect WHAT EXPECTED ACTUAL
expect() {
    [[ $2 != "$3" ]] || return 0
    failed=1
    printf 'failed: %s\nexpected %s\nfound    %s\n' "$@"
}

# says COMMAND...: the exit code, and all that is said
says() {
    local code=0
    "$@" >"$folder/said" 2>&1 || code=$?
    printf '%d %s' "$code" "$(cat "$folder/said")"
}

missing="avx2, fma, bmi1, bmi2, f16c, movbe, lzcnt"
((RQ_CPU_LEVEL < 4)) || missing+=", avx512f, avx512bw, avx512cd, avx512dq, avx512vl"
if ((RQ_CPU_LEVEL > 1)); then
    expect "it names what is missing" "70 rqgate: this CPU lacks $missing, which FAISS in this program is built for; build it on this machine \
(ci/setup, ci/build), or elsewhere with RQGATE_CPU=generic set for both" "$(says "${old_cpu[@]}" version)"
else
    cat >"$folder/gate.json" <<END
{"dataset": {"path": "$PWD/datasets/example"}, "embedders": {"words": {"kind": "hash"}},
 "baseline": {"embedder": "words", "index": {"kind": "exact"}}, "candidate": {"index": {"similarity": "l2"}},
 "metrics": ["RR@10", "nDCG@10"], "gates": ["RR@10 >= 0.1"], "latency": {"samples": 0}, "reports": {"json": "report.json"}}
END
    # report NAME COMMAND...: report.json without "run", which tells what differs from machine to machine.
    report() {
        says "${@:2}" run "$folder/gate.json" --no-cache --quiet >"$folder/$1.said"
        sed '/^  "run": {/,/^  }/d' "$folder/report.json" >"$folder/$1"
    }
    report here "$RQGATE"
    report old "${old_cpu[@]}"
    expect "it runs here" 0 "$(cut -d ' ' -f 1 "$folder/here.said")"
    expect "it says the same" "$(cat "$folder/here.said")" "$(cat "$folder/old.said")"
    cmp "$folder/here" "$folder/old" || failed=1
    expect "a kernel that is forced" "70 rqgate: this CPU lacks an instruction that the program or one of its libraries is built of; build them on this \
machine (ci/setup, ci/build), and unset OPENBLAS_CORETYPE if you set it" \
        "$(OPENBLAS_CORETYPE=Haswell says "${old_cpu[@]}" run "$folder/gate.json" --no-cache --quiet)"
fi
((failed == 0)) && echo "cpu: passed"
