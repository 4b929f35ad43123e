"""A command in a process of its own, and the most memory that it had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_MIB = 600  # of memory, whatever is handed over

# A process begins with the memory of the one that it was forked from, so a small one stands between.
MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def ended(*words: object) -> tuple[int, str, int]:
    """How a command ends: its exit code, what it says, and the most memory that it had, in MiB."""
    line = [sys.executable, "-c", MEASURED, sys.executable, str(ROOT / "cli.py"), *map(str, words)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    code, mebibytes = done.stdout.split()
    return int(code), done.stderr, int(mebibytes)
