"""Exchanges and documents to be redacted, for tests."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import settings

from conformance.model import Exchange, Request, Response
from conformance.redaction import Redactor

KEY = b"a key for tests"
calmly = settings(max_examples=150, deadline=None, database=None)
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJBMTIzNDU2Nzg5In0.c2lnbmF0dXJl"
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v\n-----END PRIVATE KEY-----"
TW_IDS = ("A123456789", "F131104093", "A800000014", "AC01234567")  # citizen, citizen, new and old resident certificate


def exchange(answer: bytes = b"{}", media_type: str = "application/json", **changes: Any) -> Exchange:
    request = replace(Request("getStop", "GET", "/stops/TPE1", (), (), None, "a"), **changes)
    return Exchange(1, "case", request, Response(200, (("content-type", media_type),), answer, False, len(answer)))


def redacted(document: Any, redactor: Redactor | None = None) -> tuple[Any, list[dict[str, Any]]]:
    done = (redactor or Redactor({}, key=KEY)).exchange(exchange(json.dumps(document, ensure_ascii=False).encode()))
    return done.json, list(done.attributes.get("redactions", []))
