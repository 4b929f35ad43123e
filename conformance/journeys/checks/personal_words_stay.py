"""What is personal in a journey is not told to those who need not know it, and to nobody in public.

Why: one party needs the name and the street, the other only a number. Where services are joined, what was given to one turns up at
another, in a note, a reference or a public page.

Fails when: one of the words stands in an answer of one of the steps.
Inconclusive when: none of these steps was answered with success.
Source: 個人資料保護法 (specific purpose, minimum necessary).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.journeys.checks import Examples, Open
from conformance.journeys.checks._example import answered, record, step
from conformance.journeys.record import Record
from conformance.model import Finding, Witness

ABOUT = """旅程中之個人資料不告知無須知悉者，亦不對公眾揭露。
緣由：一方需要姓名與街道，另一方僅需號碼。服務串接之處，交付一方者會出現於另一方：備註、參考編號或公開頁面。
不通過：所述字詞出現於其中一步驟之回應。
無法判定：所述步驟均未獲成功回應。
依據：個人資料保護法（特定目的、最小必要）。
"""

LEAST = 8  # bytes of a word that is looked for
MESSAGES = {
    "told": {
        "en": "the answer of step {at} tells {actual}; expected {expected}",
        "zh-Hant": "步驟 {at} 的回應揭露 {actual}；應為 {expected}",
    }
}


def judge(record: Record, *, words: Sequence[str], steps: Sequence[str]) -> Iterator[Finding | Witness | Open]:
    """`words` are expressions for what is personal. What is so short that it may stand anywhere (`3`) is looked for nowhere."""
    said = {one: text for one in words if isinstance(text := record.value(one), str)}
    known = {one: text for one, text in said.items() if len(text.encode()) >= LEAST}
    for name in steps:
        taken = record.steps.get(name)
        if taken is None or not taken.last.ok or len(said) < len(words) or not known:
            yield Open(name)
            continue
        told = [one for one, text in known.items() if any(each.tells(text) for each in taken.exchanges)]
        for one in told:
            yield Finding("told", (taken.number,), "nothing of the kind", one, name)
        if not told:
            yield Witness((taken.number,), name)


def _tracked(body: object, status: int = 200) -> Record:
    return record(step("tracked", answered(1, status, body, actor=None)), person="王測試", street="測試街 2 號")


EXAMPLES = Examples(
    arguments={"words": ["$inputs.person", "$inputs.street"], "steps": ["tracked"]},
    conforms=[_tracked({"state": "DELIVERED"})],
    violates=[_tracked({"state": "DELIVERED", "to": "王測試"}), _tracked({"note": "放在測試街 2 號門口"})],
    inconclusive=[
        _tracked(None, 404),
        record(person="王測試", street="測試街 2 號"),
        record(step("tracked", answered(1, 200, {"state": "3"}, actor=None)), person="3", street="a"),
    ],
)
