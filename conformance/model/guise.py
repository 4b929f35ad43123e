"""Under which guise a run asks: as itself under the fixed seed, as anybody under every other one.

A target that can tell the suite from a client can answer it alone by the book. So identity (user agent, spelling of `Accept`, order of
headers), marks, the literal values that checks make up, the order of cases and the pace follow from the seed; whoever does not know
the seed beforehand has nothing to tell it by. A literal is written in the checks as the suite's own (`yance-none`), and said on the
wire with other letters of the same kinds, as many of them, so that whatever a document allows of the one it allows of the other. What
was said in its place is recorded with the exchange (`Exchange.said`), since a judge knows no seed. What is probed for by a text, a number or
a name that is not the suite's own (a combining mark, a number that 32 bits do not hold) is another one that shows the same: a check asks for it
(`spelt`, `beyond`, `chosen`) where it has to be odd in that very way. Its judge reads it in the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from random import Random
from string import ascii_lowercase, digits, hexdigits
from typing import TypeVar

from conformance.model.chance import chance_of
from conformance.model.characters import others_of_their_kinds
from conformance.model.exchanges import Pairs, Request

__all__ = ["FIXED_SEED", "MARK", "Guise"]

T = TypeVar("T")
FIXED_SEED = 1  # of self-tests: every target may know what it asks, and by whom
MARK = "yance-"  # begins what the suite makes up and nobody else uses
_LITERAL = re.compile(  # part of a longer word only where it is in capitals and nothing else can be meant
    r"-?(?<![A-Za-z])yance(?:[-_./!]?(?:malformed\.token|not~known|none|never|unknown|unheard|provoking))?|(?-i:YANCE-NONE)|(?-i:__not_in_enum__)",  # the last is what the library that draws inputs says in the place of a member of a list
    re.IGNORECASE,
)
_SIGNS = ("ance", "ANCE", "__not_in")  # without one of which nothing is looked for
_CLIENTS = (
    "Apache-HttpClient/5.{0} (Java/17.0.{1})",
    "Dart/3.{0} (dart:io)",
    "Go-http-client/1.1",
    "Java-http-client/21.0.{0}",
    "axios/1.{0}.{1}",
    "curl/8.{0}.0",
    "node",
    "okhttp/4.{0}.0",
    "python-requests/2.{0}.{1}",
)
_LONGEST_REST = 0.02  # seconds between two requests, beyond what the settings ask for


@dataclass(frozen=True)
class Guise:
    """What follows from the seed of a plan beside its inputs."""

    seed: int = FIXED_SEED

    @property
    def plain(self) -> bool:
        """Whether the run says who asks."""
        return self.seed == FIXED_SEED

    def _chance(self, *what: object) -> Random:
        return chance_of(self.seed, "guise", *what)

    # ------------------------------------------------------------------------------------- identity, order and pace

    @property
    def client(self) -> str:
        """Which kind of client it says that it is; nothing under the fixed seed, which says who asks."""
        return "" if self.plain else str(self._chance("client").choice(_CLIENTS)).partition("/")[0]

    def cased(self, name: str) -> str:
        """A header name as this client writes all of them, in small letters or each word with a capital. One that is written otherwise stays so."""
        if self.plain or name not in (name.lower(), name.title()):
            return name
        return name.lower() if self._small else name.title()

    @cached_property
    def _small(self) -> bool:
        return self._chance("case").random() < 0.5

    def introduced(self, defaults: Pairs) -> Pairs:
        """The headers by which a client is known (`user-agent` among the defaults), in its own order."""
        if self.plain:
            return defaults
        chance = self._chance("client")
        client = chance.choice(_CLIENTS).format(chance.randrange(1, 12), chance.randrange(10))
        found = [(name, client if name == "user-agent" else self.accepting(value)) for name, value in defaults]
        chance.shuffle(found)
        return tuple(found)

    def accepting(self, text: str) -> str:
        """An `Accept` that says the same in another spelling: weights that rank alike, with or without blanks."""
        if self.plain:
            return text
        chance = self._chance("accept")
        good, fair = chance.choice(("0.9", "0.8", "0.95", "0.7")), chance.choice(("0.5", "0.4", "0.3", "0.2"))
        spelt = text.replace(";q=0.9", f";q={good}").replace(";q=0.5", f";q={fair}")
        return spelt.replace(", ", chance.choice((", ", ","))).replace(";q=", chance.choice((";q=", "; q=")))

    def ordered(self, items: Iterable[T], name: Callable[[T], str]) -> list[T]:
        """The items in an order of the seed's, in which they stay whatever is left out; as they are under the fixed one."""
        if self.plain:
            return list(items)
        return sorted(items, key=lambda one: sha256(f"{self.seed}/order/{name(one)}".encode()).digest())

    def rests(self) -> Iterator[float]:
        """How long to wait before each request, in seconds, on and on."""
        chance = self._chance("pace")
        while True:
            yield 0.0 if self.plain else chance.random() * _LONGEST_REST

    # ------------------------------------------------------------------------------------- marks and literals

    @cached_property
    def mark(self) -> str:
        """What a text begins with that this run made up."""
        if self.plain:
            return MARK
        chance = self._chance("mark")
        return "".join(chance.choices(ascii_lowercase, k=chance.randrange(4, 8))) + chance.choice("-_")

    def unique(self, label: str, number: str) -> str:
        """A text of the run's own for a label and the `number` that sets it apart, 8 hexadecimal digits."""
        if self.plain:
            return f"{MARK}{label}-{number}"
        form = self._chance("form")
        alphabet, length = form.choice((digits, hexdigits[:16], ascii_lowercase + digits)), form.randrange(12, 20)
        return self.mark + "".join(self._chance("unique", label, number).choices(alphabet, k=length))

    def texts_in(self, content: bytes) -> list[bytes]:
        """The texts in some bytes that `unique` made; none under the fixed seed, under which anybody could have made them."""
        return [] if self.plain else self._made_up.findall(content)

    @cached_property
    def _made_up(self) -> re.Pattern[bytes]:
        return re.compile(re.escape(self.mark.encode()) + rb"[0-9a-z]{12,19}")

    def another(self, text: str, label: str) -> str:
        """A text of the run's own in the place of one, told apart by a label."""
        rest = text.removeprefix(self.mark)
        return f"{MARK}{label}-{rest}" if self.plain else self.unique(label, rest)

    # ------------------------------------------------------------------------------------- what shows the same as another

    def spelt(self, text: str, *, apart_from: str = "") -> str:
        """The text in other characters of the same kinds, as many of them; those `apart_from` stay (`model.characters`)."""
        return text if self.plain else _respelt(self.seed, text, apart_from)

    def beyond(self, border: int, room: int, step: int = 1) -> int:
        """A number that lies as far beyond a border as `border` itself, or farther by some steps, at most `room`; the border under the fixed seed."""
        return border if self.plain or room <= 0 else border + self._chance("beyond", border).randrange(0, room + 1, step)

    def chosen(self, first: T, *others: T) -> T:
        """One of several that show the same; the first under the fixed seed."""
        return first if self.plain else self._chance("chosen", first).choice((first, *others))

    def shifted(self, number: float, room: float) -> float:
        """A number with as many decimals, one, that is greater by less than `room`; the number itself under the fixed seed."""
        return number if self.plain else round(number + self._chance("shifted", number).randrange(int(room * 10)) / 10, 1)

    # ------------------------------------------------------------------------------------- literals on the wire

    def said(self, request: Request) -> Request:
        """The request as it goes on the wire: each literal of the suite's in other letters, the same throughout a run."""
        if self.plain:
            return request

        def other(text: str) -> str:
            return _LITERAL.sub(lambda found: self._spelt(found[0]), text) if any(one in text for one in _SIGNS) else text

        def others(pairs: Pairs) -> Pairs:
            return tuple((other(name), other(value)) for name, value in pairs)

        body = request.body
        if body and any(one.encode() in body for one in _SIGNS):
            body = other(body.decode("latin-1")).encode("latin-1")
        return replace(request, path=other(request.path), query=others(request.query), headers=others(request.headers), body=body)

    def told(self, request: Request) -> dict[str, str]:
        """What a request, as a script asks it, says in the place of what: for the record, so that a judge can know it again."""
        if self.plain:
            return {}
        texts = [request.path, *(text for pair in (*request.query, *request.headers) for text in pair)]
        texts.append((request.body or b"").decode("latin-1"))
        found = {
            literal: self._spelt(literal)
            for text in texts
            if any(one in text for one in _SIGNS)
            for literal in _LITERAL.findall(text)
        }
        if any(self.mark in text for text in texts):
            found[MARK] = self.mark
        return found

    def _spelt(self, literal: str) -> str:
        return _spelt(self.seed, literal)


@lru_cache(maxsize=1024)
def _respelt(seed: int, text: str, apart_from: str) -> str:
    return others_of_their_kinds(text, chance_of(seed, "respelt", text), apart_from=apart_from)


@lru_cache(maxsize=1024)
def _spelt(seed: int, literal: str) -> str:
    """Other letters for those of a literal: lower case for lower, upper for upper; what is no letter stays."""
    plain = literal.lower().lstrip("-")
    letters = chance_of(seed, "literal", plain)
    drawn = ["".join(letters.choices(ascii_lowercase, k=1)) if one.isalpha() else one for one in plain]
    drawn = [*"-" * (len(literal) - len(plain)), *drawn]
    return "".join(new.upper() if old.isupper() else new for old, new in zip(literal, drawn, strict=True))
