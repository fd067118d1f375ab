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

# lay_out FOLDER: a repository with a gate, and the program at rqgate/build and at .rqgate-program/build.
lay_out() {
    mkdir -p "$1/rqgate/build" "$1/.rqgate-program/build"
    cp -r datasets/example "$1/gate"
    sed -i '/"reports"/d; s/^  \],$/  ]/' "$1"/gate/*.json
    ln -s "$root/ci" "$1/rqgate/ci"
    ln -s "$root" "$1/.rqgate-program/source"
    ln -s "$RQGATE" "$1/rqgate/build/rqgate"
    ln -s "$RQGATE" "$1/.rqgate-program/build/rqgate"
}

for file in "$templates"/*.yml "$templates"/*/*.y*ml; do
    expect "${file#"$templates"/}" 0 python3 -c 'import sys, yaml; assert all(isinstance(doc, dict) for doc in yaml.safe_load_all(open(sys.argv[1])))' "$file"
done

# --- GitHub Actions -------------------------------------------------------------------------------

# Those that run a shell and are not for a miss of the cache, in their order: N.sh and N.if.
mkdir "$work/steps"
expect "GitHub Actions: steps" 0 python3 - "$templates/github-actions.yml" "$work/steps" <<'END'
import sys, yaml
steps = [s for s in yaml.safe_load(open(sys.argv[1]))["jobs"]["gate"]["steps"] if "run" in s and "cache-hit" not in s.get("if", "")]
assert len(steps) == 3
for number, step in enumerate(steps):
    open(f"{sys.argv[2]}/{number}.sh", "w").write(step["run"])
    open(f"{sys.argv[2]}/{number}.if", "w").write(step.get("if", ""))
END

# github JOB CONFIG CODE: all steps; after one that fails, those that always run. What the job would end with.
github() {
    local script status=0
    export JOB=$1 CONFIG=$2 GITHUB_STEP_SUMMARY=$PWD/summary
    : >"$work/said"
    for script in "$work"/steps/*.sh; do
        ((status == 0)) || [[ $(<"${script%.sh}.if") == "always()" ]] || continue
        bash -e "$script" >>"$work/said" 2>&1 || status=$?
    done
    ((status == $3)) || fail "GitHub Actions, $1 $2: ends with $status where $3 was expected"
}

lay_out "$work/github-repository"
cd "$work/github-repository"
github run gate/gate.json 0
[[ -s summary && -s reports/report.html && -s reports/junit.xml ]] || fail "GitHub Actions: a report is missing"
rm -rf summary reports
github run gate/gate-lossy-index.json 1
grep -q "FAIL" summary || fail "GitHub Actions: no summary of a failed gate"
[[ -s reports/report.json ]] || fail "GitHub Actions: no reports of a failed gate"
grep -q '^::error' "$work/said" || fail "GitHub Actions: no annotation of a failed gate"
rm -rf summary reports
github drift gate/gate.json 0
github drift gate/gate.json 0
rm -rf summary reports
github run gate/none.json 74
grep -q "no verdict" summary || fail "GitHub Actions: no summary of a job that broke"
for use in upload-artifact cache; do
    [[ $(of_yaml github-actions.yml "[s for s in doc['jobs']['gate']['steps'] if 'actions/$use@' in s.get('uses', '')]") ]] || fail "GitHub Actions: no $use"
done
[[ $(of_yaml github-actions.yml "[s['if'] for s in doc['jobs']['gate']['steps'] if 'upload-artifact' in s.get('uses', '')]") == "always()" ]] ||
    fail "GitHub Actions: reports of a failed gate are not kept"
cd "$root"

# --- GitLab CI ------------------------------------------------------------------------------------

# gitlab JOB CONFIG CODE
gitlab() {
    export CONFIG=$2
    of_yaml gitlab-ci.yml "[s for s in doc['.retrieval']['before_script'] if 'apt-get' not in s] + doc['$1']['script']" >"$work/script"
    expect "GitLab CI, $1 $2" "$3" bash -e "$work/script"
}

lay_out "$work/gitlab-repository"
cd "$work/gitlab-repository"
gitlab "retrieval gate" gate/gate.json 0
rm -rf reports
gitlab "retrieval gate" gate/gate-lossy-index.json 1
for file in $(of_yaml "gitlab-ci.yml" "list(doc['.retrieval']['artifacts']['reports'].values())"); do
    [[ -s $file ]] || fail "GitLab CI: $file is missing"
done
gitlab "weekly drift" gate/gate.json 0
gitlab "weekly drift" gate/gate.json 0
[[ $(of_yaml gitlab-ci.yml "doc['.retrieval']['artifacts']['when']") == always ]] || fail "GitLab CI: reports of a failed gate are not kept"
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
for c in re.sub(r"'[^'\n]*'", "", re.sub(r"'''.*?'''", "", text, flags=re.S)):
    assert c not in "'\"", "a quote that is not closed"
    if c in "({[":
        stack.append(c)
    elif c in ")}]":
        assert stack and stack.pop() + c in ("()", "{}", "[]"), "brackets"
assert not stack
assert re.search(r"post\s*{\s*always\s*{[^}]*archiveArtifacts", text, flags=re.S), "reports of a failed gate are not kept"
END
lay_out "$work/jenkins-workspace"
cd "$work/jenkins-workspace"
CONFIG=$(sed -n "s/^ *CONFIG = '\(.*\)'/\1/p" "$templates/Jenkinsfile")
export CONFIG
expect "Jenkins: the program" 0 sh -xe "$work/Program"
expect "Jenkins: a gate" 0 sh -xe "$work/Gate"
expect "Jenkins: drift, the first time" 0 sh -xe "$work/Drift"
expect "Jenkins: drift" 0 sh -xe "$work/Drift"
[[ -s reports/junit.xml ]] || fail "Jenkins: no JUnit"
CONFIG=gate/gate-lossy-index.json expect "Jenkins: a gate that fails" 1 sh -xe "$work/Gate"
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
expect "systemd: the first run" 0 sh -c "$command"
expect "systemd: the second" 0 sh -c "$command"
[[ -s metrics/rqgate.prom && -s reports/drift.html ]] || fail "systemd: a report is missing"
expect "systemd: what Prometheus reads" 0 sh -c "promtool check metrics <metrics/rqgate.prom"
cd "$root"

# --- Kubernetes -----------------------------------------------------------------------------------

job="[d for d in docs if d['kind'] == 'CronJob'][0]['spec']"
container="${job}['jobTemplate']['spec']['template']['spec']['containers'][0]"
[[ $(of_yaml kubernetes/cronjob.yaml "[${job}['concurrencyPolicy'], ${job}['jobTemplate']['spec']['backoffLimit']]") == $'Forbid\n0' ]] ||
    fail "Kubernetes: two jobs at a time, or a verdict that is tried again"
mapfile -t arguments < <(of_yaml kubernetes/cronjob.yaml "${container}['args']")
cp -r datasets/example "$work/volume"
cd "$work/volume"
expect "Kubernetes: the first run" 0 "$RQGATE" "${arguments[@]}"
expect "Kubernetes: the second" 0 "$RQGATE" "${arguments[@]}"
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
# They ask for series that the program writes.
while read -r series; do
    grep -q "^$series" "$work/srv/metrics/rqgate.prom" || fail "Prometheus rules: the program writes no $series"
done < <(grep -o 'rqgate_[a-z_]*' "$templates/prometheus/rules.yml" | sort -u)

((failed == 0)) || exit 1
echo "templates: passed"
