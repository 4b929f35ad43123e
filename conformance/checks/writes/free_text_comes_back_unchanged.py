"""Free text comes back exactly as it was sent: rare Han characters, emoji, combining marks and right-to-left scripts included.

Why: names in Taiwan use characters outside the basic plane (`𠮷`, `𡍼`), and indigenous languages use combining marks; a database with
three-byte characters or a gateway that normalizes loses a person's name.

Fails when: such a text is refused although an ordinary one is accepted, or the answer or a later reading holds another text.
Inconclusive when: an ordinary text is not accepted, or no resource could be made.
Source: RFC 8259 section 8.1 (UTF-8); RFC 3629; the interface's rules on free text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_lowercase, digits

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import recipe_of, unusable
from conformance.interface import contract
from conformance.interface.bodies import document_of
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness, by_step
from conformance.text import pointer

TOUCHES = Touches.OWN
ASKS = 42
PLAIN = "ordinary text"
TEXTS: Mapping[str, str] = {
    "CJK extension B": "𠮷野家旁𡍼地𠀀區𪚥號",
    "emoji": "🚗➡️🅿️ 👨‍👩‍👧‍👦 🇹🇼 👍🏽",
    "combining marks": "Taiwan ta\u0304i-oa\u030dn e\u0301, A\u030a; ṳ u\u0324",
    "right to left": "שלום עולם، مرحبا ١٢٣ end \u200f\u202b(\u05d0)\u202c",
}
LONG = "emoji, as long as is declared"
SPACED = "spaces, line ends and markup"  # may be refused, but not changed
BLANKS = "  <b>A &amp; B</b>\t\"C\" 'D' \\ / %41 + \r\n E  "

ABOUT = """自由文字原樣傳回：含罕用漢字、表情符號、組合字符及由右至左之文字。
緣由：臺灣人名使用基本平面以外之字（`𠮷`、`𡍼`），原住民族語使用組合字符；三位元組字元之資料庫或自行正規化之閘道，會遺失人名。
不通過：一般文字可接受而此類文字遭拒；或回應或其後讀取之文字不同。
無法判定：一般文字未獲接受，或無法建立資源。
依據：RFC 8259 第 8.1 節（UTF-8）；RFC 3629；介面規範之自由文字規定。
"""

MESSAGES = {
    "refused": {
        "en": "an ordinary text was accepted, and one with {at} was refused: expected {expected}, got {actual}",
        "zh-Hant": "一般文字可接受，含「{at}」的文字卻遭拒：應為 {expected}，實得 {actual}",
    },
    "changed": {
        "en": "the text with {at} came back changed: expected {expected}, got {actual}",
        "zh-Hant": "含「{at}」的文字傳回後不同：應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, member: str) -> Script:
    """Per text one creation and one reading; where a unit is taken the recipe goes on to the next."""
    name, _ = recipe_of(operation)
    name_of_member = pointer.segments(member)[0]
    longest = _longest(operation, name_of_member)
    more = [(LONG, "🚗" * longest)] if longest else []
    for nth, (label, text) in enumerate([(PLAIN, "see the attendant"), *TEXTS.items(), *more, (SPACED, BLANKS)]):
        kept = ascii_lowercase + digits if label == SPACED else ""  # names of an element and an entity, and an escape
        changes = {name_of_member: inputs.guise.spelt(text, apart_from=kept)}
        try:
            one = yield from given.created(operation.spec, name, inputs, dialect, changes=changes, step=label, nth=nth)
        except Unmet:
            if label == PLAIN:
                raise
            continue
        yield given.read(operation.spec, one, step=label)


def _longest(operation: Operation, member: str) -> int:
    """How many characters a member of the body may have; 0 where that is not declared."""
    _, members = contract.body_members(operation, operation.media_type)
    return min(int(members.get(member, {}).get("maxLength", 0)), 4000)


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, member: str) -> Iterator[Finding | Witness]:
    """One witness per kind of text; `member` is the pointer of the free text in request and answer."""
    steps = by_step(trace)
    if not any(one.ok for one in steps.get(PLAIN, ())):
        return
    for label in (*TEXTS, LONG, SPACED):
        made = [one for one in steps.get(label, ()) if one.request.body]
        read = [one for one in steps.get(label, ()) if not one.request.body and one.ok]
        if not made or unusable(made[-1]) or made[-1].status == 409:
            continue
        if made[-1].ok or label != SPACED:
            yield Witness((made[-1].number, *(one.number for one in read)), label, aspect=label)
        if not made[-1].ok:
            if label != SPACED:
                yield Finding("refused", (made[-1].number,), "201", str(made[-1].status), label)
            continue
        sent = pointer.first(document_of(operation, made[-1].request), member)
        for one in (made[-1], *read):
            if (got := pointer.first(one.json, member)) != sent:
                yield Finding("changed", (one.number,), ascii(sent), ascii(got), label)


def _make(label: str, text: str, status: int = 201, got: str | None = None) -> Exchange:
    body = {"thingId": "t1", "note": text if got is None else got} if status == 201 else problem(status)
    return exchange("POST /things", status, body, name="createThing", step=label, actor="a", sent={"note": text})


def _read(label: str, text: str) -> Exchange:
    return exchange("GET /things/t1", 200, {"thingId": "t1", "note": text}, name="getThing", step=label, actor="a")


_PLAIN = _make(PLAIN, "plain")
EXAMPLES = Examples(
    operation="createThing",
    conforms=[numbered(_PLAIN, *(one for label, text in TEXTS.items() for one in (_make(label, text), _read(label, text))))],
    violates=[
        numbered(_PLAIN, _make("CJK extension B", "𠮷", 422)),
        numbered(_PLAIN, _make("emoji", "👍🏽", 500)),
        numbered(_PLAIN, _make("CJK extension B", "𠮷", got="?")),
        numbered(_PLAIN, _make(SPACED, " a ", got="a")),
        numbered(_PLAIN, _make(LONG, "🚗🚗", 422)),
        numbered(_PLAIN, _make("combining marks", "e\u0301"), _read("combining marks", "\u00e9")),
    ],
    inconclusive=[
        [],
        [_make("emoji", "👍🏽", 422)],
        numbered(_make(PLAIN, "plain", 422)),
        numbered(_PLAIN, _make("emoji", "👍🏽", 409)),
        numbered(_PLAIN, _make(SPACED, " a ", 422)),
    ],
    arguments={"member": "/note"},
)
