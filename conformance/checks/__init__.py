"""The checks: one module per behaviour, named as a true sentence about a conforming API.

There is no registry: the package is the registry. Its folders are families; a module of a family whose name does not begin with
`_` is a check, known by that name alone wherever it lies, and has

    docstring   one sentence; why it matters; `Fails when`; `Inconclusive when`; `Source`
    TOUCHES     what it does to the resources of its operation (`model.Touches`)
    SCOPE       "case" (judged on its own exchanges; the default) or "exchange" (judged on every exchange of the run, one at a time)
    ACTORS      credentials that it needs beside tenant a's, such as ("b",); none by default
    RECEIVES    True when it asks for what the suite's own receiver got (`Inbox`)
    WITH        a JSON Schema of what a row writes under `with`, where a signature alone does not tell its members; none by default
    STOCKS      True when it puts resources of the suite's own into a collection that a recipe fills (`given.stocked`)
    ASKS        about how many requests a case of it sends (12 by default), as measured on the reference servers: where few may be
                sent (`plan.effort`), what asks little goes before what asks much
    WAITS       True when it lets time pass on purpose, so it begins early. Where it writes it looks at nothing but what it made
    LAPSES      True when it leaves things of its own to time, which changes them: whoever needs them quiet comes after it
    BODIES      False when its judge reads no body of an answer, so that one that was cut is a witness, too; True by default
    REFUSALS    True when all that it asks is to be refused: where nothing else was asked, nobody expects a success
    DRAWS       True when its requests carry what is drawn: a parameter that nothing which succeeded had is named beside its pass
    VERSIONED   True when its judge holds what is stated against the version of the spec: under a draft, who states the version of today states
                what is true of it, and has to state another then
    OLDER       True when its judge reads the version before the spec's, too
    LAST        True when others might be turned away after it, so it comes after all that touch the same; a 429 is its answer
    looks       looks(**with) -> the operations at whose answers it looks and that show what others make, too; a check without it is taken
                to look at all that its row names
    aspects     aspects(operation, dialect, **with) -> names of what a case is to exercise, each with its own witnesses; a check
                without it has one aspect. MESSAGES then says under "unexercised" what would exercise {aspect}
    drive       drive(operation, inputs, dialect, **with) -> Script; may be missing when SCOPE is "exchange"
    judge       judge(operation, trace, dialect, **with) -> Iterator[Finding | Witness | Moot]; pure
    each        each(operation, trace, dialect, **with) -> Iterator[Finding]: what one answer must satisfy by itself, judged on every
                exchange of the run, one at a time, whoever asked for it (of its own case a `judge` speaks); none by default
    notes       notes(operation, exchange, dialect, **with) -> Iterator[(about, value)]: what to remember of each exchange of the run, both
                hashable and small. `compared(operation, noted, dialect, **with) -> Iterator[Finding]` is handed, at the end and for
                each thing that they are about, its values, each with the number of the first exchange that had it; none by default
    MESSAGES    {key: {"en": …, "zh-Hant": …}}; {expected}, {actual} and {at} are filled in
    ABOUT       the docstring in zh-Hant, one paragraph a line
    EXAMPLES    traces that conform, violate, and leave the question open; they are its unit tests

A check knows neither its requirement nor its level: the row does. What a row writes under `with` is bound to the keyword-only
parameters of `judge` and `drive`; a misspelt one is refused before the first request. A judge of single exchanges sees each through a
view that notes what it reads, so that exchanges alike in that are judged once (`verdict.alike`): it may put their number into a
finding, and do nothing else with it; and the less it reads before it says nothing, the less often it is asked. What one family alone uses is a private module
of the family; what several use is one of the package, so that no family imports another.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from conformance.errors import DataError, UsageError, nearest
from conformance.model import Examples, Touches

__all__ = ["Check", "bind", "check", "names"]


@dataclass(frozen=True)
class Check:
    """A check module, read."""

    name: str
    family: str
    doc: str
    about: str
    scope: str
    touches: Touches
    actors: tuple[str, ...]
    stocks: bool
    receives: bool
    waits: bool
    lapses: bool
    last: bool
    asks: int
    bodies: bool
    refusals: bool
    draws: bool
    versioned: bool
    older: bool
    looks: Callable[..., Iterable[str]] | None
    aspects: Callable[..., Iterable[str]] | None
    schema: Mapping[str, Any]
    drive: Callable[..., Any] | None
    judge: Callable[..., Any]
    each: Callable[..., Any] | None
    notes: Callable[..., Any] | None
    compared: Callable[..., Any] | None
    messages: Mapping[str, Mapping[str, str]]
    examples: Examples

    @property
    def sentence(self) -> str:
        """The first sentence of its docstring."""
        return self.doc.strip().splitlines()[0].strip()

    @property
    def halves(self) -> list[Callable[..., Any]]:
        """The functions to which a row's arguments are bound."""
        return [half for half in (self.drive, self.judge, self.each, self.notes, self.compared) if half is not None]

    def parameters(self) -> frozenset[str]:
        """The keyword-only parameters that a row may set."""
        return frozenset(name for half in self.halves for name in _named(half))


