"""The faults that nothing finds, each with the reason: what a vendor may do, what no sentence demands, or what a run cannot see."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["UNSEEN"]

UNSEEN: Mapping[str, str] = {
    "devices_are_asked_again": (
        "A device does not cease to be used by this interface, so an amendment meets another answer than the creation only seven days after "
        "the device was registered as no longer used."
    ),
    "no_i_and_o": (
        "A right number with I or O would have to be sent, and of none of these is it known that it was never issued; the suite sends "
        "numbers of nobody only."
    ),
    "tokens_without_case": (
        "A token that is altered so that it decodes to the same thing may be taken; whether another case is another token is known to its "
        "issuer alone (digits of base 16 are the same in either case)."
    ),
    "composes_names": "That a text comes back code point by code point is said of `note`, not of names.",
    "cursor_for_one_spelling": (
        "Section 3 says which cursors are refused. That a filter in other words is no other filter exempts such a cursor from the refusal; "
        "no sentence demands that it serve."
    ),
    "caps_the_limit": "A page may hold less than `limit`, and no sentence says that `page.limit` repeats what was asked for.",
    "today_in_greenwich": (
        "The days in Taiwan and in Greenwich differ from midnight to eight in the morning in Taiwan; HLT-003 finds it in a run at that time."
    ),
}
