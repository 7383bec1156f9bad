"""`python -m tests.audit FILE...`: known vulnerabilities in what lock files name, for `make check`.

pip-audit asks a service for them. Where none can be reached it finds nothing and says so at length;
here that is one line, and not the same as having found nothing.
"""

import json
import subprocess
import sys
from typing import Any

_SECONDS = 240


def main(files: list[str]) -> int:
    """0 unless a vulnerability is known that nobody has waived."""
    worst = 0
    for file in files:
        found, unchecked, known = audit(file)
        for line in found:
            print(f"{file}: {line}")  # noqa: T201
        if unchecked:
            print(f"{file}: {unchecked} of {known or 'all'} packages not checked: {WHY}")  # noqa: T201
        worst = max(worst, bool(found))
    return worst


WHY = "no service that knows vulnerabilities was reached"
# Identifier and why it does not concern us.
WAIVED: dict[str, str] = {}


def audit(file: str) -> tuple[list[str], int | str, int]:
    """What is known of each package, how many could not be asked about, and how many there are."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", file, "--disable-pip"]
    command += ["--progress-spinner", "off", "--timeout", "10", "--format", "json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
        told = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return [], "all", 0
    return judge(told)


def judge(told: Any) -> tuple[list[str], int, int]:
    packages = told["dependencies"]
    found = [
        f"{each['name']} {each['version']} has {hole['id']}, mended in "
        f"{', '.join(hole['fix_versions']) or 'no version yet'}"
        for each in packages
        for hole in each.get("vulns", ())
        if not {hole["id"], *hole["aliases"]} & set(WAIVED)
    ]
    return found, sum("skip_reason" in each for each in packages), len(packages)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
