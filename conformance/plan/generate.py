"""Seeded inputs: valid and invalid ones for every operation, drawn once and kept.

Schemathesis and Hypothesis generate and never judge. What they call invalid is kept only when we can prove it on the wire: a
query value that no reading of its text makes valid, a parameter that is not declared, a JSON body that its schema refuses. Cursors
are never drawn (a drawn one is never valid), nor are path parameters, keys and entity tags: `drive` supplies those.

The same spec, seed and number of draws give the same inputs under the same `generator`, wherever the suite is installed, whatever
else is loaded in the process, and whichever of several processes draws (see `beside`). They are cached by digest in the user's cache
folder, a shape of operations to a file, because drawing costs milliseconds each.

A plan has a budget (`limits.DRAWN`) for all that it draws, since a document may have a thousand operations. Operations that ask for the same
are drawn once; what is smallest is drawn first, until the budget is spent. What each took is counted, in choices of the engine, and not
timed, so it is the same operations everywhere, whatever lay in the cache and however many processes drew. Those beyond the
budget have no drawn inputs, and are named (`Draws.left_out`).
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import limits
from conformance.errors import YanceError
from conformance.load.data import digest_of
from conformance.load.kept import cache_root
from conformance.model import FIXED_SEED, Draw, Operation, Spec
from conformance.plan.beside import drawn_beside
from conformance.plan.drawable import portion, shape, weight
from conformance.plan.engine import Drawn, Kinds, drawn
from conformance.text import handed

__all__ = ["Draws", "cache_folder", "draw", "generator"]

_FORMAT = 11  # of the cache; raised when what is kept changes
_LARGEST = 64 * 1024 * 1024  # bytes of what is kept of one operation
_FEW = 4  # operations that are drawn sooner than other processes have started
_MOST_WORKERS = 8
_ENGINES = ("schemathesis", "hypothesis", "jsonschema-rs")


class Draws(dict[str, Kinds]):
    """The inputs by operationId. `left_out` are the operations that were not drawn, since the plan's budget was spent by others."""

    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Shape:
    """Operations that are given the same inputs: the first of them is drawn. `weight` is how many schemas that takes."""

    key: str
    names: tuple[str, ...]
    weight: int

    def cost(self, choices: int) -> int:
        """What drawing it counts for."""
        return limits.DRAWN_EACH + self.weight + choices


def cache_folder() -> Path:
    """Where drawn inputs are kept between runs."""
    return cache_root() / "draws"


@functools.cache
def generator() -> str:
    """What draws here. Another version of any of it may draw other inputs from the same seed."""
    from importlib.metadata import version  # noqa: PLC0415 - nobody else asks which versions are installed

    engines = [f"{name} {version(name)}" for name in _ENGINES]
    return ", ".join([*engines, f"unicode {unicodedata.unidata_version}", f"draws {_FORMAT}"])


def draw(
    spec: Spec,
    operations: Sequence[str],
    *,
    seed: int,
    count: int,
    cache: Path | None = None,
    told: Callable[[int, int], None] | None = None,
) -> Draws:
    """Up to `count` valid and `count` invalid inputs for each operation. `cache` None means the user's cache folder.

    `told` hears how many of the shapes of operations that are not in the cache are drawn, first of all 0. Raises UsageError when one of
    them takes longer than anyone should wait.
    """
    asked = {name: None for name in operations if spec.operations[name].bodies or _queried(spec.operations[name])}
    found, left_out = dict[str, Kinds](), frozenset[str]()
    if count:
        found, left_out = _of_shapes(spec, _shapes(spec, asked, seed, count), seed, count, cache or cache_folder(), told)
    none: Kinds = (), ()
    plain: Kinds = (Draw(note="no parameters"),), ()
    draws = Draws({name: found.get(name, none) if name in asked else plain for name in operations})
    draws.left_out = tuple(name for name in operations if name in left_out)
    return draws


def _shapes(spec: Spec, names: Iterable[str], seed: int, count: int) -> list[_Shape]:
    """The shapes of operations, in the order in which they are drawn: the smallest first, equals as they stand in the document."""
    alike: dict[str, list[str]] = {}
    # What was drawn and kept before there was this rule is drawn again.
    rule = [] if seed == FIXED_SEED else ["no constant texts"]
    for name in names:
        operation = spec.operations[name]
        alike.setdefault(digest_of([generator(), operation.spec.digest, shape(operation), seed, count, *rule]), []).append(name)
    place = {name: index for index, name in enumerate(spec.operations)}
    shapes = [
        _Shape(key.removeprefix("sha256:"), tuple(sorted(some, key=place.__getitem__)), weight(spec.operations[some[0]]))
        for key, some in alike.items()
    ]
    return sorted(shapes, key=lambda one: (one.weight, place[one.names[0]]))


