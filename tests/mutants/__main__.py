"""Draws mutants, runs the suite on each and prints what came of them, by family."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import yaml

from tests.mutants.rules import FAMILIES, Mutant
from tests.mutants.subjects import SUBJECTS
from tests.mutants.trials import Ground, Result, ground_of, results

EXPLAINED = Path(__file__).with_name("explained.yaml")
KINDS = ("equivalent", "silent", "gap")
PASSED = ("survived", "same", "error")


def drawn(mutants: Iterable[Mutant], seed: int, each: int) -> list[Mutant]:
    """At most `each` of every family: those that a digest of the seed and of what they change puts first."""
    order = sorted(mutants, key=lambda one: hashlib.sha256(f"{seed}/{one.key}".encode()).digest())
    return [one for family in FAMILIES for one in [one for one in order if one.family == family][:each]]


def explanations(path: Path = EXPLAINED) -> dict[str, str]:
    """What explains each survivor that is known: its kind by its key. Raises ValueError for a kind that there is not."""
    found: dict[str, str] = {}
    for entry in yaml.safe_load(path.read_text("utf-8")):
        if entry["kind"] not in KINDS or not entry["why"].strip():
            raise ValueError(f"{path.name}: {entry}")
        found.update(dict.fromkeys(entry["mutants"], entry["kind"]))
    return found


def table(found: Sequence[Result], known: Mapping[str, str]) -> str:
    """What came of the mutants, a line for each family. Detected is the share of those that are faulty: neither stillborn, nor
    equivalent, nor otherwise only where no document speaks.
    """
    detecting = ("caught", "warned", "open", "stopped")
    columns = ("drawn", "stillborn", *detecting, *KINDS, "new")
    rows = {family: Counter[str]() for family in (*FAMILIES, "all")}
    for one in found:
        outcome = known.get(one.mutant.key, "new") if one.outcome in PASSED else one.outcome
        for row in (one.mutant.family, "all"):
            rows[row].update(["drawn", outcome])
    lines = ["".join([f"{'':20}", *(f"{column:>11}" for column in columns), f"{'detected':>11}"])]
    for name, row in rows.items():
        detected = sum(row[column] for column in detecting)
        faulty = detected + row["gap"] + row["new"]
        share = f"{detected / faulty:.0%}" if faulty else "-"
        lines.append("".join([f"{name:20}", *(f"{row[column]:>11}" for column in columns), f"{share:>11}"]))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=20, help="mutants of each family and server")
    parser.add_argument("--server", choices=tuple(SUBJECTS), action="append")
    parser.add_argument("--only", default="", help="mutants whose name holds this text")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args(arguments)
    found: list[Result] = []
    for name in asked.server or tuple(SUBJECTS):
        ground = ground_of(name)
        chosen = drawn(reached(ground), asked.seed, asked.each)
        for one in results(ground, [one for one in chosen if asked.only in one.key], asked.workers):
            found.append(one)
            print(f"{one.outcome:10} {one.mutant.key}  {' '.join(one.by[:4])}", file=sys.stderr, flush=True)
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1), "utf-8")
    known = explanations()
    print(table(found, known))
    new = [one for one in found if one.outcome in PASSED and one.mutant.key not in known]
    untrue = [one for one in found if one.outcome not in PASSED and one.mutant.key in known]
    for one in new:
        print(f"new: {one.outcome} {one.mutant.module}:{one.mutant.line} {one.mutant.key}; otherwise: {' '.join(one.touched)}")
    for one in untrue:
        print(f"explained, yet {one.outcome}: {one.mutant.key}")
    return 1 if new or untrue else 0


def reached(ground: Ground) -> list[Mutant]:
    """The mutants of the lines that the suite leads the plain server to."""
    lines = ground.reached
    return [one for one in SUBJECTS[ground.subject].mutants if one.line in lines.get(one.module, ())]


if __name__ == "__main__":
    sys.exit(main())
