"""Faults of writing: entity tags, preconditions, idempotency keys, and what becomes of what a client sent."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.frame import give_way
from conformance.reference.instants import parse_instant
from conformance.reference.problems import Problem
from conformance.reference.transport.records import CarPark, Reservation, Stop
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call, Json
from conformance.reference.writes import Remembered

__all__: list[str] = []

# -------------------------------------------------------------------- entity tags


class CarParkHasNoTag(TransportServer):
    """A car park has no entity tag."""

    BREAKS = ("COM-COND-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "ETag is declared as required", "COM-COND-03": "there is nothing to compare"}

    def tagged(self, call: Call, answer: Answer) -> Answer:
        return answer if call.operation.id == "getCarPark" else super().tagged(call, answer)


class StopHasWeakTag(TransportServer):
    """The entity tag of a stop is weak."""

    BREAKS = ("COM-COND-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the declared pattern is that of a strong tag"}

    def tagged(self, call: Call, answer: Answer) -> Answer:
        answer = super().tagged(call, answer)
        if call.operation.id == "getStop":
            return replace(answer, headers={**answer.headers, "ETag": f"W/{answer.headers['ETag']}"})
        return answer


class StandingDataHaveNewTagEachTime(TransportServer):
    """The same stop or car park has another entity tag each time it is read."""

    BREAKS = ("COM-COND-01",)
    ALSO: Mapping[str, str] = {"COM-COND-03": "a tag is never current", "COM-IDEM-03": "reading changes the tag"}

    def etag_of(self, body: Any) -> str:
        tag = super().etag_of(body)
        return tag if "reservationId" in body else f"{tag[:-1]}-{sum(self.spent.values())}" + '"'


class TagIgnoresState(TransportServer):
    """The entity tag of a reservation stays the same when its state changes."""

    BREAKS = ("COM-COND-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-COND-02": "a tag from before a move passes as current",
        "COM-COND-03": "after a move, the tag from before it is answered 304",
    }

    def etag_of(self, body: Any) -> str:
        moving = ("state", "updatedAt", "expiresAt", "versionId")
        return super().etag_of({name: value for name, value in body.items() if name not in moving})


class IgnoresIfNoneMatch(TransportServer):
    """If-None-Match is ignored."""

    BREAKS = ("COM-COND-03",)

    def client_has(self, call: Call, tag: str) -> bool:
        return False


class IfNoneMatchIsOneTag(TransportServer):
    """If-None-Match is compared as a whole: a tag in a list, or a weak one, is not found."""

    BREAKS = ("COM-COND-03",)
    SUBTLE = True

    def client_has(self, call: Call, tag: str) -> bool:
        return call.headers.get("if-none-match", "").strip() == tag


class NotModifiedHasAnotherTag(TransportServer):
    """A 304 has another entity tag than the representation."""

    BREAKS = ("COM-COND-03",)

    def not_modified(self, tag: str) -> Answer:
        return super().not_modified(f'"304-{tag[1:]}')


# -------------------------------------------------------------------- preconditions


class IgnoresIfMatch(TransportServer):
    """A move is made whatever If-Match says."""

    BREAKS = ("COM-COND-02",)
    ALSO: Mapping[str, str] = {"COM-ERR-06": "also when it says what the schema excludes"}

    def if_match_holds(self, sent: str, tag: str) -> bool:
        return True


class MovesWithoutIfMatch(TransportServer):
    """A move without If-Match is made."""

    BREAKS = ("COM-COND-02",)
    ALSO: Mapping[str, str] = {
        "COM-ERR-06": "a header that is required may be missing",
        "COM-ERR-09": "beside another fault, too, which is reported instead",
    }

    def if_match_required(self, call: Call) -> bool:
        return False


class ComparesIfMatchWeakly(TransportServer):
    """A weak tag in If-Match is taken for the strong one."""

    BREAKS = ("COM-COND-02",)
    SUBTLE = True

    def if_match_holds(self, sent: str, tag: str) -> bool:
        return super().if_match_holds(sent.replace("W/", ""), tag)


class RefusedMoveHappensAnyway(TransportServer):
    """A move with a stale If-Match is answered 412 and made."""

    BREAKS = ("COM-COND-02",)
    SUBTLE = True

    def check_precondition(self, call: Call, tag: str) -> None:
        try:
            super().check_precondition(call, tag)
        except Problem as problem:
            wanted = call.body.get("state") if isinstance(call.body, dict) else None
            if problem.slug == "precondition-failed" and self.allowed_transition(call.found.state, str(wanted)):
                self.keep(self.moved(call.found, str(wanted), call.now))
            raise


class TwoMovesPassTheSameTag(TransportServer):
    """Between the check of If-Match and the move another request gets in, and both succeed."""

    BREAKS = ("COM-COND-02",)
    SUBTLE = True

    async def update_reservation(self, call: Call) -> Answer:
        await give_way()
        return await super().update_reservation(call)


# -------------------------------------------------------------------- idempotency


class ForgetsKeys(TransportServer):
    """A repeated request makes another reservation."""

    BREAKS = ("COM-IDEM-01",)
    ALSO: Mapping[str, str] = {"COM-IDEM-02": "a key that was used with another body is forgotten, too"}

    def idempotent_answer(self, call: Call) -> Answer | None:
        return None


class RepeatedRequestIs200(TransportServer):
    """A repeated request is answered 200 instead of 201."""

    BREAKS = ("COM-IDEM-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "200 is not declared"}

    def idempotent_answer(self, call: Call) -> Answer | None:
        known = super().idempotent_answer(call)
        return replace(known, status=200) if known else None


class RepeatedRequestMakesAnother(TransportServer):
    """A repeated request is given the first answer, but makes another reservation in secret."""

    BREAKS = ("COM-IDEM-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-IDEM-02": "so do simultaneous requests with one key"}

    def idempotent_answer(self, call: Call) -> Answer | None:
        known = super().idempotent_answer(call)
        if known is not None:
            first = self.reservations[known.body["reservationId"]]
            self.keep(replace(first, id=self.new_id(), state="PENDING", created=call.now, updated=call.now))
        return known


class ReusedKeyGetsFirstAnswer(TransportServer):
    """A key that was used with another body is given the answer to that one."""

    BREAKS = ("COM-IDEM-02",)
    ALSO: Mapping[str, str] = {"COM-CONS-01": "that answer to a creation shows another body than was sent"}

    def refuse_reused_key(self, known: Remembered) -> Answer | None:
        return known.answer


class ReusedKeyMakesAnother(TransportServer):
    """A key that was used with another body makes another reservation."""

    BREAKS = ("COM-IDEM-02",)

    def refuse_reused_key(self, known: Remembered) -> Answer | None:
        return None


class SimultaneousKeysAllCreate(TransportServer):
    """Requests with one key that come in at the same time make a reservation each."""

    BREAKS = ("COM-IDEM-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-IDEM-01": "one key makes several resources"}

    async def place(self, target: Any, draft: Any) -> Reservation:
        made = await super().place(target, draft)
        await give_way()
        return made


class ReadingStopRaisesItsVersion(TransportServer):
    """Each reading of a stop raises its versionId."""

    BREAKS = ("COM-IDEM-03",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-COND-01": "the tag changes without a change",
        "COM-COND-03": "a tag is never current",
        "COM-CONS-02": "the stop differs from its item in the list",
    }

    async def get_stop(self, call: Call) -> Answer:
        raised = replace(call.found, revision=call.found.revision + 1)
        stops = tuple(raised if stop.uid == raised.uid else stop for stop in self.network.stops)
        self.network = replace(self.network, stops=stops)
        return await super().get_stop(replace(call, found=raised))


class ListingProlongsHolds(TransportServer):
    """Listing reservations prolongs the pending ones."""

    BREAKS = ("COM-IDEM-03",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "TRN-033": "a reservation does not lapse when it said",
        "COM-COND-02": "after a refused change it lapses at another time than before, where somebody lists in between",
    }

    async def list_reservations(self, call: Call) -> Answer:
        for known in self.reservations_of(call.tenant, call.now):
            if known.state == "PENDING":
                self.keep(replace(known, expires=known.expires + 1))
        return await super().list_reservations(call)


# -------------------------------------------------------------------- what a client sent


class TimesComeBackInAnotherZone(TransportServer):
    """The offset of a booking's times is replaced by Z, and the times are not converted."""

    BREAKS = ("COM-CONS-01",)
    ALSO: Mapping[str, str] = {
        "COM-FILT-01": "the published startTime is not the one that is filtered",
        "COM-FILT-02": "the published startTime is not the one that is filtered",
        "COM-FILT-05": "the published startTime is not the one that is filtered",
    }

    def sent_time(self, text: str) -> str:
        return text if text[-1] in "zZ" else f"{text[:-6]}Z"


