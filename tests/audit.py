"""`make audit`: what is known of the locked versions, asked of the package index, or else of OSV. Says what came, and what to do.

0   every locked version was asked about, and nothing is known against it
1   something is known: what, of which version, and where it is mended
2   neither service told about every version: what each of them said
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
OPTIONS = ("--strict", "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json")
SERVICES = {"the package index (PyPI's JSON API)": ("--vulnerability-service", "pypi"), "OSV": ("--vulnerability-service", "osv")}
Asked = Callable[[Sequence[str]], tuple[str, str]]  # options → what it wrote, and what it said on standard error


def audited(lock: Path, asked: Asked, services: dict[str, tuple[str, ...]] = SERVICES) -> tuple[int, str]:
    """The exit code, and what is to be said."""
    said = []
    for name, options in services.items():
        found, complaint = asked((*OPTIONS, *options, "-r", str(lock)))
        rows = _rows(found)
        if rows is None:
            said.append(f"  {name}: {complaint.strip().splitlines()[-1][:300] if complaint.strip() else 'nothing'}")
            continue
        known = [f"  {row['name']} {row['version']}: {_told(one)}" for row in rows for one in row["vulns"]]
        if known:
            return 1, "\n".join(
                [f"{name} knows of {len(known)} weaknesses in locked versions; renew the lock (make lock):", *known]
            )
        return 0, f"{name} knows nothing against the {len(rows)} locked versions"
    expected = "audit: not done. Expected: an answer about every locked version, from one of two services. What came:"
    advice = (
        "A mirror of the index mostly has no such answers, and without the network there are none: run `make audit` where one of the "
        "two services is reached (all else of `make test-all` does without)."
    )
    return 2, "\n".join([expected, *said, advice])


def _rows(found: str) -> list[dict[str, Any]] | None:
    """What was told of each version; None unless every one was asked about."""
    try:
        rows: list[dict[str, Any]] = json.loads(found)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    return rows if rows and all("vulns" in row for row in rows) else None


def _told(one: dict[str, Any]) -> str:
    mended = ", ".join(one.get("fix_versions", ())) or "no version"
    return f"{one['id']}, mended in {mended}"


def pip_audit(options: Sequence[str]) -> tuple[str, str]:
    """Ask pip-audit as it is installed beside this Python."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("pip-audit")), *options], capture_output=True, text=True, check=False
    )
    return done.stdout, done.stderr


if __name__ == "__main__":
    code, text = audited(LOCK, pip_audit)
    print(text, file=sys.stderr if code else sys.stdout)
    sys.exit(code)
