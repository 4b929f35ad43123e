"""What came of one target, in a record small enough that ten thousand fit into memory: it lies in its run folder, too, as `outcome.json`.

How a target ended is its `state`:

    judged        there is a report; `result` is what it says (of a screening, what was asked came to)
    unready       preflight would not let it be tested, and `notices` say why
    unreachable   nobody answered at its base URL
    overdue       it, or judging it, took longer than the campaign allows; what tested it was ended
    lost          what tested it was lost as often as the campaign bears: killed, or out of memory
    refused       its settings or its folder could not be used
    error         the suite itself failed
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from conformance.errors import VerificationError
from conformance.text.handed import read_file
from conformance.text.lined import in_lines
from conformance.verdict.folder import RunFolder

__all__ = ["OUTCOME", "STATES", "Result", "judged", "read_outcome", "read_result", "result_bytes", "surprises"]

OUTCOME = "outcome.json"
STATES = ("judged", "unready", "unreachable", "overdue", "lost", "refused", "error")
_LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Result:
    """What came of one target. Times in seconds; `row` is the digest of what the campaign file said of it when it was begun."""

    target: str
    row: str
    state: str
    result: str = ""  # PASSED, FAILED, INCONCLUSIVE or ERROR, where it was judged
    conformant: bool = False
    domain: str = ""
    profile: str = ""
    url: str = ""
    vendor: str = ""
    solution: str = ""
    effort: str = ""
    failed: tuple[str, ...] = ()  # requirements
    inconclusive: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    failing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by failed requirement, the operations
    counts: Mapping[str, int] = field(default_factory=dict)
    exchanges: int = 0
    seconds: float = 0.0  # with plan, verdicts and report
    attempts: int = 1
    worker: str = ""
    said: str = ""  # why it was not judged, in English
    notices: tuple[Mapping[str, Any], ...] = ()  # of preflight, with `text` in both languages
    digest: str = ""  # of the report
    plan: str = ""  # digest
    surprises: tuple[str, ...] = ()  # where another outcome was expected

    @property
    def outcome(self) -> str:
        """In one word what came of it: PASSED, FAILED, INCONCLUSIVE or ERROR where it was judged, else its state."""
        return self.result if self.state == "judged" else self.state

    def as_json(self) -> dict[str, Any]:
        """As JSON, by the names of the fields."""
        return asdict(self)


def result_bytes(result: Result) -> bytes:
    """The bytes of outcome.json."""
    return in_lines(result.as_json())


def read_result(told: Any) -> Result:
    """A result from its JSON. Raises ValueError when that has another shape."""
    if not isinstance(told, dict) or told.get("state") not in STATES or not isinstance(told.get("target"), str):
        raise ValueError("this is no outcome of a campaign's target")
    known = {one.name for one in fields(Result)}
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in told.items() if name in known
    }
    try:
        return Result(**kept)
    except TypeError:
        raise ValueError("an outcome of a campaign's target lacks what it should say") from None


def read_outcome(folder: RunFolder) -> Result | None:
    """The outcome that a run folder holds; None where it holds none that can be read: then the target is tested again."""
    path = folder.path / OUTCOME
    if not path.is_file():
        return None
    try:
        return read_result(json.loads(read_file(path, _LARGEST)))
    except (ValueError, VerificationError, RecursionError):
        return None


def judged(base: Result, report: Mapping[str, Any], result: str) -> Result:
    """What a report says of a target, in small; `result`: that of what was asked."""
    rows = report["requirements"]
    at = {row["id"]: set(row["cases"]) for row in rows if row["outcome"] == "fail"}
    where = {
        name: tuple(
            dict.fromkeys(one["operation"] for one in report["verdicts"] if one["outcome"] == "fail" and one["case"] in cases)
        )
        for name, cases in at.items()
    }

    def ids(outcome: str) -> tuple[str, ...]:
        return tuple(row["id"] for row in rows if row["outcome"] == outcome)

    told = {
        **asdict(base),
        "state": "judged",
        "result": result,
        "conformant": bool(report["conformant"]),
        "failed": ids("fail"),
        "inconclusive": ids("inconclusive"),
        "errors": ids("error"),
        "failing": where,
        "counts": dict(report["counts"]),
        "exchanges": report["evidence"]["exchanges"],
        "digest": report["digest"],
        "plan": report["plan"]["digest"],
        "effort": str(report["plan"]["effort"]),
        "url": report["target"]["baseUrl"],
    }
    return Result(**told)


def surprises(result: Result, expect: Mapping[str, Any]) -> tuple[str, ...]:
    """Where something else was expected of a target: requirements that failed and should not have, or passed and should have failed.

    What a screening did not ask about surprises nobody; a target that was not judged is told by its state alone.
    """
    if result.state != "judged" or not expect:
        return ()
    found = list[str]()
    if "conformant" in expect and expect["conformant"] != result.conformant and (result.conformant or result.effort != "quick"):
        found.append("conformant" if result.conformant else "not conformant")
    if "fails" in expect:
        borne = {*expect["fails"], *expect.get("also", ())}
        found += [f"failed unexpectedly: {name}" for name in result.failed if name not in borne]
        found += [] if result.effort == "quick" else [f"did not fail: {name}" for name in _missed(result, expect["fails"])]
    return tuple(found)


def _missed(result: Result, wanted: Iterable[str]) -> list[str]:
    return [name for name in wanted if name not in result.failed]
