"""Finding a known secret in final bytes, however it was written.

A secret may come back plain, percent-encoded, escaped in JSON (and JSON inside JSON), in hex, or inside base64 at any of the
three offsets that a base64 text can have. Each of these is a literal to look for; what base64 mixes with the neighbouring
bytes is left out of the literal.
What is escaped more than it has to be, or encoded more than once, is undone before (`unfolding`, `encodings`).
"""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

__all__ = ["SHORTEST", "echo", "forms", "kindred"]

SHORTEST = 8  # a shorter text turns up by chance: in a price, a time, a word
_DEPTH = 3  # JSON in a JSON string in a line of evidence


def forms(secret: str) -> tuple[str, ...]:
    """Every spelling of the secret that is looked for, longest first."""
    found = {secret, *_percent(secret), *_escaped(secret), *_hex(secret), *_base64(secret)}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def echo(secrets: Iterable[str]) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """A pattern for every form of every secret, and the secrets in the order of its groups.

    Longer secrets come first, since one may begin with another. Base64 is taken with the neighbours that hold some of its bits.
    """
    ordered = tuple(sorted(set(secrets), key=lambda secret: (-len(secret), secret)))
    groups: list[str] = []
    for secret in ordered:
        cores = set(_base64(secret))
        literals = (
            f"[A-Za-z0-9+/_-]{{0,2}}{re.escape(form)}[A-Za-z0-9+/_=-]{{0,3}}" if form in cores else re.escape(form)
            for form in forms(secret)
        )
        groups.append(f"({'|'.join(literals)})")
    return re.compile("|".join(groups) or r"(?!)", re.IGNORECASE), ordered


def kindred(needles: Iterable[tuple[bytes, str]]) -> tuple[tuple[bytes, tuple[tuple[bytes, str], ...]], ...]:
    """The needles (bytes, label) by what they begin with: whoever does not find a beginning need not look for its needles.

    The secrets of one target often begin alike, and one that is altered near its end begins as it did before.
    """
    grouped: dict[bytes, list[tuple[bytes, str]]] = {}
    for needle, label in needles:
        grouped.setdefault(needle[:SHORTEST], []).append((needle, label))
    return tuple((_common([needle for needle, _ in group]), tuple(group)) for group in grouped.values())


def _common(texts: list[bytes]) -> bytes:
    """The longest beginning that all of them have."""
    first, last = min(texts), max(texts)
    return next((first[:at] for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), first)


def _percent(secret: str) -> Iterator[str]:
    for encoded in (quote(secret, safe=""), quote(secret), quote(secret, safe="/:?@!$'()*,;-._~"), quote_plus(secret)):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda octet: octet[0].lower(), encoded)


def _escaped(secret: str) -> Iterator[str]:
    for plain_letters in (True, False):
        text = secret
        for _ in range(_DEPTH):
            text = json.dumps(text, ensure_ascii=plain_letters)[1:-1]
            yield text
            yield text.replace("/", "\\/")


def _hex(secret: str) -> Iterator[str]:
    yield secret.encode().hex()
    yield secret.encode().hex().upper()


def _base64(secret: str) -> Iterator[str]:
    data = secret.encode()
    for offset in range(3):
        first = (offset * 8 + 5) // 6  # whole characters that belong to this secret alone
        last = (offset + len(data)) * 8 // 6
        for encoded in (b64encode(bytes(offset) + data), urlsafe_b64encode(bytes(offset) + data)):
            yield encoded[first:last].decode("ascii")
