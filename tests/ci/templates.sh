#!/usr/bin/env bash
# Parses the templates of ci/templates, and runs their shell parts on the example as their services would: each step in its order, in a folder laid out as
# they lay it out, with the program that is being tested where their cache would have kept it. What needs a network (apt-get, git clone) and what
# the services themselves do is not run.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${RQGATE:?the path of the program}"
root=$PWD
templates=$root/ci/templates

missing=
python3 -c 'import yaml' 2>/dev/null || missing+=" python3-yaml"
command -v promtool >/dev/null || missing+=" prometheus"
if [[ $missing ]]; then
    echo "skipped: missing$missing (ci/setup --tests)"
    [[ ${CI:-} != true ]] || exit 1
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/said"
failed=0

fail() {
    failed=1
    printf 'failed: %s\n' "$1"
    sed 's/^/  | /' "$work/said"
}

# expect WHAT CODE COMMAND...
expect() {
    local what=$1 code=$2 got=0
    shift 2
    "$@" >"$work/said" 2>&1 || got=$?
    ((got == code)) || fail "$what: exit code $got where $code was expected"
}

# of_yaml FILE PYTHON: what the expression says of the parsed documents, "docs" and the first of them "doc"; of a list each item, with a line end.
of_yaml() {
    python3 - "$templates/$1" "$2" <<'END'
import sys, yaml
docs = list(yaml.safe_load_all(open(sys.argv[1])))
doc = docs[0]
found = eval(sys.argv[2])
for item in found if isinstance(found, list) else [found]:
    print(item)
END
}

