"""The trust document: which keys a verifier believes, in whose name, for what, and for how long.

[[keys]]                                         # trust.toml; trust.json has the same members (reports/schemas/trust.schema.json)
path = "office.pub.pem"                          # beside the document; or pem = "-----BEGIN PUBLIC KEY-----…"
role = "office"                                  # office, laboratory or vendor
predicateTypes = ["https://yance.example/attestations/certificate/v1"]    # left out: all that the role may sign
holder = "Lin Mei-hua"                           # the person whose key it is; a decision of the office is a person's
notBefore = "2026-01-01T00:00:00Z"               # these may be left out; they bound the time that a statement names
notAfter = "2028-01-01T00:00:00Z"
distrustAfter = "2027-03-01T00:00:00Z"           # the key was lost or stolen: what is not proven to be older counts no more

[timestamps]                                     # RFC 3161; may be left out
authorities = ["tsa.pem"]                        # certificates that are believed about the time
required = ["https://yance.example/attestations/certificate/v1"]    # what counts only with a time-stamp of theirs

A key is rotated by listing the new one beside the old one, each with its window. A member that is not named here is refused: one that a
reader does not know may be the one that matters.
"""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import limits
from conformance.attest.keys import ROLES, TrustedKey, read_public
from conformance.attest.times import NO_AUTHORITIES, Authorities, instant
from conformance.errors import DataError, UsageError, VerificationError, nearest
from conformance.text import strictjson
from conformance.text.handed import read_named

__all__ = ["Trust", "load_trust"]

_TOP = ("keys", "timestamps")
_MEMBERS = ("path", "pem", "role", "holder", "predicateTypes", "notBefore", "notAfter", "distrustAfter")
_TIMES = ("notBefore", "notAfter", "distrustAfter")
_STAMPS = ("authorities", "required")
_LONGEST_NAME = 200  # characters of a holder


@dataclass(frozen=True)
class Trust:
    """Keys, and who is believed about the time."""

    keys: tuple[TrustedKey, ...] = ()
    authorities: Authorities = NO_AUTHORITIES

    def key(self, keyid: str) -> TrustedKey | None:
        """The key of an id, or None."""
        return next((key for key in self.keys if key.keyid == keyid), None)


def load_trust(path: Path) -> Trust:
    """A trust document (.toml or .json). Raises DataError, naming the entry, when it is not as documented."""
    try:
        content = read_named(path, limits.POLICY)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; expected a trust document (TOML or JSON)") from None
    document = _document(path, content)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed:
        raise DataError("expected a member keys: a list of at least one key", file=str(path))
    _known(document, _TOP, "the document", str(path))
    keys = tuple(_key(path, number, entry) for number, entry in enumerate(listed, 1))
    if len({key.keyid for key in keys}) != len(keys):
        raise DataError("the same key is listed twice; a key has one role, and one entry", file=str(path))
    return Trust(keys, _authorities(path, document.get("timestamps", {})))


def _document(path: Path, content: bytes) -> Any:
    try:
        if path.suffix == ".json":
            return strictjson.parse(content.removeprefix(codecs.BOM_UTF8), str(path))
        return tomllib.loads(content.decode("utf-8-sig"))
    except (VerificationError, ValueError, RecursionError) as error:
        raise DataError(f"not readable as {'JSON' if path.suffix == '.json' else 'TOML'}: {error}", file=str(path)) from None


def _known(document: Mapping[str, Any], names: tuple[str, ...], what: str, file: str) -> None:
    if unknown := [name for name in document if name not in names]:
        raise DataError(f"{what}: unknown member {unknown[0]!r:.80}{nearest(unknown[0], names)}", file=file)


def _key(path: Path, number: int, entry: Any) -> TrustedKey:
    def wrong(text: str) -> DataError:
        return DataError(f"key {number}: {text}", file=str(path))

    if not isinstance(entry, dict):
        raise wrong("expected an object")
    _known(entry, _MEMBERS, f"key {number}", str(path))
    role = entry.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise wrong(f"role is {role!r}; expected one of {', '.join(ROLES)}")
    types = entry.get("predicateTypes", sorted(ROLES[role]))
    if not isinstance(types, list) or not types or any(one not in ROLES[role] for one in map(str, types)):
        raise wrong(f"predicateTypes is {types!r}; expected some of {', '.join(sorted(ROLES[role]))}, which a {role} may sign")
    holder = entry.get("holder", "")
    if not isinstance(holder, str) or ("holder" in entry and not holder.strip()) or len(holder) > _LONGEST_NAME:
        raise wrong(f"holder is {holder!r:.80}; expected the name of a person, of at most {_LONGEST_NAME} characters")
    times = {name: _time(entry, name) for name in _TIMES}
    if any(name in entry and when is None for name, when in times.items()):
        raise wrong(f"{', '.join(_TIMES)} are RFC 3339 times in UTC ending in Z")
    start, end, lost = times.values()
    if start and end and start >= end:
        raise wrong("notBefore is not before notAfter")
    public = read_public(_pem(path, entry, wrong("expected either path or pem, as text")), f"{path}: key {number}")
    return TrustedKey(public, role, frozenset(types), start, end, lost, " ".join(holder.split()))


def _authorities(path: Path, entry: Any) -> Authorities:
    def wrong(text: str) -> DataError:
        return DataError(f"timestamps: {text}", file=str(path))

    if not isinstance(entry, dict):
        raise wrong("expected an object")
    _known(entry, _STAMPS, "timestamps", str(path))
    named, demanded = entry.get("authorities", []), entry.get("required", [])
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise wrong("authorities is a list of files with a certificate in PEM")
    types = frozenset().union(*ROLES.values())
    if not isinstance(demanded, list) or any(one not in types for one in map(str, demanded)):
        raise wrong(f"required is {demanded!r:.200}; expected some of {', '.join(sorted(types))}")
    if demanded and not named:
        raise wrong("a time-stamp is required, and no authority is believed; name one under authorities")
    from conformance.attest.stamps import read_authority  # noqa: PLC0415 - most documents name no authority

    certificates = tuple(read_authority(_beside(path, one, "a certificate in PEM"), f"{path}: {one}") for one in named)
    return Authorities(certificates, frozenset(demanded))


def _pem(path: Path, entry: Mapping[str, Any], wrong: DataError) -> bytes:
    named, given = entry.get("path"), entry.get("pem")
    if isinstance(given, str) and named is None:
        return given.encode()
    if not isinstance(named, str) or given is not None:
        raise wrong
    return _beside(path, named, "a public key in PEM")


def _beside(path: Path, named: str, expected: str) -> bytes:
    try:
        return read_named(path.parent / named, limits.KEY)
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        why = getattr(error, "strerror", None) or error
        raise DataError(f"{named!r} cannot be read: {why}; expected {expected}", file=str(path)) from None


def _time(entry: Mapping[str, Any], name: str) -> datetime | None:
    value = entry.get(name)
    if isinstance(value, datetime) and value.tzinfo is not None:  # TOML has times of its own
        return value.astimezone(UTC)
    return instant(value)
