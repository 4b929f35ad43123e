"""What failed, by its root cause: of one mistake a reader wants to hear once, with every requirement and operation that it breaks.

`verdict.causes` adds up what is alike in one case. Here cases are held against each other. Two findings have one cause when

* they say the same of the same place under the same requirement, whichever operation they were seen in; or
* they were seen in answers of one operation that broke in one way (the same 5xx, or no answer at all). Such an answer fails whatever is
  asked of it, so that one line of code is several failed requirements.

Findings in one answer that did not break stay apart, for an answer can have several mistakes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model import Level, Outcome
from conformance.text import pointer

__all__ = ["Breach", "Cause", "Sighting", "causes"]

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Sighting:
    """Findings that are alike: the first of them, and each case that has one, with that finding."""

    finding: Document
    seen: Sequence[tuple[Document, Document]]  # verdict, finding

    @property
    def count(self) -> int:
        """How often it was seen in all."""
        return sum(finding["count"] for _, finding in self.seen)


@dataclass(frozen=True)
class Breach:
    """One requirement that a cause breaks: its line of the report, the cases that failed, and what was found in them."""

    row: Document
    verdicts: Sequence[Document]
    sightings: Sequence[Sighting]

    @property
    def shrunk(self) -> Sequence[int]:
        """The numbers of the exchanges with the smallest inputs that still failed."""
        return [number for verdict in self.verdicts if (number := verdict.get("shrunk")) is not None]


@dataclass(frozen=True)
class Cause:
    """One root cause. `broken` is the exchange that broke, where that is the cause."""

    breaches: Sequence[Breach]
    broken: Document | None

    @property
    def mandatory(self) -> bool:
        """Whether it breaks a MUST."""
        return any(breach.row["level"] == Level.MUST for breach in self.breaches)

    @property
    def operations(self) -> Sequence[str]:
        """The operations in which it was seen."""
        found = (verdict["operation"] for breach in self.breaches for verdict in breach.verdicts)
        return list(dict.fromkeys(filter(None, found)))

    @property
    def count(self) -> int:
        """How often it was seen: where an answer that broke is the cause, by the requirement that counted most of them."""
        counts = [sum(one.count for one in breach.sightings) for breach in self.breaches]
        return max(counts, default=0) if self.broken else sum(counts)


def causes(report: Document) -> list[Cause]:
    """The causes of what failed: those that break a MUST first, in each part in the order of the requirements."""
    rows = {row["id"]: row for row in report["requirements"]}
    found: dict[tuple[object, ...], dict[str, list[tuple[Document, Document | None]]]] = {}
    for verdict in report["verdicts"]:
        if verdict["outcome"] != Outcome.FAIL or verdict["requirement"] not in rows:
            continue
        for finding in verdict["findings"] or (None,):
            key = _key(verdict, finding, report["exchanges"])
            found.setdefault(key, {}).setdefault(verdict["requirement"], []).append((verdict, finding))
    made = [
        Cause([_breach(rows[name], seen) for name, seen in by_row.items()], _broken(by_row, report["exchanges"], key))
        for key, by_row in found.items()
    ]
    order = {name: at for at, name in enumerate(rows)}
    return sorted(made, key=lambda one: (not one.mandatory, order[one.breaches[0].row["id"]]))


def _key(verdict: Document, finding: Document | None, exchanges: Document) -> tuple[object, ...]:
    if finding is None:
        return ("reason", verdict["requirement"], str((verdict.get("reason") or {}).get("en")))
    one = exchanges.get(str(finding["exchanges"][0])) if len(finding["exchanges"]) == 1 else None
    if one is not None and _broke(one):
        kind = str(one["failure"]).partition(":")[0] if one["failure"] is not None else ""
        return ("broken", verdict["operation"], one["method"], one["status"], kind)
    place = pointer.place(finding["at"])
    actual = "" if finding["at"].startswith("/") else finding["actual"]
    return ("finding", verdict["requirement"], finding["message"], place, finding["expected"], actual)


def _broke(exchange: Document) -> bool:
    """Whether an exchange ended in a server error or in no answer."""
    return exchange["failure"] is not None or exchange["status"] >= 500


def _breach(row: Document, seen: Iterable[tuple[Document, Document | None]]) -> Breach:
    """The sightings of one requirement, those that read the same taken together."""
    alike: dict[tuple[str, ...], list[tuple[Document, Document]]] = {}
    verdicts: dict[str, Document] = {}
    for verdict, finding in seen:
        verdicts[verdict["case"]] = verdict
        if finding is not None:
            parts = (finding["message"], pointer.place(finding["at"]), finding["expected"])
            alike.setdefault((*parts, "" if finding["at"].startswith("/") else finding["actual"]), []).append((verdict, finding))
    return Breach(row, list(verdicts.values()), [Sighting(pairs[0][1], pairs) for pairs in alike.values()])


def _broken(
    by_row: Mapping[str, Sequence[tuple[Document, Document | None]]], exchanges: Document, key: object
) -> Document | None:
    if not isinstance(key, tuple) or key[0] != "broken":
        return None
    finding = next(iter(by_row.values()))[0][1]
    found: Document | None = exchanges.get(str(finding["exchanges"][0])) if finding else None
    return found
