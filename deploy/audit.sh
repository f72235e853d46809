#!/bin/sh
# Looks for known vulnerabilities in the pinned libraries. It asks the index of Python packages about
# each of them, so it runs only if asked to: PIP_AUDIT=1 make check. Otherwise it says that it did not.
set -u
cd "$(dirname "$0")/.."

if [ "${PIP_AUDIT:-}" != 1 ]; then
    echo "NOT RUN: set PIP_AUDIT=1 where the index of packages may be asked."
    exit 0
fi
PATH="$PWD/.venv/bin:$PATH"
exec pip-audit --disable-pip --require-hashes -r requirements.txt
