"""Every unified business number (統一編號) has eight digits and a right check digit.

Why: operators are joined across cities by this number; one wrong digit makes a company of its own.

Fails when: a business number is not eight digits, or its check digit is wrong.
Inconclusive when: no business number was seen.
Source: Ministry of Finance, rules for checking unified business numbers (2023: divisible by 5); MOTC EV OperatorID.

The digits are multiplied by 1, 2, 1, 2, 1, 2, 4, 1 and the digits of the products are added up. The sum is divisible by 5; where the
seventh digit is 7, its product 28 counts as 2 + 8 = 10, hence as 1 or as 0, and it is enough that one of the two sums is divisible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, page
from conformance.checks._reading import documents, read
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
ASKS = 1
ABOUT = """每一統一編號均為八位數字且檢查碼正確。
緣由：各縣市業者資料以此號碼串接；一碼之誤便成另一家公司。
不通過：統一編號不是八位數字，或檢查碼不正確。
無法判定：未見統一編號。
依據：財政部統一編號檢查規則（2023 年：可被 5 整除）；交通部電動車充電資料標準 OperatorID。
各位數字依序乘以 1、2、1、2、1、2、4、1，將乘積之各位數字相加，總和須可被 5 整除；第七位為 7 時，其乘積 28 計為 2 + 8 = 10，故得計為 1 或 0，兩種總和之一可整除即可。
"""

MESSAGES = {
    "digit": {
        "en": "the business number at {at} is not valid: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的統一編號無效：應為{expected}，實得 {actual}",
    }
}
_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 4) -> Script:
    """Reads the collection."""
    yield from read(operation, inputs, dialect, most=most)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, numbers: Sequence[str]
) -> Iterator[Finding | Witness]:
    """`numbers`: pointers into an item; those that an item lacks are passed over. One witness per answer with numbers."""
    for one, items in documents(operation, trace, dialect):
        told = [(at + where, value) for at, item in items for place in numbers for where, value in pointer.resolve(item, place)]
        if told:
            yield Witness((one.number,), f"{len(told)} numbers")
        for where, value in told:
            if not isinstance(value, str) or not _is_valid(value):
                yield Finding(
                    "digit", (one.number,), "8 digits with a right check digit (檢查碼正確的 8 位數字)", repr(value), where
                )


def _is_valid(number: str) -> bool:
    if not re.fullmatch("[0-9]{8}", number):
        return False
    total = 0
    for digit, weight in zip(number, _WEIGHTS, strict=True):
        tens, ones = divmod(int(digit) * weight, 10)
        total += tens + ones
    return total % 5 == 0 or (number[6] == "7" and (total + 1) % 5 == 0)


def _operators(*numbers: object) -> list[Exchange]:
    return [exchange("GET /things", 200, page({"thingId": "a", "operatorIds": list(numbers)}), step="read")]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"numbers": ["/operatorIds/*"]},
    conforms=[_operators("04595257", "22099131", "10458575"), _operators("10458574")],
    violates=[_operators("04595258"), _operators("22099131", "0459525"), _operators(22099131)],
    inconclusive=[_operators(), [exchange("GET /things", 503, step="read")]],
)
