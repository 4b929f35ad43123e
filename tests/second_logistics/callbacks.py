"""Which callback URLs are refused: what is not https, and what leads to this host or into a private network, however it is spelt."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import unquote, urlsplit

__all__ = ["allowed"]

_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "localdomain")
_PART = re.compile(r"0x[0-9a-f]*|[0-9]+")
_SPELT = ("nip.io", "sslip.io", "xip.io", "localtest.me", "lvh.me")  # names that lead to the address they hold, or back


def allowed(url: str, own: str, excepted: str) -> bool:
    """Whether deliveries may go there; `excepted` is the receiver of a sandbox under test, with what follows it."""
    if excepted and (url == excepted or url.startswith(tuple(f"{excepted.rstrip('/')}{mark}" for mark in "/?#"))):
        return True
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme.lower() != "https" or "@" in parts.netloc or not parts.hostname or port == 0:
        return False
    if re.search(r"[\s\\\x00-\x1f]", url):
        return False
    host = unicodedata.normalize("NFKC", unquote(parts.hostname)).lower().rstrip(".")
    return not _inside(host, own.lower())


def _inside(host: str, own: str) -> bool:
    number = _address(host)
    if number is not None:
        return not number.is_global or number.is_multicast
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", host):
        return True  # a single name, or none
    named = host == own or any(host == one or host.endswith("." + one) for one in _INSIDE)
    return named or any(host.endswith(one) for one in _SPELT)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if ":" in host:
        try:
            six = ipaddress.IPv6Address(host.partition("%")[0])
        except ValueError:
            return ipaddress.IPv4Address(0)
        four = six.ipv4_mapped or six.sixtofour or (six.teredo or (None, None))[1]
        if four is None and (int(six) >> 32 in (0, 0x64FF9B << 64) or int(six) >> 64 == 0x64FF9B << 32):
            four = ipaddress.IPv4Address(int(six) & 0xFFFFFFFF)
        return four or six
    parts = host.split(".")
    if len(parts) > 4 or not all(_PART.fullmatch(part) for part in parts):
        return None
    values = [_number(part) for part in parts]
    whole = sum(value << (8 * (3 - index)) for index, value in enumerate(values[:-1])) + values[-1]
    return ipaddress.IPv4Address(whole & 0xFFFFFFFF)


def _number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    octal = len(part) > 1 and part[0] == "0" and not re.search("[89]", part)
    return int(part, 8) if octal else int(part)
