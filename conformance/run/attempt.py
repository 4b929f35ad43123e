"""One attempt of a case, held against its script: it is handed the recorded answers, and must ask what was recorded.

Whatever does not fit raises `Unfit`, which names the case and the place. How an attempt may end before its script does is told by how the
evidence says that it ended: a budget ends it between two asks, an interruption anywhere, a hidden value (`Lost`) where it decided
what came next.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NoReturn

from conformance import checks, given
from conformance.evidence import CaseEnd, Ended
from conformance.interface.dialect import Dialect
from conformance.model import ALTERED, Answer, Ask, Case, Exchange, Inbox, Pause, Request, Script, Spec, Unmet
from conformance.run.likeness import Likeness, alike, hides, spoken
from conformance.run.pump import CUT, LockedOut, let_in, named, prepared, too_long
from conformance.run.shrink import SHRINK
from conformance.verdict.heard import asked_again

__all__ = ["Attempt", "Lost", "Over", "Rest", "Terms", "Unfit"]


class Unfit(Exception):  # a message on its way to whoever knows the file
    """What of the evidence no run can have recorded."""


@dataclass(frozen=True)
class Terms:
    """What of the settings decides how far a script comes."""

    longest: float
    actors: frozenset[str] | None = None  # None: everybody has credentials
    sandbox: bool = True

    def knows(self, actor: str) -> bool:
        """Whether there were credentials for an actor."""
        return self.actors is None or actor.removesuffix(ALTERED) in self.actors


class Over(Exception):  # where an attempt that did not come to its end was cut off
    """Nothing more was recorded, and that may be."""


class Lost(Exception):  # no fault of anybody
    """A hidden value decided what came next, so the script cannot be followed any further."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Where a case gives up its place for a while: after so many of its exchanges. With `apart`, others touch the same things meanwhile."""

    after: int
    pause: Pause

    @property
    def apart(self) -> bool:
        """Whether others touch the same things meanwhile."""
        return self.pause.apart


