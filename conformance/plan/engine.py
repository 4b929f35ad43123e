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
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import platformdirs

from conformance.errors import DisagreementError
from conformance.interface import contract
from conformance.interface.references import path_item
from conformance.model import Draw, Operation, wire_text
from conformance.plan.patterns import readable
from conformance.plan.small import small_enough
from conformance.text.media import is_json

__all__ = ["BYTES", "Kinds", "cache_root", "drawn"]

Kinds = tuple[tuple[Draw, ...], tuple[Draw, ...]]  # valid, invalid
BYTES = 8192  # of choices for each input that is wanted; Hypothesis itself gives no case more
_OLDEST = unicodedata.ucd_3_2_0  # every Python has it beside its own Unicode, so what is asked of it is the same on all


def cache_root() -> Path:
    """The user's cache folder of the suite."""
    return Path(platformdirs.user_cache_dir("yance"))


def drawn(operation: Operation, seed: int, count: int) -> Kinds:
    """Up to `count` valid and `count` invalid inputs; none where the schemas of all bodies are too large to draw from."""
    if _bodies(operation) is None:
        return (), ()
    from schemathesis import GenerationMode  # noqa: PLC0415 - costs a second, needed only here

    engine = partial(_engine_operation, operation)
    with contextlib.suppress(_undrawable()):
        valid = _cases(operation, engine, GenerationMode.POSITIVE, seed, count * 2, count, _valid)
        return valid, _cases(operation, engine, GenerationMode.NEGATIVE, seed, count * 4, count, _invalid)
    return (), ()


def _undrawable() -> type[Exception]:
    """What the engine raises for a schema that it cannot draw from."""
    from schemathesis.errors import SchemathesisError  # noqa: PLC0415 - see above

    return SchemathesisError


class _Enough(Exception):  # noqa: N818 - the engine goes on drawing until its test fails; this is how ours does
    """As many draws as were asked for."""


def _cases(
    operation: Operation,
    engine: Callable[[], Any],
    mode: Any,
    seed: int,
    most: int,
    count: int,
    read: Callable[[Operation, Any], Draw | None],
) -> tuple[Draw, ...]:
    """The first `count` distinct draws that `read` makes of at most `most` cases."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings  # noqa: PLC0415 - see above
    from hypothesis import seed as fixed  # noqa: PLC0415
    from hypothesis.errors import HypothesisException  # noqa: PLC0415

    found: dict[Draw, None] = {}

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
        try:
            one = read(operation, case)
        except DisagreementError:  # neither valid nor invalid beyond doubt
            one = None
        if one is not None and len(found) < count:
            found[one] = None
        if len(found) == count:
            raise _Enough

    with (
        _alone(),
        _counted(count * BYTES),
        warnings.catch_warnings(),
        contextlib.suppress(_Enough, HypothesisException),
    ):  # HypothesisException: nothing (more) to draw
        warnings.simplefilter("ignore")
        collect()
    return tuple(found)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Hypothesis also draws constants from the source of the modules loaded here that are not installed packages; that would make
    draws depend on how the suite was installed and started. Within this context there are none, and the tables that Hypothesis
    keeps lie in the user's cache rather than in the working folder.
    """
    from hypothesis.configuration import set_hypothesis_home_dir  # noqa: PLC0415 - see above
    from hypothesis.internal.conjecture import providers  # noqa: PLC0415

    engine = vars(providers)
    scan, none = engine["_get_local_constants"], engine["Constants"]()
    engine["CONSTANTS_CACHE"].cache.clear()
    engine["_get_local_constants"] = lambda: none
    set_hypothesis_home_dir(cache_root() / "hypothesis")
    try:
        yield
    finally:
        engine["_get_local_constants"] = scan
        engine["CONSTANTS_CACHE"].cache.clear()
        set_hypothesis_home_dir(None)


@contextlib.contextmanager
def _counted(most: int) -> Iterator[None]:
    """Within this context Hypothesis ends a test, as it does after the last example, once its cases took so many bytes of choices, those
    that it threw away included.
    """
    from hypothesis.internal.conjecture import engine  # noqa: PLC0415 - see above

    runner: Any = engine.ConjectureRunner
    tried, spent = runner.test_function, 0

    def counted(self: Any, data: Any) -> None:
        nonlocal spent
        tried(self, data)
        spent += data.length
        if spent > most:
            self.exit_with(engine.ExitReason.max_examples)

    runner.test_function = counted
    try:
        yield
    finally:
        runner.test_function = tried


def _engine_operation(operation: Operation) -> Any:
    """The operation as the engine reads it. What it draws is judged under all patterns in any case."""
    import schemathesis  # noqa: PLC0415 - see above

    engine: Any = schemathesis.openapi.from_dict(_drawable(operation))
    result = next(iter(engine.get_all_operations()))
    if hasattr(result, "err"):
        raise result.err()
    return result.ok()


