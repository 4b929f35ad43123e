"""What an operation declares for an answer, a request body or a parameter, and whether what was sent or came keeps to it.

The one place that looks a declared answer up by its status and media type. `schema` says whether a value is valid.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.interface import schema
from conformance.interface.directions import REQUEST, RESPONSE
from conformance.interface.references import deref, find, referenced, siblings_apply
from conformance.interface.schema import SchemaError
from conformance.model import ACCEPT, Exchange, Operation, Parameter, Request, Response, Spec
from conformance.text import media, pointer

__all__ = [
    "accepting",
    "answer_type",
    "body_members",
    "body_schema",
    "declared",
    "describes",
    "header_errors",
    "locate",
    "located",
    "members",
    "parameter_accepts",
    "parameter_refused",
    "request_errors",
    "request_refused",
    "response_errors",
    "response_schema",
]

_PROBLEM = "application/problem+json"  # RFC 9457: what a refusal may be, whatever is declared for it
_BODY = "/response/body"  # where an answer's body begins, to redaction


def declared(operation: Operation, status: int) -> Mapping[str, Any] | None:
    """The declared answer for a status code: exact, then its range (`4XX`), then `default`; None when there is none."""
    exact, wide = str(status), f"{status // 100}XX"
    for key in (exact, wide, "default"):
        if key in operation.responses:
            return operation.responses[key]
        if key is wide and (found := next((name for name in operation.responses if name.upper() == wide), None)):
            return operation.responses[found]
    return None


def answer_type(operation: Operation, response: Response) -> str | None:
    """The declared media type or range that means what an answer says it is; None when none is declared for its status."""
    return _content(operation, response)[0]


def accepting(operation: Operation, request: Request) -> Request:
    """The request with an `Accept` that names what its operation declares (RFC 9110 section 12.5.1), where it says none itself.

    JSON first, where that is declared, since it is what can be judged; then what else a success may be, then what a refusal may be.
    """
    if request.header("Accept") is not None:
        return request
    text = _accept(operation)
    return request if text == ACCEPT else request.with_header("Accept", text)


def _accept(operation: Operation) -> str:
    good = [name for status, answer in operation.responses.items() if status[:1] == "2" for name in answer.get("content") or {}]
    bad = [name for status, answer in operation.responses.items() if status[:1] != "2" for name in answer.get("content") or {}]
    found: dict[str, str] = {}
    for weight, names in (("", _readable(good) or good), (";q=0.9", [*_readable(bad), _PROBLEM]), (";q=0.5", [*good, *bad])):
        for name in names:
            if (told := media.media_type(name)) is not None:
                found.setdefault(str(told), weight)
    if not good:
        found = {"application/json": "", **found}
    return ", ".join(name + weight for name, weight in found.items())


def _readable(names: Sequence[str]) -> list[str]:
    """Those of the declared media types that are JSON; JSON itself where a range allows it."""
    named = [name for name in names if media.is_json(name) and "*" not in name]
    return named or (["application/json"] if media.best(names, "application/json") is not None else [])


def _content(operation: Operation, response: Response) -> tuple[str | None, Any]:
    """The declared media type that means an answer's, and what is declared under it."""
    content = (declared(operation, response.status) or {}).get("content") or {}
    name = media.best(content, response.content_type)
    return name, None if name is None else content[name]


def response_schema(operation: Operation, exchange: Exchange) -> Mapping[str, Any] | None:
    """The schema of an answer's body, as it stands in the document; None when none is declared or the body is not JSON."""
    response = exchange.response
    if response is None or not media.is_json(response.content_type):
        return None
    _, found = _content(operation, response)
    return found.get("schema") if isinstance(found, Mapping) else None


def response_errors(operation: Operation, exchange: Exchange) -> list[SchemaError]:
    """What is wrong with an answer's body under its declared schema; empty when it is valid or nothing is declared.

    A value that redaction replaced is left out, and nothing else: its form was the target's, its text is ours. Raises DisagreementError where the two
    validators do not agree.
    """
    found = response_schema(operation, exchange)
    if found is None:
        return []
    places = (str(one.get("where")) for one in exchange.attributes.get("redactions", ()))
    redacted = {where.removeprefix(_BODY) for where in places if where.startswith(_BODY)}
    return schema.errors_under(operation.spec, found, exchange.json, RESPONSE, apart_from=redacted)


