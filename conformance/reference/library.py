"""The server of the example that is data alone (`examples/library/`): a town library that knows nothing of the house style.

It has page numbers, a next link in the body, an API key and signed deliveries to subscribers; reading desks, of which there are few, which are
taken by a form and listed by offsets; and ways to be wrong, each of which names
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
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.outgoing import Outgoing

__all__ = ["BASE_PATH", "FAULTS", "KEY", "Library", "library"]

KEY = "library-key-1"
BASE_PATH = "/api"
_DESKS = 6
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
        self.desks: dict[int, dict[str, Any]] = {}
        self.left = 0  # desks that were left while none was free
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

    def longest(self) -> int:
        """For how many hours a desk may be had."""
        return 8

    def free(self) -> int:
        """How many desks nobody has."""
        return _DESKS - len(self.desks)

    async def take_desk(self, request: Request) -> Response:
        """Give a reader a desk, for as many hours as the form says."""
        if not self.admitted(request):
            return _refused(401, "key", {"WWW-Authenticate": "ApiKey"})
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        try:
            hours = self.number(form.get("hours", ""), self.longest())
        except ValueError:
            return _refused(400, "hours")
        if form.keys() != {"reader", "hours"} or not form["reader"]:
            return _refused(400, "form")
        if self.free() <= 0:
            return _refused(409, "full")
        desk = next(number for number in range(1, 1000) if number not in self.desks)
        self.desks[desk] = {"desk": desk, "reader": form["reader"], "hours": hours}
        return JSONResponse(self.desks[desk], 201, {"Location": f"{BASE_PATH}/desks/{desk}"})

    async def desk(self, request: Request) -> Response:
        """Show a desk that somebody has, or leave it."""
        if not self.admitted(request):
            return _refused(401, "key", {"WWW-Authenticate": "ApiKey"})
        found = self.desks.get(request.path_params["desk"])
        if found is None:
            return _refused(404, "unknown")
        if request.method == "GET":
            return JSONResponse(found)
        self.left += self.free() <= 0
        del self.desks[found["desk"]]
        return Response(status_code=204)

    def cut(self, desks: list[dict[str, Any]], offset: int, limit: int) -> list[dict[str, Any]]:
        """The desks of a page."""
        return desks[offset : offset + limit]

    async def list_desks(self, request: Request) -> Response:
        """A page of the desks that somebody has."""
        if not self.admitted(request):
            return _refused(401, "key", {"WWW-Authenticate": "ApiKey"})
        query = request.query_params
        try:
            offset, limit = self.number(query.get("offset", "0"), 10**6, 0), self.number(query.get("limit", "20"), 50)
        except ValueError:
            return _refused(400, "number")
        desks = [self.desks[number] for number in sorted(self.desks)]
        return JSONResponse({"desks": self.cut(desks, offset, limit)})

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

    def number(self, text: str, most: int, least: int = 1) -> int:
        """A whole number between the least and the most. Raises ValueError."""
        value = (
            int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else least - 1
        )  # int() also reads 1_0 and full-width digits
        if not least <= value <= most:
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
                Route("/api/desks", self.list_desks),
                Route("/api/desks", self.take_desk, methods=["POST"]),
                Route("/api/desks/{desk:int}", self.desk, methods=["GET", "DELETE"]),
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


class NineHoursAreFine(Library):
    """A desk is to be had for an hour more than is allowed."""

    BREAKS: ClassVar = {"LIB-014"}

    def longest(self) -> int:
        return 9


class EightHoursAreTooMany(Library):
    """A desk is not to be had for the longest time that is allowed."""

    BREAKS: ClassVar = {"LIB-014"}
    SUBTLE: ClassVar = True

    def longest(self) -> int:
        return 7


class DesksWearOut(Library):
    """A desk that is left while all are taken is never free again."""

    BREAKS: ClassVar = {"LIB-015"}

    def free(self) -> int:
        return super().free() - self.left


class EachLeavingFreesTwo(Library):
    """A desk that is left while all are taken counts as two free ones."""

    BREAKS: ClassVar = {"LIB-015"}
    SUBTLE: ClassVar = True

    def free(self) -> int:
        return super().free() + self.left


class DesksComeTwice(Library):
    """The last desk of a page comes again on the next one."""

    BREAKS: ClassVar = {"LIB-016"}

    def cut(self, desks: list[dict[str, Any]], offset: int, limit: int) -> list[dict[str, Any]]:
        return super().cut(desks, max(0, offset - 1), limit)


class ALateDeskIsLost(Library):
    """The last desk of all is on no page but a large one."""

    BREAKS: ClassVar = {"LIB-016"}
    SUBTLE: ClassVar = True

    def cut(self, desks: list[dict[str, Any]], offset: int, limit: int) -> list[dict[str, Any]]:
        return super().cut(desks[:-1] if limit < 5 else desks, offset, limit)


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
        NineHoursAreFine,
        EightHoursAreTooMany,
        DesksWearOut,
        EachLeavingFreesTwo,
        DesksComeTwice,
        ALateDeskIsLost,
    )
}


def library(faults: Sequence[str], outgoing: Outgoing) -> Starlette:
    """The library with these faults of `FAULTS`, at once; its deliveries go out as `outgoing` says."""

    async def deliver(url: str, headers: dict[str, str], body: bytes) -> int:
        return await outgoing.post(url, headers, body) or 599  # no answer is no acceptance

    kind = type("Faulty", tuple(FAULTS[name] for name in faults), {}) if faults else Library
    made: Library = kind(deliver, outgoing.sleep)
    return made.app()
