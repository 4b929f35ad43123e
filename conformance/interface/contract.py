"""What an operation declares for an answer, a request body or a parameter, and whether what was sent or came keeps to it.

The one place that looks a declared answer up by its status and media type. `schema` says whether a value is valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.interface import forms, readings, schema, sending
from conformance.interface.directions import REQUEST, RESPONSE
from conformance.interface.kept import kept
from conformance.interface.references import deref, find, referenced, siblings_apply
from conformance.interface.schema import SchemaError
from conformance.model import ACCEPT, Exchange, Operation, Pairs, Parameter, Request, Response, Spec
from conformance.text import media, pointer

__all__ = [
    "accepting",
    "answer_type",
    "body_members",
    "body_refused",
    "body_schema",
    "declared",
    "describes",
    "excluded",
    "header_errors",
    "lists",
    "locate",
    "located",
    "members",
    "parameter_accepts",
    "parameter_refused",
    "request_refused",
    "request_unfit",
    "response_errors",
    "response_schema",
    "text_refused",
    "value_accepted",
    "value_errors",
]

_PROBLEM = "application/problem+json"  # RFC 9457: what a refusal may be, whatever is declared for it
_BODY = "/response/body"  # where an answer's body begins, to redaction


@kept
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
    return _content(operation, response.status, response.content_type)[0]


def accepting(operation: Operation, request: Request) -> Request:
    """The request with an `Accept` that names what its operation declares (RFC 9110 section 12.5.1), where it says none itself.

    JSON first, where that is declared, since it is what can be judged; then what else a success may be, then what a refusal may be.
    """
    if request.header("Accept") is not None:
        return request
    text = _accept(operation)
    return request if text == ACCEPT else request.with_header("Accept", text)


@kept
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


@kept
def _content(operation: Operation, status: int, content_type: str) -> tuple[str | None, Mapping[str, Any] | None]:
    """The declared media type that means an answer's, and the schema of a JSON body under it."""
    content = (declared(operation, status) or {}).get("content") or {}
    name = media.best(content, content_type)
    found = None if name is None or not media.is_json(content_type) else content[name]
    return name, found.get("schema") if isinstance(found, Mapping) else None


def response_schema(operation: Operation, exchange: Exchange) -> Mapping[str, Any] | None:
    """The schema of an answer's body, as it stands in the document; None when none is declared or the body is not JSON."""
    response = exchange.response
    return None if response is None else _content(operation, response.status, response.content_type)[1]


def response_errors(operation: Operation, exchange: Exchange) -> list[SchemaError]:
    """What is wrong with an answer's body under its declared schema; empty when it is valid or nothing is declared.

    A value that redaction replaced is left out, and nothing else: its form was the target's, its text is ours. Raises DisagreementError where the two
    validators do not agree.
    """
    found = response_schema(operation, exchange)
    if found is None:
        return []
    redacted = {where.removeprefix(_BODY) for where in _redacted(exchange) if where.startswith(_BODY)}
    return schema.errors_under(operation.spec, found, exchange.json, RESPONSE, apart_from=redacted)


def text_refused(operation: Operation, exchange: Exchange) -> str | None:
    """What the schema of an answer that is `text/*` wants, where no reading of the text is valid beyond doubt; else None.

    Only what a text can be is looked at: schemas of strings, numbers and booleans. A redacted text is left out.
    """
    response = exchange.response
    if response is None or exchange.attributes.get("redactions"):
        return None
    wanted, kind, coding = _text_schema(operation, response.status, response.content_type)
    if wanted is None:
        return None
    try:
        text = response.body.decode(coding)
    except (LookupError, UnicodeDecodeError):
        return None
    meant = (reading for one in (text, text.strip()) for reading in readings.of_text(one))
    return kind if all(schema.refuses_under(operation.spec, wanted, one, RESPONSE) for one in meant) else None


@kept
def _text_schema(operation: Operation, status: int, content_type: str) -> tuple[Mapping[str, Any] | None, str, str]:
    """The schema of an answer that is a text, what it wants in a word, and the coding of the text; no schema where it says nothing of
    texts.
    """
    said, nothing = media.media_type(content_type), (None, "", "")
    if said is None or said.kind != "text":
        return nothing
    content = (declared(operation, status) or {}).get("content") or {}
    found = content.get(media.best(content, content_type) or "")
    wanted = found.get("schema") if isinstance(found, Mapping) else None
    described = deref(operation.spec.document, wanted) if isinstance(wanted, Mapping) else {}
    if described.get("type") not in ("string", "number", "integer", "boolean"):
        return nothing
    return wanted, str(described.get("pattern") or described["type"]), said.parameters.get("charset", "utf-8")


