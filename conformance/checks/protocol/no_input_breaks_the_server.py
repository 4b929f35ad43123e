"""No input breaks the server, and an input that the interface excludes is refused.

Why: a 5xx is the server's own admission that it did not expect the request; what one client sends by accident another sends on purpose.

Fails when: any request of the run is answered with 5xx (501 to a method that HTTP does not know aside), or a drawn input that the schema excludes is not answered with 4xx.
Inconclusive when: the operation gave no answer.
Source: RFC 9110, Server Error 5xx; the interface document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance import given
from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import complete, drawn, rekeyed
from conformance.checks.protocol._spoilt import RAW_BODIES, RAW_FORMS, of_every_object, spoilt_bodies, spoilt_values
from conformance.interface import bodies, contract
from conformance.interface.dialect import Dialect
from conformance.interface.forms import is_form
from conformance.interface.sending import structured
from conformance.model import (
    Draw,
    Examples,
    Exchange,
    Finding,
    Guise,
    Inputs,
    Operation,
    Parameter,
    Request,
    Script,
    Touches,
    Witness,
    wire_text,
)
from conformance.text.media import is_json

TOUCHES = Touches.NOTHING
ASKS = 46
SCOPE = "exchange"
DRAWS = True
_SHOWN = 120  # characters of an input that a finding shows
BODIES = False
EDGE, VALID, EXCLUDED = "edge", "drawn: valid", "drawn: excluded"
STRAY = "drawn: unknown parameter"
KNOWN = frozenset(
    ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
)  # 501 is the right answer to a method that none knows
ODD = "é 站牌\u0301 \U00020bb7 \U0001f68f"  # Latin, Han, a combining mark, an ideograph and a picture outside the basic plane
NO_TEXT = (
    "yance-no-text",
    "%C0%80",
    "%A5%78%A5%5F",
)  # in their place: too long a form of a character, and Big5 where UTF-8 is meant
BIG5 = ((0xA4, 0x61), (0xA5, 0x61))  # from which bytes on two characters of Big5 are drawn, none of which UTF-8 has so
LISTS = {
    "Accept-Language": "*;q=x, ,-",
    "If-None-Match": 'yance", W/',
    "If-Modified-Since": "yesterday",
}  # none of them well-formed

ABOUT = """任何輸入均不致使伺服器出錯，介面所排除之輸入均遭拒絕。
緣由：5xx 即伺服器自承未料到該請求；一個用戶端無意送出者，另一個會蓄意送出。
不通過：執行中任一請求回應 5xx（對 HTTP 所無之方法回應 501 除外），或綱要排除之隨機輸入未回應 4xx。
無法判定：該操作未有回應。
依據：RFC 9110 Server Error 5xx；介面規範。
"""

MESSAGES = {
    "broken": {
        "en": "the server broke on the request: expected {expected}, got {actual}",
        "zh-Hant": "伺服器因該請求發生錯誤：應為 {expected}，實得 {actual}",
    },
    "accepted": {
        "en": "an input that the schema excludes ({expected}) should be refused, but was answered {actual}",
        "zh-Hant": "綱要不允許的輸入（{expected}）應予拒絕，卻回應 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 30) -> Script:
    """Edges of the schemas, then every drawn input, each put into a request that is otherwise complete."""
    base = yield from complete(operation, inputs, dialect)
    kinds = yield from _kinds(operation, inputs, dialect, base)
    # What must be refused comes first: a resource that an edge makes may take the unit that the others ask for.
    more = (edge for kind in kinds if kind is not base for edge in _spoilt(operation, kind, base, inputs.guise))
    edges = sorted((*_edges(operation, base, inputs.guise), *more), key=lambda edge: edge[1] == EDGE)
    yield from _headers(operation, base, inputs.guise)
    for index, (request, step) in enumerate(edges):
        yield rekeyed(request, inputs, f"edge-{index}").with_step(step)
    for index, draw in enumerate(inputs.valid[:most]):
        yield rekeyed(drawn(base, draw), inputs, f"drawn-{index}").with_step(VALID)
    for index, draw in enumerate(inputs.invalid[:most]):
        step = f"{EXCLUDED}: {draw.note.removeprefix('invalid: ')}"[:120] if _excluded(operation, draw) else STRAY
        yield rekeyed(drawn(base, draw), inputs, f"excluded-{index}").with_step(step)


def _kinds(operation: Operation, inputs: Inputs, dialect: Dialect, base: Request) -> Script:
    """The complete request, and for a creation one more per set of members that its bodies may have."""
    found = {_members(operation, base): base}
    for resource, recipe in operation.spec.setup.items():
        if operation.id == recipe.get("create") and len(recipe["candidates"]) > 1:
            for body in (yield from given.bodies(operation.spec, resource, inputs, dialect, nth=1)):
                one = given.with_document(operation, base, body)
                found.setdefault(_members(operation, one), one)
    return list(found.values())


def _members(operation: Operation, request: Request) -> frozenset[str]:
    """The members that a request's body has."""
    document = bodies.document_of(operation, request)
    return frozenset(document) if isinstance(document, Mapping) else frozenset()


