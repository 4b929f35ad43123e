"""Where a wire keeps things: the one place that knows how items, next pages, totals, problems and version tags travel.

Checks ask the dialect and never the body, so the same check runs on the house style, on a `Link`-header API, on page
numbers, offsets or a FHIR Bundle. A dialect is data (the `dialect` member of a domain's requirements.yaml); what it leaves out
is the house's. `paging.style` is one of

    cursor         the body holds the next cursor; it goes back in a query parameter   (house)
    next-in-body   the body holds the next page's link
    link-header    the next page's link is in `Link: <…>; rel="next"` (RFC 8288)
    page           pages are numbered from `first`; the last one is short, or `total` says so
    offset         the same with an offset of items
    bundle         FHIR: /link[relation=next]/url

An interface whose lists do not all page alike names the places of single operations beside its own (`operations` of the dialect); what an
answer says is read by those of the operation that was asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from conformance.errors import DataError
from conformance.model import Exchange, Operation, Request
from conformance.text import fields, media, pointer, urls
from conformance.text.instants import in_utc, instant

__all__ = ["HOUSE", "STYLES", "Dialect", "instant", "own_links", "read_dialect", "same_tag"]

STYLES = ("cursor", "next-in-body", "link-header", "page", "offset", "bundle")


@dataclass(frozen=True)
class Dialect:
    """One wire's places. Pointers are JSON Pointers into a response body; parameter names are query parameters."""

    items_at: str = "/items"
    style: str = "cursor"
    next_at: str = "/page/nextCursor"
    parameter: str = "cursor"
    limit: str = "limit"
    links_at: str = "/links"  # array of {rel, href}, or a pointer to the link itself; empty when there is none
    total_at: str = "/page/totalCount"
    next_header: str = ""  # the header with the next cursor or URL, where the body has neither
    total_header: str = ""  # the header with the total, where the body has none
    first: int = 1
    meta: str = "/meta"
    problem_media_type: str = "application/problem+json"
    problem_type: str = "/type"
    problem_status: str = "/status"
    problem_errors: str = "/errors"
    etag: str = "etag"
    version_header: str = "api-version"
    source_time: str = "/meta/srcUpdateTime"
    update_time: str = "/meta/updateTime"
    update_interval: str = "/meta/updateInterval"
    licence: str = "/meta/license"
    stale: str = "/stale"
    others: Mapping[str, Dialect] = field(default_factory=dict, hash=False)  # of operations that keep them elsewhere

    def of(self, operation: Operation) -> Dialect:
        """The places of one operation: its own where the interface names some, else these."""
        return self.others.get(operation.id, self)

    def _asked(self, exchange: Exchange) -> Dialect:
        """The places of the operation that was asked."""
        return self.others.get(exchange.request.operation, self) if self.others else self

    # ------------------------------------------------------------------------------ collections

    def items_pointer(self, operation: Operation) -> str:
        """Where the items of a collection lie: the operation's own word, or the dialect's."""
        return str((operation.collection or {}).get("items", self.of(operation).items_at))

    def items(self, exchange: Exchange, operation: Operation | None = None) -> list[Any] | None:
        """The items of a page, or None when the answer is not a page."""
        if not exchange.ok:
            return None
        own = self.of(operation) if operation else self._asked(exchange)
        found = pointer.first(exchange.json, self.items_pointer(operation) if operation else own.items_at)
        if found is None and own.style == "bundle" and isinstance(exchange.json, dict):
            return []  # FHIR has no empty lists: what has no entry lists nothing
        return found if isinstance(found, list) else None

    def identity(self, operation: Operation, item: Any) -> tuple[Any, ...] | None:
        """What identifies an item in its collection, or None when a part of it is missing."""
        parts = []
        for where in (operation.collection or {}).get("id", ()):
            part = pointer.first(item, where)
            if part is None or isinstance(part, dict | list):
                return None
            parts.append(part)
        return tuple(parts) or None

    def total(self, exchange: Exchange) -> int | None:
        """The total that a page states, or None."""
        own = self._asked(exchange)
        if own.total_header:
            told = (exchange.header(own.total_header) or "").strip()
            return int(told) if told.isascii() and told.isdecimal() and len(told) < 20 else None
        found = pointer.first(exchange.json, own.total_at) if own.total_at else None
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def cursor(self, exchange: Exchange) -> str | None:
        """The opaque next cursor of a page, where the style has one."""
        own = self._asked(exchange)
        if own.style == "cursor" and own.next_header:
            return exchange.header(own.next_header) or None
        found = pointer.first(exchange.json, own.next_at) if own.style == "cursor" else None
        return found if isinstance(found, str) and found else None

    def link(self, exchange: Exchange, relation: str = "next") -> str | None:
        """The href of a page's link with this relation, wherever the wire keeps it, or None."""
        own = self._asked(exchange)
        if own.style == "link-header":
            return next((one.href for one in own_links(exchange) if relation.lower() in one.relations), None)
        if own.style == "next-in-body" and own.next_header and relation == "next":
            return exchange.header(own.next_header) or None
        where = "/link" if own.style == "bundle" else own.next_at if own.style == "next-in-body" else own.links_at
        found = pointer.first(exchange.json, where) if where else None
        if isinstance(found, str):
            return found or None
        for entry in found if isinstance(found, list) else ():
            if isinstance(entry, dict) and relation in (entry.get("rel"), entry.get("relation")):
                href = entry.get("href", entry.get("url"))
                return href if isinstance(href, str) else None
        return None

    def next_page(self, exchange: Exchange) -> Request | None:
        """The request for the page after this one, or None after the last (or when it lies outside the base URL)."""
        if type(exchange) is not Exchange:  # a view, of which is to be noted what is read
            return self._next_page(exchange)
        known: tuple[Dialect, Request | None] | None = exchange.__dict__.get("_next_page")
        if (
            known is None or known[0] is not self
        ):  # it is asked for in every reading of a traversal, and kept beside what else is derived
            known = exchange.__dict__["_next_page"] = (self, self._next_page(exchange))
        return known[1]

    def _next_page(self, exchange: Exchange) -> Request | None:
        own = self._asked(exchange)
        items = self.items(exchange)
        if exchange.response is None or not exchange.ok:
            return None
        if own.style == "cursor":
            cursor = self.cursor(exchange)
            return exchange.request.with_query(**{own.parameter: cursor}) if cursor else None
        if own.style in ("page", "offset"):
            return self._numbered(exchange, len(items or ()))
        href = self.link(exchange)
        return self.follow(exchange, href) if href else None

    def says_what_follows(self, exchange: Exchange) -> bool:
        """Whether a page itself says whether another one follows. Where pages are numbered only a total does: without one it is inferred."""
        return self._asked(exchange).style not in ("page", "offset") or self.total(exchange) is not None

    def _numbered(self, exchange: Exchange, count: int) -> Request | None:
        own = self._asked(exchange)
        here = _whole(exchange.request.parameter(own.parameter), own.first if own.style == "page" else 0)
        size = _whole(exchange.request.parameter(own.limit), count)
        total = self.total(exchange)
        seen = (here - own.first + 1) * size if own.style == "page" else here + count
        if count == 0 or (total is not None and seen >= total) or (total is None and count < size):
            return None
        return exchange.request.with_query(**{own.parameter: here + 1 if own.style == "page" else here + count})

    def follow(self, exchange: Exchange, href: str) -> Request | None:
        """The request that a link of this exchange stands for; None when it leaves the base URL (RFC 3986 section 5) or is no URL."""
        try:
            found = urls.below(exchange.base_url, urls.resolved(exchange.url, href))
        except ValueError:
            return None
        if found is None:
            return None
        path, _, sent = found.partition("?")
        query = tuple(parse_qsl(sent, keep_blank_values=True))
        asked = exchange.request
        return Request(asked.operation, "GET", path, query, asked.headers, None, asked.actor, asked.step)

    # ------------------------------------------------------------------------------ problems, tags, clocks

    def problem(self, exchange: Exchange) -> Mapping[str, Any] | None:
        """The problem document of an answer, or None when it is not one."""
        if exchange.response is None or media.best((self.problem_media_type,), exchange.response.content_type) is None:
            return None
        return exchange.json if isinstance(exchange.json, dict) else None

    def problem_slug(self, exchange: Exchange) -> str:
        """The last path segment of the problem's type; empty when there is none."""
        found = pointer.first(self.problem(exchange) or {}, self.problem_type)
        return found.rstrip("/").rsplit("/", 1)[-1] if isinstance(found, str) else ""

    def tag(self, exchange: Exchange) -> str | None:
        """The entity tag of an answer (RFC 9110 section 8.8.3), or None."""
        return exchange.header(self.etag)

    def server_time(self, exchange: Exchange) -> datetime | None:
        """The server's clock as the answer's Date header gives it (RFC 9110 section 6.6.1), or None."""
        moment = fields.http_date(exchange.header("date"))
        return in_utc(moment) if moment else None


