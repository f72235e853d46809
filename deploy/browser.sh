#!/bin/sh
# Makes sure that tests have a Chromium: the machine's, or else Playwright's own.
# tests/browser/chromium.py looks for the same names.
set -eu
cd "$(dirname "$0")/.."
asked=.venv/.headless-shell-asked # a package that cannot be had is not asked for each time

there_is_one() {
    command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null ||
        command -v google-chrome >/dev/null || .venv/bin/python - <<'PYTHON'
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not pathlib.Path(playwright.chromium.executable_path).exists())
PYTHON
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "$@" fonts-dejavu-core
}

install_package() {
    if command -v apt-get >/dev/null; then
        apt-get update -qq
        apt_install chromium-headless-shell || apt_install chromium
    elif command -v dnf >/dev/null; then
        dnf install -y -q chromium dejavu-sans-fonts
    else
        return 1
    fi
}

# The headless browser needs a quarter of the CPU, so it is installed beside the full one.
if ! command -v chromium-headless-shell >/dev/null && [ "$(id -u)" = 0 ] && [ ! -e "$asked" ] &&
    command -v apt-get >/dev/null; then
    touch "$asked"
    echo "Installing chromium-headless-shell."
    { apt-get update -qq && apt_install chromium-headless-shell; } || echo "It cannot be had here."
fi

there_is_one && exit 0
echo "No Chromium here: installing one."
if [ "$(id -u)" = 0 ] && install_package && there_is_one; then exit 0; fi
if .venv/bin/playwright install chromium && there_is_one; then exit 0; fi
echo "Browser tests need Chromium, and it could not be installed." >&2
echo "Install the package chromium or google-chrome, then try again." >&2
exit 1
