"""Making and moving reservations: what a booking has to be, what it costs, and which moves the state machine has.

Between the check for a free unit and the write there is no point at which another request could run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Any

from conformance.reference.bodies import Member, is_instant, is_text, misfits, one_of, whole
from conformance.reference.instants import DAY, HOUR, parse_instant
from conformance.reference.problems import Misfit, Problem
from conformance.reference.transport.bookings import MILLISECOND
from conformance.reference.transport.filters import Filters
from conformance.reference.transport.records import MOVES, STATES, CarPark, Connector, Reservation
from conformance.reference.wire import Call

__all__ = ["Booking", "Draft"]

GRACE = 60  # seconds by which a start may lie in the past
LONGEST = DAY
DRAFT_MEMBERS = (
    Member("targetType", one_of("CAR_SPACE", "EV_CONNECTOR"), ("不在允許的值之中", "is not one of the permitted values")),
    Member("targetUid", is_text(r"[A-Z]{3}[A-Za-z0-9._~-]{1,61}"), ("須為識別碼", "must be an identifier")),
    Member("spaceType", whole(1, 6), ("須為車位類別代碼", "must be a code of a space type"), required=False),
    Member("startTime", is_instant, ("須為含時差的日期時間", "must be a date-time with an offset")),
    Member("endTime", is_instant, ("須為含時差的日期時間", "must be a date-time with an offset")),
    Member("holderRef", is_text(r"[A-Za-z0-9._~-]{1,64}"), ("須為 1 至 64 個字元", "must be 1 to 64 permitted characters")),
    Member("note", is_text(r".{0,200}"), ("須為至多 200 字元的文字", "must be text of at most 200 characters"), required=False),
)
MOVE_MEMBERS = (Member("state", one_of(*STATES), ("不是狀態", "is not a state")),)


@dataclass(frozen=True)
class Draft:
    """A booking whose form is right."""

    tenant: str
    target_type: str
    target: str
    space_type: int | None
    start_text: str
    end_text: str
    start: Fraction
    end: Fraction
    holder: str
    note: str | None
    now: Fraction


def _refusal(where: str, zh: str, en: str) -> Problem:
    return Problem("invalid-body", [Misfit("pointer", where, (zh, en))])


class Booking(Filters):
    """The rules of reservations."""

    draft_members: tuple[Member, ...] = DRAFT_MEMBERS

    # ---------------------------------------------------------------- form

    def refuse_misfits(self, found: list[Misfit]) -> None:
        """Refuses a body that breaks the schema."""
        if found:
            raise Problem("invalid-body", found)

    def draft_misfits(self, body: Any) -> list[Misfit]:
        """What is wrong with the form of a booking."""
        found = misfits(body, self.draft_members)
        if found:
            return found
        if body["targetType"] == "CAR_SPACE" and "spaceType" not in body:
            found = [Misfit("pointer", "", ("缺少欄位 spaceType", "lacks the member spaceType"))]
        if body["targetType"] == "EV_CONNECTOR" and "spaceType" in body:
            found = [Misfit("pointer", "/spaceType", ("僅適用於停車位", "applies to parking spaces only"))]
        return found

    def draft_of(self, call: Call) -> Draft:
        """The booking that a request body holds."""
        body = call.body
        self.refuse_misfits(self.draft_misfits(body))
        return Draft(
            tenant=call.tenant,
            target_type=body["targetType"],
            target=body["targetUid"],
            space_type=int(body["spaceType"]) if "spaceType" in body else None,
            start_text=body["startTime"],
            end_text=body["endTime"],
            start=parse_instant(body["startTime"]),
            end=parse_instant(body["endTime"]),
            holder=body["holderRef"],
            note=body.get("note"),
            now=call.now,
        )

    # ---------------------------------------------------------------- rules

    def check_interval(self, draft: Draft) -> None:
        """Refuses an interval that is empty, inverted, in the past or too long."""
        self.check_order(draft)
        self.check_start(draft)
        self.check_length(draft)

    def check_order(self, draft: Draft) -> None:
        """Refuses an interval that is empty or inverted."""
        if draft.start >= draft.end:
            raise _refusal("/endTime", "須晚於 startTime", "must be later than startTime")

    def check_start(self, draft: Draft) -> None:
        """Refuses a start in the past."""
        if draft.start < draft.now - GRACE:
            raise _refusal("/startTime", "不得早於現在", "must not lie in the past")

    def check_length(self, draft: Draft) -> None:
        """Refuses an interval that is too long."""
        if draft.end - draft.start > LONGEST:
            raise _refusal("/endTime", "不得超過 startTime 之後 24 小時", "must be within 24 hours of startTime")

    def target_of(self, draft: Draft) -> CarPark | Connector:
        """What is to be reserved."""
        found: CarPark | Connector | None
        if draft.target_type == "CAR_SPACE":
            found = self.find_car_park(draft.target, draft.tenant, draft.now)
        else:
            found = self.find_connector(draft.target)
        if found is None:
            raise _refusal("/targetUid", "查無此標的", "names nothing that can be reserved")
        return found

    def in_service(self, target: CarPark | Connector) -> bool:
        """Whether a target takes reservations at all."""
        return target.service == 1 if isinstance(target, CarPark) else target.status != "OUT_OF_SERVICE"

    def free_units(self, target: CarPark | Connector, draft: Draft) -> int:
        """How many units of what is asked for are free over the whole interval."""
        if isinstance(target, Connector):
            return int(self.connector_is_free(target, draft.start, draft.end, draft.now))
        fitting = [space for space in target.spaces if space.space_type == draft.space_type]
        return sum(self.free_spaces(target.uid, space, draft.start, draft.end, draft.now) for space in fitting)

    def refuse_full(self, target: CarPark | Connector, draft: Draft) -> None:
        """Refuses a booking for which no unit is free."""
        if self.free_units(target, draft) < 1:
            raise Problem("no-capacity")

    # ---------------------------------------------------------------- price

    def billed_hours(self, draft: Draft) -> int:
        """The hours that are charged: each one that was begun."""
        return ceil((draft.end - draft.start) / HOUR)

    def price_of(self, target: CarPark | Connector, draft: Draft) -> int | None:
        """What a booking costs by the published fare, in whole dollars."""
        if isinstance(target, Connector):
            return None
        amount = self.billed_hours(draft) * target.per_hour
        return amount if target.daily_max is None else min(amount, target.daily_max)

    # ---------------------------------------------------------------- making

    def first_state(self) -> str:
        """The state that a reservation begins in."""
        return "PENDING"

    def check_target(self, draft: Draft) -> CarPark | Connector:
        """What is to be reserved; refuses a target that is unknown or out of service."""
        target = self.target_of(draft)
        if not self.in_service(target):
            raise Problem("not-in-service")
        return target

    async def place(self, target: CarPark | Connector, draft: Draft) -> Reservation:
        """The new reservation. Check and write are one step: nothing else runs in between."""
        self.refuse_full(target, draft)
        return self.enter(target, draft)

    def enter(self, target: CarPark | Connector, draft: Draft) -> Reservation:
        """Writes a new reservation."""
        return self.keep(
            Reservation(
                id=self.new_id(),
                tenant=draft.tenant,
                target_type=draft.target_type,
                target=draft.target,
                space_type=draft.space_type,
                start_text=draft.start_text,
                end_text=draft.end_text,
                start=draft.start,
                end=draft.end,
                holder=draft.holder,
                note=draft.note,
                state=self.first_state(),
                created=draft.now,
                updated=draft.now,
                expires=draft.now + self.ttl,
                price=self.price_of(target, draft),
                revision=1,
            )
        )

    # ---------------------------------------------------------------- moving

    def allowed_transition(self, present: str, wanted: str) -> bool:
        """Whether a client may move a reservation so."""
        return (present, wanted) in MOVES

    def next_update(self, reservation: Reservation, now: Fraction) -> Fraction:
        """When a move is recorded: now, but later than what was recorded before."""
        return max(now, reservation.updated + MILLISECOND)

    def refuse_transition(self, reservation: Reservation) -> Reservation:
        """Refuses a move that the state machine does not have."""
        raise Problem("illegal-transition")

    def moved(self, reservation: Reservation, wanted: str, now: Fraction) -> Reservation:
        """The reservation after a move."""
        updated = self.next_update(reservation, now)
        return replace(reservation, state=wanted, updated=updated, revision=reservation.revision + 1)

    def move(self, reservation: Reservation, wanted: str, now: Fraction) -> Reservation:
        """Moves a reservation; refuses what the state machine does not have."""
        if not self.allowed_transition(reservation.state, wanted):
            return self.refuse_transition(reservation)
        return self.keep(self.moved(reservation, wanted, now))

    # ---------------------------------------------------------------- look-ups

    def find_car_park(self, identifier: str, tenant: str, now: Fraction) -> CarPark | None:
        """A car park by its UID."""
        return next((park for park in self.network.car_parks if park.uid == identifier), None)

    def find_connector(self, identifier: str) -> Connector | None:
        """A connector by its UID."""
        connectors = (connector for station in self.network.stations for connector in station.connectors)
        return next((connector for connector in connectors if connector.uid == identifier), None)
