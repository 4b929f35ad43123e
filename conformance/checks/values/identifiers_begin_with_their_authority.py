"""An identifier begins with the code of the authority that issued it, and a city's code is the city of the item.

Why: the prefix is what keeps the numbers of twenty-two cities apart and what routes a question to its owner.

Fails when: the first characters of an identifier are none of the known codes; or they are a city's code and the item states another
city.
Inconclusive when: no item with such an identifier was seen.
Source: TDX rule `{AuthorityCode}+{StopID}`; MOTC code lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, page
from conformance.checks._reading import documents, read
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 1
ABOUT = """識別碼以核發機關之代碼開頭；縣市代碼即該項目所屬縣市。
緣由：前綴使二十二縣市之編號不致混淆，並將查詢導向其主管者。
不通過：識別碼開頭不是已知代碼；或為縣市代碼而項目載明之縣市不同。
無法判定：未見具此類識別碼之項目。
依據：TDX 規則 `{AuthorityCode}+{StopID}`；交通部代碼表。
"""

MESSAGES = {
    "unknown": {
        "en": "the identifier at {at} does not begin with the code of an authority: expected one of {expected}, got {actual}",
        "zh-Hant": "{at} 的識別碼不是以業管機關代碼開頭：應為 {expected} 之一，實得 {actual}",
    },
    "other-city": {
        "en": "the identifier at {at} begins with another city's code than the item states: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的識別碼前綴與項目的縣市代碼不一致：應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 6) -> Script:
    """Reads the collection, or up to `most` of them."""
    yield from read(operation, inputs, dialect, most=most)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    identifiers: Sequence[str],
    cities: Sequence[str],
    others: Sequence[str] = (),
    city: str = "/cityCode",
    length: int = 3,
) -> Iterator[Finding | Witness]:
    """`identifiers`: pointers into an item; those that an item lacks are passed over. One witness per page with some."""
    for one, items in documents(operation, trace, dialect):
        told = 0
        for at, item in items:
            stated = pointer.first(item, city)
            for where, text in (found for place in identifiers for found in pointer.resolve(item, place)):
                if not isinstance(text, str):
                    continue
                told += 1
                prefix = text[:length]
                if prefix not in cities and prefix not in others:
                    yield Finding("unknown", (one.number,), ", ".join((*cities, *others)), repr(text), at + where)
                elif prefix in cities and isinstance(stated, str) and stated != prefix:
                    yield Finding("other-city", (one.number,), stated, repr(text), at + where)
        if told:
            yield Witness((one.number,), f"{told} identifiers")


def _thing(name: str, city: str | None) -> list[Exchange]:
    return [exchange("GET /things", 200, page({"thingId": name, **({"cityCode": city} if city else {})}), step="read")]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"identifiers": ["/thingId", "/parts/*/partId"], "cities": ["TPE", "TXG"], "others": ["THB"]},
    conforms=[_thing("TPE1", "TPE"), _thing("THB1", "TXG"), _thing("TXG1", None)],
    violates=[_thing("XXX1", "TPE"), _thing("1234", None), _thing("TXG1", "TPE")],
    inconclusive=[[exchange("GET /things", 200, page(), step="read")], [exchange("GET /things", 503, step="read")]],
)
