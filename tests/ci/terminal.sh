#!/usr/bin/env bash
# Completion and manual pages: bash and zsh are asked what they would complete, and every option of every command is looked for in the scripts and the
# pages, which mandoc (or man) reads without an error. What is not installed is told, and its part is passed over.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${RQGATE:?the path of the program}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

fail() {
    failed=1
    printf 'failed: %s\n' "$1"
}

"$RQGATE" completion bash >"$work/rqgate"
"$RQGATE" completion zsh >"$work/_rqgate"
"$RQGATE" manual --all "$work/man1"

# --- What there is, as "help" tells it ------------------------------------------------------------

commands() { "$RQGATE" help | sed -nE 's/^  ([a-z]+) +.*/\1/p' | grep -vx -e help -e version; }
actions() { "$RQGATE" help "$1" | sed -nE '/^actions:/,$s/^  ([a-z]+) +.*/\1/p'; }
flags() { "$RQGATE" help "$@" | sed -nE '/^options:/,/^(actions:|$)/s/^  (-[-a-z0-9A-Z]+).*/\1/p'; }

# --- bash -----------------------------------------------------------------------------------------

# completed WORD...: what bash makes of the last word, one a line.
completed() {
    (
        # shellcheck source=/dev/null
        source "$work/rqgate"
        COMP_WORDS=(rqgate "$@")
        COMP_CWORD=$#
        _rqgate
        ((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
    )
}

# expect WHAT EXPECTED GOT
expect() { [[ $2 == "$3" ]] || fail "$1: expected \"$2\", got \"$3\""; }

mkdir "$work/a folder"
touch "$work/gate.json"
expect "a command" $'completion' "$(completed comple)"
expect "all commands" "$(commands | sort)" "$(completed "" | grep -vx -e help -e version | sort)"
expect "help of a command" "verify" "$(completed help veri)"
expect "help of an action" "approve" "$(completed help baseline app)"
expect "words" $'bash\nzsh' "$(completed completion "")"
expect "a config" "$work/gate.json" "$(completed run "$work/g")"
expect "a value that is a folder" "$work/a folder" "$(completed run --cache "$work/a")"
expect "a value that is a file" "$work/gate.json" "$(completed history --config "$work/g")"
expect "a value that is neither" "" "$(completed run --threads "")"
expect "an option" "--policy" "$(completed verify --po)"
expect "a format" "md" "$(completed report r.json --to m)"
expect "formats" "$("$RQGATE" report r.json --to zzzzzzzz 2>&1 | sed 's/.*there is: //; s/, /\n/g' | sort)" "$(completed report r.json --to "" | sort)"
expect "a report" "junit=" "$(completed run gate.json --report ju)"
expect "a report's file" "$work/gate.json" "$(completed run gate.json --report junit = "$work/g")"
expect "a report of compare" $'html=\njson=' "$(completed compare --report "")"
expect "a format of eval" "html" "$(completed eval --format h)"
for command in $(commands); do
    [[ ! $(flags "$command") ]] || expect "options of $command" "$(flags "$command" | sort)" "$(completed "$command" - | sort)"
    expect "actions of $command" "$(actions "$command" | sort)" "$([[ ! $(actions "$command") ]] || completed "$command" "" | sort)"
    for action in $(actions "$command"); do
        expect "options of $command $action" "$(flags "$command" "$action" | sort)" "$(completed "$command" "$action" - | sort)"
    done
done

# --- zsh ------------------------------------------------------------------------------------------

# A terminal in which zsh runs; somebody types, then a tab, then " end". What rqgate is called with then.
if command -v zsh >/dev/null; then
    zsh -n "$work/_rqgate" || fail "zsh cannot read its script"
    cat >"$work/ask.zsh" <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PS2= PROMPT_EOL_MARK=; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -d $1/dump; rqgate() { print -r -- sa''id=\"\$*\"= }; print -r -- rea''dy"
zpty -r shell text "*ready*"
zpty -wn shell "rqgate $2"$'\t'
zpty -w shell " end"
zpty -r shell text "*said=*=*"
print -r -- ${${text##*said=}%%=*}
zpty -d shell
END
    zsh_completed() { timeout 60 zsh -f "$work/ask.zsh" "$work" "$1" || true; }
    expect "zsh: a command" "completion end" "$(zsh_completed comple)"
    expect "zsh: help of a command" "help verify end" "$(zsh_completed 'help veri')"
    expect "zsh: an action" "baseline approve end" "$(zsh_completed 'baseline app')"
    expect "zsh: an option" "verify --policy end" "$(zsh_completed 'verify --pol')"
    expect "zsh: an option of an action" "baseline show --json end" "$(zsh_completed 'baseline show --js')"
    expect "zsh: words" "schema policy end" "$(zsh_completed 'schema po')"
    expect "zsh: a format" "report r.json --to html end" "$(zsh_completed 'report r.json --to ht')"
    expect "zsh: a report" "run --report junit" "$(zsh_completed 'run --report ju')"
    expect "zsh: a file" "run $work/rqgate end" "$(zsh_completed "run $work/rq")"
else
    echo "passed over: there is no zsh (ci/setup --tests)"
fi

# --- A terminal of 80 columns ---------------------------------------------------------------------

# A gate that so few topics cannot pass is told in a sentence of 120.
if command -v script >/dev/null; then
    cp -r datasets/example "$work/example"
    script -qec "stty cols 80 && \"$RQGATE\" run \"$work/example/gate.json\" --set 'gates=[\"drop(RR@10) <= 0.001\"]'" /dev/null >"$work/shown" </dev/null || true
    grep -q "topics cannot pass a margin" "$work/shown" || fail "nothing is told of a gate that cannot pass"
    ! grep -qE '^gates\[0\].{74,}' "$work/shown" || fail "what is told of a gate is wider than the terminal"

    # narrow COMMAND...: in lines that fit. What is no word of a sentence (a path, a digest) is never cut.
    narrow() {
        script -qec "stty cols 80 && $(printf '%q ' "$RQGATE" "$@")" /dev/null </dev/null | sed $'s/\r$//; s/.*\r//; s/\x1b\\[[0-9;]*m//g' >"$work/shown" || true
        (($(LC_ALL=C.UTF-8 wc -L <"$work/shown") <= 80)) || fail "a line of rqgate $* is wider than the terminal: $(LC_ALL=C.UTF-8 grep -E '^.{81}' "$work/shown")"
    }
    gates='"drop(P(rel=2)@5) <= 0.01", "overlap(RBO(p=0.95)@10) >= 0.7", "slices(nDCG@10) <= 0.1", "no_answer_drop(AUC) <= 0.05"'
    narrow run "$work/example/gate-worse-embedding.json" --set "gates=[$gates, {\"kind\": \"losses\", \"metric\": \"nDCG@10\", \"topics\": [\"q001\"]}]" \
        --set "metrics=[\"nDCG(dcg='exp-log2')@10\", \"RR@10\", \"P(rel=2)@5\", \"nDCG@10\"]" --report json="$work/report.json" --store "$work/store.db"
    narrow explain q063 "$work/report.json"
    narrow run "$work/example/gate.json" --plan
    narrow history --store "$work/store.db"
    "$RQGATE" drift "$work/example/gate.json" --quiet >/dev/null 2>&1
    narrow drift "$work/example/gate.json"
    narrow doctor
    for command in $(commands); do
        narrow help "$command"
        for action in $(actions "$command"); do
            narrow help "$command" "$action"
        done
    done
else
    echo "passed over: there is no script (util-linux)"
fi

# --- Manual pages ---------------------------------------------------------------------------------

# shown PAGE: as text, in one line, without the hyphens that mandoc and man part words with.
shown() {
    if command -v mandoc >/dev/null; then
        mandoc -T ascii -O width=1000 "$1"
    else
        MANWIDTH=1000 man -E ascii -l "$1" 2>&1
    fi | sed $'s/.\b//g'
}

if command -v mandoc >/dev/null; then
    mandoc -T lint -W error "$work"/man1/*.1 || fail "mandoc finds errors"
    warnings=$(mandoc -T lint -W warning "$work"/man1/*.1 | grep -v 'missing date') || true
    [[ ! $warnings ]] || fail "mandoc finds other warnings than the date, which pages have none of: $warnings"
fi
if command -v man >/dev/null; then
    for page in "$work"/man1/*.1; do
        [[ ! $(man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null) ]] || fail "man warns of $(basename "$page")"
    done
fi
if command -v mandoc >/dev/null || command -v man >/dev/null; then
    for command in $(commands); do
        shown "$work/man1/rqgate.1" >"$work/shown"
        grep -q "rqgate-$command(1)" "$work/shown" || fail "rqgate(1) does not name $command"
        shown "$work/man1/rqgate-$command.1" >"$work/shown"
        for flag in $(flags "$command"); do
            grep -qE -- "^ +$flag( |$)" "$work/shown" || fail "rqgate-$command(1) does not tell of $flag"
        done
        for action in $(actions "$command"); do
            shown "$work/man1/rqgate-$command-$action.1" >"$work/shown"
            for flag in $(flags "$command" "$action"); do
                grep -qE -- "^ +$flag( |$)" "$work/shown" || fail "rqgate-$command-$action(1) does not tell of $flag"
            done
        done
    done
else
    echo "passed over: there is neither mandoc nor man"
fi

# --- Installed ------------------------------------------------------------------------------------

if [[ ${RQ_BUILD:-} && -f ${RQ_BUILD:-}/pages/stamp ]]; then
    cmake --install "$RQ_BUILD" --prefix "$work/prefix" >/dev/null
    for file in bin/rqgate share/man/man1/rqgate-run.1 share/bash-completion/completions/rqgate share/zsh/site-functions/_rqgate; do
        [[ -s $work/prefix/$file ]] || fail "$file is not installed"
    done
    cmp "$work/rqgate" "$work/prefix/share/bash-completion/completions/rqgate" || fail "another completion is installed than the program writes"
fi

((failed == 0)) || exit 1
echo "terminal: passed"
