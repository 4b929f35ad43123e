"""Who may ask: the alternatives of an operation, each of them schemes with scopes that are needed together.

A consumer is safe if whatever let it in lets it in still: every old alternative has a new one that asks for no more. A vendor is safe only
if the alternatives are the same: else there is somebody to let in, or to keep out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.committee.changes import Answer, Change, Judgement, Witness
from conformance.committee.judging import COMPATIBLE
from conformance.interface.references import referenced
from conformance.model import Operation, Spec
from conformance.text import pointer

__all__ = ["security_changes"]

_MEANT = ("type", "scheme", "in", "name", "openIdConnectUrl")
_OF_FLOWS = ("authorizationUrl", "tokenUrl", "refreshUrl")
Alternative = frozenset[tuple[str, str]]  # (a scheme's meaning, a scope); the empty scope for the scheme itself


def security_changes(shown: str, old: Operation, new: Operation) -> Iterator[Change]:
    """The change of who may ask, if there is one."""
    before, after = _alternatives(old), _alternatives(new)
    if set(before) == set(after):
        return
    shut = [one for one in before if not any(other <= one for other in after)]
    opened = [one for one in after if not any(other <= one for other in before)]
    consumer, vendor = COMPATIBLE, COMPATIBLE
    if shut:
        consumer = vendor = Judgement(Answer.INCOMPATIBLE, "kept-out-now", Witness(before[shut[0]], "old"))
    elif opened:
        vendor = Judgement(Answer.INCOMPATIBLE, "let-in-now", Witness(after[opened[0]], "new"))
    yield Change(shown, "security", "", "changed", consumer, vendor)


def _alternatives(operation: Operation) -> dict[Alternative, Any]:
    """The alternatives by what they mean, each as it is written; no credentials at all where nothing is said."""
    document = operation.spec.document
    said = operation.raw.get("security", document.get("security"))
    found: dict[Alternative, Any] = {}
    for one in said or [{}]:
        meant = {(_meaning(operation.spec, name), scope) for name, scopes in one.items() for scope in ("", *(scopes or ()))}
        found[frozenset(meant)] = dict(one)
    return found


def _meaning(spec: Spec, name: str) -> str:
    """What a scheme asks for, by which two of different names are the same."""
    schemes: Mapping[str, Any] = (spec.document.get("components") or {}).get("securitySchemes") or {}
    if name not in schemes:
        return f"undeclared {name}"
    scheme = referenced(spec.document, schemes[name], pointer.join("components", "securitySchemes", name))
    told = {key: scheme.get(key) for key in _MEANT}
    flows = {kind: {key: flow.get(key) for key in _OF_FLOWS} for kind, flow in sorted((scheme.get("flows") or {}).items())}
    return f"{told} {flows}".lower() if scheme.get("type") == "http" else f"{told} {flows}"
