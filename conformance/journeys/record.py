"""What came of a workflow: of each step its exchanges and outputs, and how it ended. All that a journey's checks may read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.journeys.expressions import ABSENT, Scope
from conformance.model import Exchange

__all__ = ["Record", "Taken", "is_there"]


@dataclass(frozen=True)
class Taken:
    """A step that was taken: which interface was asked, what came, what it put out. `unmet` says in which way it was not answered as the
    journey has it, and is empty where it was. `refused`: it was to be refused.
    """

    id: str
    source: str
    operation: str
    exchanges: tuple[Exchange, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    unmet: str = ""
    expected: str = ""
    refused: bool = False

    @property
    def last(self) -> Exchange:
        """The exchange that the step came to."""
        return self.exchanges[-1]

    @property
    def number(self) -> int:
        """Its number."""
        return self.last.number


@dataclass(frozen=True)
class Record:
    """A workflow that was gone through, as far as it came. `ended` says why it came no further; empty where it came to its end."""

    workflow: str
    inputs: Mapping[str, Any]
    steps: Mapping[str, Taken]
    ended: str = ""

    def value(self, expression: Any) -> Any:
        """What an expression of a row stands for; `ABSENT` where the journey did not come so far, or the answer did not have it."""
        return Scope(self.inputs, {name: one.outputs for name, one in self.steps.items()}).value(expression)

    def numbers(self, *expressions: Any) -> tuple[int, ...]:
        """The exchanges that expressions take their values from, in order."""
        return tuple(sorted({self.steps[name].number for name in self.named(*expressions)}))

    def named(self, *expressions: Any) -> list[str]:
        """The steps that expressions name and that were taken."""
        return [name for name in dict.fromkeys(_steps(expressions)) if name in self.steps]

    def with_step(self, taken: Taken) -> Record:
        """The same with one more step."""
        return replace(self, steps={**self.steps, taken.id: taken})


def _steps(expressions: Iterable[Any]) -> Iterable[str]:
    for one in expressions:
        if isinstance(one, str) and one.startswith("$steps."):
            yield one.split(".")[1]
        elif isinstance(one, Mapping):
            yield from _steps(one.values())
        elif isinstance(one, list | tuple):
            yield from _steps(one)


def is_there(value: Any) -> bool:
    """Whether a value is one."""
    return value is not ABSENT and value is not None
