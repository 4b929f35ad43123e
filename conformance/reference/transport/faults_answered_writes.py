"""Faults of how a write is answered: the body of a repetition, the tag that comes with it, and the reason of a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.frame import give_way
from conformance.reference.problems import Misfit, Problem
from conformance.reference.transport.records import Reservation
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call
from conformance.reference.writes import Remembered

__all__: list[str] = []


class RepetitionShowsThePresent(TransportServer):
    """A repeated creation is answered with the reservation as it is now."""

    BREAKS = ("COM-IDEM-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "TRN-042": "the repetition shows a state of later",
    }

    def idempotent_answer(self, call: Call) -> Answer | None:
        known = super().idempotent_answer(call)
        return known and self.created(call, self.as_of(self.reservations[known.body["reservationId"]], call.now))


class RepetitionLacksTheNote(TransportServer):
    """What is remembered of a creation is all but the note."""

    BREAKS = ("COM-IDEM-01",)
    ALSO: Mapping[str, str] = {"COM-CONS-01": "that answer to a creation lacks what was sent"}

    def remember(self, call: Call, answer: Answer) -> Answer:
        kept = {name: value for name, value in answer.body.items() if name != "note"}
        super().remember(call, replace(answer, body=kept))
        return answer


class ReusedKeyIsAnInvalidBody(TransportServer):
    """A key that was used with another body is refused as if the body were at fault."""

    BREAKS = ("COM-IDEM-02",)

    def refuse_reused_key(self, known: Remembered) -> Answer | None:
        raise Problem("invalid-body", [Misfit("pointer", "", ("與先前的請求不同", "differs from the request before"))])


class SimultaneousKeyIsAConflict(TransportServer):
    """Of simultaneous requests with one key all but the first are answered 409, as a conflict of some kind."""

    BREAKS = ("COM-IDEM-02",)

    async def create_reservation(self, call: Call) -> Answer:
        place = repr(self.memory_place(call))
        if self.turns[place]:
            raise Problem("conflict")
        self.turns[place] += 1
        try:
            await give_way()
            return await super().create_reservation(call)
        finally:
            del self.turns[place]


class FirstTagIsOfAnotherRepresentation(TransportServer):
    """The tag that comes with a creation is of the reservation without what the server adds to it later."""

    BREAKS = ("COM-COND-04",)
    SUBTLE = True

    def created(self, call: Call, made: Reservation) -> Answer:
        answer = super().created(call, made)
        bare = {name: value for name, value in answer.body.items() if name != "expiresAt"}
        return replace(answer, headers={**answer.headers, "ETag": self.etag_of(bare)})


class ChangeGivesTheTagFromBefore(TransportServer):
    """The tag that comes with a move is that of the reservation before it."""

    BREAKS = ("COM-COND-04",)
    SUBTLE = True

    async def update_reservation(self, call: Call) -> Answer:
        before = self.etag_of(self.render_reservation(call.found))
        answer = await super().update_reservation(call)
        return replace(answer, headers={**answer.headers, "ETag": before})


class MoveIsAnsweredFromBefore(TransportServer):
    """A move is made, comes with the new tag, and shows the reservation as it was before."""

    BREAKS = ("TRN-031",)
    SUBTLE = True

    async def update_reservation(self, call: Call) -> Answer:
        before = self.render_reservation(call.found)
        return replace(await super().update_reservation(call), body=before)