def _drawable(operation: Operation) -> Any:
    """The document with this operation alone, without what is not to be drawn: cursors, header parameters, what is too large."""
    document = operation.spec.document
    item = path_item(document, document["paths"][operation.path])
    raw = {
        name: value
        for name, value in item[operation.method.lower()].items()
        if name not in ("parameters", "responses", "callbacks")
    }
    raw["responses"] = {"default": {"description": ""}}
    raw["parameters"] = [
        {"name": p.name, "in": p.location, "required": p.required, "schema": small_enough(document, dict(p.schema)) or {}}
        for p in operation.parameters
        if p.location in ("path", "query") and p.paging != "cursor"
    ]
    bodies = _bodies(operation)
    if bodies and bodies != operation.bodies:
        raw["requestBody"] = {"required": True, "content": {media: {"schema": one} for media, one in bodies.items()}}
    for name in ("operationId", "security", "servers", "callbacks"):
        raw.pop(name, None)
    whole: Any = json.loads(json.dumps({**document, "paths": {operation.path: {operation.method.lower(): raw}}}))
    for name in ("servers", "security", "webhooks", "tags"):  # whatever is wrong in them, nothing is drawn from it
        whole.pop(name, None)
    return readable(whole)


def _bodies(operation: Operation) -> Mapping[str, Any] | None:
    """The schemas of the bodies as the engine is given them; None when there are some and none is small enough."""
    small = {media: small_enough(operation.spec.document, one) for media, one in operation.bodies.items()}
    found = {media: one for media, one in small.items() if one is not None}
    return found if found or not small else None


def _valid(operation: Operation, case: Any) -> Draw | None:
    query = _query(case)
    if query is None or any(not contract.parameter_accepts(operation, name, value) for name, value in query):
        return None
    if not operation.bodies:
        return Draw(query, note="valid")
    body = _body(case)
    if body is None or contract.request_errors(operation, case.media_type, json.loads(body)):
        return None
    return Draw(query, body, case.media_type, "valid")


def _invalid(operation: Operation, case: Any) -> Draw | None:
    query = _query(case)
    if query is None:
        return None
    wrong = [name for name, value in query if not _readable(operation, name, value)]
    if not operation.bodies:
        return Draw(query, note=f"invalid: {', '.join(wrong)}") if wrong else None
    body = _body(case)
    if body is None or case.media_type not in operation.bodies:
        return None
    refused = contract.request_errors(operation, case.media_type, json.loads(body))
    note = f"invalid: body{refused[0].pointer}" if refused else f"invalid: {', '.join(wrong)}"
    return Draw(query, body, case.media_type, note) if wrong or refused else None


def _readable(operation: Operation, name: str, text: str) -> bool:
    """Whether some server may rightly or leniently take the text for a value that the schema accepts: trimmed, or with a number
    written otherwise than in JSON (`+7`, `007`, `7_0`, digits of another script).
    """
    trimmed = text.strip()
    readings = [text, trimmed]
    for digit in "0123456789" if any(map(_may_be_a_digit, trimmed)) else "0":
        number = "".join(digit if _may_be_a_digit(char) else _plain(char) for char in trimmed)
        if re.fullmatch(r"[+-]?[0-9][0-9_]*(\.[0-9]*)?", number):
            with contextlib.suppress(ValueError):
                readings.append(wire_text(float(number) if "." in number else int(number)))
    return not all(contract.parameter_refused(operation, name, one) for one in readings)


def _plain(char: str) -> str:
    """A character, with a decimal digit of any script as an ASCII one."""
    return str(_OLDEST.decimal(char, char))


def _may_be_a_digit(char: str) -> bool:
    """Whether a later Unicode than the oldest made the character a digit, or may: all scripts lie in the first two planes."""
    return char < "\U00020000" and _OLDEST.category(char) == "Cn"


def _query(case: Any) -> tuple[tuple[str, str], ...] | None:
    """The drawn query in its wire form; None when it has no plain one (lists, objects, no name, texts that are not Unicode)."""
    pairs = []
    for name, value in dict(case.query or {}).items():
        text = wire_text(value)
        if isinstance(value, list | dict) or not name or not _sendable(name) or not _sendable(text):
            return None
        pairs.append((name, text))
    return tuple(pairs)


def _body(case: Any) -> bytes | None:
    """The drawn body as JSON bytes; None when it is none, or its media type is not JSON."""
    if not is_json(case.media_type or ""):
        return None
    try:
        text = json.dumps(case.body, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return None
    return text.encode() if _sendable(text) else None


def _sendable(text: str) -> bool:
    return len(text) < 4000 and "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