# lay_out FOLDER: a clean checkout with a gate, and the program where each of them would have built it; it is there from then on.
lay_out() {
    local program
    rm -rf "$1"
    mkdir -p "$1"
    cp -r "$root/datasets/example" "$1/gate"
    sed -i '/"reports"/d; s/^  \],$/  ]/' "$1"/gate/*.json
    for program in .rqgate-program ".rqgate-program/$RQGATE_REF"; do
        mkdir -p "$1/$program/build"
        ln -s "$root" "$1/$program/source"
        ln -s "$RQGATE" "$1/$program/build/rqgate"
    done
    mkdir -p "$1/rqgate/build"
    ln -s "$root/ci" "$1/rqgate/ci"
    ln -s "$RQGATE" "$1/rqgate/build/rqgate"
    cd "$1"
}
export RQGATE_REF=v1

# carry FROM TO PATH...: what a CI keeps of one folder and brings to another.
carry() {
    local from=$1 to=$2 path
    shift 2
    for path; do
        [[ ! -e $from/$path ]] || { mkdir -p "$(dirname "$to/$path")" && cp -a "$from/$path" "$(dirname "$to/$path")/"; }
    done
}

# in_week WEEK CONFIG: the time is that week's, of three of which the last is this one, with another model: what the job has to notice.
in_week() {
    export SOURCE_DATE_EPOCH=$(($(date +%s) - (3 - $1) * 7 * 86400))
    (($1 < 3)) || sed -i 's/"dim": 256/"dim": 64/' "$2"
}

# remembers FOLDER VERDICT...: what its store holds of drift, the first first.
remembers() {
    local folder=$1
    shift
    "$RQGATE" history --store "$folder/.rqgate/history.db" --command drift --jsonl >"$work/said" 2>&1 || true
    [[ $(python3 -c 'import json, sys; print(*[json.loads(line).get("verdict") or "none" for line in sys.stdin])' <"$work/said") == "$*" ]]
}

for file in "$templates"/*.yml "$templates"/*/*.y*ml; do
    expect "${file#"$templates"/}" 0 python3 -c 'import sys, yaml; assert all(isinstance(doc, dict) for doc in yaml.safe_load_all(open(sys.argv[1])))' "$file"
done

# --- GitHub Actions -------------------------------------------------------------------------------

# Those that are not for a miss of the program's cache, in their order: N.sh, N.restore, N.save or N.upload (paths), and N.if, N.id.
mkdir "$work/steps"
expect "GitHub Actions: steps" 0 python3 - "$templates/github-actions.yml" "$work/steps" <<'END'
import sys, yaml
kinds = {"actions/cache/restore": "restore", "actions/cache/save": "save", "actions/upload-artifact": "upload"}
number = 0
for step in yaml.safe_load(open(sys.argv[1]))["jobs"]["gate"]["steps"]:
    kind = "sh" if "run" in step else kinds.get(step["uses"].split("@")[0])
    if kind is None or "cache-hit" in step.get("if", ""):
        continue
    open(f"{sys.argv[2]}/{number}.{kind}", "w").write(step["run"] if kind == "sh" else step["with"]["path"].rstrip("\n") + "\n")
    open(f"{sys.argv[2]}/{number}.if", "w").write(step.get("if", ""))
    open(f"{sys.argv[2]}/{number}.id", "w").write(step.get("id", ""))
    number += 1
assert number == 6, number
END

# github JOB CONFIG CODE: all steps; after one that fails, those that run all the same. What the job would end with; $work/artifact and $work/cache.
github() {
    local step script got status=0 gate=skipped paths
    export JOB=$1 CONFIG=$2 GITHUB_STEP_SUMMARY=$PWD/summary
    : >"$work/said"
    rm -rf "$work/artifact"
    for step in "$work"/steps/*.if; do
        step=${step%.if}
        case $(<"$step.if") in
        "") ((status == 0)) || continue ;;
        "always()") ;;
        "always() && steps.gate.outcome != 'skipped'") [[ $gate != skipped ]] || continue ;;
        *) fail "GitHub Actions: an unknown condition, $(<"$step.if")" ;;
        esac
        if [[ -f $step.sh ]]; then
            got=0
            bash -e "$step.sh" >>"$work/said" 2>&1 || got=$?
            ((status != 0)) || status=$got
            [[ $(<"$step.id") != gate ]] || gate=ran
            continue
        fi
        for script in restore save upload; do
            [[ ! -f $step.$script ]] || mapfile -t paths <"$step.$script"
        done
        [[ ! -f $step.restore ]] || carry "$work/cache" "$PWD" "${paths[@]}"
        [[ ! -f $step.save ]] || { rm -rf "$work/cache" && carry "$PWD" "$work/cache" "${paths[@]}"; }
        [[ ! -f $step.upload ]] || carry "$PWD" "$work/artifact" "${paths[@]}"
    done
    ((status == $3)) || fail "GitHub Actions, $1 $2: ends with $status where $3 was expected"
}

lay_out "$work/github-repository"
github run gate/gate.json 0
[[ -s summary && -s $work/artifact/reports/report.html && -s $work/artifact/reports/junit.xml ]] || fail "GitHub Actions: a report is missing"
rm summary
github run gate/gate-lossy-index.json 1
grep -q "FAIL" summary || fail "GitHub Actions: no summary of a failed gate"
[[ -s $work/artifact/reports/report.json ]] || fail "GitHub Actions: no reports of a failed gate"
grep -q '^::error' "$work/said" || fail "GitHub Actions: no annotation of a failed gate"
rm summary
github run gate/none.json 74
grep -q "no verdict" summary || fail "GitHub Actions: no summary of a job that broke"
[[ ! -e $work/artifact/reports/report.json ]] || fail "GitHub Actions: a report of an earlier run is kept as this one's"
rm -rf "$work/cache"
for week in 1 2 3; do
    lay_out "$work/github-repository"
    in_week "$week" gate/gate.json
    github drift gate/gate.json "$((week == 3))"
done
grep -q "FAIL" summary || fail "GitHub Actions: no summary of drift"
[[ -s $work/artifact/reports/report.json ]] || fail "GitHub Actions: no reports of drift"
remembers "$work/cache/gate" none pass fail || fail "GitHub Actions: three weeks are not remembered"
lay_out "$work/github-repository"
rm -rf "$work/cache/gate/references"
github drift gate/gate.json 65
cd "$root"

# --- GitLab CI ------------------------------------------------------------------------------------

# gitlab JOB CONFIG CODE: with its cache and its artifacts, kept always.
gitlab() {
    local paths
    export CONFIG=$2
    of_yaml gitlab-ci.yml "[s for s in doc['.retrieval']['before_script'] if 'apt-get' not in s] + doc['$1']['script']" >"$work/script"
    mapfile -t paths < <(of_yaml gitlab-ci.yml "[p for c in doc['.retrieval']['cache'] if c['key'] == 'rqgate-data' and c['when'] == 'always' for p in c['paths']]")
    carry "$work/gitlab-cache" "$PWD" "${paths[@]}"
    expect "GitLab CI, $1 $2" "$3" bash -e "$work/script"
    rm -rf "$work/gitlab-cache" "$work/artifact"
    carry "$PWD" "$work/gitlab-cache" "${paths[@]}"
    mapfile -t paths < <(of_yaml gitlab-ci.yml "doc['.retrieval']['artifacts']['paths']")
    carry "$PWD" "$work/artifact" "${paths[@]}"
}

lay_out "$work/gitlab-repository"
gitlab "retrieval gate" gate/gate.json 0
gitlab "retrieval gate" gate/gate-lossy-index.json 1
for file in $(of_yaml "gitlab-ci.yml" "list(doc['.retrieval']['artifacts']['reports'].values())"); do
    [[ -s $work/artifact/$file ]] || fail "GitLab CI: $file is missing"
done
gitlab "retrieval gate" gate/none.json 74
[[ ! -e $work/artifact/reports/report.json ]] || fail "GitLab CI: a report of an earlier run is kept as this one's"
rm -rf "$work/gitlab-cache"
for week in 1 2 3; do
    lay_out "$work/gitlab-repository"
    in_week "$week" gate/gate.json
    gitlab "weekly drift" gate/gate.json "$((week == 3))"
done
[[ -s $work/artifact/reports/junit.xml ]] || fail "GitLab CI: no reports of drift"
remembers "$work/gitlab-cache/gate" none pass fail || fail "GitLab CI: three weeks are not remembered"
[[ $(of_yaml gitlab-ci.yml "[doc[name].get('allow_failure', False) for name in ('retrieval gate', 'weekly drift')]") == $'False\nFalse' ]] || fail "GitLab CI: a gate may fail"
[[ $(of_yaml gitlab-ci.yml "doc['.retrieval']['artifacts']['when']") == always ]] || fail "GitLab CI: reports of a failed gate are not kept"
for place in "github-actions.yml doc['env']" "gitlab-ci.yml doc['.retrieval']['variables']"; do
    [[ $(of_yaml "${place% *}" "${place#* }['RQGATE_CPU']") == generic ]] || fail "${place% *}: a program for other machines is built for this one"
done
cd "$root"

# --- Jenkins --------------------------------------------------------------------------------------

# A file for each shell part, by its stage; brackets and quotes outside of them in pairs.
expect "Jenkinsfile" 0 python3 - "$templates/Jenkinsfile" "$work" <<'END'
import re, sys
text = re.sub(r"^//.*$", "", open(sys.argv[1]).read(), flags=re.M)
parts = re.findall(r"stage\('(\w+)'\)(?:(?!stage\().)*?sh '''(.*?)'''", text, flags=re.S)
assert [name for name, _ in parts] == ["Program", "Gate", "Drift"], parts
for name, script in parts:
    open(f"{sys.argv[2]}/{name}", "w").write(script.replace("\\\\", "\\"))
stack = []
for c in re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "", re.sub(r"'''.*?'''", "", text, flags=re.S)):
    assert c not in "'\"", "a quote that is not closed"
    if c in "({[":
        stack.append(c)
    elif c in ")}]":
        assert stack and stack.pop() + c in ("()", "{}", "[]"), "brackets"
assert not stack
assert re.search(r"post\s*{\s*always\s*{[^}]*archiveArtifacts", text, flags=re.S), "reports of a failed gate are not kept"
END
lay_out "$work/jenkins-workspace"
CONFIG=$(sed -n "s/^ *CONFIG = '\(.*\)'/\1/p" "$templates/Jenkinsfile")
PROGRAM=$(sed -n 's/^ *PROGRAM = "\(.*\)"/\1/p' "$templates/Jenkinsfile")
# shellcheck disable=SC2016 # Groovy's
[[ $PROGRAM == *'${env.RQGATE_REF}'* ]] || fail "Jenkins: another version finds the program of this one"
# shellcheck disable=SC2016
PROGRAM=${PROGRAM//'${env.RQGATE_REF}'/$RQGATE_REF}
export CONFIG PROGRAM

# jenkins STAGE CODE: the stages of a build, in the workspace of the one before.
jenkins() {
    expect "Jenkins: the program" 0 sh -xe "$work/Program"
    [[ ! -e reports ]] || fail "Jenkins: reports of an earlier build are kept as this one's"
    expect "Jenkins: $1 of $CONFIG" "$2" sh -xe "$work/$1"
}

jenkins Gate 0
CONFIG=gate/gate-lossy-index.json jenkins Gate 1
[[ -s reports/junit.xml ]] || fail "Jenkins: no JUnit of a failed gate"
CONFIG=gate/none.json jenkins Gate 74
rm -r gate/.rqgate
for week in 1 2 3; do
    in_week "$week" gate/gate.json
    jenkins Drift "$((week == 3))"
done
[[ -s reports/junit.xml ]] || fail "Jenkins: no JUnit of drift"
remembers "$PWD/gate" none pass fail || fail "Jenkins: three weeks are not remembered"
cd "$root"

# --- Docker ---------------------------------------------------------------------------------------

sed -e :a -e '/\\$/{N;s/\\\n//;ba' -e '}' -e '/^#/d' "$templates/Dockerfile" >"$work/instructions"
! grep -vE '^(FROM|COPY|WORKDIR|ENV|RUN|USER|ENTRYPOINT|CMD) |^$' "$work/instructions" >"$work/said" || fail "Dockerfile: an instruction that Docker does not know"
while read -r script; do
    expect "Dockerfile: RUN $script" 0 sh -n -c "$script"
done < <(sed -n 's/^RUN //p' "$work/instructions")
while read -r _ from to; do
    expect "Dockerfile: $from $to" 0 python3 -c 'import json, sys; json.loads(sys.argv[1])' "$from${to:+ $to}"
done < <(grep -E '^(ENTRYPOINT|CMD) ' "$work/instructions")
# Packages of the libraries that the program is linked to, and of those that it opens; glibc's and gcc's own are in every image, or come with others.
if command -v dpkg >/dev/null && [[ ! ${RQ_SANITIZE:-} =~ ^(ON|1)$ ]]; then
    for library in $(ldd "$RQGATE" | awk '$3 ~ /^\// { print $3 }'); do
        library=$(readlink -f "$library")
        package=$(dpkg -S "*${library#/usr}" | head -n 1 | cut -d : -f 1) # with or without /usr: /lib is a link, which dpkg does not follow
        [[ $package =~ ^(libc6|libgcc-s1|libquadmath0)$ ]] || grep -qw -- "$package" "$work/instructions" ||
            fail "Dockerfile: the image lacks $package, of which the program needs $library"
    done
fi

# --- systemd --------------------------------------------------------------------------------------

mkdir "$work/units"
sed "s|/usr/local/bin/rqgate|$RQGATE|" "$templates/systemd/rqgate-weekly.service" >"$work/units/rqgate-weekly.service"
cp "$templates/systemd/rqgate-weekly.timer" "$work/units/"
if command -v systemd-analyze >/dev/null; then
    expect "systemd units" 0 systemd-analyze verify --man=no "$work"/units/rqgate-weekly.{service,timer}
    [[ ! -s $work/said ]] || fail "systemd-analyze warns"
    expect "systemd: the time" 0 systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$work/units/rqgate-weekly.timer")"
else
    echo "passed over: there is no systemd-analyze, so the units are not parsed"
fi
cp -r datasets/example "$work/srv"
cd "$work/srv"
command=$(sed -n 's/^ExecStart=//p' "$work/units/rqgate-weekly.service")
for week in 1 2 3; do
    in_week "$week" gate.json
    expect "systemd: week $week" "$((week == 3))" sh -c "$command"
done
remembers "$PWD" none pass fail || fail "systemd: three weeks are not remembered"
[[ -s metrics/rqgate.prom && -s reports/drift.html ]] || fail "systemd: a report is missing"
expect "systemd: what Prometheus reads" 0 sh -c "promtool check metrics <metrics/rqgate.prom"
cd "$root"

# --- Kubernetes -----------------------------------------------------------------------------------

job="[d for d in docs if d['kind'] == 'CronJob'][0]['spec']"
container="${job}['jobTemplate']['spec']['template']['spec']['containers'][0]"
[[ $(of_yaml kubernetes/cronjob.yaml "[${job}['concurrencyPolicy'], ${job}['jobTemplate']['spec']['backoffLimit']]") == $'Forbid\n0' ]] ||
    fail "Kubernetes: two jobs at a time, or a verdict that is tried again"
pod="${job}['jobTemplate']['spec']['template']['spec']"
[[ $(of_yaml kubernetes/cronjob.yaml "[${pod}['automountServiceAccountToken'], ${pod}['securityContext']['seccompProfile']['type'], ${pod}['securityContext']['runAsNonRoot'],
    ${container}['securityContext']['allowPrivilegeEscalation'], ${container}['securityContext']['capabilities']['drop'][0]]") == $'False\nRuntimeDefault\nTrue\nFalse\nALL' ]] ||
    fail "Kubernetes: a namespace that enforces the restricted standard of pod security refuses it"
mapfile -t arguments < <(of_yaml kubernetes/cronjob.yaml "${container}['args']")
cp -r datasets/example "$work/volume"
cd "$work/volume"
for week in 1 2 3; do
    in_week "$week" gate.json
    expect "Kubernetes: week $week" "$((week == 3))" "$RQGATE" "${arguments[@]}"
done
remembers "$PWD" none pass fail || fail "Kubernetes: three weeks are not remembered"
cd "$root"
# Folders that are written to are mounted: the image's own cannot be.
[[ $(of_yaml kubernetes/cronjob.yaml "[m['mountPath'] for m in ${container}['volumeMounts']]") == "$(of_yaml kubernetes/cronjob.yaml "${container}['workingDir']")"$'\n/tmp' ]] ||
    fail "Kubernetes: the working folder is not the volume"

# --- Prometheus -----------------------------------------------------------------------------------

expect "Prometheus rules" 0 promtool check rules "$templates/prometheus/rules.yml"
expect "Prometheus rules: what fires" 0 promtool test rules "$templates/prometheus/rules_test.yml"
for runbook in $(of_yaml prometheus/rules.yml "[r['annotations']['runbook'] for r in doc['groups'][0]['rules']]"); do
    [[ -f $runbook ]] || fail "Prometheus rules: there is no $runbook"
done
# They ask for series that the program writes, and their tests are of such series, label by label.
cd "$work/srv"
expect "Prometheus rules: a run" 0 "$RQGATE" run gate.json --quiet --set candidate.embedder=lsa-256 --report "prometheus=$work/run.prom"
cp gate.json other.json
"$RQGATE" drift other.json --quiet --report "prometheus=$work/other.prom" >/dev/null 2>&1 || true
"$RQGATE" run other.json --quiet --report "prometheus=$work/other-run.prom" >/dev/null 2>&1 || true
cd "$root"
cat "$work"/{run,other,other-run,srv/metrics/rqgate}.prom >"$work/written.prom"
while read -r series; do
    grep -q "^$series{" "$work/written.prom" || fail "Prometheus rules: the program writes no $series"
done < <(grep -o 'rqgate_[a-z_]*' "$templates/prometheus/rules.yml" | sort -u)
of_yaml prometheus/rules_test.yml "[s['series'] for t in doc['tests'] for s in t['input_series']]" |
    sed 's/job="[^"]*",instance="[^"]*",//' | sort -u >"$work/tested"
(($(wc -l <"$work/tested") > 5)) || fail "Prometheus rules: their tests have no series"
while read -r series; do
    grep -qF "$series " "$work/written.prom" || fail "Prometheus rules: their tests have $series, which the program does not write"
done <"$work/tested"

((failed == 0)) || exit 1
echo "templates: passed"
