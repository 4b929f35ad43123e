"""Filters: one small question each, and all of them have to be answered yes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.reference.frame import Frame
from conformance.reference.problems import invalid_parameter
from conformance.reference.wire import Call

__all__ = ["Filtering", "Tests"]

Tests = Mapping[str, Callable[[Any], bool]]


class Filtering(Frame):
    """What becomes of a query with several filters, or with a range of time."""

    def keeps(self, query: Mapping[str, Any], tests: Tests) -> bool:
        """Whether an item stays in the result: it passes the test of every filter that is on."""
        return self.combine([test(query[name]) for name, test in tests.items() if name in query])

    def combine(self, results: list[bool]) -> bool:
        """Filters are a conjunction."""
        return all(results)

    def require_time_order(self, call: Call) -> None:
        """Refuses a time range that ends before it begins."""
        if "from" in call.query and "to" in call.query and call.query["from"] > call.query["to"]:
            raise invalid_parameter("to", ("不得早於 from", "must not be earlier than from"))
