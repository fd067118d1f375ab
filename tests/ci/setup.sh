#!/usr/bin/env bash
# What ci/setup makes of a machine's apt sources, where it finds FAISS, and what it asks of npm: sample machines below, real
# apt, no network.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v apt-get >/dev/null; then
    echo "skipped: this machine has no apt-get"
    exit 77
fi
# shellcheck source=ci/setup
source ci/setup

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

# machine NAME FIELD=VALUE...: an empty /etc, with its os-release.
machine() {
    etc=$folder/$1
    mkdir -p "$etc/apt/sources.list.d"
    shift
    printf '%s\n' "$@" >"$etc/os-release"
}

# derived [RELEASE]: what derive_sources writes, both files.
derived() {
    rm -rf "$folder/derived"
    derive_sources "$folder/derived" "$@"
    cat "$folder/derived/one-line.list" "$folder/derived/stanzas.sources"
}

# accepted: what apt would fetch of the sources last derived, source packages alone.
accepted() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$folder/derived" \
        --no-release-info --format '$(RELEASE) $(COMPONENT)' 'Created-By: Sources' | sort
}

# --- The sources of known systems -----------------------------------------------------------------

machine jammy ID=ubuntu ID_LIKE=debian VERSION_CODENAME=jammy UBUNTU_CODENAME=jammy
cat >"$etc/apt/sources.list" <<'END'
# See the help for how to upgrade
deb http://mirror.example/ubuntu/ jammy main restricted
# deb-src http://mirror.example/ubuntu/ jammy main restricted
deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/ubuntu/ jammy universe # the rest
deb http://mirror.example/ubuntu/ jammy-updates universe
deb http://mirror.example/ubuntu/ jammy-backports main universe
deb http://mirror.example/ubuntu/ jammy-security universe
deb cdrom:[Ubuntu 22.04]/ jammy main
END
echo 'deb https://third.example/apt stable main' >"$etc/apt/sources.list.d/third.list"
expect "Ubuntu 22.04: its lines, with source packages" "deb http://mirror.example/ubuntu/ jammy main restricted
deb-src http://mirror.example/ubuntu/ jammy main restricted
deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/ubuntu/ jammy universe
deb-src [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/ubuntu/ jammy universe
deb http://mirror.example/ubuntu/ jammy-updates universe
deb-src http://mirror.example/ubuntu/ jammy-updates universe
deb http://mirror.example/ubuntu/ jammy-security universe
deb-src http://mirror.example/ubuntu/ jammy-security universe" "$(derived)"
expect "Ubuntu 22.04: apt reads them" "jammy main
jammy restricted
jammy universe
jammy-security universe
jammy-updates universe" "$(derived >/dev/null && accepted)"

machine noble ID=ubuntu ID_LIKE=debian VERSION_CODENAME=noble UBUNTU_CODENAME=noble
echo '# Ubuntu sources have moved to /etc/apt/sources.list.d/ubuntu.sources' >"$etc/apt/sources.list"
cat >"$etc/apt/sources.list.d/ubuntu.sources" <<'END'
# See the help for how to upgrade
Types: deb
URIs: http://mirror.example/noble-ubuntu/
Suites: noble noble-updates noble-backports
Components: main universe restricted multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

## Security updates
Types: deb
URIs: http://security.example/ubuntu/
Suites: noble-security
Components: main universe
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg
END
noble="Types: deb deb-src
Suites: noble noble-updates
URIs: http://mirror.example/noble-ubuntu/
Components: main universe restricted multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

Types: deb deb-src
Suites: noble-security
URIs: http://security.example/ubuntu/
Components: main universe
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg"
expect "Ubuntu 24.04: its stanzas, with source packages" "$noble" "$(derived)"
expect "Ubuntu 24.04: those of 22.04, on the same servers" "$(sed '/^Suites/s/noble/jammy/g' <<<"$noble")" "$(derived jammy)"
expect "Ubuntu 24.04: apt reads them" "jammy main
jammy multiverse
jammy restricted
jammy universe
jammy-security main
jammy-security universe
jammy-updates main
jammy-updates multiverse
jammy-updates restricted
jammy-updates universe" "$(derived jammy >/dev/null && accepted)"
expect "Ubuntu has another release to look at" jammy "$(other_releases)"

machine mint ID=linuxmint 'ID_LIKE="ubuntu debian"' VERSION_CODENAME=wilma UBUNTU_CODENAME=noble
cat >"$etc/apt/sources.list.d/official.list" <<'END'
deb http://mint.example wilma main upstream
deb http://mirror.example/ubuntu noble main universe
END
expect "a derivative of Ubuntu: Ubuntu's lines" "deb http://mirror.example/ubuntu noble main universe
deb-src http://mirror.example/ubuntu noble main universe" "$(derived)"
expect "a derivative of Ubuntu has another release to look at" jammy "$(other_releases)"

machine bookworm ID=debian VERSION_CODENAME=bookworm
cat >"$etc/apt/sources.list.d/debian.sources" <<'END'
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm
  bookworm-updates
Components: main
Architectures: amd64
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBGPL0BUBEADmW5NdOOHwPIJlgPu6JDcKw/NZJPR8lsD3K87ZM18gzyQZJD+w
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
END
expect "Debian 12: a stanza with a key of many lines; one that is off, and one without packages" "Types: deb deb-src
Suites: bookworm bookworm-updates
URIs: http://mirror.example/debian
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBGPL0BUBEADmW5NdOOHwPIJlgPu6JDcKw/NZJPR8lsD3K87ZM18gzyQZJD+w
 -----END PGP PUBLIC KEY BLOCK-----" "$(derived)"
expect "Debian has no other release to look at" "" "$(other_releases)"

machine stable ID=debian VERSION_CODENAME=bookworm
echo 'deb http://mirror.example/debian stable main' >"$etc/apt/sources.list"
expect "no suite of the release's name: all of them" "deb http://mirror.example/debian stable main
deb-src http://mirror.example/debian stable main" "$(derived)"

machine bare ID=debian VERSION_CODENAME=bookworm
expect "no sources at all" "no source of Debian packages in /etc/apt/sources.list or /etc/apt/sources.list.d" "$(derived 2>/dev/null || true)"

# --- Where FAISS is -------------------------------------------------------------------------------

# release NAME [SOURCE_VERSION] [BINARY]: a release on the local server, with that source package and library.
release() {
    local at=$folder/server/dists/$1 list
    mkdir -p "$at/main/source" "$at/main/binary-all" "$at/main/binary-$(dpkg --print-architecture)"
    printf 'Package: other\nBinary: other\nVersion: 1\nDirectory: pool\nFormat: 3.0 (quilt)\n\n' >"$at/main/source/Sources"
    [[ ! ${2:-} ]] ||
        printf 'Package: faiss\nBinary: libfaiss-dev\nVersion: %s\nDirectory: pool\nFormat: 3.0 (quilt)\n\n' "$2" >>"$at/main/source/Sources"
    list=$at/main/binary-$(dpkg --print-architecture)/Packages
    : >"$list"
    [[ ! ${3:-} ]] || printf 'Package: libfaiss-dev\nVersion: %s\nArchitecture: all\nFilename: pool/x.deb\nSize: 1\n\n' "$3" >"$list"
    (
        cd "$at"
        printf 'Suite: %s\nCodename: %s\nComponents: main\nArchitectures: %s\nSHA256:\n' "$1" "$1" "$(dpkg --print-architecture)"
        for list in main/source/Sources "main/binary-$(dpkg --print-architecture)/Packages"; do
            echo " $(sha256sum <"$list" | cut -d ' ' -f 1) $(stat -c %s "$list") $list"
        done
    ) >"$folder/Release"
    mv "$folder/Release" "$at/"
}

# found: the version of FAISS that find_faiss finds, and whether a library goes with it.
found() {
    work=$folder/work
    rm -rf "$work"
    mkdir "$work"
    (find_faiss) >"$folder/log" 2>&1 || { cat "$folder/log" && return 1; }
    printf '%s %s' "$(cat "$work/version")" "$([[ -s $work/binary ]] && echo "with a library" || echo "alone")"
}

release jammy 1.7.2-5 1.7.2-5
release noble
release newer 1.13.2-1
machine local-noble ID=ubuntu VERSION_CODENAME=noble
echo "deb [trusted=yes] file:$folder/server noble main" >"$etc/apt/sources.list"
expect "24.04 takes the source of 22.04, and not its library" "1.7.2-5 alone" "$(found)"
machine local-jammy ID=ubuntu VERSION_CODENAME=jammy
printf 'Types: deb\nURIs: file:%s\nSuites: jammy\nComponents: main\nTrusted: yes\n' "$folder/server" >"$etc/apt/sources.list.d/a.sources"
expect "22.04 has both" "1.7.2-5 with a library" "$(found)"
machine local-newer ID=debian VERSION_CODENAME=newer
echo "deb [trusted=yes] file:$folder/server newer main" >"$etc/apt/sources.list"
expect "a release with the source alone" "1.13.2-1 alone" "$(found)"
machine local-none ID=debian VERSION_CODENAME=noble
echo "deb [trusted=yes] file:$folder/server noble main" >"$etc/apt/sources.list"
expect "nothing, without an error" " alone" "$(found)"
machine local-gone ID=debian VERSION_CODENAME=gone
echo "deb [trusted=yes] file:$folder/server gone main" >"$etc/apt/sources.list"
expect "a server that does not answer is an error" "failed" "$(found >/dev/null || echo failed)"

# --- What the CPU decides -------------------------------------------------------------------------

expect "RQGATE_CPU decides" "generic" "$(RQGATE_CPU=generic cpu_level)"
expect "an unknown RQGATE_CPU" "setup: unknown RQGATE_CPU 'z80'
       set it to generic or x86-64-v3" "$(RQGATE_CPU=z80 cpu_level 2>&1 || true)"

# --- The npm packages of the tests ----------------------------------------------------------------

# A source tree with the two lists, a folder for packages, and an npm that notes what it is asked for.
root=$folder/tree deps=$folder/deps
mkdir -p "$root/tests/node" "$deps" "$folder/bin"
cp tests/node/package.json tests/node/package-lock.json "$root/tests/node/"
printf '#!/bin/sh\nset -e\necho "$*" >>%s/asked\ntest -s package-lock.json\nmkdir node_modules\n' "$folder" >"$folder/bin/npm"
# node_of VERSION: a node that runs the check of a version, and nothing else.
node_of() {
    # shellcheck disable=SC2016 # expanded by that node
    printf '#!/bin/sh\nset -- $(echo "$2" | tr -cd "0-9<> ")\ntest "$1" = "<" && test %s -ge "$2"\n' "$1" >"$folder/bin/node"
    chmod +x "$folder/bin/node" "$folder/bin/npm"
}
PATH=$folder/bin:$PATH

node_of 18
expect "a node that is new enough" yes "$(has_node && echo yes)"
node_of 12
expect "a node that is too old" no "$(has_node || echo no)"
expect "no packages yet" no "$(has_packages || echo no)"
install_packages
expect "they are asked for by the lock, and their scripts are not run" \
    "install --no-save --ignore-scripts --no-audit --no-fund --no-update-notifier" "$(cat "$folder/asked")"
expect "nothing half done is left" no "$([[ -e $deps/.node ]] || echo no)"
expect "a folder is not enough" no "$(has_packages || echo no)"
link_packages
expect "they are linked" "$(node_prefix)/node_modules yes" "$(readlink "$root/tests/node/node_modules") $(has_packages && echo yes)"
echo >>"$root/tests/node/package-lock.json"
expect "another list is another folder" no "$(has_packages || echo no)"
link_packages
expect "a link into nothing is no packages" no "$(has_packages || echo no)"
rm "$root/tests/node/node_modules"
mkdir "$root/tests/node/node_modules"
expect "packages that somebody installed there by hand do" yes "$(has_packages && echo yes)"
expect "the lock names no registry" "" "$(grep '"resolved"' tests/node/package-lock.json || true)"

printf 'setup: %d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
