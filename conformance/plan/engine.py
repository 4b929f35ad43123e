"""The drawing engines: what Schemathesis and Hypothesis make of an operation under a seed.

They generate and never judge: what they call invalid is kept only when it can be proved on the wire (see `generate`). How much is drawn
is counted, never timed: a number of cases, a number of bytes of choices, and a size of schema (see `small`); so a slow machine draws
what a fast one does. Importing the engines costs a second, so that happens only when something is drawn.
"""

from __future__ import annotations

import contextlib
import json
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice, zip_longest
from typing import Any

from conformance.errors import DisagreementError
from conformance.interface import contract
from conformance.interface.forms import form, is_form
from conformance.interface.readings import as_json, of_text, unlike
from conformance.interface.sending import pairs, plainly, scattered, structured
from conformance.load.kept import cache_root
from conformance.model import FIXED_SEED, Draw, Operation, Pairs, Parameter, wire_text
from conformance.plan.drawable import drawable, drawable_bodies

__all__ = ["BYTES", "Drawn", "Kinds", "alone", "counted", "drawn"]

Kinds = tuple[tuple[Draw, ...], tuple[Draw, ...]]  # valid, invalid


@dataclass(frozen=True)
class Drawn:
    """The inputs of an operation, and how many choices drawing them took: those of all cases, the ones that were thrown away included."""

    kinds: Kinds
    choices: int


BYTES = 8192  # of choices for each input that is wanted; Hypothesis itself gives no case more
_BARREN = 100  # tries that the engine threw away before it had a case at all: what comes so seldom is left to directed inputs
_OLDEST = unicodedata.ucd_3_2_0  # every Python has it beside its own Unicode, so what is asked of it is the same on all
_UTF8 = ((0, 0xD7FF), (0xE000, 0x10FFFF))  # every character but the surrogates


