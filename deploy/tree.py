"""Looks for what must not be in the tree: addresses of registries, paths of this machine."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"[A-Za-z0-9._-]+==\S+( ; .+)?( \\)?|    --hash=sha256:[0-9a-f]{64}( \\)?")
FORBIDDEN = {
    "a package registry's address": r"(index|index-url|find-links|registry)[= :\"']+(https?|file):|"
    r"files\.pythonhosted|registry\.npmjs|\.whl#|\"resolved\": \"http",
    "a path of somebody's machine": rf"{re.escape(str(ROOT))}/|/(home|Users)/[a-z]+/",
}


def faults_of_pins() -> list[str]:
    """Requirements files contain names, versions, and hashes, and nothing else."""
    return [
        f"{path.name}:{number}: not a pin or a hash: {line}"
        for path in sorted(ROOT.glob("requirements*.txt"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if not PIN.fullmatch(line)
    ]


def faults_of_text() -> list[str]:
    faults = []
    for what, pattern in FORBIDDEN.items():
        command = ["git", "grep", "-nIE", pattern, "--", ".", ":!deploy/tree.py"]
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if found.returncode > 1:
            raise SystemExit(found.stderr)
        faults += [f"{line}: {what}" for line in found.stdout.splitlines()]
    return faults


def main() -> int:
    faults = faults_of_pins() + faults_of_text()
    for fault in faults:
        print(fault)
    print("Nothing in the tree that must not be there." if not faults else "")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
