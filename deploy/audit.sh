#!/bin/sh
# Known holes in the pinned libraries. It asks the index of Python packages about each of them, so it
# is for machines that may: PIP_AUDIT=1 make check. Elsewhere it says that nothing was looked at.
set -u
cd "$(dirname "$0")/.."

if [ "${PIP_AUDIT:-}" != 1 ]; then
    echo "NOT RUN: set PIP_AUDIT=1 where the index of packages may be asked."
    exit 0
fi
PATH="$PWD/.venv/bin:$PATH"
exec pip-audit --disable-pip --require-hashes -r requirements.txt
