"""Media types and the ranges that declare them (RFC 9110 sections 8.3 and 12.5.1).

A document declares `application/json`, `Application/JSON; charset=utf-8`, `application/*` or `*/*`; an answer says what it is. `best`
finds the declared one that means it: of several the most specific.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from conformance.text import fields

_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)

__all__ = ["MediaType", "best", "is_json", "media_type"]


@dataclass(frozen=True)
class MediaType:
    """A media type or a range of them. Names are in lower case, and so is a charset; other values keep their case."""

    kind: str
    subtype: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        told = (
            f'{name}="{value}"' if not _TOKEN.fullmatch(value) else f"{name}={value}" for name, value in self.parameters.items()
        )
        return "; ".join([f"{self.kind}/{self.subtype}", *told])

    @property
    def is_json(self) -> bool:
        """Whether its content is JSON: by its name, or by the suffix of a structured syntax (RFC 6839)."""
        return self.subtype == "json" or self.subtype.endswith("+json")

    def covers(self, other: MediaType) -> bool:
        """Whether what is `other` is of this type or in this range. What this one says in a parameter, the other has to say, too."""
        if self.kind not in ("*", other.kind):
            return False
        suffix = self.subtype[1:] if self.subtype.startswith("*+") else ""
        named = self.subtype in ("*", other.subtype) or (suffix != "" and other.subtype.endswith(suffix))
        return named and self.parameters.items() <= other.parameters.items()

    @property
    def weight(self) -> tuple[int, int]:
        """How specific it is, to be compared: whether it names kind and subtype, and how many parameters."""
        return (self.kind != "*") + 2 * ("*" not in self.subtype) + (self.subtype.startswith("*+")), len(self.parameters)


@lru_cache(maxsize=1024)
def media_type(text: str) -> MediaType | None:
    """A media type or range as a field or a document writes it; None when it is none.

    A `charset` of JSON is left out: the type has no such parameter, and it changes nothing (RFC 8259 section 11).
    """
    name, told = fields.parameters(text)
    kind, slash, subtype = name.lower().partition("/")
    if not (kind and slash and subtype) or "/" in subtype or " " in name:
        return None
    parameters = {key: value.lower() if key == "charset" else value for key, value in told.items()}
    found = MediaType(kind, subtype, parameters)
    if found.is_json and "charset" in parameters:
        return MediaType(kind, subtype, {key: value for key, value in parameters.items() if key != "charset"})
    return found


@lru_cache(maxsize=1024)
def is_json(text: str) -> bool:
    """Whether this names a media type whose content is JSON."""
    found = media_type(text)
    return found is not None and found.is_json


def best(declared: Iterable[str], text: str) -> str | None:
    """Which of the declared names covers a media type: the most specific one, of equals the first; None when none does."""
    return _best(tuple(declared), text)


@lru_cache(maxsize=4096)  # a run asks for the same few pairs with every answer
def _best(declared: tuple[str, ...], text: str) -> str | None:
    found = media_type(text)
    if found is None:
        return None
    covering = [(one.weight, name) for name in declared if (one := media_type(name)) is not None and one.covers(found)]
    return max(covering, key=lambda entry: entry[0])[1] if covering else None
