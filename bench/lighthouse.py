"""Lighthouse's figures for the public pages: 100 for accessibility, best practices, and SEO.

    make run                        # in another terminal
    python bench/lighthouse.py http://localhost:8000

It needs npx, which fetches Lighthouse, and Chromium. Fails if a figure is below 100.
"""

import json
import os
import subprocess
import sys
from shutil import which

PAGES = ("/", "/pay/", "/accounts/login/", "/accounts/register/")
CATEGORIES = "accessibility,best-practices,seo"
FLAGS = "--headless=new --no-sandbox"


def figures(address: str) -> dict[str, int]:
    command = [
        *("npx", "--yes", "lighthouse@12", address, "--quiet", "--output=json"),
        *(f"--only-categories={CATEGORIES}", f"--chrome-flags={FLAGS}"),
    ]
    chromium = os.environ.get("CHROME_PATH") or which("chromium") or ""
    environment = {**os.environ, "CHROME_PATH": chromium}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(done.stdout)["categories"]
    return {name: round(facts["score"] * 100) for name, facts in found.items()}


def main(site: str) -> None:
    every = {page: figures(site.rstrip("/") + page) for page in PAGES}
    for page, found in every.items():
        print(f"{page:22}", *(f"{name} {figure}" for name, figure in found.items()), sep="  ")
    if any(figure < 100 for found in every.values() for figure in found.values()):
        sys.exit("below 100")


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "http://localhost:8000")