def _of_shapes(
    spec: Spec,
    shapes: Sequence[_Shape],
    seed: int,
    count: int,
    folder: Path,
    told: Callable[[int, int], None] | None,
) -> tuple[dict[str, Kinds], frozenset[str]]:
    """The inputs of all operations whose shape began before the budget was spent, and the others' names."""
    known = {one.key: kept for one in shapes if (kept := _read(folder, one.key)) is not None}
    budget, missing = limits.DRAWN * count, [one for one in shapes if one.key not in known]
    by_name = {one.names[0]: one for one in missing}

    def affordable() -> Iterator[str]:
        """The next to be drawn, as long as those ahead of it have not spent everything, as far as that is known."""
        for index, one in enumerate(shapes):
            if sum(ahead.cost(known[ahead.key].choices if ahead.key in known else 0) for ahead in shapes[:index]) >= budget:
                return
            if one.key not in known:
                yield one.names[0]

    if missing:
        _tell(told, 0, len(missing))
        for done, (name, made) in enumerate(_drawn(spec, affordable(), _at_most(shapes, missing, budget), seed, count), 1):
            known[by_name[name].key] = made
            _write(folder, by_name[name].key, made)
            _tell(told, done, len(missing))
    found, left_out, spent = dict[str, Kinds](), list[str](), 0
    for one in shapes:
        if spent < budget:
            found |= dict.fromkeys(one.names, known[one.key].kinds)
            spent += one.cost(known[one.key].choices)
        else:
            left_out += one.names
    return found, frozenset(left_out)


def _at_most(shapes: Iterable[_Shape], missing: Container[_Shape], budget: int) -> list[str]:
    """The operations that may be drawn before the budget is spent: those that began in time, took none of the others any choice."""
    found, spent = list[str](), 0
    for one in shapes:
        if spent >= budget:
            break
        found += [one.names[0]] if one in missing else []
        spent += one.cost(0)
    return found


def _tell(told: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if told is not None:
        told(done, total)


def _queried(operation: Operation) -> bool:
    return any(p.location == "query" and p.paging != "cursor" for p in operation.parameters)


def _drawn(spec: Spec, names: Iterator[str], most: Sequence[str], seed: int, count: int) -> Iterator[tuple[str, Drawn]]:
    """The inputs of each operation as they come: a few here, more in processes of their own, one for each core. `most` are all that `names`
    may come to.
    """
    if len(most) < _FEW:
        return ((name, drawn(spec.operations[name], seed, count)) for name in names)
    workers = min(os.cpu_count() or 1, _MOST_WORKERS, len(most) // 2)
    return drawn_beside(portion(spec, most), names, seed, count, workers=workers)


def _read(folder: Path, key: str) -> Drawn | None:
    """What is kept under a key; None when there is nothing, or something else than was written: it is drawn again then."""
    try:
        content = json.loads(handed.read_file(folder / f"{key}.json", _LARGEST))
        if content["digest"] != digest_of([key, content["draws"], content["choices"]]):
            return None
        valid, invalid = content["draws"]
        return Drawn((tuple(map(load, valid)), tuple(map(load, invalid))), int(content["choices"]))
    except (YanceError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _write(folder: Path, key: str, made: Drawn) -> None:
    """Keep it, whole or not at all, whoever else writes the same; an unwritable folder costs time, nothing else."""
    draws = [[dump(one) for one in kind] for kind in made.kinds]
    content = {"digest": digest_of([key, draws, made.choices]), "draws": draws, "choices": made.choices}
    with contextlib.suppress(OSError):
        handed.make_folder(folder, private=True)
        handed.write(folder / f"{key}.json", json.dumps(content, ensure_ascii=True).encode(), handed.PRIVATE)


def dump(drawn: Draw) -> dict[str, Any]:
    """A draw as JSON. Bodies are text: what is drawn is JSON, or a form of such values."""
    body = None if drawn.body is None else drawn.body.decode("utf-8", "surrogatepass")
    return {"query": [list(pair) for pair in drawn.query], "body": body, "mediaType": drawn.media_type, "note": drawn.note}


def load(entry: Mapping[str, Any]) -> Draw:
    """The draw of such a document."""
    body = None if entry["body"] is None else entry["body"].encode("utf-8", "surrogatepass")
    return Draw(tuple((name, value) for name, value in entry["query"]), body, entry["mediaType"], entry["note"])
