"""What a request needs beside its path and body, in the form in which the document says that it travels.

A list or an object goes into a query, a header or a cookie by `style` and `explode` (OpenAPI, Parameter Object; RFC 6570), or as JSON
where the parameter has `content`. What it may be without asking the target is what the document states: an example, a default, the values
of an enumeration, a bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from conformance.interface.references import deref
from conformance.model import Operation, Pairs, Parameter, Request, json_bytes, wire_text

__all__ = [
    "DELIMITERS",
    "OF",
    "outfitted",
    "pairs",
    "path_values",
    "plainly",
    "scattered",
    "seeded",
    "stated",
    "structured",
    "with_value",
]

_OWN = frozenset({"accept", "content-type", "authorization"})  # OpenAPI: parameters of these names are not to be heeded
OF = " of "  # between a parameter and the operation or resource for which a vendor names its values
DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}


def pairs(parameter: Parameter, value: Any) -> Pairs:
    """A value of a query or cookie parameter as names and texts, by its style."""
    name, style = parameter.name, parameter.raw.get("style", "form")
    if parameter.raw.get("content"):
        return ((name, json_bytes(value).decode()),)
    explode = parameter.raw.get("explode", style == "form")
    if isinstance(value, Mapping):
        members = [(key, wire_text(member)) for key, member in value.items()]
        if style == "deepObject":
            return tuple((f"{name}[{key}]", text) for key, text in members)
        return tuple(members) if explode else ((name, ",".join(part for member in members for part in member)),)
    if isinstance(value, list | tuple):
        texts = [wire_text(member) for member in value]
        return tuple((name, text) for text in texts) if explode else ((name, DELIMITERS.get(style, ",").join(texts)),)
    return ((name, wire_text(value)),)


def structured(parameter: Parameter) -> bool:
    """Whether its values are lists or objects, or travel as JSON."""
    kind = parameter.schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    return bool(parameter.raw.get("content")) or not {"array", "object"}.isdisjoint(kinds)


def scattered(parameter: Parameter) -> bool:
    """Whether the members of its values travel under names of their own, and nothing under the parameter's."""
    style = parameter.raw.get("style", "form")
    kind = parameter.schema.get("type")
    is_object = kind == "object" or (isinstance(kind, list) and "object" in kind)
    return (
        is_object
        and not parameter.raw.get("content")
        and (style == "deepObject" or parameter.raw.get("explode", style == "form"))
    )


def plainly(parameter: Parameter, value: Any) -> bool:
    """Whether a list or an object goes onto the wire and comes back as it was: it is not empty and not nested, and holds nothing that
    its style takes for a delimiter.
    """
    if parameter.raw.get("content"):
        return True
    if not isinstance(value, Mapping | list | tuple) or not value:
        return False
    style = parameter.raw.get("style", "form")
    parts = [*value, *value.values()] if isinstance(value, Mapping) else [*value]
    if any(part is None or isinstance(part, Mapping | list | tuple) for part in parts):
        return False
    texts = [wire_text(part) for part in parts]
    if style == "deepObject":
        return not any(not key or {"[", "]"} & set(key) for key in value)
    if parameter.raw.get("explode", style == "form"):
        return "" not in (value if isinstance(value, Mapping) else ())
    return not any(DELIMITERS.get(style, ",") in text for text in texts) and texts != [""]


def field(parameter: Parameter, value: Any) -> str:
    """A value of a header parameter as text: its style is `simple`."""
    if parameter.raw.get("content"):
        return json_bytes(value).decode()
    if isinstance(value, Mapping):
        joint = "=" if parameter.raw.get("explode") else ","
        return ",".join(f"{key}{joint}{wire_text(member)}" for key, member in value.items())
    return wire_text(value)


