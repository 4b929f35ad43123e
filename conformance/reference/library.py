"""The server of the example that is data alone (`examples/library/`): a town library that knows nothing of the house style.

It has page numbers, a next link in the body, an API key and signed deliveries to subscribers; and ways to be wrong, each of which names
the requirements that it breaks. It is no reference of anything: it stands for whatever somebody else wrote.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from conformance.reference.outgoing import Outgoing

__all__ = ["BASE_PATH", "FAULTS", "KEY", "Library", "library"]

KEY = "library-key-1"
BASE_PATH = "/api"
_GENRES = ("novel", "poetry", "science")


def _books() -> list[dict[str, Any]]:
    return [
        {
            "isbn": f"97898600{number:05d}",
            "title": f"書 {number}",
            "genre": _GENRES[number % 3],
            "pages": 80 + number * 7 % 300,
            "lent": number % 4 == 0,
            "dueDate": "2026-12-01" if number % 4 == 0 else None,
        }
        for number in range(1, 18)
    ]


Deliver = Callable[[str, dict[str, str], bytes], Awaitable[int]]  # URL, headers, body; the status of the answer
Sleep = Callable[[float], Awaitable[None]]


async def _nobody(_url: str, _headers: dict[str, str], _body: bytes) -> int:
    return 204


class Library:
    """The library as it should be. `deliver` brings a delivery to a subscriber, `sleep` lets time pass between two attempts."""

    def __init__(self, deliver: Deliver = _nobody, sleep: Sleep = asyncio.sleep) -> None:
        self.deliver, self.sleep = deliver, sleep
        self.subscribers: list[tuple[str, str]] = []
        self.loans = 0
        self.under_way: set[asyncio.Task[None]] = set()

    def signature(self, secret: str, signed: bytes) -> str:
        """The signature of what is signed."""
        return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()

    def delay(self, attempt: int) -> float:
        """Seconds before an attempt is repeated."""
        return 0.2 * 2.0**attempt

    def attempts(self) -> int:
        """How often a delivery is tried."""
        return 5

    def identifier(self, number: int, attempt: int) -> str:
        """The id of a delivery."""
        return f"loan-{number}"

    async def tell(self, url: str, secret: str, number: int, body: bytes) -> None:
        """Bring a delivery to a subscriber, again until it is accepted."""
        for attempt in range(self.attempts()):
            sent = str(1_790_000_000 + number)
            headers = {
                "Content-Type": "application/json",
                "X-Library-Sent": sent,
                "X-Library-Delivery": self.identifier(number, attempt),
                "X-Library-Signature": self.signature(secret, sent.encode() + b"." + body),
            }
            if await self.deliver(url, headers, body) < 400:
                return
            await self.sleep(self.delay(attempt))

    async def create_loan(self, request: Request) -> JSONResponse:
        """Lend a book, and tell the subscribers."""
        if not self.admitted(request):
            return _refused(401, "key", {"WWW-Authenticate": "ApiKey"})
        sent = await _sent_object(request, {"isbn"})
        if sent is None or not re.fullmatch("[0-9]{13}", sent["isbn"]):
            return _refused(400, "body")
        self.loans += 1
        body = json.dumps({"isbn": sent["isbn"], "number": self.loans}).encode()
        for url, secret in self.subscribers:
            task = asyncio.create_task(self.tell(url, secret, self.loans, body))
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
        return JSONResponse(json.loads(body), 201)

    async def create_subscription(self, request: Request) -> JSONResponse:
        """Take in a subscriber."""
        if not self.admitted(request):
            return _refused(401, "key", {"WWW-Authenticate": "ApiKey"})
        sent = await _sent_object(request, {"url", "secret"})
        if sent is None or not 32 <= len(sent["secret"]) <= 128 or not re.match("https?://", sent["url"]):
            return _refused(400, "body")
        self.subscribers.append((sent["url"], sent["secret"]))
        return JSONResponse({"url": sent["url"]}, 201)

    def stored(self) -> list[dict[str, Any]]:
        """The books in their order."""
        return _books()

    def start(self, page: int, size: int) -> int:
        """The place of a page's first book."""
        return (page - 1) * size

    def kept(self, book: dict[str, Any], genre: str | None, least: int | None) -> bool:
        """Whether a book passes the filters."""
        return (genre is None or book["genre"] == genre) and (least is None or book["pages"] >= least)

    def alone(self, book: dict[str, Any]) -> dict[str, Any]:
        """A book as it is read by itself."""
        return book

    def admitted(self, request: Request) -> bool:
        """Whether a request has the key."""
        return request.headers.get("x-library-key") == KEY

    def number(self, text: str, most: int) -> int:
        """A whole number between one and the most. Raises ValueError."""
        value = (
            int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
        )  # int() also reads 1_0 and full-width digits
        if not 1 <= value <= most:
            raise ValueError(text)
        return value

    async def list_books(self, request: Request) -> JSONResponse:
        """A page of books."""
        if not self.admitted(request):
            return _refused(401, "key", {"WWW-Authenticate": "ApiKey"})
        query = request.query_params
        try:
            page, size = self.number(query.get("page", "1"), 10**6), self.number(query.get("pageSize", "20"), 100)
            least = self.number(query["minPages"], 5000) if "minPages" in query else None
        except ValueError:
            return _refused(400, "number")
        genre = query.get("genre")
        if (genre is not None and genre not in _GENRES) or set(query) - {"page", "pageSize", "genre", "minPages"}:
            return _refused(400, "query")
        found = [book for book in self.stored() if self.kept(book, genre, least)]
        start = self.start(page, size)
        link = request.url.include_query_params(page=page + 1) if start + size < len(found) else None
        following = None if link is None else f"{link.path}?{link.query}"
        return JSONResponse({"count": len(found), "next": following, "results": found[max(0, start) : start + size]})

    async def get_book(self, request: Request) -> JSONResponse:
        """One book."""
        if not self.admitted(request):
            return _refused(401, "key", {"WWW-Authenticate": "ApiKey"})
        found = next((book for book in self.stored() if book["isbn"] == request.path_params["isbn"]), None)
        return _refused(404, "unknown") if found is None else JSONResponse(self.alone(found))

    async def root(self, _: Request) -> JSONResponse:
        """The base URL."""
        return JSONResponse({})

    def app(self) -> Starlette:
        """The server as a Starlette application."""
        return Starlette(
            routes=[
                Route("/api/books", self.list_books),
                Route("/api/books/{isbn}", self.get_book),
                Route("/api/loans", self.create_loan, methods=["POST"]),
                Route("/api/subscriptions", self.create_subscription, methods=["POST"]),
                Route("/api/", self.root),
            ]
        )


