"""Care tasks: who carries them out, how they go on, and what an assignee sees of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.second_health.access import Access
from tests.second_health.asking import Ask, House
from tests.second_health.refusals import Refusal, conflict, wrong_body
from tests.second_health.store import Entry

__all__ = ["TERMINAL", "Tasks"]

TERMINAL = ("completed", "rejected", "cancelled", "failed")
_MOVES = {
    "requested": ("accepted", "rejected"),
    "accepted": ("in-progress", "cancelled"),
    "in-progress": ("completed", "failed", "cancelled"),
}


class Tasks:
    """Moves tasks and assigns them."""

    def __init__(self, house: House, access: Access) -> None:
        self.house, self.access = house, access

    def view(self, org: str, entry: Entry) -> dict[str, Any]:
        """The task as the organisation sees it."""
        hidden = org != entry.org and entry.state in TERMINAL
        return {name: value for name, value in entry.doc.items() if not (hidden and name == "patientId")}

    def change(self, ask: Ask, entry: Entry) -> Entry:
        wanted = dict(ask.document)
        if not wanted:
            if self.house.choices.empty_patch == 422:
                raise wrong_body([("", "須有 state 或 assignee")])
            return entry
        assigned = "assignee" in wanted and self.assigns(ask.org, entry, wanted["assignee"])
        moved = "state" in wanted and self.moves(entry, wanted["state"])
        return self.changed(entry, wanted) if assigned or moved else entry

    def assigns(self, org: str, entry: Entry, assignee: str) -> bool:
        """Whether the assignee changes; 409 where it may not."""
        free = org == entry.org and entry.state == "requested"
        if assignee == entry.other and not free and self.house.choices.same_assignee == 200:
            return False
        if not free:
            raise conflict()
        return assignee != entry.other or self.house.choices.counts_nothing

    def moves(self, entry: Entry, state: str) -> bool:
        """Whether the state changes; 409 where it may not."""
        if state == entry.state:
            answer = self.house.choices.same_state
            if answer in (409, 422):
                raise (
                    conflict("illegal-transition")
                    if answer == 409
                    else Refusal("invalid-body", [{"pointer": "/state", "detail": "已是此狀態"}])
                )
            return answer == 0
        if state not in _MOVES.get(entry.state, ()):
            raise conflict("illegal-transition")
        return True

    def changed(self, entry: Entry, wanted: dict[str, Any]) -> Entry:
        """The next version, dated later than this one."""
        before = self.house.times.read(entry.doc["updatedAt"]) or (0, "")
        dated = self.house.times.write(self.house.times.following(before, self.house.dated()))
        document = entry.doc | wanted | {"versionId": entry.version + 1, "updatedAt": dated}
        after = replace(
            entry,
            version=entry.version + 1,
            doc=document,
            other=document["assignee"],
            state=document["state"],
            born=self.house.unix(),
        )
        self.house.store.add(after)
        return after
