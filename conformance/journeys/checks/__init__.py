"""What may be demanded between the steps of a journey: one module per behaviour, named as a true sentence about services that go together.

There is no registry: the package is the registry. A module whose name does not begin with `_` is a check and has

    docstring   one sentence; why it matters; `Fails when`; `Inconclusive when`; `Source`
    judge       judge(record, **with) -> Iterator[Finding | Witness | Open]; pure
    MESSAGES    {key: {"en": …, "zh-Hant": …}}; {expected}, {actual} and {at} are filled in
    ABOUT       the docstring in zh-Hant, one paragraph a line
    EXAMPLES    records that conform, violate, and leave the question open; they are its unit tests

A judge reads what was recorded and nothing else. Its arguments are expressions of Arazzo (`$steps.stop.outputs.position`), names of steps
(`STEPS`) and numbers. It yields a `Witness` only where all that it compares was there; an `Open` says what was not.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from conformance.journeys.record import Record
from conformance.model import Text

__all__ = ["STEPS", "Check", "Examples", "Open", "bind", "check", "names"]

STEPS = ("steps", "before", "under", "after", "refused", "closed")  # arguments that name steps


@dataclass(frozen=True)
class Open:
    """What could not be looked at, since it was not there: an expression, or a step."""

    what: str


@dataclass(frozen=True)
class Examples:
    """Records that conform, violate and leave the question open, all judged with the same arguments."""

    arguments: Mapping[str, Any]
    conforms: Sequence[Record]
    violates: Sequence[Record]
    inconclusive: Sequence[Record] = field(default=())


@dataclass(frozen=True)
class Check:
    """A check module, read."""

    name: str
    doc: str
    about: str
    judge: Callable[..., Iterable[Any]]
    messages: Mapping[str, Text]
    examples: Examples

    @property
    def parameters(self) -> frozenset[str]:
        """The arguments that a row may give."""
        found = inspect.signature(self.judge).parameters.values()
        return frozenset(p.name for p in found if p.kind is inspect.Parameter.KEYWORD_ONLY)


@cache
def names() -> tuple[str, ...]:
    """The names of all checks, sorted."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(__path__) if not one.name.startswith("_")))


@cache
def check(name: str) -> Check:
    """A check by name."""
    module = importlib.import_module(f"{__name__}.{name}")
    return Check(name, module.__doc__ or "", module.ABOUT, module.judge, module.MESSAGES, module.EXAMPLES)


def bind(name: str, arguments: Mapping[str, Any]) -> Callable[[Record], Iterator[Any]]:
    """The judge of a check with the arguments of a row."""
    return lambda record: iter(check(name).judge(record, **arguments))
