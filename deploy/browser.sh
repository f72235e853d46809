#!/bin/sh
# Sees to it that tests have a Chromium: one of the machine, else Playwright's own.
# tests/conftest.py looks for the same names.
set -eu
cd "$(dirname "$0")/.."

there_is_one() {
    command -v chromium >/dev/null || command -v google-chrome >/dev/null || .venv/bin/python - <<'PYTHON'
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not pathlib.Path(playwright.chromium.executable_path).exists())
PYTHON
}

install_package() {
    if command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            chromium fonts-dejavu-core
    elif command -v dnf >/dev/null; then
        dnf install -y -q chromium dejavu-sans-fonts
    else
        return 1
    fi
}

there_is_one && exit 0
echo "No Chromium here: installing one."
if [ "$(id -u)" = 0 ] && install_package && there_is_one; then exit 0; fi
if .venv/bin/playwright install chromium && there_is_one; then exit 0; fi
echo "Browser tests need Chromium, and it could not be installed." >&2
echo "Install the package chromium or google-chrome, then try again." >&2
exit 1
