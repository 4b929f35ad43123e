"""The trust policy: which keys a verifier believes, in whose name, for what, and for how long.

[[keys]]                                         # policy.toml; policy.json has the same members
path = "office.pub.pem"                          # beside the policy file; or pem = "-----BEGIN PUBLIC KEY-----…"
role = "office"                                  # office or vendor
predicateTypes = ["https://yance.example/attestations/certificate/v1"]    # left out: all that the role may sign
notBefore = "2026-01-01T00:00:00Z"               # both may be left out; they bound the time that a statement names
notAfter = "2028-01-01T00:00:00Z"
"""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import limits
from conformance.attest.keys import ROLES, TrustedKey, read_public
from conformance.attest.times import instant
from conformance.errors import DataError, UsageError, VerificationError, nearest
from conformance.text import strictjson
from conformance.text.handed import read_named

__all__ = ["load_trust"]

_MEMBERS = ("path", "pem", "role", "predicateTypes", "notBefore", "notAfter")


def load_trust(path: Path) -> tuple[TrustedKey, ...]:
    """The keys of a trust policy (.toml or .json). Raises DataError, naming the entry, when it is not as documented."""
    try:
        content = read_named(path, limits.POLICY)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; expected a trust policy (TOML or JSON)") from None
    document = _document(path, content)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed or set(document) != {"keys"}:
        raise DataError("expected one member, keys: a list of at least one key", file=str(path))
    keys = tuple(_key(path, number, entry) for number, entry in enumerate(listed, 1))
    if len({key.keyid for key in keys}) != len(keys):
        raise DataError("the same key is listed twice; a key has one role, and one entry", file=str(path))
    return keys


def _document(path: Path, content: bytes) -> Any:
    try:
        if path.suffix == ".json":
            return strictjson.parse(content.removeprefix(codecs.BOM_UTF8), str(path))
        return tomllib.loads(content.decode("utf-8-sig"))
    except (VerificationError, ValueError, RecursionError) as error:
        raise DataError(f"not readable as {'JSON' if path.suffix == '.json' else 'TOML'}: {error}", file=str(path)) from None


def _key(path: Path, number: int, entry: Any) -> TrustedKey:
    def wrong(text: str) -> DataError:
        return DataError(f"key {number}: {text}", file=str(path))

    if not isinstance(entry, dict):
        raise wrong("expected an object")
    if unknown := [name for name in entry if name not in _MEMBERS]:
        raise wrong(f"unknown member {unknown[0]!r}{nearest(unknown[0], _MEMBERS)}")
    role = entry.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise wrong(f"role is {role!r}; expected one of {', '.join(ROLES)}")
    types = entry.get("predicateTypes", sorted(ROLES[role]))
    if not isinstance(types, list) or not types or any(one not in ROLES[role] for one in map(str, types)):
        raise wrong(f"predicateTypes is {types!r}; expected some of {', '.join(sorted(ROLES[role]))}, which a {role} may sign")
    window = [_time(entry, name) for name in ("notBefore", "notAfter")]
    if any(name in entry and when is None for name, when in zip(("notBefore", "notAfter"), window, strict=True)):
        raise wrong("notBefore and notAfter are RFC 3339 times in UTC ending in Z")
    if window[0] and window[1] and window[0] >= window[1]:
        raise wrong("notBefore is not before notAfter")
    return TrustedKey(
        read_public(_pem(path, entry, wrong("expected either path or pem, as text")), f"{path}: key {number}"),
        role,
        frozenset(types),
        *window,
    )


def _pem(path: Path, entry: Mapping[str, Any], wrong: DataError) -> bytes:
    named, given = entry.get("path"), entry.get("pem")
    if isinstance(given, str) and named is None:
        return given.encode()
    if not isinstance(named, str) or given is not None:
        raise wrong
    try:
        return read_named(path.parent / named, limits.KEY)
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        why = getattr(error, "strerror", None) or error
        raise DataError(f"{named!r} cannot be read: {why}; expected a public key in PEM", file=str(path)) from None


def _time(entry: Mapping[str, Any], name: str) -> datetime | None:
    value = entry.get(name)
    if isinstance(value, datetime) and value.tzinfo is not None:  # TOML has times of its own
        return value.astimezone(UTC)
    return instant(value)
