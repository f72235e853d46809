#!/bin/sh
# Makes .venv with a Python that is new enough, or says what is missing.
set -eu
cd "$(dirname "$0")/.."
[ -x .venv/bin/python ] && exit 0

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null 2>&1 && "$python" -c "$new_enough"; then
        found=$python
        break
    fi
done
if [ -z "${found:-}" ]; then
    echo "Python 3.11 or newer is needed, and not found. PYTHON=/path/to/python names one." >&2
    exit 1
fi

# Debian takes ensurepip out of its Python and puts it into a package of its own.
if ! "$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv
    else
        echo "$found cannot make virtual environments. On Debian and Ubuntu:" >&2
        echo "    sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi
"$found" -m venv .venv
