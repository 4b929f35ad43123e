"""What was found in a spec, for code scanners: SARIF 2.1.0, one rule per rule, one result per place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from conformance import __version__
from conformance.formats.sarif import log_of, place_of
from conformance.load.catalogue import source_text
from conformance.load.sentences import told
from conformance.text.shown import visible

__all__ = ["faults"]


def faults(rules: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]], language: str) -> bytes:
    """Rules (`id`, `name`, `severity`, `source`, and `rationale` and `mend` in every language) and the places that break them
    (`rule`, `where`, `said`, `file`, `line`) as SARIF.
    """
    index = {one["id"]: number for number, one in enumerate(rules)}
    results = [_result(one, rules[index[one["rule"]]], index[one["rule"]], language) for one in found]
    driver = {"name": "Yance", "version": __version__, "rules": [_rule(one, language) for one in rules]}
    return log_of({"tool": {"driver": driver}, "language": language, "columnKind": "unicodeCodePoints", "results": results})


def _rule(one: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "id": one["id"],
        "name": one["name"],
        "shortDescription": {"text": one["rationale"][language]},
        "fullDescription": {"text": f"{one['rationale'][language]} ({source_text(one['source'], language)})"},
        "help": {"text": one["mend"][language]},
        "defaultConfiguration": {"level": one["severity"]},
    }


def _result(one: Mapping[str, Any], rule: Mapping[str, Any], index: int, language: str) -> dict[str, Any]:
    print_of = hashlib.sha256(f"{one['rule']} {one['where']} {one['said']}".encode("utf-8", "replace")).hexdigest()
    path = Path(one["file"])
    return {
        "ruleId": one["rule"],
        "ruleIndex": index,
        "level": one["severity"],
        "message": {"text": visible(f"{told(one['said'], language)} {rule['mend'][language]}")},
        "locations": [
            {
                "physicalLocation": place_of(path.as_uri() if path.is_absolute() else quote(one["file"]), one["line"]),
                "logicalLocations": [{"fullyQualifiedName": visible(one["where"])}],
            }
        ],
        "partialFingerprints": {"yanceRule/v1": print_of},
    }