def _refused(status: int, code: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"code": code, "message": code}, status, headers)


async def _sent_object(request: Request, members: set[str]) -> dict[str, str] | None:
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError):  # the latter: nested more deeply than the reader goes
        return None
    fine = isinstance(found, dict) and found.keys() == members and all(isinstance(value, str) for value in found.values())
    return found if fine else None


class PagesOverlap(Library):
    """The last book of a small page comes again on the next one."""

    BREAKS: ClassVar = {"LIB-002"}

    def start(self, page: int, size: int) -> int:
        return (page - 1) * size - (1 if page > 1 and size < 10 else 0)


class GenreIsIgnoredForPoetry(Library):
    """Asked for poetry, it gives all books."""

    BREAKS: ClassVar = {"LIB-003"}

    def kept(self, book: dict[str, Any], genre: str | None, least: int | None) -> bool:
        return super().kept(book, None if genre == "poetry" else genre, least)


class NewestFirst(Library):
    """The books come in the other order than the one that is declared."""

    BREAKS: ClassVar = {"LIB-007"}

    def stored(self) -> list[dict[str, Any]]:
        return _books()[::-1]


class AloneUnderAnotherTitle(Library):
    """A book has another title when it is read by itself."""

    BREAKS: ClassVar = {"LIB-006"}

    def alone(self, book: dict[str, Any]) -> dict[str, Any]:
        return {**book, "title": book["title"] + "。"}


class OpenToEverybody(Library):
    """Whoever has no key is served, too."""

    BREAKS: ClassVar = {"LIB-009"}

    def admitted(self, request: Request) -> bool:
        return True


class LentForEver(Library):
    """Thick books that are lent have no due date."""

    BREAKS: ClassVar = {"LIB-012"}

    def stored(self) -> list[dict[str, Any]]:
        return [{**book, "dueDate": None} if book["lent"] and book["pages"] > 100 else book for book in _books()]


class SignsWithoutTheTime(Library):
    """The signature leaves out the time of sending."""

    BREAKS: ClassVar = {"LIB-013"}

    def signature(self, secret: str, signed: bytes) -> str:
        return super().signature(secret, signed.partition(b".")[2])


class NeverRepeats(Library):
    """A delivery that was refused is not sent again."""

    BREAKS: ClassVar = {"LIB-013"}

    def attempts(self) -> int:
        return 1


class RepeatsFasterAndFaster(Library):
    """The pauses between repetitions become shorter."""

    BREAKS: ClassVar = {"LIB-013"}

    def delay(self, attempt: int) -> float:
        return 4.0 / 2.0**attempt


class OneIdForAllLoans(Library):
    """All deliveries have one id."""

    BREAKS: ClassVar = {"LIB-013"}

    def identifier(self, number: int, attempt: int) -> str:
        return "loan"


FAULTS: Mapping[str, type[Library]] = {
    kind.__name__: kind
    for kind in (
        PagesOverlap,
        GenreIsIgnoredForPoetry,
        NewestFirst,
        AloneUnderAnotherTitle,
        OpenToEverybody,
        LentForEver,
        SignsWithoutTheTime,
        NeverRepeats,
        RepeatsFasterAndFaster,
        OneIdForAllLoans,
    )
}


def library(faults: Sequence[str], outgoing: Outgoing) -> Starlette:
    """The library with these faults of `FAULTS`, at once; its deliveries go out as `outgoing` says."""

    async def deliver(url: str, headers: dict[str, str], body: bytes) -> int:
        return await outgoing.post(url, headers, body) or 599  # no answer is no acceptance

    kind = type("Faulty", tuple(FAULTS[name] for name in faults), {}) if faults else Library
    made: Library = kind(deliver, outgoing.sleep)
    return made.app()
