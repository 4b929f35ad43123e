"""What a published document needs taken away before it can be used, found by the rules that examine documents.

An example or a default that its own schema refuses, and a pattern that no validator can read, say nothing of the interface; where they
stand they stop a plan or mislead a draw. They are taken away by actions of the overlay, so that the document itself stays as it was
published. What cannot be mended so is named: an operation to be left out, or a fault that stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.committee.rules import ERROR, Draft, rules
from conformance.interface.openapi import read_operations
from conformance.interface.references import MISSING, find
from conformance.interface.schema import unusable
from conformance.load.documents import Document
from conformance.load.interfaces import untestable
from conformance.load.overlays import overlaid
from conformance.model import Operation, Spec
from conformance.text import pointer

__all__ = ["Mended", "jsonpath_of", "mended"]

_SAMPLES = frozenset({"EXA-01", "EXA-02", "EXA-03", "EXA-04"})
_ROUNDS = 24  # a document has no more unreadable patterns than that, or it is not worth mending


@dataclass(frozen=True)
class Mended:
    """A document as it can be used: what is taken away, as `(JSONPath, what was wrong)` in the order in which that has to be done; which
    operations cannot be asked (name to why); and what is wrong and stays, as `(pointer, what)`.
    """

    document: Document
    removed: tuple[tuple[str, str], ...]
    left_out: Mapping[str, str]
    stays: tuple[tuple[str, str], ...]


def mended(document: Document) -> Mended:
    """A bundled document with what its rules refuse taken away, as far as that takes nothing from what it demands.

    Only the rules whose faults are errors are asked, each once, and in no order of lines: to count the lines of a document of some MB takes
    longer than all else that is done with it.
    """
    removed: list[tuple[str, str]] = []
    spec = _spec(document)
    for _ in range(_ROUNDS):
        broken = {where: why for _, where, why in unusable(spec, spec.operations) if _is_pattern(document, where)}
        if not broken:
            break
        document = _without(document, broken, removed)
        spec = _spec(document)
    samples, stays = dict[str, str](), list[tuple[str, str]]()
    for where, said in _errors(spec, _SAMPLES):
        if find(document.content, f"#{where}") is MISSING:
            stays.append((where, said))
        else:
            samples[where] = said
    if samples:
        document = _without(document, samples, removed)
        spec = _spec(document)
    left_out = {name: why for name, _, why in untestable(spec, tuple(spec.operations))}
    others = frozenset(one.id for one in rules() if one.severity == ERROR) - _SAMPLES
    return Mended(document, tuple(removed), left_out, (*_errors(spec, others), *stays))


def _errors(spec: Spec, wanted: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The places of a document that break some rules, and what is wrong there."""
    found = Draft(spec.document, spec.operations, spec=spec)
    return (place for one in rules() if one.id in wanted for place in one.found(found))


def _spec(document: Document) -> Spec:
    operations: dict[str, Operation] = {}
    spec = Spec("", "", document.content, "", operations, {}, {}, [], {}, document.file)
    operations.update(read_operations(spec))
    return spec


def _is_pattern(document: Document, where: str) -> bool:
    return where.endswith("/pattern") and isinstance(find(document.content, f"#{where}"), str)


def _without(document: Document, places: Mapping[str, str], removed: list[tuple[str, str]]) -> Document:
    """The document without what stands at these places, the last of a list first; what was done is put down."""
    told = [(jsonpath_of(document.content, where), places[where]) for where in sorted(places, key=_backwards, reverse=True)]
    removed += told
    actions = [{"target": target, "remove": True} for target, _ in told]
    return overlaid(document, Document({"actions": actions}, "", {}))


def _backwards(where: str) -> list[tuple[bool, int, str]]:
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in pointer.segments(where)]


def jsonpath_of(content: Any, where: str) -> str:
    """A JSON Pointer into a document as a normalised JSONPath (RFC 9535 section 2.7)."""
    path, node = "$", content
    for part in pointer.segments(where):
        if isinstance(node, list):
            path, node = f"{path}[{part}]", node[int(part)]
        else:
            quoted = part.replace("\\", "\\\\").replace("'", "\\'")
            path, node = f"{path}['{quoted}']", node[part]
    return path