def with_value(request: Request, parameter: Parameter, value: Any) -> Request:
    """The request with a value of a query, header or cookie parameter."""
    if parameter.location == "header":
        return request.with_header(parameter.name, field(parameter, value))
    sent = pairs(parameter, value)
    if parameter.location == "cookie":
        present = request.header("cookie")
        crumbs = "; ".join(f"{name}={text}" for name, text in sent)
        return request.with_header("Cookie", f"{present}; {crumbs}" if present else crumbs)
    names = {name for name, _ in sent} | {parameter.name}
    return replace(request, query=(*(pair for pair in request.query if pair[0] not in names), *sent))


def outfitted(operation: Operation, request: Request, seeds: Mapping[str, tuple[str, ...]]) -> tuple[Request, list[Parameter]]:
    """The request with the headers and cookies that the operation requires and those of which no value is known.

    Keys and conditions are the business of whoever asks: they say something of the request.
    """
    lacking = []
    for p in operation.parameters:
        if not p.required or p.location not in ("header", "cookie") or p.name.lower() in _OWN or _speaks_of_the_request(p):
            continue
        value = next(iter(seeded(seeds, operation, p.name)), None) or stated(operation, p)
        if value is None:
            lacking.append(p)
        else:
            request = with_value(request, p, value)
    return request, lacking


def seeded(seeds: Mapping[str, tuple[str, ...]], operation: Operation, name: str) -> tuple[str, ...]:
    """The values that a vendor names for a parameter: of this operation, of its resource, or wherever it stands."""
    told = (seeds[key] for key in (f"{name}{OF}{operation.id}", f"{name}{OF}{operation.resource}", name) if seeds.get(key))
    return next(told, ())


def _speaks_of_the_request(parameter: Parameter) -> bool:
    return parameter.location == "header" and parameter.name.lower().startswith(("if-", "idempotency-key"))


def stated(operation: Operation, parameter: Parameter) -> Any:
    """A value that the document states for a parameter; None when it states none."""
    content: Mapping[str, Any] = next(iter((parameter.raw.get("content") or {}).values()), {})
    for holder in (parameter.raw, content):
        if "example" in holder:
            return holder["example"]
        for one in (holder.get("examples") or {}).values():
            return deref(operation.spec.document, one).get("value")
    return next(_of_schema(operation.spec.document, parameter.schema, 0), None)


def _of_schema(document: Mapping[str, Any], schema: Any, depth: int) -> Iterator[Any]:
    one = deref(document, schema) if isinstance(schema, Mapping) else {}
    yield from (one[word] for word in ("const", "example", "default") if word in one)
    yield from (*one.get("examples", ()), *one.get("enum", ()))
    kind = one.get("type")
    if kind in ("integer", "number"):
        yield one.get("minimum", one.get("maximum", 1))
    elif kind == "boolean":
        yield True
    elif kind == "array" and depth < 3:
        least = max(1, one.get("minItems", 1))
        found = [value for value, _ in zip(_of_schema(document, one.get("items"), depth + 1), range(least), strict=False)]
        yield from [found] if len(found) == least else []
    elif kind == "object" and depth < 3:
        named: Mapping[str, Any] = one.get("properties") or {}
        wanted = one.get("required") or list(named)[:1]
        found_members = {name: next(_of_schema(document, named.get(name), depth + 1), None) for name in wanted}
        if found_members and None not in found_members.values():
            yield found_members


def path_values(operation: Operation, path: str) -> dict[str, str]:
    """The texts that stand in a path for the operation's path parameters, percent-encoded as they travel; none where it is another path."""
    names, shape = _shape(operation.root + operation.path)
    found = shape.fullmatch(path)
    return dict(zip(names, found.groups(), strict=True)) if found else {}


@lru_cache(maxsize=1024)
def _shape(path: str) -> tuple[list[str], re.Pattern[str]]:
    """The names of the parameters in a path template, and what fits it."""
    shape = re.sub(r"\\\{[^}]+\\\}", "([^/]+)", re.escape(path))
    return re.findall(r"\{([^}]+)\}", path), re.compile(shape)
