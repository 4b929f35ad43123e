"""Requirements: what the document demands, in words, and how it is tested."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.committee.rules import ERROR, NOTE, WARNING, Draft, Place, rule, text
from conformance.committee.rules._sample import draft, row
from conformance.model import Level

_HOUSE = "CONTRIBUTING: a requirement is a row"
_ID = re.compile(r"[A-Z]{3}-(?:[A-Z0-9]+-)?[0-9]{2,3}")
_WORDS = {Level.MUST: (("MUST",), ("必須", "不得", "須")), Level.SHOULD: (("SHOULD",), ("應", "宜"))}


@rule(
    "REQ-01", ERROR, "any", _HOUSE,
    text("A MUST that is neither tested nor explained is a promise that nobody keeps.", "既未驗測亦未說明之必要要求，形同無人履行之承諾。"),
    text("Bind the row to a check, or say under `untested` why there is none.", "綁定檢查，或於 untested 說明原因。"),
    draft({}, requirements=[row()]), draft({}, requirements=[row(binding=None)]),
)  # fmt: skip
def every_must_is_tested_or_says_why_not(found: Draft) -> Iterator[Place]:
    """Each row with neither a check nor a reason."""
    for one in found.requirements:
        if one.binding is None and not (one.untested and all(one.untested.get(language) for language in ("en", "zh-Hant"))):
            yield one.id, f"{one.level} without a check and without a reason"


@rule(
    "REQ-02", ERROR, "any", _HOUSE,
    text("An id that means two things proves neither.", "一個識別碼代表兩件事，即無法證明任何一件。"),
    text("Give one of them a new id.", "將其中之一改用新識別碼。"),
    draft({}, requirements=[row("THG-001"), row("THG-002")]), draft({}, requirements=[row(), row()]),
)  # fmt: skip
def ids_differ(found: Draft) -> Iterator[Place]:
    """Each id that stands twice."""
    known: set[str] = set()
    for one in found.requirements:
        if one.id in known:
            yield one.id, f"{one.id} stands twice"
        known.add(one.id)


@rule(
    "REQ-03", ERROR, "any", _HOUSE + "; ids are never re-used",
    text("A certificate names what it proves by id, for as long as it is kept.", "證書以識別碼指稱其所證明者，於保存期間皆須一致。"),
    text("Give the new requirement a new id.", "新要求應使用新識別碼。"),
    draft({}, requirements=[row()], earlier=[row()]), draft({}, requirements=[row(conformance_class="other", source="RFC 1")], earlier=[row()]),
)  # fmt: skip
def ids_are_never_used_again(found: Draft) -> Iterator[Place]:
    """Each id that had another class and another source in an earlier version: another requirement under the same name."""
    before = {one.id: one for one in found.earlier}
    for one in found.requirements:
        old = before.get(one.id)
        if old is not None and old.conformance_class != one.conformance_class and old.source != one.source:
            yield one.id, f"{one.id} was another requirement: class {old.conformance_class}, source {old.source}"


@rule(
    "REQ-04", ERROR, "any", _HOUSE,
    text("A row can be cited, sorted and linked by the form of its id.", "識別碼格式一致，方能引用、排序與連結。"),
    text("Write three capitals, a word if need be, and a number: COM-PAGE-01.", "格式為三個大寫字母、必要時一個詞、以及編號，例如 COM-PAGE-01。"),
    draft({}, requirements=[row("THG-001")]), draft({}, requirements=[row("thing 1")]),
)  # fmt: skip
def ids_have_one_form(found: Draft) -> Iterator[Place]:
    """Each id of another form."""
    yield from ((one.id, one.id) for one in found.requirements if not _ID.fullmatch(one.id))


@rule(
    "REQ-05", ERROR, "any", "BCP 14 (RFC 2119, RFC 8174)",
    text("How binding a sentence is has to stand in it, in both languages.", "條文之強制程度須以兩種語言明示。"),
    text("Use the word of the level: MUST and 必須 or 不得, SHOULD and 應.", "使用與等級相符之用語：MUST 為必須或不得，SHOULD 為應。"),
    draft({}, requirements=[row()]), draft({}, requirements=[row(text={"en": "A thing has a name.", "zh-Hant": "事物有名稱。"})]),
)  # fmt: skip
def texts_say_how_binding_they_are(found: Draft) -> Iterator[Place]:
    """Each MUST or SHOULD whose text lacks the word, in a language. A row that was written in one language has that text in both."""
    for one in found.requirements:
        english, chinese = _WORDS.get(one.level, ((), ()))
        for language, words in (("en", english), ("zh-Hant", chinese)):
            if language != "en" and one.text.get(language) == one.text.get("en"):
                continue
            if words and not any(word in one.text.get(language, "") for word in words):
                yield one.id, f"{one.level}, and the {language} text does not say so"


@rule(
    "REQ-06", ERROR, "any", _HOUSE,
    text("What nobody asked for is nobody's requirement.", "沒有依據之要求，無人應受其拘束。"),
    text("Name the clause of the standard, the law or the interface that it rests on.", "註明其所依據之標準、法規或介面條款。"),
    draft({}, requirements=[row()]), draft({}, requirements=[row(source=" ")]),
)  # fmt: skip
def requirements_have_a_source(found: Draft) -> Iterator[Place]:
    """Each row without a source."""
    yield from ((one.id, "no source") for one in found.requirements if not one.source.strip())


@rule(
    "REQ-07", WARNING, "any", _HOUSE,
    text("Who fails wants to know what to do.", "未通過者須知如何改善。"),
    text("Say how to mend it, in both languages.", "以兩種語言說明改善方式。"),
    draft({}, requirements=[row()]), draft({}, requirements=[row(remedy={"en": "", "zh-Hant": ""})]),
)  # fmt: skip
def tested_requirements_say_how_to_mend(found: Draft) -> Iterator[Place]:
    """Each tested row without a remedy in both languages."""
    for one in found.requirements:
        if one.binding is not None and not all(one.remedy.get(language) for language in ("en", "zh-Hant")):
            yield one.id, "no remedy in both languages"


@rule(
    "REQ-08", ERROR, "any", _HOUSE,
    text("A row that is bound to an operation that is not there tests nothing.", "綁定於不存在之操作的要求，什麼也沒有驗測。"),
    text("Name an operation of the document.", "改為文件內既有之操作。"),
    draft({}, requirements=[row()]), draft({"operationId": "other"}, requirements=[row()]),
)  # fmt: skip
def operations_of_rows_exist(found: Draft) -> Iterator[Place]:
    """Each operation of a row that the document does not have."""
    for one in found.requirements:
        for name in one.binding.operations if one.binding else ():
            if name not in found.operations:
                yield one.id, f"there is no operation {name!r}"


@rule(
    "REQ-09", NOTE, "any", _HOUSE,
    text("An operation that no requirement is tested on is certified unseen.", "未經任何要求驗測之操作，等同未經檢視即予認證。"),
    text("Bind a requirement to it.", "將要求綁定於該操作。"),
    draft({}, requirements=[row()]), draft({"operationId": "other"}, requirements=[row()]),
)  # fmt: skip
def every_operation_is_tested(found: Draft) -> Iterator[Place]:
    """Each operation that no row is bound to, where there are rows."""
    tested = {name for one in found.requirements for name in (one.binding.operations if one.binding else ())}
    yield from (
        (name, f"{name} is tested by no requirement") for name in found.operations if found.requirements and name not in tested
    )