class LocationLeadsNowhere(TransportServer):
    """The Location of a new reservation is a path that does not exist."""

    BREAKS = ("COM-CONS-01",)

    def location_of(self, call: Call, made: Reservation) -> str:
        return f"{self.base_path}/reservation/{made.id}"


class NewReservationsAreListedLate(TransportServer):
    """A reservation appears in the list a minute after it was made."""

    BREAKS = ("COM-CONS-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-IDEM-01": "the one resource is not found in the list",
        "COM-PAGE-03": "reservations turn up in the middle of a traversal",
        "TRN-033": "what has lapsed is in no list at first",
    }

    def reservations_of(self, tenant: str, now: Fraction) -> list[Reservation]:
        return [known for known in super().reservations_of(tenant, now) if now - known.created >= 60]


class ListedReservationsLackTheNote(TransportServer):
    """A reservation in the list has no note."""

    BREAKS = ("COM-CONS-02",)

    def render_reservation_item(self, reservation: Reservation) -> Json:
        return {name: value for name, value in self.render_reservation(reservation).items() if name != "note"}


class ListedStopsLackTheirGroup(TransportServer):
    """A stop in the list has no stationGroupId."""

    BREAKS = ("COM-CONS-02",)

    def render_stop_item(self, stop: Stop, now: Fraction) -> Json:
        return {name: value for name, value in self.render_stop(stop, now).items() if name != "stationGroupId"}


