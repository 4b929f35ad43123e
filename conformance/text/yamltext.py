"""YAML as it is written for people: block style, plain texts where nobody could take them for anything else, comments before what they speak of.

What is written reads back as the same under YAML 1.1 and 1.2. A text that is longer than a line stays on one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["block", "commented", "flow"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./(),-]+)*|/[A-Za-z0-9_./-]*")
_WORDS = frozenset(["true", "false", "null", "yes", "no", "on", "off", "y", "n"])
_WIDE = 100  # characters up to which a mapping or list of single values stands on one line


def block(value: Any, indent: int = 0) -> list[str]:
    """The lines of a mapping or a list; of anything else the one line."""
    pad = " " * indent
    if isinstance(value, Mapping) and value:
        lines: list[str] = []
        for name, member in value.items():
            lines += _member(f"{pad}{flow(str(name))}:", member, indent)
        return lines
    if isinstance(value, list | tuple) and value:
        lines = []
        for item in value:
            if _nested(item):
                inner = block(item, indent + 2)
                lines += [f"{pad}- {inner[0].lstrip()}", *inner[1:]]
            else:
                lines.append(f"{pad}- {flow(item)}")
        return lines
    return [pad + flow(value)]


def _member(head: str, member: Any, indent: int) -> list[str]:
    return [head, *block(member, indent + 2)] if _nested(member) else [f"{head} {flow(member)}"]


def _nested(value: Any) -> bool:
    """Whether a value needs lines of its own."""
    if not isinstance(value, Mapping | list | tuple) or not value:
        return False
    inner = value.values() if isinstance(value, Mapping) else value
    return len(flow(value)) > _WIDE or any(isinstance(one, Mapping | list | tuple) and one for one in inner)


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(str(name))}: {flow(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and not value.endswith(" ") and ", " not in value
        return (
            value if plain else json.dumps(value, ensure_ascii=not value.isprintable())
        )  # YAML knows more ends of lines than JSON
    return json.dumps(value, ensure_ascii=False)


def commented(lines: Iterable[str]) -> list[str]:
    """Lines as comments, which `# ` before each of them makes; taken away again they are as they were. Characters that nobody sees, and that
    YAML may not hold, are blanks.
    """
    return [f"# {''.join(char if char.isprintable() else ' ' for char in line)}".rstrip() for line in lines]
