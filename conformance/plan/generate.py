"""Seeded inputs: valid and invalid ones for every operation, drawn once and kept.

Schemathesis and Hypothesis generate and never judge. What they call invalid is kept only when we can prove it on the wire: a
query value that no reading of its text makes valid, a parameter that is not declared, a JSON body that its schema refuses. Cursors
are never drawn (a drawn one is never valid), nor are path parameters, keys and entity tags: `drive` supplies those.

The same spec, seed and number of draws give the same inputs under the same `generator`, wherever the suite is installed and whatever
else is loaded in the process. They are cached by digest in the user's cache folder, an operation to a file, because drawing costs
milliseconds each. Importing the engines costs a second, so that happens only when something is drawn.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import platformdirs

from conformance.errors import DisagreementError
from conformance.interface import contract
from conformance.interface.references import path_item
from conformance.load.data import digest_of
from conformance.model import Draw, Operation, Spec, wire_text
from conformance.text.media import is_json

__all__ = ["Draws", "cache_folder", "draw", "generator"]

Kinds = tuple[tuple[Draw, ...], tuple[Draw, ...]]  # valid, invalid
Draws = Mapping[str, Kinds]  # by operationId
_FORMAT = 7  # of the cache; raised when what is kept changes
_ENGINES = ("schemathesis", "hypothesis", "jsonschema-rs")
_OLDEST = unicodedata.ucd_3_2_0  # every Python has it beside its own Unicode, so what is asked of it is the same on all


def cache_folder() -> Path:
    """Where drawn inputs are kept between runs."""
    return Path(platformdirs.user_cache_dir("yance")) / "draws"


def generator() -> str:
    """What draws here. Another version of any of it may draw other inputs from the same seed."""
    engines = [f"{name} {version(name)}" for name in _ENGINES]
    return ", ".join([*engines, f"unicode {unicodedata.unidata_version}", f"draws {_FORMAT}"])


def draw(spec: Spec, operations: tuple[str, ...], *, seed: int, count: int, cache: Path | None = None) -> Draws:
    """Up to `count` valid and `count` invalid inputs for each operation. `cache` None means the user's cache folder."""
    return {name: _kept(spec.operations[name], seed, count, cache or cache_folder()) for name in operations}


def _kept(operation: Operation, seed: int, count: int, folder: Path) -> Kinds:
    if not operation.bodies and not _queried(operation):
        return (Draw(note="no parameters"),), ()
    if count == 0:
        return (), ()
    key = digest_of([generator(), operation.spec.digest, operation.id, seed, count]).removeprefix("sha256:")
    found = _read(folder, key)
    if found is None:
        found = _drawn(operation, seed, count)
        _write(folder, key, found)
    return found


def _read(folder: Path, key: str) -> Kinds | None:
    """What is kept under a key; None when there is nothing, or something else than was written: it is drawn again then."""
    try:
        content = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
        if content["digest"] != digest_of([key, content["draws"]]):
            return None
        valid, invalid = content["draws"]
        return tuple(map(_load, valid)), tuple(map(_load, invalid))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _write(folder: Path, key: str, kinds: Kinds) -> None:
    """Keep it, whole or not at all, whoever else writes the same; an unwritable folder costs time, nothing else."""
    draws = [[dump(one) for one in kind] for kind in kinds]
    text = json.dumps({"digest": digest_of([key, draws]), "draws": draws}, ensure_ascii=True)
    scratch = folder / f"{key}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(folder / f"{key}.json")
    except OSError:
        with contextlib.suppress(OSError):
            scratch.unlink()


def dump(drawn: Draw) -> dict[str, Any]:
    """A draw as JSON. Bodies are text: what is drawn is JSON."""
    body = None if drawn.body is None else drawn.body.decode("utf-8", "surrogatepass")
    return {"query": [list(pair) for pair in drawn.query], "body": body, "mediaType": drawn.media_type, "note": drawn.note}


def _load(entry: Mapping[str, Any]) -> Draw:
    body = None if entry["body"] is None else entry["body"].encode("utf-8", "surrogatepass")
    return Draw(tuple((name, value) for name, value in entry["query"]), body, entry["mediaType"], entry["note"])


# ------------------------------------------------------------------------------------------ drawing


def _queried(operation: Operation) -> bool:
    return any(p.location == "query" and p.paging != "cursor" for p in operation.parameters)


def _drawn(operation: Operation, seed: int, count: int) -> Kinds:
    from schemathesis import GenerationMode  # noqa: PLC0415 - costs a second, needed only here

    valid = _cases(operation, GenerationMode.POSITIVE, seed, count * 2, count, _valid)
    invalid = _cases(operation, GenerationMode.NEGATIVE, seed, count * 4, count, _invalid)
    return valid, invalid


class _Enough(Exception):  # noqa: N818 - the engine goes on drawing until its test fails; this is how ours does
    """As many draws as were asked for."""


def _cases(
    operation: Operation, mode: Any, seed: int, most: int, count: int, read: Callable[[Operation, Any], Draw | None]
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
    @given(case=_engine_operation(operation).as_strategy(generation_mode=mode))
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
    set_hypothesis_home_dir(cache_folder().parent / "hypothesis")
    try:
        yield
    finally:
        engine["_get_local_constants"] = scan
        engine["CONSTANTS_CACHE"].cache.clear()
        set_hypothesis_home_dir(None)


_engines: dict[str, Any] = {}


def _engine_operation(operation: Operation) -> Any:
    import schemathesis  # noqa: PLC0415 - see above

    if operation.spec.digest not in _engines:
        engine: Any = schemathesis.openapi.from_dict(_drawable(operation.spec))
        found = (result.ok() for result in engine.get_all_operations())
        _engines[operation.spec.digest] = {(one.method.upper(), one.path): one for one in found}
    return _engines[operation.spec.digest][operation.method, operation.path]


def _drawable(spec: Spec) -> dict[str, Any]:
    """The document without what is not to be drawn: cursors and header parameters."""
    document: dict[str, Any] = json.loads(json.dumps(spec.document))
    for operation in spec.operations.values():
        item = document["paths"][operation.path] = dict(path_item(document, document["paths"][operation.path]))
        item.pop("parameters", None)
        raw = item[operation.method.lower()] = dict(item[operation.method.lower()])
        raw["parameters"] = [
            {"name": p.name, "in": p.location, "required": p.required, "schema": dict(p.schema)}
            for p in operation.parameters
            if p.location in ("path", "query") and p.paging != "cursor"
        ]
    return document


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
