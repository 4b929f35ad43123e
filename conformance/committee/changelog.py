"""A difference in words: the changelog of a version in Markdown, and the lines that it is made of.

Every text that a document may have filled is shown as code, so that none of it can become a heading or a link.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from conformance.committee.changes import Answer, Change, Difference, Judgement, RowChange, worst
from conformance.load.catalogue import say
from conformance.text.shown import one_line

__all__ = ["advised", "groups", "headline", "judgements", "markdown", "noted"]

_LONGEST = 300
_MOST_NOTES = 12


def groups(found: Difference) -> dict[str, list[Change]]:
    """The changes by what they are to whom, the gravest first; each in one group. The keys are those of the catalogue."""
    told: dict[str, list[Change]] = {key: [] for key in ("breaking", "open", "vendors", "other")}
    for change in found.changes:
        answers = (change.consumer.answer, change.vendor.answer)
        if answers[0] is Answer.INCOMPATIBLE:
            told["breaking"].append(change)
        elif Answer.UNKNOWN in answers:
            told["open"].append(change)
        else:
            told["vendors" if answers[1] is Answer.INCOMPATIBLE else "other"].append(change)
    return told


def headline(change: Change, language: str) -> str:
    """What was changed, in a few words."""
    place = f" {_code(change.place)}" if change.place else ""
    area, kind = say(f"spec.area.{change.area}", language), say(f"spec.kind.{change.kind}", language)
    return f"{_code(change.operation)} · {area}{place}{say('spec.colon', language)}{kind}"


def judgements(one: Change | RowChange, language: str) -> Iterator[str]:
    """The two judgements, each with its reason and its witness; a witness that is that of both is shown once."""
    yield _because("consumer", one.consumer, language)
    again = one.vendor.witness == one.consumer.witness
    yield _because("vendor", Judgement(one.vendor.answer, one.vendor.why) if again else one.vendor, language)


def _because(party: str, one: Judgement, language: str) -> str:
    colon = say("spec.colon", language)
    said = f"{say(f'spec.party.{party}', language)}{colon}{say(f'spec.answer.{one.answer}', language)}"
    shown = "" if one.witness is None else colon + _witness(one, language)
    return f"{said} — {say(f'spec.why.{one.why}', language)}{shown}"


def _witness(one: Judgement, language: str) -> str:
    assert one.witness is not None  # asked only of such
    sides = ("old", "new") if one.witness.admitted_by == "old" else ("new", "old")
    admitted, refused = (say(f"spec.diff.{side}", language) for side in sides)
    wanted = _code(one.witness.wanted) if one.witness.wanted else ""
    place = say("spec.diff.place", language, at=_code(one.witness.at or "/"), wanted=wanted) if wanted else ""
    return say(
        "spec.diff.witness",
        language,
        value=_code(json.dumps(one.witness.value, ensure_ascii=False)),
        admitted=admitted,
        refused=refused,
        place=place,
    )


def noted(change: Change) -> Iterator[str]:
    """What differs inside, a line each; of very many the first."""
    for note in change.notes[:_MOST_NOTES]:
        yield f"{_code(note.at or '/')} {_code(note.keyword)}: {_code(note.old)} → {_code(note.new)}"
    if len(change.notes) > _MOST_NOTES:
        yield f"… (+{len(change.notes) - _MOST_NOTES})"


def _code(value: object) -> str:
    """A value as Markdown code, of which nothing is markup."""
    text = one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{space}{text}{space}{fence}"


def advised(found: Difference, language: str) -> str:
    """What the version number has to become, and whether it did."""
    bump = found.bump
    least, most = (say(f"spec.bump.{bump[key]}", language) for key in ("least", "most"))
    advice = least if bump["least"] == bump["most"] else say("spec.diff.advice", language, least=least, most=most)
    raised, verdict = say(f"spec.bump.{bump['raised']}", language), say(f"spec.bump.is-{bump['verdict']}", language)
    values = {"old": one_line(bump["old"]), "new": one_line(bump["new"]), "raised": raised, "advice": advice, "verdict": verdict}
    return say("spec.diff.bump", language, **values)


def markdown(found: Difference, language: str) -> str:
    """The changelog in Markdown."""
    lines = ["# " + say("spec.diff.title", language, old=_code(found.old), new=_code(found.new)), ""]
    parties = {party: say(f"spec.answer.{worst(found.judgements(party))}", language) for party in ("consumer", "vendor")}
    lines += [say("spec.diff.summary", language, **parties, count=len(found.changes), rows=len(found.rows)), ""]
    lines += [advised(found, language), ""]
    if not found.changes and not found.rows:
        lines += [say("spec.diff.none", language), ""]
    for key, changes in groups(found).items():
        if changes:
            lines += [
                f"## {say(f'spec.diff.{key}', language)}",
                "",
                *(line for one in changes for line in _item(one, language)),
                "",
            ]
    if found.rows:
        lines += [f"## {say('spec.diff.rows', language)}", "", *(line for row in found.rows for line in _row(row, language)), ""]
    return "\n".join(lines)


def _item(change: Change, language: str) -> Iterator[str]:
    yield f"- {headline(change, language)}"
    yield from (f"  - {line}" for line in judgements(change, language))
    yield from (f"  - {line}" for line in noted(change))
    if change.requirements:
        yield f"  - {say('spec.diff.requirements', language, ids=', '.join(change.requirements))}"


def _row(row: RowChange, language: str) -> Iterator[str]:
    what = f" ({', '.join(row.what)})" if row.what else ""
    yield f"- {row.id} {row.level}{say('spec.colon', language)}{say(f'spec.kind.{row.kind}', language)}{what} — {_code(row.text[language])}"
    yield from (f"  - {line}" for line in judgements(row, language))
