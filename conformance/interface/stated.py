"""The formats that JSON Schema names, each by the grammar of its RFC: the second opinion on what jsonschema-rs says of them.

`date`, `time`, `date-time`, `duration`    RFC 3339 section 5.6 and appendix A: `t` and `z` may be small (its note), a second 60 only at
                                           23:59:60 UTC (section 5.7), an offset below 24 hours, no ISO 8601 duration with a fraction
`email`                                    RFC 5321 section 4.1.2, Mailbox: no display name, ASCII only, a local part of 64 octets
`hostname`                                 RFC 1123 section 2.1: letters, digits and inner hyphens, 63 to a label, 253 in all
`ipv4`, `ipv6`                             RFC 2673 section 3.2 (no leading zeros), RFC 4291 section 2.2 (no zone)
`uri`, `uri-reference`                     RFC 3986: ASCII, with a scheme for `uri`
`uuid`                                     RFC 4122: hexadecimal in either case, 8-4-4-4-12
`json-pointer`, `relative-json-pointer`    RFC 6901; Relative JSON Pointer, draft 01 (no index manipulation)

What is not here (`regex`, `idn-*`, `iri*`, `uri-template`) has one opinion only: a second grammar of ours would err more often than the
first. A format that JSON Schema does not name (`int32`, `byte`) is an annotation to both.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping

from conformance.text import instants

__all__ = ["FORMATS", "NAMED"]

_DAYTIME = r"T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)"
_DAYS = r"(?:[0-9]+D|[0-9]+M(?:[0-9]+D)?|[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?)"
_DURATION = re.compile(rf"P(?:{_DAYS}(?:{_DAYTIME})?|{_DAYTIME}|[0-9]+W)")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LOCAL = re.compile(r"""[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*|"(?:[ !#-\[\]-~]|\\[ -~])*\"""", re.ASCII)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_RELATIVE = re.compile(r"(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)")
_UNIT = r"(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"  # unreserved, sub-delims, pct-encoded
_CHAR = rf"(?:{_UNIT}|[:@])"
_AUTHORITY = re.compile(rf"(?:(?:{_UNIT}|:)*@)?(?:\[([^\]]*)\]|{_UNIT}*)(?::[0-9]*)?")
_FUTURE = re.compile(r"[Vv][0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+")
_PATH = re.compile(rf"(?:{_CHAR}|/)*")
_TAIL = re.compile(rf"(?:{_CHAR}|[/?])*")
_REFERENCE = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)


def _hostname(text: str) -> bool:
    return len(text) <= 253 and _HOST.fullmatch(text) is not None


def _email(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    if not at or len(local) > 64 or _LOCAL.fullmatch(local) is None:
        return False
    if domain.startswith("[") and domain.endswith("]"):
        inner = domain[1:-1]
        return _ipv6(inner[5:]) if inner[:5].lower() == "ipv6:" else _IPV4.fullmatch(inner) is not None
    return _hostname(domain)


def _ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _uri_reference(text: str) -> bool:
    return _reference(text) is not None


def _uri(text: str) -> bool:
    return bool(_reference(text))


def _reference(text: str) -> str | None:
    """The scheme of a URI reference, empty where it has none; None when the text is no URI reference."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        return None
    scheme, authority, path, query, fragment = found.groups()
    if scheme is None and authority is None and ":" in path.split("/")[0]:  # path-noscheme
        return None
    if authority is not None:
        parts = _AUTHORITY.fullmatch(authority)
        if parts is None or (parts[1] is not None and not _ipv6(parts[1]) and not _FUTURE.fullmatch(parts[1])):
            return None
    fits = _PATH.fullmatch(path) and all(_TAIL.fullmatch(one) for one in (query or "", fragment or ""))
    return (scheme or "") if fits else None


def _by(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


FORMATS: Mapping[str, Callable[[str], bool]] = {
    "date": instants.is_date,
    "date-time": instants.is_date_time,
    "duration": _by(_DURATION),
    "email": _email,
    "hostname": _hostname,
    "ipv4": _by(_IPV4),
    "ipv6": _ipv6,
    "json-pointer": _by(_POINTER),
    "relative-json-pointer": _by(_RELATIVE),
    "time": instants.is_time,
    "uri": _uri,
    "uri-reference": _uri_reference,
    "uuid": _by(_UUID),
}
NAMED = frozenset(
    {*FORMATS, "idn-email", "idn-hostname", "iri", "iri-reference", "regex", "uri-template"}
)  # asserted by jsonschema-rs