@cache
def _families() -> Mapping[str, str]:
    """The family of each check, by the check's name. Raises DataError when two families have a check of one name."""
    found: dict[str, str] = {}
    for family in (m.name for m in pkgutil.iter_modules(__path__) if m.ispkg):
        for module in pkgutil.iter_modules([f"{folder}/{family}" for folder in __path__]):
            if module.name.startswith("_"):
                continue
            if module.name in found:
                raise DataError(f"the families {found[module.name]} and {family} both have a check {module.name}; rename one")
            found[module.name] = family
    return found


@cache
def names() -> tuple[str, ...]:
    """The names of all checks, sorted."""
    return tuple(sorted(_families()))


@cache
def check(name: str) -> Check:
    """A check by name. Raises UsageError for a name that is none."""
    if name not in names():
        raise UsageError(f"there is no check {name!r}{nearest(name, names())}")
    family = _families()[name]
    module = importlib.import_module(f"{__name__}.{family}.{name}")
    return Check(
        name=name,
        family=family,
        doc=module.__doc__ or "",
        about=getattr(module, "ABOUT", ""),
        scope=getattr(module, "SCOPE", "case"),
        touches=module.TOUCHES,
        actors=tuple(getattr(module, "ACTORS", ())),
        stocks=bool(getattr(module, "STOCKS", False)),
        receives=bool(getattr(module, "RECEIVES", False)),
        waits=bool(getattr(module, "WAITS", False)),
        lapses=bool(getattr(module, "LAPSES", False)),
        last=bool(getattr(module, "LAST", False)),
        asks=int(getattr(module, "ASKS", 12)),
        bodies=bool(getattr(module, "BODIES", True)),
        refusals=bool(getattr(module, "REFUSALS", False)),
        draws=bool(getattr(module, "DRAWS", False)),
        versioned=bool(getattr(module, "VERSIONED", False)),
        older=bool(getattr(module, "OLDER", False)),
        looks=getattr(module, "looks", None),
        aspects=getattr(module, "aspects", None),
        schema=getattr(module, "WITH", {}),
        drive=getattr(module, "drive", None),
        judge=module.judge,
        each=getattr(module, "each", None),
        notes=getattr(module, "notes", None),
        compared=getattr(module, "compared", None),
        messages=module.MESSAGES,
        examples=module.EXAMPLES,
    )


def every() -> Iterator[Check]:
    """All checks, by name."""
    for name in names():
        yield check(name)


def bind(half: Callable[..., Any], arguments: Mapping[str, Any]) -> Callable[..., Any]:
    """`drive` or `judge` with those of a row's arguments that it takes."""
    taken = {name: arguments[name] for name in _named(half) if name in arguments}
    return partial(half, **taken) if taken else half


@cache
def _named(half: Callable[..., Any]) -> tuple[str, ...]:
    """The keyword-only parameters of a half."""
    return tuple(p.name for p in inspect.signature(half).parameters.values() if p.kind is inspect.Parameter.KEYWORD_ONLY)


_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "str": ((str,), "a text"),
    "bool": ((bool,), "true or false"),
    "Sequence": ((list, tuple), "a list"),
    "Mapping": ((dict,), "a mapping"),
}


def refuse_other_kinds(name: str, arguments: Mapping[str, Any], *, file: str = "", line: int = 0) -> None:
    """Raises DataError when an argument is not of the kind that the check's signature says."""
    subject = check(name)
    for half in subject.halves:
        for p in inspect.signature(half).parameters.values():
            value = arguments.get(p.name)
            if p.kind is inspect.Parameter.KEYWORD_ONLY and value is not None:
                words, hint = _other_kind(str(p.annotation).removesuffix(" | None"), value)
                if words:
                    raise DataError(f"{p.name} of check {name} is {words}, got {value!r}{hint}", file=file, line=line)


def _other_kind(said: str, value: Any) -> tuple[str, str]:
    """What an annotation asks for where a value is something else, and the word that it may have meant; empty where it fits."""
    kind, _, inner = said.removesuffix("]").partition("[")
    if kind == "Literal":
        offered = tuple(one.strip("\"' ") for one in inner.split(","))
        return ("", "") if value in offered else (f"one of {', '.join(offered)}", nearest(str(value), offered))
    kinds, words = _KINDS.get(kind, ((), ""))
    if kinds and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
        return words, ""
    if said == "Sequence[int]" and not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
        return "a list of whole numbers", ""
    return "", ""


def refuse_unknown(name: str, arguments: Mapping[str, Any], *, file: str = "", line: int = 0) -> None:
    """Raises DataError when a row's `with` sets something that the check does not take, or leaves out what it must."""
    subject = check(name)
    known = subject.parameters()
    for argument in arguments:
        if argument not in known:
            offered = ", ".join(sorted(known)) or "nothing"
            hint = nearest(argument, known)
            raise DataError(f"check {name} takes no argument {argument!r} (it takes {offered}){hint}", file=file, line=line)
    for half in subject.halves:
        for p in inspect.signature(half).parameters.values():
            if p.kind is inspect.Parameter.KEYWORD_ONLY and p.default is inspect.Parameter.empty and p.name not in arguments:
                raise DataError(f"check {name} needs an argument {p.name!r} under 'with'", file=file, line=line)
    refuse_other_kinds(name, arguments, file=file, line=line)
