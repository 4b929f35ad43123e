"""A form with a file in a list, or among alternatives: what the drawing engine has for a file is no text, and is judged as one."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.interface.openapi import read_operations
from conformance.model import Operation, Spec
from conformance.plan.engine import drawn
from tests.small_interface import described, document

FILE = {"type": "string", "format": "binary"}


@pytest.mark.parametrize(
    "member", [FILE, {"type": "array", "items": FILE, "minItems": 1}, {"anyOf": [FILE, {"type": "integer"}]}]
)
def test_a_form_with_a_file_is_drawn(member: dict[str, Any]) -> None:
    schema = {"type": "object", "required": ["file"], "properties": {"file": member, "name": {"type": "string"}}}
    body = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    openapi = document({"/files": {"post": {"operationId": "send", "requestBody": body, "responses": described({})}}}, "3.1.0")
    operations: dict[str, Operation] = {}
    spec = Spec("small", "1.0.0", openapi, "sha256:binary", operations, {}, {}, [], {})
    operations.update(read_operations(spec))
    valid, _ = drawn(operations["send"], 1, 3).kinds
    assert valid
    assert all(b'name="file"' in (one.body or b"") for one in valid)