def header_errors(operation: Operation, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """What is wrong with an answer's header fields as they are declared, each as `(name, expected, actual)`.

    A field is read in every way in which its text may be meant (a list may stand in several lines, RFC 9110 section 5.3); what
    `Content-Type` says is declared by the content, not here (OpenAPI, Response Object). Redacted values are left out.
    """
    if exchange.response is None:
        return
    hidden = _redacted(exchange)
    for field in _fields(operation, exchange.status):
        if f"/response/headers/{field.name.lower()}" in hidden:
            continue
        values = exchange.response.values(field.name)
        if not values:
            if field.required:
                yield field.name, "a value, since it is required", "none"
        elif not _is_sound(field, values):
            yield field.name, field.kind or "a valid value", ", ".join(values)[:100]


def _redacted(exchange: Exchange) -> set[str]:
    """The places of an exchange in which redaction put something else."""
    return {str(one.get("where")) for one in exchange.attributes.get("redactions", ())}


@dataclass(frozen=True)
class _Field:
    """A declared header field of an answer. `kind` is the type that its schema names; empty when it names none."""

    spec: Spec
    name: str
    required: bool
    schema: Mapping[str, Any] | None
    kind: str


@kept
def _fields(operation: Operation, status: int) -> tuple[_Field, ...]:
    """The header fields that are declared for a status code."""
    document, found = operation.spec.document, []
    for name, entry in ((declared(operation, status) or {}).get("headers") or {}).items():
        if name.lower() == "content-type":
            continue
        described = referenced(document, entry, f"responses/{status}/headers/{name}")
        wanted = described.get("schema")
        schema_of = wanted if isinstance(wanted, Mapping) else None
        kind = deref(document, schema_of).get("type") if schema_of is not None else None
        found.append(_Field(operation.spec, name, described.get("required") is True, schema_of, str(kind or "")))
    return tuple(found)


@kept
def _is_sound(field: _Field, values: tuple[str, ...]) -> bool:
    """Whether a field's lines are valid in some reading: the first alone, or all of them as one list."""
    return field.schema is None or any(_reads_as(field, field.schema, text) for text in (*values[:1], ", ".join(values)))


def _reads_as(field: _Field, wanted: Mapping[str, Any], text: str) -> bool:
    """Whether a field's text is valid under a schema in some reading: as text, as a JSON value, as a list of such, as an object."""
    if field.kind == "object":
        return True  # of its members' places in the text, styles say more than is worth reading here
    return not all(schema.refuses_under(field.spec, wanted, reading, RESPONSE) for reading in _field_readings(text))


def _field_readings(text: str) -> Iterator[Any]:
    yield from readings.of_text(text)
    parts = [part.strip() for part in text.split(",")]
    yield parts
    yield [next(readings.as_json(part), part) for part in parts]


def body_schema(operation: Operation, media_type: str) -> Mapping[str, Any] | None:
    """The schema of a request body of this media type, as it stands in the document; None when it is not declared, or not JSON."""
    name = media.best(operation.bodies, media_type) if media.is_json(media_type) else None
    return None if name is None else operation.bodies[name]


def body_members(operation: Operation, media_type: str) -> tuple[Mapping[str, Any], Mapping[str, Mapping[str, Any]]]:
    """A request body's schema and those of its members by name, references resolved; both empty where none is declared."""
    document = operation.spec.document
    whole = deref(document, body_schema(operation, media_type) or {})
    return whole, {name: deref(document, member) for name, member in (whole.get("properties") or {}).items()}


def request_unfit(operation: Operation, media_type: str, instance: Any) -> bool:
    """Whether the first validator refuses a JSON request body: quick, and not enough to fail anybody."""
    found = body_schema(operation, media_type)
    return found is not None and not schema.fits(operation.spec, found, instance, REQUEST)


def request_refused(operation: Operation, media_type: str, instance: Any) -> bool:
    """Whether a JSON request body is invalid beyond doubt: both validators refuse it."""
    found = body_schema(operation, media_type)
    return found is not None and schema.refuses_under(operation.spec, found, instance, REQUEST)


def value_errors(operation: Operation, media_type: str, value: Any) -> list[SchemaError]:
    """What is wrong with a value that is to be sent under one of the declared media types, whatever its form on the wire."""
    return schema.errors_under(operation.spec, operation.bodies[media_type], value, REQUEST)


def value_accepted(operation: Operation, p: Parameter, value: Any) -> bool:
    """Whether a parameter's schema accepts a value."""
    return schema.fits(operation.spec, p.written, value)


def parameter_accepts(operation: Operation, name: str, text: str, location: str = "query") -> bool:
    """Whether a parameter's schema accepts this wire text, read in any way that a server may read it.

    A text is invalid only when neither the text itself nor its reading as JSON number, boolean, null or comma list is valid.
    """
    return _accepts(operation, name, text, location)


@kept
def _accepts(operation: Operation, name: str, text: str, location: str) -> bool:
    p = operation.parameter(name, location)
    return p is not None and any(schema.fits(operation.spec, p.written, reading) for reading in _readings(p, text))


def parameter_refused(operation: Operation, name: str, text: str, location: str = "query") -> bool:
    """Whether a wire text is invalid beyond doubt: both validators refuse it in every reading, or there is no such parameter."""
    p = operation.parameter(name, location)
    if p is not None and location == "query" and sending.scattered(p):
        return False  # its values go under other names, so a text under its own says nothing
    return p is None or all(schema.refuses_under(operation.spec, p.written, reading) for reading in _readings(p, text))


def _readings(p: Parameter, text: str) -> Iterator[Any]:
    """What a server may take a parameter's text for, the likeliest first."""
    return readings.one_text(text, listed=p.schema.get("type") == "array")


@kept
def lists(operation: Operation) -> tuple[Parameter, ...]:
    """The query parameters that are lists or objects."""
    return tuple(p for p in operation.parameters if p.location == "query" and sending.structured(p))


def excluded(operation: Operation, pairs: Pairs, of: readings.Reading = readings.of_text) -> list[str]:
    """The parameters that are lists or objects, and of which a query says what no reading makes valid, beyond doubt."""
    found = []
    for p in lists(operation):
        meant = readings.of_parameter(p, pairs, of)
        if meant is not None and all(schema.refuses_under(operation.spec, p.written, one) for one in meant):
            found.append(p.name)
    return found


def body_refused(operation: Operation, media_type: str, body: bytes, of: readings.Reading = readings.of_text) -> bool:
    """Whether the bytes of a request body, JSON or a form, are invalid beyond doubt: both validators refuse them in every reading."""
    if not forms.is_form(media_type) and not media.is_json(media_type):
        return False
    if not forms.is_form(media_type):
        document = next(readings.as_json(body.decode("utf-8", "replace")), None)
        return request_refused(operation, media_type, document)
    name, pairs = media.best(operation.bodies, media_type), forms.fields(media_type, body)
    meant = None if name is None or pairs is None else readings.of_form(pairs, of)
    return meant is not None and all(
        schema.refuses_under(operation.spec, operation.bodies[name or ""], one, REQUEST) for one in meant
    )


# ------------------------------------------------------------------------------------------ annotations


def locate(operation: Operation, exchange: Exchange, keyword: str, value: str | None = None) -> list[tuple[str, Any]]:
    """Every `(pointer, value)` of an answer whose schema has `keyword` (equal to `value`, if one is given)."""
    if exchange.json is None:
        return []
    return [
        match for pattern in _places(operation, exchange, keyword, value) for match in pointer.resolve(exchange.json, pattern)
    ]


def located(operation: Operation, exchange: Exchange, keyword: str, value: str | None = None) -> list[Any]:
    """The values of `locate`, in the document's order. Where they stand costs more to say than to find, and is seldom asked."""
    found = response_schema(operation, exchange)
    return [] if found is None or exchange.json is None else _ways(found, operation.spec, keyword, value).values(exchange.json)


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


def _places(operation: Operation, exchange: Exchange, keyword: str | None, value: str | None = None) -> tuple[str, ...]:
    """The pointers, with `*` for any member, of the places in an answer for which its schema has `keyword` (None: is there)."""
    found = response_schema(operation, exchange)
    return () if found is None else _patterns(found, operation.spec, keyword, value)


@kept
def _patterns(node: Mapping[str, Any], spec: Spec, keyword: str | None, value: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_walk(spec, node, keyword, value, "", ())))


@kept
def _ways(node: Mapping[str, Any], spec: Spec, keyword: str | None, value: str | None) -> pointer.Ways:
    return pointer.Ways(_patterns(node, spec, keyword, value))


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
