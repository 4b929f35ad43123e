"""How good and how fast `yance spec diff` is: `python -m tests.bench_changes [--peers] [OLD NEW]`, also part of `make bench`.

Every change of the table (tests/schema_changes.py) is compared in a request and in a response, and the judgements are held against the known
truth. `wrong` is a proof of what is false or a witness of what is compatible; `unknown` a question without an answer, of four that
each change asks; `shown` the incompatible ones with a witness. With two documents, that comparison is timed as well. With `--peers`, other
programs (tests/peers) are asked the half of it that they know, for consumers, and stand beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.committee.changes import Answer, Change
from conformance.committee.diff import difference
from conformance.interface.openapi import read_operations
from conformance.load.specs import load_interface
from conformance.model import Spec
from tests.peers import answers
from tests.schema_changes import CHANGES, document


def _spec(schema: Any) -> Spec:
    content, operations = document(schema), {}
    spec = Spec("", "1.0.0", content, json.dumps(content), operations, {}, {}, [], {}, "-")
    operations.update(read_operations(spec))
    return spec


def table() -> list[list[bool | None]]:
    """The table, and what came of it; returned is what a consumer is told of each request and response."""
    difference(_spec({"type": "string"}), _spec({"type": "integer"}))  # loads the engines
    told, times, consumer = Counter[str](), list[float](), list[list[bool | None]]()
    for _, old, new, keeps, adds in CHANGES:
        before, after = _spec(old), _spec(new)
        begun = time.perf_counter()
        changes = {change.area: change for change in difference(before, after).changes}
        times.append(time.perf_counter() - begun)
        consumer.append([_told(changes.get(area)) for area in ("body", "answer")])
        for area, truth in (("body", (keeps, keeps and adds)), ("answer", (adds, keeps))):
            change = changes.get(area)
            found = (change.consumer, change.vendor) if change else (None, None)
            for one, compatible in zip(found, truth, strict=True):
                answer = Answer.COMPATIBLE if one is None else one.answer
                told["questions"] += 1
                told["unknown"] += answer is Answer.UNKNOWN
                told["wrong"] += answer is (Answer.INCOMPATIBLE if compatible else Answer.COMPATIBLE)
                told["incompatible"] += answer is Answer.INCOMPATIBLE
                told["shown"] += one is not None and one.witness is not None
    print(f"{len(CHANGES)} changes, {2 * len(CHANGES)} directed:", dict(told))
    print(f"seconds for a change: median {statistics.median(times):.3f}, most {max(times):.2f}")
    return consumer


def _told(change: Change | None) -> bool | None:
    answer = Answer.COMPATIBLE if change is None else change.consumer.answer
    return None if answer is Answer.UNKNOWN else answer is Answer.COMPATIBLE


def beside(own: Sequence[Sequence[bool | None]]) -> None:
    """What peers say of the same changes, for consumers. `missed`: broken, and taken for compatible; `alarms`: compatible, and taken for broken."""
    print(f"{'for consumers':24}  right  missed  alarms  unknown")
    for name, told in (("yance", own), *answers()):
        if isinstance(told, str):
            print(f"{name:24}  {told}")
            continue
        found = Counter[str]()
        for (_, _, _, *truth), said in zip(CHANGES, told, strict=True):
            for compatible, one in zip(truth, said, strict=True):
                found["unknown" if one is None else "right" if one == compatible else "missed" if one else "alarms"] += 1
        print(f"{name:24}  {found['right']:5}  {found['missed']:6}  {found['alarms']:6}  {found['unknown']:7}")


def pair(old: Path, new: Path) -> None:
    """Two documents."""
    begun = time.perf_counter()
    found = difference(load_interface(old), load_interface(new))
    answers = Counter(f"{change.consumer.answer}/{change.vendor.answer}" for change in found.changes)
    print(f"{old.name} → {new.name}: {time.perf_counter() - begun:.1f} s, {len(found.changes)} changes:", dict(answers))


def main() -> None:
    """Measure."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("documents", nargs="*", type=Path, metavar="OLD NEW")
    words.add_argument("--peers", action="store_true", help="ask other programs the same, which are installed for it")
    given = words.parse_args()
    print("load average", os.getloadavg()[0])
    own = table()
    if given.peers:
        beside(own)
    if len(given.documents) == 2:
        pair(*given.documents)


if __name__ == "__main__":
    main()
