"""What a published document needs taken away before it can be used, found by the rules that examine documents.

An example or a default that its own schema refuses, and a pattern that no validator can read, say nothing of the interface; where they
stand they stop a plan or mislead a draw. They are taken away by actions of the overlay, so that the document itself stays as it was
published. What cannot be mended so is named: an operation to be left out, or a fault that stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.committee.lint import examined
from conformance.committee.rules import ERROR, draft_of
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
    """A bundled document with what its rules refuse taken away, as far as that takes nothing from what it demands."""
    removed: list[tuple[str, str]] = []
    for _ in range(_ROUNDS):
        broken = {where: why for _, where, why in unusable(*_spec(document)) if _is_pattern(document, where)}
        if not broken:
            break
        document = _without(document, broken, removed)
    faults = examined(draft_of(document.content), document)
    samples = {
        one.where: one.said
        for one in faults
        if one.rule.id in _SAMPLES and find(document.content, f"#{one.where}") is not MISSING
    }
    if samples:
        document = _without(document, samples, removed)
        faults = examined(draft_of(document.content), document)
    spec, names = _spec(document)
    left_out = {name: why for name, _, why in untestable(spec, tuple(names))}
    stays = tuple((one.where, one.said) for one in faults if one.rule.severity == ERROR)
    return Mended(document, tuple(removed), left_out, stays)


def _spec(document: Document) -> tuple[Spec, list[str]]:
    operations: dict[str, Operation] = {}
    spec = Spec("", "", document.content, "", operations, {}, {}, [], {}, document.file)
    operations.update(read_operations(spec))
    return spec, list(operations)


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