class ListedCarParksHaveOldFares(TransportServer):
    """A car park in the list has another fare than by itself."""

    BREAKS = ("COM-CONS-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"TRN-035": "the price does not follow from the fare that the list publishes"}

    def render_car_park_item(self, park: CarPark, now: Fraction) -> Json:
        body = self.render_car_park(park, now)
        return {**body, "fare": {**body["fare"], "perHour": body["fare"]["perHour"] + 10}}


class NoteLosesRareCharacters(TransportServer):
    """A note loses the characters outside the basic plane: emoji and rare Han characters."""

    BREAKS = ("COM-ENC-01",)
    ALSO: Mapping[str, str] = {"COM-CONS-01": "the note does not come back as it was sent"}

    def kept_note(self, note: str) -> str:
        return "".join(each for each in note if each <= "\uffff")


class NoteIsComposed(TransportServer):
    """The combining marks of a note are composed with their letters."""

    BREAKS = ("COM-ENC-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-CONS-01": "the note does not come back as it was sent"}

    def kept_note(self, note: str) -> str:
        return unicodedata.normalize("NFC", note)


class NoteIsStoredAsBig5(TransportServer):
    """A note is stored as Big5, and what that lacks becomes a question mark."""

    BREAKS = ("COM-ENC-01",)
    ALSO: Mapping[str, str] = {"COM-CONS-01": "the note does not come back as it was sent"}

    def kept_note(self, note: str) -> str:
        return note.encode("big5", "replace").decode("big5", "replace")


class CreationForgetsSeconds(TransportServer):
    """The end of a new reservation is cut off at the minute, and priced and held so."""

    BREAKS = ("COM-CONS-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "TRN-030": "what overlaps only the seconds cut off is accepted",
        "TRN-035": "the price is that of fewer minutes",
    }

    def enter(self, target: Any, draft: Any) -> Reservation:
        cut = draft.end_text[:17] + "00" + draft.end_text[19:]
        return super().enter(target, replace(draft, end_text=cut, end=parse_instant(cut)))
