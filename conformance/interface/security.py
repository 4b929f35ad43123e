"""Who may ask, as a document states it: its security schemes, and which of them each operation needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.interface.references import referenced
from conformance.model import Security, Spec
from conformance.text import pointer

__all__ = ["security_of"]


def security_of(spec: Spec) -> Security:
    """The security schemes of a spec, references resolved, and the alternatives of each operation: its own, else the document's.

    An empty alternative, by which no credentials are needed, is left out. Source: OpenAPI Specification, Security Requirement Object.
    """
    document = spec.document
    declared = (document.get("components") or {}).get("securitySchemes") or {}
    schemes = {
        name: referenced(document, one, pointer.join("components", "securitySchemes", name)) for name, one in declared.items()
    }
    shared = document.get("security")
    needs = {name: _alternatives(operation.raw.get("security", shared)) for name, operation in spec.operations.items()}
    return Security(schemes, {name: found for name, found in needs.items() if found})


def _alternatives(security: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(one) for one in security or () if isinstance(one, Mapping) and one)
