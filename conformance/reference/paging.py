"""Collections: a total order, keyset pages and cursors that are good for one query of one tenant.

A cursor holds the sort key of the last item served, so items that come or go between two pages move no other item. It is
signed together with the operation, its path, the filters and the tenant: changed by one character, or used elsewhere, it is
refused. The page size may change on the way.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from conformance.reference.frame import Frame
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Answer, Call, Json

__all__ = ["Key", "Paging"]

Row = TypeVar("Row")
Key = tuple[Any, ...]
DEFAULT_LIMIT = 50
_SEAL = 16


class Paging(Frame):
    """From the rows that a handler found to the page that the client asked for."""

    def collection(
        self,
        call: Call,
        rows: Sequence[Row],
        key: Callable[[Row], Key],
        render: Callable[[Row], Json],
    ) -> Answer:
        """The page of `rows` that the call asks for, in the house envelope."""
        ordered = self.in_order(call, rows, key)
        limit = self.limit_of(call)
        page, more = self.page_of(call, ordered, self.start_of(call, ordered, key), limit)
        cursor = self.encode_cursor(call, self.resume_key(page, key)) if more else None
        return Answer(200, self.envelope(call, [render(row) for row in page], self.page_member(call, limit, cursor, rows)))

    def in_order(self, call: Call, rows: Sequence[Row], key: Callable[[Row], Key]) -> list[Row]:
        """The rows in the collection's order."""
        return sorted(rows, key=key, reverse=self.descends(call))

    def descends(self, call: Call) -> bool:
        """Whether the collection comes in descending order."""
        return False

    def limit_of(self, call: Call) -> int:
        """The page size."""
        return int(call.query.get("limit", DEFAULT_LIMIT))

    def start_of(self, call: Call, ordered: Sequence[Row], key: Callable[[Row], Key]) -> int:
        """Where in the ordered rows the page begins: after the cursor's key."""
        if "cursor" not in call.sent:
            return 0
        last = self.decode_cursor(call, call.sent["cursor"])
        if self.descends(call):
            return sum(1 for row in ordered if key(row) >= last)
        return sum(1 for row in ordered if key(row) <= last)

    def page_of(self, call: Call, ordered: Sequence[Row], start: int, limit: int) -> tuple[Sequence[Row], bool]:
        """The rows of the page, and whether there are more."""
        return ordered[start : start + limit], len(ordered) > start + limit

    def resume_key(self, page: Sequence[Row], key: Callable[[Row], Key]) -> Key:
        """The key after which the next page begins."""
        return key(page[-1])

    # ---------------------------------------------------------------- cursors

    def cursor_scope(self, call: Call) -> str:
        """What a cursor is good for, as one text."""
        parts = [self.cursor_operation(call), self.cursor_filters(call), self.cursor_tenant(call)]
        return json.dumps(parts, ensure_ascii=False)

    def cursor_operation(self, call: Call) -> list[str]:
        """The part of a cursor's scope that says where it was made."""
        return [call.operation.id, *call.path.values()]

    def cursor_filters(self, call: Call) -> list[tuple[str, str]]:
        """The part of a cursor's scope that says which filters were on."""
        return sorted((name, value) for name, value in call.sent.items() if name not in ("limit", "cursor"))

    def cursor_tenant(self, call: Call) -> str:
        """The part of a cursor's scope that says for whom it was made."""
        return call.tenant

    def seal(self, call: Call, content: bytes) -> bytes:
        """The signature over a cursor's content and scope."""
        return hmac.digest(self.secret, self.cursor_scope(call).encode() + b"\0" + content, hashlib.sha256)[:_SEAL]

    def encode_cursor(self, call: Call, last: Key) -> str:
        """The cursor that resumes after the key `last`."""
        content = json.dumps(last, ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self.seal(call, content) + content).decode().rstrip("=")

    def decode_cursor(self, call: Call, cursor: str) -> Key:
        """The key that a cursor holds; refuses one that was not made for this query."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            genuine = base64.urlsafe_b64encode(raw).decode().rstrip("=") == cursor
        except ValueError:
            return self.refuse_cursor(call)
        if not genuine or not hmac.compare_digest(raw[:_SEAL], self.seal(call, raw[_SEAL:])):
            return self.refuse_cursor(call)
        return tuple(json.loads(raw[_SEAL:]))

    def refuse_cursor(self, call: Call) -> Key:
        """Refuses a cursor."""
        raise Problem("invalid-cursor", [Misfit("parameter", "cursor", ("游標無效", "is not a cursor of this query"))])

    # ---------------------------------------------------------------- envelope

    def page_member(self, call: Call, limit: int, cursor: str | None, rows: Sequence[Row]) -> Json:
        """The `page` member."""
        return {"limit": limit, "nextCursor": cursor, "totalCount": self.total_count(call, rows)}

    def total_count(self, call: Call, rows: Sequence[Row]) -> int:
        """How many items the whole traversal has."""
        return len(rows)

    def meta_of(self, call: Call) -> Json:
        """The `meta` member."""
        raise NotImplementedError

    def envelope(self, call: Call, items: list[Json], page: Json) -> Json:
        """The body of a page."""
        return {"items": items, "page": page, "meta": self.meta_of(call), "links": self.links_of(call, page["nextCursor"])}

    def links_of(self, call: Call, cursor: str | None) -> list[Json]:
        """The `links` member: the page itself, and the next one where there is one."""
        links = [{"rel": "self", "href": self.self_href(call)}]
        return links + ([{"rel": "next", "href": self.next_href(call, cursor)}] if cursor else [])

    def self_href(self, call: Call) -> str:
        """The link to this page."""
        return self.href(call, call.sent)

    def next_href(self, call: Call, cursor: str) -> str:
        """The link to the next page: the same query with the cursor."""
        return self.href(call, {**call.sent, "cursor": cursor})

    def href(self, call: Call, query: dict[str, str] | Any) -> str:
        """A link to the operation under way with another query."""
        return f"{call.base}{call.url_path}" + (f"?{urlencode(query)}" if query else "")
