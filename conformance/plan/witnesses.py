"""A value that one schema admits and another refuses, as small as it can be made.

Values are put together where the two schemas differ (`directed`), and drawn, from what the inner schema admits and from what the algebra says
that the outer one lacks (`interface/sets`), until one is really in the one and outside of the other, by the word of both validators; then
that is made smaller as long as this holds. How much is drawn and tried is
counted, and the same question has the same answer.

Where no value is to be found, most is drawn. Whoever asks many such questions at once says how much may be drawn in vain in all (`patience`): each
search then takes a part of what is left, so that the first are as thorough as ever and the last are short.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from itertools import islice
from typing import Any

from conformance.interface.sets import Values, lacking
from conformance.plan.directed import proposals
from conformance.plan.engine import alone, counted
from conformance.plan.simpler import simpler
from conformance.plan.small import small_enough

__all__ = ["NONE", "patience", "witness", "witnesses"]

NONE: Any = object()
_PROPOSALS, _FEW = 400, 3  # values that are put together, and such as are drawn for a part of one
_ROUNDS = (20, 100)  # values of each source that are drawn, at first and then
_THROWN_AWAY = 3  # times as many may be begun, and come to nothing
_BYTES = 1000  # of choices for each of them
_STEPS = 3000  # smaller values that are tried
_DESCENDANTS = 100  # of them such as the value holds itself
_DRAFT = 20  # 2020-12, as the engine counts
_PART = 8  # of what may be drawn in vain, one search of one source takes this part at most
_LEFT: ContextVar[int | None] = ContextVar("_LEFT", default=None)


@contextlib.contextmanager
def patience(values: int) -> Iterator[None]:
    """Within this, about so many values are drawn in vain in all; what is found costs nothing."""
    before = _LEFT.set(values)
    try:
        yield
    finally:
        _LEFT.reset(before)


def _allowed(most: int) -> int:
    """How many values one search may draw."""
    left = _LEFT.get()
    return most if left is None else min(most, left // _PART)


def _spent(count: int) -> None:
    left = _LEFT.get()
    if left is not None:
        _LEFT.set(left - count)


def witness(outer: Values, inner: Values, suits: Callable[[Any], bool] | None = None) -> Any:
    """A value of `inner` that `outer` refuses, the simplest that is found; `NONE` where none is.

    Both validators admit it under the one and refuse it under the other. `suits` may ask more of it.
    """

    def likely(value: Any) -> bool:  # the quick one's word
        return inner.asked.is_valid(value) and not outer.asked.is_valid(value) and (suits is None or suits(value))

    def shown(value: Any) -> bool:
        return likely(value) and inner.holds(value) and outer.excludes(value)

    def made_small(value: Any) -> Any:
        small = _smallest(value, likely)
        return small if shown(small) else _smallest(value, shown)

    for value in islice(proposals(outer, inner, _few), _PROPOSALS):
        if shown(value):
            return made_small(value)
    sources = [one for one in (small_enough(inner.schema, inner.schema), lacking(outer, inner)) if one is not None]
    for most in _ROUNDS:
        for source in sources:
            count = _allowed(most)
            found = next(_drawn(source, shown, count), NONE) if count else NONE
            if found is not NONE:
                return made_small(found)
            _spent(count)
    return NONE


def witnesses(outer: Values, inner: Values, count: int, suits: Callable[[Any], bool] | None = None) -> tuple[Any, ...]:
    """Up to `count` different values of `inner` that `outer` refuses, by the word of both validators, the simplest that is found first."""
    first = witness(outer, inner, suits)
    if first is NONE:
        return ()

    def shown(value: Any) -> bool:
        return value != first and (suits is None or suits(value)) and inner.holds(value) and outer.excludes(value)

    found = [first]
    for source in (lacking(outer, inner), small_enough(inner.schema, inner.schema)):
        if source is not None and len(found) < count:
            found += [one for one in _drawn(source, shown, _ROUNDS[0], count - len(found)) if one not in found]
    return tuple(found)


@lru_cache(maxsize=2048)
def _some(outer: Values, inner: Values) -> tuple[Any, ...]:
    sources = [lacking(outer, inner), inner.schema]
    found = (one for source in sources if source is not None for one in _drawn(source, lambda _: True, _FEW, _FEW))
    return tuple(islice(found, _FEW))


def _few(outer: Values, inner: Values) -> Iterator[Any]:
    """A few values of a small schema, those first that the other lacks."""
    yield from _some(outer, inner)


def _drawn(schema: Mapping[str, Any], suits: Callable[[Any], bool], most: int, count: int = 1) -> Iterator[Any]:
    """The first values of a schema that suit."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings  # noqa: PLC0415 - costs a second, needed only here
    from hypothesis.errors import HypothesisException  # noqa: PLC0415
    from schemathesis.errors import SchemathesisError  # noqa: PLC0415
    from schemathesis.generation.jsonschema import builder  # noqa: PLC0415
    from schemathesis.specs.openapi.formats import get_default_format_strategies  # noqa: PLC0415

    found: list[Any] = []

    def look(value: Any) -> None:
        if len(found) < count and suits(value):
            found.append(value)

    tuned = settings(
        max_examples=most,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    with alone(), counted(most * _BYTES, most * _THROWN_AWAY, lambda: len(found) >= count), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(HypothesisException, SchemathesisError, RecursionError):
            source = builder.build(dict(schema), draft=_DRAFT, formats=get_default_format_strategies())
            seed(0)(tuned(given(value=source)(look)))()
    yield from found


def _smallest(value: Any, suits: Callable[[Any], bool]) -> Any:
    """The value made smaller as long as it suits."""
    left, better = _STEPS, True
    while better:
        better = False
        for one in _smaller(value):
            left -= 1
            if left < 0:
                return value
            if suits(one):
                value, better = one, True
                break
    return value


def _smaller(value: Any) -> Iterator[Any]:
    """What it holds, for where it refers to itself; then simpler values, then such as are a step nearer to what is simple."""
    if isinstance(value, dict | list):
        yield from islice(_inside(value), _DESCENDANTS)
    yield from simpler(value)
    yield from _nearer(value)


def _inside(value: Any) -> Iterator[Any]:
    """The objects and lists that a value holds, the deepest first."""
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, dict | list):
            yield from _inside(one)
            yield one


def _nearer(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from ({**value, name: one} for one in _nearer(member))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from ([*value[:index], one, *value[index + 1 :]] for one in _nearer(item))
    elif isinstance(value, str) and value:
        yield from (one for one in (value[:-1], "0" * len(value)) if one != value)
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > 1:
        yield value - 1 if value > 0 else value + 1