def _spoilt(operation: Operation, kind: Request, base: Request, guise: Guise) -> Iterator[tuple[Request, str]]:
    """Of another kind of body what the first one cannot show: its further members, each wrong in some way."""
    media = base.header("Content-Type") or operation.media_type
    known = base.json()
    tried = frozenset(known) if isinstance(known, dict) else frozenset[str]()
    for document in spoilt_bodies(operation, kind.json(), media, guise, apart_from=tried):
        yield kind.with_json(document), f"{EXCLUDED}: body"


def _headers(operation: Operation, base: Request, guise: Guise) -> Iterator[Request]:
    """The request without each header that it needs, and with one that is too long."""
    for p in operation.parameters:
        if p.location == "header" and p.required:
            yield base.with_header(p.name, None).with_step(f"{EXCLUDED}: no {p.name}")
            if "maxLength" in p.schema:
                yield base.with_header(p.name, guise.spelt("x" * (p.schema["maxLength"] + 1))).with_step(f"{EXCLUDED}: {p.name}")


def _excluded(operation: Operation, draw: Draw) -> bool:
    """Whether a schema excludes what was drawn; a parameter that is merely unknown is another requirement's."""
    known = [(p.name, value) for name, value in draw.query if (p := operation.parameter(name)) is not None and not structured(p)]
    if any(contract.parameter_refused(operation, name, value) for name, value in known):
        return True
    if contract.excluded(operation, draw.query):
        return True
    return draw.body is not None and contract.body_refused(operation, draw.media_type or "", draw.body)


def _edges(operation: Operation, base: Request, guise: Guise) -> Iterator[tuple[Request, str]]:
    """Inputs that drawing seldom meets: bounds, characters of every plane, documents of another kind."""
    path = [p.name for p in operation.parameters if p.location == "path"]
    odd = (guise.spelt(ODD), guise.spelt("x" * 300), "yance\0'%", *of_every_object(guise)[:2], NO_TEXT[0])
    for value in odd if path else ():
        unusual = operation.request(path=dict.fromkeys(path, value))
        for raw in _no_text(guise) if value == NO_TEXT[0] else (value,):
            written = replace(unusual, path=unusual.path.replace(NO_TEXT[0], raw))
            yield replace(written, query=base.query, headers=base.headers, body=base.body), EDGE
    for p in operation.parameters:
        if p.location == "query":
            near = () if p.paging else spoilt_values(operation, p, guise)  # page sizes are another requirement's
            for text in ("",) if p.paging == "cursor" else (*_bounds(p, guise), *near):
                refused = contract.parameter_refused(operation, p.name, text)
                yield base.with_query(**{p.name: text}), f"{EXCLUDED}: {p.name}" if refused else EDGE
    if not operation.writes:
        lists = {name: guise.spelt(text, apart_from="qW") for name, text in LISTS.items()}
        yield replace(base, headers=(*base.headers, *lists.items())), EDGE
    if operation.bodies:
        yield from _bodies(operation, base, guise)


