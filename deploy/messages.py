"""Translations: collects and compiles them (`make messages`), or checks them (`--check`).

The compiled files are kept in the repository, so that running the portal needs no gettext.
"""

import gettext
import os
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("es",)
NO_SOURCES = (".venv", "node_modules", "var", "staticfiles")
ELSEWHERE = (*NO_SOURCES, "sandbox", "tests", "bench", "deploy", "docs")


def compiled(catalogue: Path) -> bytes:
    """Returns what `msgfmt` makes of a catalog. It fails on placeholders that differ."""
    command = ["msgfmt", "--check", "--output-file=-", str(catalogue)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def catalogues() -> list[Path]:
    return [ROOT / "locale" / name / "LC_MESSAGES" / "django.po" for name in LANGUAGES]


def collect(tree: Path = ROOT) -> None:
    """Brings the catalogs of a tree up to date with its code and templates."""
    command = [sys.executable, "manage.py", "makemessages", "--no-obsolete", "--no-wrap"]
    # Line numbers would change the catalog with every commit.
    command += ["--add-location=file"]
    command += [f"--locale={name}" for name in LANGUAGES]
    command += [f"--ignore={name}" for name in ELSEWHERE]
    subprocess.run(command, check=True, cwd=tree)


def compile_all() -> None:
    for catalogue in catalogues():
        catalogue.with_suffix(".mo").write_bytes(compiled(catalogue))


def faults() -> list[str]:
    """Returns what `make messages` would change. Uses a copy: tests may read the catalogs."""
    with TemporaryDirectory() as folder:
        copy = Path(folder, "tree")
        shutil.copytree(
            ROOT, copy, ignore=shutil.ignore_patterns(".git", *NO_SOURCES), symlinks=True
        )
        collect(copy)
        behind = [
            path
            for path in catalogues()
            if _entries(path.read_text()) != _entries((copy / path.relative_to(ROOT)).read_text())
        ]
    stale = [path for path in catalogues() if not _same_messages(path)]
    told = [f"{path.relative_to(ROOT)} is behind the code" for path in behind]
    told += [f"{path.relative_to(ROOT)} and its .mo differ" for path in stale]
    return [f"{fault}: run `make messages`." for fault in told]


def _entries(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "POT-Creation-Date" not in line)


def _same_messages(catalogue: Path) -> bool:
    """Compares the meaning, not the bytes, which depend on the version of `msgfmt`."""
    kept = catalogue.with_suffix(".mo")
    return kept.exists() and _messages(kept.read_bytes()) == _messages(compiled(catalogue))


def _messages(compiled_file: bytes) -> dict[object, str]:
    # The standard library has no other way to read a whole catalog.
    return dict(gettext.GNUTranslations(BytesIO(compiled_file))._catalog)  # type: ignore[attr-defined]


def demand_gettext() -> None:
    if shutil.which("msgfmt") and shutil.which("xgettext"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "gettext"], check=True)
    else:
        raise SystemExit("Translations need GNU gettext: install the package gettext.")


def main(arguments: list[str]) -> int:
    demand_gettext()
    if arguments == ["--check"]:
        found = faults()
        print("\n".join(found) or "The translations fit the code.")
        return bool(found)
    collect()
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
