"""A spec as one self-contained document, and as one of OpenAPI 3.0.3 that is proved to mean the same.

The house writes OpenAPI 3.1 in a subset that 3.0 can say too: tools of vendors read 3.0. What 3.1 writes otherwise is rewritten (types with
null, constants, bounds that exclude, lists of examples, what stands beside a reference), and then the two are compared as two versions are:
equal at every place, by proof, both ways, or it is no rendering.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.committee.changes import Change
from conformance.committee.diff import difference
from conformance.committee.rules.lifecycle import BEYOND
from conformance.errors import DataError
from conformance.interface.openapi import read_operations
from conformance.interface.reach import over_subschemas
from conformance.interface.references import objects
from conformance.load.data import digest_of
from conformance.model import Operation, Spec

__all__ = ["VERSION", "rendered", "unequal"]

VERSION = "3.0.3"
_BEYOND = frozenset(
    {*BEYOND, "propertyNames", "dependentRequired", "$defs", "$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "contentSchema"}
)
_NOT_IN_3_0 = ("webhooks", "jsonSchemaDialect")


def rendered(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as OpenAPI 3.0.3. Raises DataError, with the place, for what 3.0 cannot say."""
    if any(document.get(name) for name in _NOT_IN_3_0):
        raise DataError(f"OpenAPI {VERSION} has no {' and no '.join(name for name in _NOT_IN_3_0 if document.get(name))}")
    for where, node, kind in objects(document):
        if kind == "schemas" and (beyond := sorted(_BEYOND & node.keys())):
            raise DataError(f"{where}: OpenAPI {VERSION} has no {', '.join(beyond)}")
    found: dict[str, Any] = {**_copied(document, "", False), "openapi": VERSION}
    return {name: value for name, value in found.items() if name not in _NOT_IN_3_0}


def _copied(node: Any, key: str, data: bool) -> Any:
    """A part of the document with its schemas rewritten; what is data is copied as it is."""
    if data or not isinstance(node, Mapping | list):
        return node
    if isinstance(node, list):
        return [_copied(one, "", False) for one in node]
    found: dict[str, Any] = {}
    for name, member in node.items():
        if name == "schema":
            found[name] = _schema(member)
        elif name == "schemas" and key == "components":
            found[name] = {one: _schema(schema) for one, schema in member.items()}
        else:
            found[name] = _copied(member, name, name in ("example", "examples", "value"))
    return found


def _schema(node: Any) -> Any:
    """A schema as 3.0 writes it."""
    if not isinstance(node, Mapping):
        return {} if node is True else {"not": {}}
    new = over_subschemas(node, _schema)
    new |= {key: _schema(new[key]) for key in ("items", "not") if isinstance(new.get(key), bool)}
    beside = {name: value for name, value in new.items() if name != "$ref"}
    if "$ref" in new and beside:
        told = {name: value for name, value in beside.items() if name.startswith(("x-", "description", "title"))}
        rules = {name: value for name, value in beside.items() if name not in told}
        return {"allOf": [{"$ref": new["$ref"]}, *([_plain(rules)] if rules else [])], **told}
    return _plain(new)


def _plain(new: dict[str, Any]) -> dict[str, Any]:
    if "const" in new:
        new["enum"] = [new.pop("const")]
    kinds = new["type"] if isinstance(new.get("type"), list) else [new["type"]] if "type" in new else []
    plain = [kind for kind in kinds if kind != "null"]
    if kinds and not plain:  # null and nothing else: `nullable` takes effect beside a type only (3.0.3, Schema Object)
        new |= {"type": "string", "nullable": True, "enum": [None]}
    elif len(plain) > 1:
        options = [{"type": kind, **({"nullable": True} if "null" in kinds else {})} for kind in plain]
        del new["type"]
        new["allOf"] = [*new.get("allOf", ()), {"anyOf": options}]
    elif plain:
        new |= {"type": plain[0], **({"nullable": True} if "null" in kinds else {})}
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(new.get(exclusive), int | float) and not isinstance(new[exclusive], bool):
            new[bound], new[exclusive] = new[exclusive], True
    if isinstance(new.get("examples"), list):
        listed = new.pop("examples")
        if listed:
            new["example"] = listed[0]
    return new


def unequal(spec: Spec, document: Mapping[str, Any]) -> list[Change]:
    """Where a rendering of a spec's document is not proved to mean the same; empty where it is, everywhere and both ways."""
    operations: dict[str, Operation] = {}
    other = Spec(spec.domain, spec.version, document, digest_of(document), operations, {}, {}, [], {}, spec.source)
    operations.update(read_operations(other))
    found = difference(spec, other).changes
    return [one for one in found if {str(one.consumer.answer), str(one.vendor.answer)} != {"compatible"}]