def header_errors(operation: Operation, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """What is wrong with an answer's header fields as they are declared, each as `(name, expected, actual)`.

    A field is read in every way in which its text may be meant (a list may stand in several lines, RFC 9110 section 5.3); what
    `Content-Type` says is declared by the content, not here (OpenAPI, Response Object). Redacted values are left out.
    """
    document = operation.spec.document
    hidden = {str(one.get("where")) for one in exchange.attributes.get("redactions", ())}
    for name, entry in ((declared(operation, exchange.status) or {}).get("headers") or {}).items():
        if name.lower() == "content-type" or exchange.response is None or f"/response/headers/{name.lower()}" in hidden:
            continue
        described = referenced(document, entry, f"responses/{exchange.status}/headers/{name}")
        values = exchange.response.values(name)
        if not values:
            if described.get("required") is True:
                yield name, "a value, since it is required", "none"
            continue
        wanted = described.get("schema")
        if isinstance(wanted, Mapping) and not any(
            _reads_as(operation.spec, wanted, text) for text in (*values[:1], ", ".join(values))
        ):
            yield name, str(deref(document, wanted).get("type") or "a valid value"), ", ".join(values)[:100]


def _reads_as(spec: Spec, wanted: Mapping[str, Any], text: str) -> bool:
    """Whether a field's text is valid under a schema in some reading: as text, as a JSON value, as a list of such, as an object."""
    kind = deref(spec.document, wanted).get("type")
    if kind == "object":
        return True  # of its members' places in the text, styles say more than is worth reading here
    parts = [part.strip() for part in text.split(",")]
    readings: list[Any] = [text, *_as_json(text), parts, [next(_as_json(part), part) for part in parts]]
    return not all(schema.refuses_under(spec, wanted, reading, RESPONSE) for reading in readings)


def body_schema(operation: Operation, media_type: str) -> Mapping[str, Any] | None:
    """The schema of a request body of this media type, as it stands in the document; None when it is not declared, or not JSON."""
    name = media.best(operation.bodies, media_type) if media.is_json(media_type) else None
    return None if name is None else operation.bodies[name]


def body_members(operation: Operation, media_type: str) -> tuple[Mapping[str, Any], Mapping[str, Mapping[str, Any]]]:
    """A request body's schema and those of its members by name, references resolved; both empty where none is declared."""
    document = operation.spec.document
    whole = deref(document, body_schema(operation, media_type) or {})
    return whole, {name: deref(document, member) for name, member in (whole.get("properties") or {}).items()}


def request_errors(operation: Operation, media_type: str, instance: Any) -> list[SchemaError]:
    """What is wrong with a JSON request body under its declared schema; empty when none is declared for the media type.

    Raises DisagreementError where the two validators do not agree.
    """
    found = body_schema(operation, media_type)
    return [] if found is None else schema.errors_under(operation.spec, found, instance, REQUEST)


def request_refused(operation: Operation, media_type: str, instance: Any) -> bool:
    """Whether a JSON request body is invalid beyond doubt: both validators refuse it."""
    found = body_schema(operation, media_type)
    return found is not None and schema.refuses_under(operation.spec, found, instance, REQUEST)


def parameter_accepts(operation: Operation, name: str, text: str, location: str = "query") -> bool:
    """Whether a parameter's schema accepts this wire text, read in any way that a server may read it.

    A text is invalid only when neither the text itself nor its reading as JSON number, boolean, null or comma list is valid.
    """
    p = operation.parameter(name, location)
    return p is not None and any(schema.fits(operation.spec, p.written, reading) for reading in _readings(p, text))


def parameter_refused(operation: Operation, name: str, text: str, location: str = "query") -> bool:
    """Whether a wire text is invalid beyond doubt: both validators refuse it in every reading, or there is no such parameter."""
    p = operation.parameter(name, location)
    return p is None or all(schema.refuses_under(operation.spec, p.written, reading) for reading in _readings(p, text))


def _readings(p: Parameter, text: str) -> list[Any]:
    """What a server may take a parameter's text for."""
    readings: list[Any] = [text, *_as_json(text)]
    if "," in text or p.schema.get("type") == "array":
        parts = text.split(",")
        readings += [parts, [next(_as_json(part), part) for part in parts]]
    return readings


def _as_json(text: str) -> Iterator[Any]:
    """The reading of a text as a JSON value, when it has one. `NaN` and `Infinity` are none."""
    with contextlib.suppress(ValueError, RecursionError):
        yield _decode(text)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


_decode = json.JSONDecoder(parse_constant=_no_number).decode


# ------------------------------------------------------------------------------------------ annotations


def locate(operation: Operation, exchange: Exchange, keyword: str, value: Any = None) -> list[tuple[str, Any]]:
    """Every `(pointer, value)` of an answer whose schema has `keyword` (equal to `value`, if one is given)."""
    if exchange.json is None:
        return []
    return [
        match for pattern in _places(operation, exchange, keyword, value) for match in pointer.resolve(exchange.json, pattern)
    ]


def located(operation: Operation, exchange: Exchange, keyword: str, value: Any = None) -> list[Any]:
    """The values of `locate`, in its order. Where they stand costs more to say than to find, and is seldom asked."""
    if exchange.json is None:
        return []
    return [one for pattern in _places(operation, exchange, keyword, value) for one in pointer.values(exchange.json, pattern)]


def describes(operation: Operation, exchange: Exchange, path: Sequence[str | int], keyword: str | None = None) -> bool:
    """Whether the schema of an answer has `keyword` for the member at `path`; without one, whether it declares that member."""
    for pattern in _places(operation, exchange, keyword):
        parts = pointer.segments(pattern)
        if len(parts) == len(path) and all(part in ("*", str(step)) for part, step in zip(parts, path, strict=True)):
            return True
    return False


def members(operation: Operation, exchange: Exchange) -> frozenset[str]:
    """The pointers, with `*` for any member, of what the schema of an answer declares in it."""
    return frozenset(_places(operation, exchange, None))


def _places(operation: Operation, exchange: Exchange, keyword: str | None, value: Any = None) -> tuple[str, ...]:
    """The pointers, with `*` for any member, of the places in an answer for which its schema has `keyword` (None: is there)."""
    return _patterns(operation.spec, response_schema(operation, exchange), keyword, value)


_located: dict[tuple[int, int, str | None, str], tuple[Spec, Any, tuple[str, ...]]] = {}


def _patterns(spec: Spec, node: Any, keyword: str | None, value: Any) -> tuple[str, ...]:
    key = (id(spec), id(node), keyword, repr(value))
    if key not in _located:
        found = dict.fromkeys(_walk(spec, node, keyword, value, "", ()))
        _located[key] = (spec, node, tuple(found))
    return _located[key][2]


def _walk(spec: Spec, node: Any, keyword: str | None, wanted: Any, here: str, above: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(node, Mapping):
        return
    ref = node.get("$ref")
    if isinstance(ref, str) and ref not in above:
        yield from _walk(spec, find(spec.document, ref), keyword, wanted, here, (*above, ref))
    if isinstance(ref, str) and not siblings_apply(spec.document):
        return
    if keyword is None or (keyword in node and (wanted is None or node[keyword] == wanted)):
        yield here
    for name, member in (node.get("properties") or {}).items():
        yield from _walk(spec, member, keyword, wanted, here + pointer.join(name), above)
    for applied, step in (("items", "/*"), ("additionalProperties", "/*")):
        if isinstance(node.get(applied), Mapping):
            yield from _walk(spec, node[applied], keyword, wanted, here + step, above)
    for applied in ("allOf", "anyOf", "oneOf"):
        for member in node.get(applied, ()):
            yield from _walk(spec, member, keyword, wanted, here, above)