def _no_text(guise: Guise) -> tuple[str, str, str]:
    """Bytes of a path that are no text in UTF-8, malformed as those of NO_TEXT are."""
    if guise.plain:
        return NO_TEXT
    overlong = f"%C{guise.beyond(0, 1)}%{guise.beyond(0x80, 0x3F):02X}"
    return (
        NO_TEXT[0],
        overlong,
        "".join(f"%{guise.beyond(lead, 0x18):02X}%{guise.beyond(trail, 0x19):02X}" for lead, trail in BIG5),
    )


def _bounds(p: Parameter, guise: Guise) -> list[str]:
    """The edges of a parameter's schema, and a text that none expects."""
    return [
        wire_text(bound) for bound in (p.schema.get("minimum"), p.schema.get("maximum"), guise.spelt(ODD)) if bound is not None
    ]


def _bodies(operation: Operation, base: Request, guise: Guise) -> Iterator[tuple[Request, str]]:
    media = base.header("Content-Type") or operation.media_type
    if not is_json(media):
        yield from _forms(base, media)
        return
    for raw in RAW_BODIES:
        yield replace(base, body=raw), EDGE
    for document in (*_documents(operation, base, media, guise), *spoilt_bodies(operation, base.json(), media, guise)):
        refused = contract.request_refused(operation, media, document)
        yield base.with_json(document), f"{EXCLUDED}: body" if refused else EDGE


def _forms(base: Request, media: str) -> Iterator[tuple[Request, str]]:
    """Forms that are none: nothing, halves of escapes and of characters, fields without names; and one that is cut."""
    if is_form(media):
        for raw in (b"", *RAW_FORMS, *([base.body[: len(base.body) // 2]] if base.body else [])):
            yield replace(base, body=raw), EDGE


def _documents(operation: Operation, base: Request, media: str, guise: Guise) -> Iterator[Any]:
    odd = guise.spelt(ODD)
    yield from (7, [], odd, None)
    whole = base.json()
    _, known = contract.body_members(operation, media)
    for name, described in known.items() if isinstance(whole, dict) else ():
        if described.get("type") == "string" and not {"enum", "const", "format", "pattern"} & described.keys():
            yield {**whole, name: odd}
            yield {**whole, name: odd[-1] * min(described.get("maxLength", 200), 2000)}
            yield {**whole, name: "yance\0"}
        elif name in whole and "pattern" in described and isinstance(whole[name], str):
            yield {**whole, name: f"{whole[name][:3]}YANCE-NONE"}
        elif name in whole and described.get("enum"):
            yield {**whole, name: next((other for other in reversed(described["enum"]) if other != whole[name]), None)}


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per answer."""
    for one in trace:
        if one.response is None or one.status == 429 or (one.status == 501 and one.request.method not in KNOWN):
            continue
        yield Witness((one.number,), str(one.status))
        if one.status >= 500:
            yield Finding("broken", (one.number,), "below 500", str(one.status))
        elif one.step.startswith(EXCLUDED) and one.status < 400:
            label = one.step.removeprefix(EXCLUDED).lstrip(": ")
            yield Finding("accepted", (one.number,), f"{label}{_sent(one, label)}", str(one.status), cause=label)


def _sent(one: Exchange, label: str) -> str:
    """What was sent for that which a label names: the texts of these parameters, or the beginning of the body."""
    if label.startswith("body"):
        return f" = {(one.request.body or b'').decode('utf-8', 'replace')[:_SHOWN]}"
    values = [value for name in label.split(", ") for key, value in (*one.request.query, *one.request.headers) if key == name]
    return f" = {', '.join(map(repr, values))[:_SHOWN]}" if values else ""


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        [exchange("GET /things?limit=2", 200, page("a"), step=VALID)],
        [exchange("GET /things?limit=x", 400, problem(400), step=f"{EXCLUDED}: limit")],
    ],
    violates=[
        [exchange("GET /things?colour=%F0", 500, problem(500), step=VALID)],
        [exchange("GET /things", 502)],
        [exchange("GET /things?limit=x", 200, page("a"), step=f"{EXCLUDED}: limit")],
    ],
    inconclusive=[
        [],
        [exchange("GET /things", 429)],
        [exchange("YANCE /things", 501)],
        [exchange("GET /things", failure="reset")],
    ],
)
