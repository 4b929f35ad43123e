"""Servers of single paths and operations: where below the one base URL of a run their paths begin.

A run asks one base URL. As long as no path and no operation has `servers` of its own it stands for the document's server. Where some have, on
the same host, it stands for what the addresses of all of them begin with: of `/api` and `/api/files` for `/api`, of `/api` and `/files` for the
root of the host. Of several servers the first on the document's host counts, and variables have their defaults; what is relative is so to the
document's server (OpenAPI, Server Object). What is on another host cannot be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.interface.kept import kept
from conformance.interface.references import AstrayError, path_item
from conformance.text import urls

__all__ = ["METHODS", "Servers", "servers_of"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_NOWHERE = "http://document.invalid"  # where a document lies that does not say so


class Servers:
    """The servers of a document. `base` is what the base URL of a run stands for."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._own = next(_addresses(document.get("servers"), _NOWHERE), f"{_NOWHERE}/")
        found = [self._own, *(one for one in _told(document, self._own) if _origin(one) == _origin(self._own))]
        self.base = _shared(found) if len(found) > 1 else self._own

    def address(self, shared: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
        """The server of an operation."""
        return _chosen(raw.get("servers") or shared.get("servers"), self._own)

    def root(self, shared: Mapping[str, Any], raw: Mapping[str, Any]) -> str | None:
        """What goes before the path of an operation, below the base; None where it is on another host."""
        found = urls.below(self.base, self.address(shared, raw))
        return None if found is None else found.rstrip("/")


@kept
def servers_of(document: Mapping[str, Any]) -> Servers:
    """The servers of a document, which are looked for once."""
    return Servers(document)


def _told(document: Mapping[str, Any], own: str) -> Iterator[str]:
    """The addresses of the servers of single paths and operations, where they are others than the document's."""
    for path, item in (document.get("paths") or {}).items():
        try:
            shared = path_item(document, item) if path.startswith("/") else {}
        except AstrayError:
            continue
        for holder in (shared, *(shared[method] for method in METHODS if isinstance(shared.get(method), Mapping))):
            if (found := _chosen(holder.get("servers"), own).rstrip("/")) != own.rstrip("/"):
                yield found


def _chosen(servers: Any, own: str) -> str:
    """Of some servers the document's own, else the first on its host, else the first; without any the document's."""
    found = list(_addresses(servers, own))
    same = [one for one in found if _origin(one) == _origin(own)]
    return own if not found or own in found else (same or found)[0]


def _addresses(servers: Any, base: str) -> Iterator[str]:
    """The URLs of servers, without those that are none."""
    for server in servers or ():
        defaults = {name: str(one.get("default", "")) for name, one in (server.get("variables") or {}).items()}
        text = server["url"]
        for name, value in defaults.items():
            text = text.replace(f"{{{name}}}", value)
        try:
            yield urls.normal(urls.resolved(base, text))
        except ValueError:
            continue


def _origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def _shared(found: list[str]) -> str:
    """What the paths of several URLs of one host begin with, segment by segment."""
    paths = [url.split("?")[0].split("/")[3:] for url in found]
    common: list[str] = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1 or not parts[0]:
            break
        common.append(parts[0])
    return "/".join([_origin(found[0]), *common])
