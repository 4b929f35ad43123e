"""URLs: how a reference is resolved, and which of them are one (RFC 3986 sections 5 and 6.2).

`same` compares what two URLs mean: case of scheme and host, default port, percent-encoding, dot segments, an empty path and an
international host name make no difference. What a server may tell apart stays apart: a query's order (unless it is asked for), `+`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

__all__ = ["below", "normal", "resolved", "same"]

_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
_TRIPLET = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_BARE = re.compile(r"[^\x21-\x7e]+|[\"<>\\^`{|}]+|%(?![0-9A-Fa-f]{2})")  # what no URL may hold as it is


def resolved(base: str, reference: str) -> str:
    """The URL that a reference means at a base URL (RFC 3986 section 5.2). Raises ValueError when one of them is no URL."""
    there, here = urlsplit(reference.strip()), urlsplit(base)
    query = f"?{there.query}" if "?" in reference.partition("#")[0] else ""
    if there.scheme:
        scheme, authority, path = there.scheme, _authority(there, reference), _without_dots(there.path)
    elif there.netloc:
        scheme, authority, path = here.scheme, f"//{there.netloc}", _without_dots(there.path)
    else:
        scheme, authority = here.scheme, _authority(here, base)
        if there.path.startswith("/"):
            path = _without_dots(there.path)
        elif there.path:
            ahead = "/" if here.netloc and not here.path else here.path[: here.path.rfind("/") + 1]
            path = _without_dots(ahead + there.path)
        else:
            path, query = here.path, query or (f"?{here.query}" if here.query else "")
    fragment = f"#{there.fragment}" if "#" in reference else ""
    return f"{scheme}:{authority}{path}{query}{fragment}"


def _authority(url: SplitResult, text: str) -> str:
    return f"//{url.netloc}" if url.netloc or text.partition(":")[2].startswith("//") else ""


def _without_dots(path: str) -> str:
    """A path without its `.` and `..` segments (RFC 3986 section 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment == "..":
            if len(kept) > 1 or (kept and kept[0]):
                kept.pop()
            kept += [""] if last else []
        elif segment == ".":
            kept += [""] if last else []
        else:
            kept.append(segment)
    joined = "/".join(kept)
    return f"/{joined}" if path.startswith("/") and not joined.startswith("/") else joined


def same(one: str, other: str, *, query_order: bool = True) -> bool:
    """Whether two URLs are equivalent; without `query_order` also when the parameters of their queries stand in another order."""
    try:
        return normal(one, query_order=query_order) == normal(other, query_order=query_order)
    except ValueError:
        return one == other


@lru_cache(maxsize=4096)
def normal(url: str, *, query_order: bool = True) -> str:
    """The form that equivalent URLs share. Raises ValueError when it is no URL."""
    parts = urlsplit(url)
    path = _without_dots(_encoded(parts.path))
    if parts.netloc and not path:
        path = "/"
    query = _encoded(parts.query)
    if not query_order:
        query = "&".join(sorted(query.split("&")))
    ends = (f"?{query}" if query else "") + (f"#{_encoded(parts.fragment)}" if parts.fragment else "")
    return f"{_origin(parts)}{path}{ends}"


def _origin(parts: SplitResult) -> str:
    """Scheme, user, host and port as equivalent URLs share them. Raises ValueError for what is no host or port."""
    if not parts.netloc:
        return f"{parts.scheme}:" if parts.scheme else ""
    scheme = f"{parts.scheme}:" if parts.scheme else ""
    host = _host(parts.hostname or "")
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    port = "" if parts.port is None or str(parts.port) == _PORTS.get(parts.scheme) else f":{parts.port}"
    return f"{scheme}//{user}{host}{port}"


@lru_cache(maxsize=512)
def _host(name: str) -> str:
    """A host in lower case, an international one in its ASCII form (RFC 5890), without the dot of the root."""
    if name.isascii():
        found = _encoded(name).lower()
    else:
        from yarl import URL  # noqa: PLC0415 - hosts are seldom international

        found = URL.build(scheme="http", host=name.lower()).raw_host or ""
    return f"[{found}]" if ":" in found else found.removesuffix(".")


def _encoded(text: str) -> str:
    """Percent-encoding in its one form (RFC 3986 section 6.2.2): upper case, and only where it has to be."""
    bare = _BARE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass")), text)
    return _TRIPLET.sub(_triplet, bare)


def _triplet(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if _UNRESERVED.fullmatch(char) else found[0].upper()


def below(base: str, url: str) -> str | None:
    """The path and query of a URL relative to a base URL, beginning with `/`; None when it lies elsewhere or is no URL.

    The spelling is the URL's own where that is possible, since a server may sign what it wrote.
    """
    try:
        root, there = urlsplit(base), urlsplit(url)
        if _origin(root) != _origin(there):
            return None
    except ValueError:
        return None
    query = f"?{there.query}" if there.query else ""
    head, encoded = _without_dots(_encoded(root.path)).rstrip("/"), _encoded(there.path)
    path = _without_dots(encoded)
    if not f"{path}/".startswith(f"{head}/"):
        return None
    own = root.path.rstrip("/")
    if path == encoded and f"{there.path}/".startswith(f"{own}/"):
        head, path = own, there.path
    return (path[len(head) :] or "/") + query
