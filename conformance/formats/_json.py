"""What every format in JSON is written with."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from conformance.text.lined import in_lines
from conformance.text.shown import visible

__all__ = ["milliseconds", "name", "shown", "written"]


def written(document: Any) -> bytes:
    """JSON in UTF-8, a member on each line, and the end of the last one."""
    return in_lines(document) + b"\n"


def shown(value: Any) -> Any:
    """The same document with nothing hidden in its texts, for formats that people read on a screen."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {key: shown(member) for key, member in value.items()}
    return [shown(member) for member in value] if isinstance(value, list) else value


def name(*parts: str) -> str:
    """A UUID for something of ours: the same for the same parts, on every machine."""
    return str(uuid5(NAMESPACE_URL, "\n".join(("https://yance.example", *parts)).encode("utf-8", "replace").decode()))


def milliseconds(moment: str) -> int:
    """An instant of the report in Unix milliseconds."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
