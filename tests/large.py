"""A large OpenAPI document, made rather than kept: many operations over many schemas that refer to each other, some to themselves.

Every schema reaches every other, which is the worst case: what is compiled for each operation anew costs operations times schemas.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

__all__ = ["data_folder", "document"]

PROFILE = """\
profile: full
version: 1.0.0
spec: large/1.0.0
title: {{en: Everything, zh-Hant: 全部}}
classes: [core]
operations: {operations}
effort: {{draws: {draws}}}
"""
ROWS = """\
interface: large
version: 1.0.0
classes: {core: {en: Core, zh-Hant: 核心}}
requirements:
- id: LRG-001
  level: MUST
  class: core
  oracle: schema
  text: {en: Answers are declared., zh-Hant: 回應均經宣告。}
  remedy: {en: Declare them., zh-Hant: 請宣告。}
  source: the document
  check: answers_are_declared
  operations: {where: [any]}
"""


def document(operations: int, schemas: int, *, version: str = "3.0.3") -> dict[str, Any]:
    """An OpenAPI document; half of its operations read, half create."""
    by = random.Random(1)

    def ref(number: int) -> dict[str, str]:
        return {"$ref": f"#/components/schemas/S{number % schemas}"}

    def schema(number: int) -> dict[str, Any]:
        plain = {f"m{nth}": {"type": "string", "maxLength": 20} for nth in range(8)}
        near = {"next": ref(number + 1), "self": ref(number), "other": ref(by.randrange(schemas))}
        more = {"many": {"type": "array", "items": ref(by.randrange(schemas))}, "seen": {"type": "string", "format": "date-time"}}
        return {"type": "object", "properties": {**plain, **near, **more}}

    def content(number: int) -> dict[str, Any]:
        return {
            "content": {
                "application/json": {"schema": {"type": "object", "properties": {"item": ref(number)}, "title": f"T{number}"}}
            }
        }

    paths = {
        f"/r{nth}": {
            "get": {"operationId": f"get{nth}", "responses": {"200": {"description": "ok", **content(nth)}}},
            "post": {
                "operationId": f"post{nth}",
                "requestBody": content(3 * nth + 1),
                "responses": {"204": {"description": "made"}},
            },
        }
        for nth in range(operations // 2)
    }
    components = {"schemas": {f"S{nth}": schema(nth) for nth in range(schemas)}}
    return {"openapi": version, "info": {"title": "Large", "version": "1.0.0"}, "paths": paths, "components": components}


def data_folder(folder: Path, content: dict[str, Any], *, draws: int = 0, operations: str = "all") -> Path:
    """A data folder for the domain `large` with this document."""
    specs, profiles = folder / "specs/large/1.0.0", folder / "profiles/large"
    specs.mkdir(parents=True)
    profiles.mkdir(parents=True)
    (specs / "openapi.yaml").write_text(json.dumps(content))
    (specs / "requirements.yaml").write_text(ROWS)
    (profiles / "full.yaml").write_text(PROFILE.format(draws=draws, operations=operations))
    return folder