def drawn(operation: Operation, seed: int, count: int) -> Drawn:
    """Up to `count` valid and `count` invalid inputs; none where the schemas of all bodies are too large to draw from."""
    bodies = drawable_bodies(operation)
    if bodies is None:
        return Drawn(((), ()), 0)
    each = [_drawn(operation, name, seed, -(-count // max(1, len(bodies)))) for name in bodies or ("",)]
    valid, invalid = ([one.kinds[kind] for one in each] for kind in (0, 1))
    return Drawn((_mingled(valid, count), _mingled(invalid, count)), sum(one.choices for one in each))


def _mingled(each: list[tuple[Draw, ...]], count: int) -> tuple[Draw, ...]:
    """The draws of several media types in turns."""
    turns = (one for turn in zip_longest(*each) for one in turn if one is not None)
    return tuple(islice(turns, count))


def _drawn(operation: Operation, media: str, seed: int, count: int) -> Drawn:
    """The inputs with a body of one media type; empty for an operation without bodies."""
    from schemathesis import GenerationMode  # noqa: PLC0415 - costs a second, needed only here

    engine = partial(_engine_operation, drawable(operation, media))
    valid, invalid = partial(_valid, media), partial(_invalid, media)
    with contextlib.suppress(_undrawable()):
        found, some = _cases(operation, engine, GenerationMode.POSITIVE, seed, count * 2, count, valid)
        wrong, more = _cases(operation, engine, GenerationMode.NEGATIVE, seed, count * 4, count, invalid)
        return Drawn((found, wrong), some + more)
    return Drawn(((), ()), 0)


def _undrawable() -> type[Exception]:
    """What the engine raises for a schema that it cannot draw from."""
    from schemathesis.errors import SchemathesisError  # noqa: PLC0415 - see above

    return SchemathesisError


class _Enough(Exception):  # the engine goes on drawing until its test fails; this is how ours does
    """As many draws as were asked for."""


def _cases(
    operation: Operation,
    engine: Callable[[], Any],
    mode: Any,
    seed: int,
    most: int,
    count: int,
    read: Callable[[Operation, Any], Draw | None],
) -> tuple[tuple[Draw, ...], int]:
    """The first `count` distinct draws that `read` makes of at most `most` cases, and the choices that all of them took."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings  # noqa: PLC0415 - see above
    from hypothesis import seed as fixed  # noqa: PLC0415
    from hypothesis.errors import HypothesisException  # noqa: PLC0415

    found: dict[Draw, None] = {}
    drawn_any, tried = False, 0

    def done() -> bool:
        nonlocal tried
        tried += 1
        return len(found) == count or (not drawn_any and tried >= _BARREN)

    @fixed(seed)
    @settings(
        max_examples=most,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
    )
    @given(case=engine().as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        nonlocal drawn_any
        drawn_any = True
        try:
            one = read(operation, case)
        except DisagreementError:  # neither valid nor invalid beyond doubt
            one = None
        if one is not None and len(found) < count:
            found[one] = None
        if len(found) == count:
            raise _Enough

    with (
        alone(texts=seed == FIXED_SEED),
        counted(count * BYTES, done=done) as tally,
        warnings.catch_warnings(),
        contextlib.suppress(_Enough, HypothesisException),
    ):  # HypothesisException: nothing (more) to draw
        warnings.simplefilter("ignore")
        collect()
    return tuple(found), tally.choices


@contextlib.contextmanager
def alone(*, texts: bool = True) -> Iterator[None]:
    """Hypothesis also draws constants from the source of the modules loaded here that are not installed packages; that would make
    draws depend on how the suite was installed and started. Within this context there are none, and the tables that Hypothesis
    keeps lie in the user's cache rather than in the working folder; what UTF-8 has is told it, since to find that out took each process
    seconds. Without `texts` it draws none of the constant texts that are the same in whatever it draws, either: they would tell a target
    what asks it.
    """
    from hypothesis.configuration import set_hypothesis_home_dir  # noqa: PLC0415 - see above
    from hypothesis.internal import charmap  # noqa: PLC0415 - see above
    from hypothesis.internal.conjecture import providers  # noqa: PLC0415
    from hypothesis.internal.intervalsets import IntervalSet  # noqa: PLC0415 - see above

    engine = vars(providers)
    scan, none = engine["_get_local_constants"], engine["Constants"]()
    engine["CONSTANTS_CACHE"].cache.clear()
    engine["_get_local_constants"] = lambda: none
    every = engine["GLOBAL_CONSTANTS"]
    if not texts:
        engine["GLOBAL_CONSTANTS"] = engine["Constants"](integers=every.integers, floats=every.floats, bytes=every.bytes)
    tables, utf8 = (
        vars(charmap),
        (IntervalSet(_UTF8), IntervalSet(())),
    )  # what it encodes, and what of that is not the same decoded
    found_out = tables["intervals_from_codec"]
    tables["intervals_from_codec"] = lambda codec: utf8 if codec == "utf-8" else found_out(codec)
    set_hypothesis_home_dir(cache_root() / "hypothesis")
    try:
        yield
    finally:
        tables["intervals_from_codec"] = found_out
        engine["_get_local_constants"] = scan
        engine["GLOBAL_CONSTANTS"] = every
        engine["CONSTANTS_CACHE"].cache.clear()
        set_hypothesis_home_dir(None)


@dataclass
class _Tally:
    """What was drawn within a context."""

    spent: int = 0  # bytes of choices
    choices: int = 0
    calls: int = 0


@contextlib.contextmanager
def counted(most: int, tries: int | None = None, done: Callable[[], bool] = lambda: False) -> Iterator[_Tally]:
    """Within this context Hypothesis ends a test, as it does after the last example, once its cases took so many bytes of choices, or
    there were so many of them (`tries`), those that it threw away included; or once enough is `done`. It tells what was drawn until then.
    A case that failed in order to end it is forgotten: Hypothesis would draw it once more, to show it.
    """
    from hypothesis.internal.conjecture import engine  # noqa: PLC0415 - see above

    runner: Any = engine.ConjectureRunner
    tried, tally = runner.test_function, _Tally()

    def tested(self: Any, data: Any) -> None:
        tried(self, data)
        tally.spent, tally.choices, tally.calls = tally.spent + data.length, tally.choices + len(data.nodes), tally.calls + 1
        if tally.spent > most or (tries is not None and tally.calls > tries) or done():
            self.interesting_test_cases.clear()
            self.exit_with(engine.ExitReason.max_examples)

    runner.test_function = tested
    try:
        yield tally
    finally:
        runner.test_function = tried


def _engine_operation(document: Any) -> Any:
    """The one operation of a document as the engine reads it. What it draws is judged under all patterns in any case."""
    import schemathesis  # noqa: PLC0415 - see above

    engine: Any = schemathesis.openapi.from_dict(document)
    result = next(iter(engine.get_all_operations()))
    if hasattr(result, "err"):
        raise result.err()
    return result.ok()


def _valid(media: str, operation: Operation, case: Any) -> Draw | None:
    query = _query(operation, case, plain=True)
    if query is None:
        return None
    known = _declared(operation)
    plain = ((name, value) for name, value in query if name in known and not structured(known[name]))
    if unlike(query, known) or any(not contract.parameter_accepts(operation, name, value) for name, value in plain):
        return None
    if not operation.bodies:
        return Draw(query, note="valid")
    body = _body(operation, media, case)
    if body is None or contract.value_errors(operation, media, _told(case.body)):
        return None
    return Draw(query, *body, "valid")


def _declared(operation: Operation) -> dict[str, Parameter]:
    return {p.name: p for p in operation.parameters if p.location == "query"}


def _invalid(media: str, operation: Operation, case: Any) -> Draw | None:
    query = _query(operation, case, plain=False)
    if query is None:
        return None
    wrong = _wrong(operation, query)
    if not operation.bodies:
        return Draw(query, note=f"invalid: {', '.join(wrong)}") if wrong else None
    body = _body(operation, media, case)
    if body is None:
        return None
    refused = contract.value_errors(operation, media, _told(case.body))
    if refused and is_form(media) and not contract.body_refused(operation, body[1], body[0], _lenient):
        refused = []
    note = f"invalid: body{refused[0].pointer}" if refused else f"invalid: {', '.join(wrong)}"
    return Draw(query, *body, note) if wrong or refused else None


def _wrong(operation: Operation, query: Pairs) -> list[str]:
    """The parameters of a query that are invalid beyond doubt, or not declared."""
    known = _declared(operation)
    bad = {*unlike(query, known), *contract.excluded(operation, query, _lenient)}
    for name, value in query:
        if (p := known.get(name)) is not None and not structured(p) and not _readable(operation, name, value):
            bad.add(name)
    return [*dict.fromkeys(name for name, _ in query if name in bad), *sorted(bad - {name for name, _ in query})]


def _readable(operation: Operation, name: str, text: str) -> bool:
    """Whether some server may rightly or leniently take the text for a value that the schema accepts: trimmed, or with a number
    written otherwise than in JSON (`+7`, `007`, `7_0`, digits of another script).
    """
    return not all(contract.parameter_refused(operation, name, one) for one in _spellings(text))


def _lenient(text: str) -> list[Any]:
    """What a lenient server may take a text of a list, an object or a form for."""
    return [reading for one in dict.fromkeys(_spellings(text)) for reading in of_text(one)]


def _spellings(text: str) -> list[str]:
    trimmed = text.strip()
    readings = [text, trimmed]
    for digit in "0123456789" if any(map(_may_be_a_digit, trimmed)) else "0":
        number = "".join(digit if _may_be_a_digit(char) else _plain(char) for char in trimmed)
        if re.fullmatch(r"[+-]?[0-9][0-9_]*(\.[0-9]*)?", number):
            with contextlib.suppress(ValueError):
                readings.append(wire_text(float(number) if "." in number else int(number)))
    return readings


def _plain(char: str) -> str:
    """A character, with a decimal digit of any script as an ASCII one."""
    return str(_OLDEST.decimal(char, char))


def _may_be_a_digit(char: str) -> bool:
    """Whether a later Unicode than the oldest made the character a digit, or may: all scripts lie in the first two planes."""
    return char < "\U00020000" and _OLDEST.category(char) == "Cn"


def _query(operation: Operation, case: Any, *, plain: bool) -> tuple[tuple[str, str], ...] | None:
    """The drawn query in its wire form; None when it has none (lists and objects where none are declared, no name, texts that are not
    Unicode), or, with `plain`, one that says something else than what was drawn.
    """
    found: list[tuple[str, str]] = []
    declared = _declared(operation)
    for name, value in dict(case.query or {}).items():
        p = declared.get(name)
        if p is None or not structured(p):
            if isinstance(value, list | dict):
                return None
            found.append((name, wire_text(value)))
            continue
        sent = _sent(operation, p, value, plain=plain)
        if sent is None or (scattered(p) and not declared.keys().isdisjoint(key for key, _ in sent)):
            return None
        found += sent
    if any(not name or not _sendable(name) or not _sendable(text) for name, text in found):
        return None
    return tuple(found)


def _sent(operation: Operation, p: Parameter, value: Any, *, plain: bool) -> Pairs | None:
    """A drawn list or object as it travels; an object the engine gives as JSON. None as `_query` says it."""
    if isinstance(value, str) and (p.raw.get("content") or p.schema.get("type") != "array"):
        value = next(as_json(value), value)
    if plain and not (plainly(p, value) and contract.value_accepted(operation, p, value)):
        return None
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    nested = not p.raw.get("content") and any(isinstance(part, dict | list) for part in parts)
    return None if nested else pairs(p, value)


def _body(operation: Operation, media: str, case: Any) -> tuple[bytes, str] | None:
    """The drawn body as bytes with their media type; None when it cannot be sent as such."""
    try:
        text = json.dumps(case.body, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return None
    if not _sendable(text) or (not is_form(media) and case.media_type != media):
        return None
    if not is_form(media):
        return text.encode(), media
    sent = form(operation, media, case.body)
    return None if sent is None else (sent.body, sent.media_type)


def _told(value: Any) -> Any:
    """A drawn body as JSON has it: the engine's own kind of text for what is binary is no text to a validator."""
    return json.loads(json.dumps(value))


def _sendable(text: str) -> bool:
    return len(text) < 4000 and "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
