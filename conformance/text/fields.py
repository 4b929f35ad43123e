"""Header fields by their grammar (RFC 9110 section 5.6): lists, parameters, entity tags, dates, links.

A comma inside a quoted string ends no element, and lines of one name are one list. Pure text: `wire` reads `Retry-After` here, the
dialect its links, checks their directives. What does not fit its grammar is left out or None; saying so is a check's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

__all__ = [
    "EntityTag",
    "Link",
    "combined",
    "directives",
    "elements",
    "entity_tag",
    "http_date",
    "links",
    "named_items",
    "parameters",
    "retry_after",
    "unquoted",
]

_PAIR = re.compile(r"\\(.)", re.DOTALL)
_BLANK = " \t"
_PART = {one: re.compile(rf'(?:[^"{one}]|"(?:[^"\\]|\\.?)*+"?)*+', re.DOTALL) for one in ",;"}  # possessive: linear in any text


def combined(values: Iterable[str]) -> str:
    """The values of a field's lines as one list (RFC 9110 section 5.3); empty when it is absent."""
    return ", ".join(values)


def elements(text: str) -> list[str]:
    """The elements of a list (RFC 9110 section 5.6.1) without the blanks around them; empty ones are no elements."""
    return [part for one in _split(text, ",") if (part := one.strip(_BLANK))]


def _split(text: str, separator: str) -> list[str]:
    """What stands between separators outside of quoted strings; a quotation mark that is never closed reaches to the end."""
    if '"' not in text:
        return text.split(separator)
    parts, start = [], 0
    while True:
        end = _end(text, separator, start)
        parts.append(text[start:end])
        if end == len(text):
            return parts
        start = end + 1


def _end(text: str, separator: str, start: int) -> int:
    """Where the part that begins at `start` ends: at the next separator outside of quoted strings, or with the text."""
    match = _PART[separator].match(text, start)
    assert match is not None  # it may be empty
    return match.end()


def unquoted(text: str) -> str:
    """A quoted string without its marks and escapes (RFC 9110 section 5.6.4); a token as it is."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return _PAIR.sub(r"\1", text[1:-1])
    return text


def _named(part: str) -> tuple[str, str | None]:
    name, equals, value = part.partition("=")
    return name.strip(_BLANK).lower(), unquoted(value.strip(_BLANK)) if equals else None


def parameters(text: str) -> tuple[str, dict[str, str]]:
    """A value and its parameters (RFC 9110 section 5.6.6): names in lower case, of two with one name the first."""
    head, *others = _split(text, ";")
    found: dict[str, str] = {}
    for part in others:
        name, value = _named(part)
        if name:
            found.setdefault(name, value or "")
    return head.strip(_BLANK), found


def directives(text: str) -> dict[str, str | None]:
    """The directives of a `Cache-Control`, or the members of a `Vary` or `Allow`: lower case, with their arguments (None: without)."""
    found: dict[str, str | None] = {}
    for part in elements(text):
        name, value = _named(part)
        found.setdefault(name, value)
    return found


_ITEM = re.compile(
    r'\s*(?:"((?:[^"\\]|\\.)*+)"|([A-Za-z*][\w:/.*-]*+))((?:\s*;\s*[a-z*][\w.*-]*+(?:=(?:"[^"]*"|:[^:]*:|[^;,\s]+))?)*)\s*(?:,|$)'
)


def named_items(text: str) -> dict[str, dict[str, int]] | None:
    """A structured list (RFC 9651 section 3.1) of named items with their whole-number parameters; None when it is none."""
    found: dict[str, dict[str, int]] = {}
    here = 0
    while here < len(text):
        match = _ITEM.match(text, here)
        if match is None:
            return None
        told = parameters(match[3])[1].items()
        found[match[1] or match[2]] = {key: int(value[:15]) for key, value in told if value.isascii() and value.isdigit()}
        here = match.end()
    return found


# ------------------------------------------------------------------------------------------ entity tags


@dataclass(frozen=True)
class EntityTag:
    """An entity tag (RFC 9110 section 8.8.3) without its quotation marks."""

    opaque: str
    weak: bool = False

    def matches(self, other: EntityTag, *, strongly: bool = False) -> bool:
        """Whether both are one tag by the weak comparison (section 8.8.3.2), or by the strong one."""
        return self.opaque == other.opaque and not (strongly and (self.weak or other.weak))


_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')  # a comma or a backslash in it is a character like any other


def entity_tag(text: str | None) -> EntityTag | None:
    """The entity tag that a field consists of; None when it is none."""
    match = _TAG.fullmatch((text or "").strip(_BLANK))
    return EntityTag(match[2], match[1] is not None) if match else None


# ------------------------------------------------------------------------------------------ dates


@lru_cache(maxsize=1024)  # answers of one second say the same
def http_date(text: str | None) -> datetime | None:
    """An HTTP date in any of its three forms (RFC 9110 section 5.6.7) as an instant in UTC; None when it is none.

    A form that names no zone is in UTC: an HTTP date always is.
    """
    try:
        moment = parsedate_to_datetime(text or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def retry_after(text: str | None) -> int | datetime | None:
    """A `Retry-After` (RFC 9110 section 10.2.3): whole seconds, or the instant; None when it is neither."""
    said = (text or "").strip(_BLANK)
    return int(said[:12]) if said.isascii() and said.isdigit() else http_date(said)


# ------------------------------------------------------------------------------------------ links


@dataclass(frozen=True)
class Link:
    """A link of a `Link` field (RFC 8288): its target as written, its relations in lower case, and whose link it is.

    `anchor` None: it is the link of the resource that sent it.
    """

    href: str
    relations: tuple[str, ...]
    anchor: str | None = None


def links(text: str) -> list[Link]:
    """The links of a `Link` field in order (RFC 8288 appendix B.2). Of two `rel` parameters the first counts (section 3.3)."""
    found: list[Link] = []
    here = 0
    while here < len(text):
        if text[here] in _BLANK + ",":
            here += 1
            continue
        closed = text.find(">", here) if text[here] == "<" else -1
        end = _end(text, ",", max(here, closed))
        if closed > 0:
            _, named = parameters(text[closed + 1 : end])
            relations = tuple(named.get("rel", "").lower().split())
            found.append(Link(text[here + 1 : closed].strip(_BLANK), relations, named.get("anchor")))
        here = end
    return found