def same_tag(one: str | None, other: str | None) -> bool:
    """Whether two ETag fields name one representation by the weak comparison (RFC 9110 section 8.8.3.2), as `If-None-Match` does."""
    tags = fields.entity_tag(one), fields.entity_tag(other)
    return one == other if tags[0] is None or tags[1] is None else tags[0].matches(tags[1])


def own_links(exchange: Exchange) -> list[fields.Link]:
    """The links of an answer's Link fields (RFC 8288) that are about the resource itself: an `anchor` may name another."""
    found = fields.links(fields.combined(exchange.response.values("link") if exchange.response else ()))
    return [one for one in found if one.anchor is None or _is_own(exchange, one.anchor)]


def _is_own(exchange: Exchange, anchor: str) -> bool:
    try:
        return urls.same(urls.resolved(exchange.url, anchor), exchange.url)
    except ValueError:
        return False


def _whole(text: str | None, otherwise: int) -> int:
    """A whole number as a query has it; what stands for it where there is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 20 else otherwise


HOUSE = Dialect()


def read_dialect(data: Mapping[str, Any], *, file: str = "") -> Dialect:
    """A dialect from its data; what it leaves out is the house's. Raises DataError for a paging style that is not known."""
    dialect = replace(HOUSE, **_places(data))
    others = {name: replace(dialect, **_places(own)) for name, own in data.get("operations", {}).items()}
    for one in (dialect, *others.values()):
        if one.style not in STYLES:
            raise DataError(f"dialect.style is {one.style!r}; expected one of {', '.join(STYLES)}", file=file)
    return replace(dialect, others=others)


def _places(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name in Dialect.__dataclass_fields__ and name != "others"}
