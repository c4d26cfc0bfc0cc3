#!/bin/sh
# Makes .venv from a lock file (and those it includes), when the lock has changed since the last time.
# Usage: venv.sh requirements-local.txt
set -eu
lock=$1
log=.local/install.log

fail() {
    echo "$1" >&2
    exit 1
}

# Debian's own Python first: it is the fastest build there is (profile-guided), and the best tried.
find_python() {
    for candidate in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer was not found: install it (on Debian: apt install python3) and try again."
}

make_venv() {
    rm -rf .venv
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv .venv
    elif "$python" -m pip --version >/dev/null 2>&1; then
        # Debian keeps ensurepip in python3-venv; the pip outside can fill the environment as well.
        "$python" -m venv --without-pip .venv
    else
        fail "$python has neither pip nor ensurepip: install one (on Debian: apt install python3-venv) and try again."
    fi
}

install() {
    if .venv/bin/python -c 'import pip' 2>/dev/null; then
        set -- .venv/bin/python -m pip
    else
        set -- "$python" -m pip --python .venv/bin/python
    fi
    "$@" install --require-hashes --only-binary :all: --disable-pip-version-check -r "$lock" >"$log" 2>&1
}

explain() {
    if grep -q "No space left" "$log"; then
        fail "The disk is full: packages could not be installed (see $log)."
    elif missing=$(grep -m1 "No matching distribution found for" "$log"); then
        fail "No ready-made package for this Python and machine, and none is compiled here: ${missing##*for } (see $log)."
    elif grep -q "DO NOT MATCH THE HASHES" "$log"; then
        fail "A package is not the one that was locked; nothing was installed (see $log)."
    elif grep -qE "Failed to establish|Temporary failure in name resolution|Connection (refused|reset)|timed out" "$log"; then
        fail "The package index cannot be reached (see $log)."
    fi
    fail "Packages could not be installed: $(grep -m1 ERROR "$log" || tail -n1 "$log") (see $log)."
}

# This lock and those it includes.
locks() {
    case $lock in
        requirements-dev.txt) echo requirements.txt requirements-local.txt requirements-console.txt requirements-dev.txt ;;
        *) echo requirements.txt requirements-local.txt ;;
    esac
}

# What they say, and which Python it is for.
fingerprint() {
    # shellcheck disable=SC2046  # these are words
    { cat $(locks) && .venv/bin/python -VV; } | sha256sum
}

is_there() {
    .venv/bin/python -c '' 2>/dev/null && [ "$(fingerprint)" = "$(cat ".venv/$lock.sum" 2>/dev/null)" ]
}

# Says every few seconds how far the installation with this process number is.
tell_of() {
    # shellcheck disable=SC2046  # these are words
    all=$(cat $(locks) | grep -c '^[A-Za-z0-9].*==' || true)
    looks=0
    while kill -0 "$1" 2>/dev/null; do
        sleep 0.2
        looks=$((looks + 1))
        [ $((looks % 25)) -eq 0 ] || continue
        if grep -q '^Installing collected packages' "$log"; then
            echo "  all packages are here and are being installed ($((looks / 5)) s) ..."
        else
            echo "  $(grep -cE '^(Collecting|Requirement already satisfied)' "$log") of $all packages ($((looks / 5)) s) ..."
        fi
    done
}

is_there && exit 0
mkdir -p .local || fail "The folder $(pwd) cannot be written to."
# Two that install at once take turns; whoever was second finds everything there.
if command -v flock >/dev/null; then
    exec 9>.local/install.lock
    if ! flock -n 9; then
        echo "Waiting for another installation into .venv to end (log in $log) ..."
        flock 9
        is_there && exit 0
    fi
fi
python=$(find_python) || exit 1
echo "Installing the packages of $lock into .venv (once; log in $log) ..."
.venv/bin/python -c '' 2>/dev/null || make_venv >"$log" 2>&1 || explain
install &
tell_of $!
wait $! || explain
fingerprint >".venv/$lock.sum"
