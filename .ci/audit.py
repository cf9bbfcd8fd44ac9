"""Look for known vulnerabilities of what the lock file pins, with pip-audit.

Ends with 1 if one is found, and with 0 if none is, or if the advisory service of PyPI cannot be
reached from here: that is said, and is no fault of the commit under test.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCK_FILE = ROOT / "requirements-dev.txt"


def verdict(report: dict[str, Any]) -> tuple[int, str]:
    """The exit code and what to say of pip-audit's report."""
    packages = report["dependencies"]
    # a network without the service answers 404 for every package: pip-audit then skips them all
    audited = [package for package in packages if "skip_reason" not in package]
    found = [
        f"  {package['name']} {package['version']}: {flaw['id']}, fixed in"
        f" {', '.join(flaw['fix_versions']) or 'no release yet'}"
        for package in audited
        for flaw in package["vulns"]
    ]
    if found:
        return 1, "\n".join(["Known vulnerabilities:", *found])
    if not audited:
        return 0, "NOT AUDITED: the advisory service knows none of the packages on this network."
    return 0, f"{len(audited)} of {len(packages)} packages audited: no known vulnerability."


def audit() -> tuple[int, str]:
    """Run pip-audit over the lock file."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK_FILE)]
        options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off"]
        output = ["--format", "json", "--output", str(report)]
        done = subprocess.run(
            [*command, *options, *output], stderr=subprocess.PIPE, text=True, check=False
        )
        if report.exists() and report.stat().st_size:
            return verdict(json.loads(report.read_text(encoding="utf-8")))
    last_line = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    if "requests.exceptions" in done.stderr or "ServiceError" in done.stderr:
        return 0, f"NOT AUDITED: the advisory service cannot be reached: {last_line}"
    return 1, f"pip-audit failed: {last_line}"


if __name__ == "__main__":
    code, text = audit()
    print(text)
    sys.exit(code)