@dataclass
class Attempt:
    """One attempt of a case: its exchanges, and how far the script has asked for them."""

    spec: Spec
    case: Case
    end: CaseEnd
    whole: list[Exchange]
    terms: Terms
    came: list[Exchange] = field(init=False)  # those that the script was handed
    trace: list[Exchange] = field(default_factory=list)
    inboxes: int = 0
    veiled: bool = False  # an answer so far is not what the script was handed
    hidden: bool = False
    rests: list[Rest] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Answers of a moment that were asked again were not handed to the script; the same request stands behind each."""
        self.came = [one for one in self.whole if not asked_again(one)]
        for place, one in enumerate(self.whole):
            later = (other.request == one.request for other in self.whole[place + 1 :])
            if asked_again(one) and not any(later) and self.end.ended not in (Ended.INTERRUPTED, Ended.BUDGET):
                self._refuse(one, "it is said to have been asked again, and is not; what came then was left out")

    @property
    def followed(self) -> int:
        """Up to which of its exchanges it is known where the case rests: to its end, which comes after all, unless hidden values decided that."""
        if not self.hidden:
            return len(self.whole) + 1
        return next((place for place, one in enumerate(self.whole) if hides(one)), 0)

    def held(self, dialect: Dialect) -> None:
        """Drive the case again. Raises VerificationError where it asks for something else than what was recorded."""
        drive = checks.check(self.case.check).drive
        assert drive is not None  # `driven` picked the case
        script = checks.bind(drive, self.case.arguments)(self.spec.operations[self.case.operation], self.case.inputs, dialect)
        try:
            self._agreed(*self._driven(script))
            if self.case.writes and self.end.ended is not Ended.BUDGET:
                self._cleaned()
            self.nothing_more()
        except Lost:
            self.hidden = True

    def _driven(self, script: Script) -> tuple[Ended, str]:
        """How the script ends when it is handed what was recorded, with its reason."""
        answer: Answer = None
        while True:
            try:
                answer = self._answer(script.send(answer))
            except StopIteration:
                silent = self.trace and all(one.response is None and one.failure != "decode" for one in self.trace)
                return (Ended.UNREACHABLE if silent else Ended.COMPLETE), ""
            except Unmet as unmet:
                return Ended.UNMET, str(unmet)
            except LockedOut as locked:
                return Ended.CREDENTIALS, str(locked)
            except Over:
                return self.end.ended, self.end.reason
            except (Lost, Unfit):
                raise
            except Exception as error:  # noqa: BLE001 - what a script raises ended its case when it was run, too
                return Ended.ERROR, type(error).__name__

    def _answer(self, ask: Ask) -> Answer:
        match ask:
            case Request():
                return let_in([self.next(ask)])[0]
            case list():
                asked = [self._sent(one) for one in ask]
                return let_in(
                    [self._next(one, of, first=index == 0) for index, (one, of) in enumerate(zip(asked, ask, strict=True))]
                )
            case Pause():
                if (reason := too_long(ask, self.terms.longest)) is not None:
                    raise Unmet(reason)
                self._rests(replace(ask, seconds=min(ask.seconds, self.terms.longest)))
                return None
            case Inbox():
                return self._delivered(ask)
        raise TypeError(f"a script asked for {ask!r}")

    def next(self, request: Request) -> Exchange:
        """The recorded exchange of a request that a script asks."""
        return self._next(self._sent(request), request)

    def _sent(self, request: Request) -> Request:
        asked = prepared(self.spec, request, self.case.inputs.guise)
        return named(self.spec, asked, self.terms.knows, sandbox=self.terms.sandbox)

    def _next(self, asked: Request, request: Request, *, first: bool = True) -> Exchange:
        """The recorded exchange of a request. `first`: no other part of the same ask came before it."""
        if len(self.trace) == len(self.came):
            self._dropped(asked, first=first)
        exchange = self.came[len(self.trace)]
        if exchange.attributes.get("guise", {}) != self.case.inputs.guise.told(request) and not self.end.case.startswith(SHRINK):
            self._refuse(exchange, "the literals that it is said to have in the place of the suite's are not those of the seed")
        if self.end.ended is Ended.ERROR and exchange.step.startswith("cleanup:"):
            raise Over  # what failed was not the script
        likeness = alike(asked, exchange, self.trace, self.spec)
        if likeness is not Likeness.SAME:
            if not self.veiled:
                self._other(asked, exchange)
            self.hidden = True
            if likeness is Likeness.NONE:
                raise Lost
        return self._taken(exchange)

    def _taken(self, exchange: Exchange) -> Exchange:
        self.trace.append(exchange)
        self.veiled = self.veiled or hides(exchange)
        return exchange

    def _rests(self, pause: Pause) -> None:
        place = self.whole.index(self.trace[-1]) + 1 if self.trace else 0
        self.rests.append(Rest(place, pause))

    def _delivered(self, ask: Inbox) -> list[Exchange]:
        if (reason := too_long(Pause(ask.within), self.terms.longest)) is not None:
            raise Unmet(reason)
        self.inboxes += 1
        self._rests(Pause(ask.within))
        found = []
        for exchange in self.came[len(self.trace) :]:
            if not exchange.is_delivery or exchange.attributes.get("inbox") != self.inboxes:
                break
            if ask.matching not in exchange.request.target and not hides(exchange):
                self._refuse(
                    exchange,
                    f"the script asked for deliveries at {ask.matching:.80}, and this one is to {exchange.request.path:.80}",
                )
            found.append(self._taken(exchange))
        return found

    def _cleaned(self) -> None:
        """The clean-up of what the attempt made, as far as it was paid for."""
        may_be_cut = self.end.ended is Ended.INTERRUPTED or CUT in self.end.reason
        script = given.clean_up(self.spec, list(self.trace))
        answer: Answer = None
        while True:
            try:
                ask = script.send(answer)
                if may_be_cut and len(self.trace) == len(self.came):
                    return
                answer = self._answer(ask)
            except (StopIteration, Unmet, LockedOut):
                return

    def nothing_more(self) -> None:
        """Nothing was recorded beyond what was asked."""
        if len(self.trace) == len(self.came):
            return
        if self.veiled:
            raise Lost
        exchange = self.came[len(self.trace)]
        self._refuse(
            exchange, f"the script has ended, and {_told(exchange.request)} was recorded; exchanges were added or moved here"
        )

    # ------------------------------------------------------------------------------------- what does not fit

    def _agreed(self, ended: Ended, reason: str) -> None:
        """What the evidence says of how the case ended is what the script says. An interrupted run may have come so far, too."""
        if self.end.ended is Ended.INTERRUPTED:
            return
        said = self.end.reason.partition(CUT)[0]
        if self.end.ended is not ended or (ended is Ended.UNMET and spoken(reason) != spoken(said)):
            self._contradicted(ended, reason)

    def _contradicted(self, ended: Ended, reason: str) -> None:
        if self.veiled:
            raise Lost
        ours, theirs = (
            f"{word}{f' ({why:.120})' if why else ''}" for word, why in ((ended, reason), (self.end.ended, self.end.reason))
        )
        raise Unfit(
            f"case {self.case.id:.80}, after its exchange {len(self.trace)}: driven again it ends as {ours}, and the evidence says {theirs}"
        )

    def _dropped(self, asked: Request, *, first: bool) -> NoReturn:
        """The script asks for more than was recorded."""
        if self.end.ended is Ended.INTERRUPTED or (first and self.end.ended in (Ended.BUDGET, Ended.ERROR)):
            raise Over
        if self.veiled:
            raise Lost
        raise Unfit(
            f"case {self.case.id:.80}, after its exchange {len(self.trace)}: the script asks {_told(asked)} next, "
            "and nothing more was recorded; exchanges were left out"
        )

    def _other(self, asked: Request, exchange: Exchange) -> NoReturn:
        parts = [
            name
            for name in ("operation", "method", "path", "query", "headers", "body", "actor", "step")
            if getattr(asked, name) != getattr(exchange.request, name)
        ]
        later = next((n for n, one in enumerate(self.came[len(self.trace) :], 1) if one.request == asked), None)
        hint = f"; that comes {later - 1} exchanges later" if later else "; that comes nowhere later"
        self._refuse(
            exchange,
            f"the script asks {_told(asked)}, and recorded is {_told(exchange.request)}; differing: {', '.join(parts) or 'URL'}{hint}",
        )

    def _refuse(self, exchange: Exchange, why: str) -> NoReturn:
        raise Unfit(f"case {self.case.id:.80}, its exchange {self.whole.index(exchange) + 1} (number {exchange.number}): {why}")


def _told(request: Request) -> str:
    who = f" as {request.actor:.40}" if request.actor else ""
    return f"{request.method} {request.target:.120}{who}{f' [{request.step:.60}]' if request.step else ''}"
