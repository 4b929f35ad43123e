"""Every display name has a text in Chinese as it is written in Taiwan: Han characters, Unicode form C, intact, not simplified.

Why: a name is what people see; one that is empty, garbled on its way through an old encoding, or converted from a simplified source
is found by the first passenger and by no schema. Two normal forms of one name also defeat every comparison.

Fails when: the text in `language` is missing or blank, has no Han character, is not in Unicode normal form C, holds a replacement
or control character or UTF-8 read as Latin-1 or Windows-1252, or holds a character that only simplified Chinese has.
Inconclusive when: no answer with a display name was seen.
Source: the interface's rules on names; TDX NameType; Unicode Standard Annex #15.

A character counts as only simplified when GB 2312 has it and none of Big5, HKSCS, JIS X 0208/0212/0213 and KS X 1001 does, unless
it is a mere variant in the printed form; some simplified characters that HKSCS has for mainland names count too. What Japanese
shares with simplified Chinese (国, 学, 湾) is left alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from conformance.checks._example import exchange, page
from conformance.checks._reading import shown
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
ABOUT = """每一顯示名稱均有臺灣通用之中文：漢字、Unicode NFC、完整、非簡體。
緣由：名稱是民眾所見；空白、經舊編碼而成亂碼或由簡體轉來者，首位旅客便會發現，綱要卻看不出。同名而正規化形式不同，亦使比對失效。
不通過：`language` 之文字缺漏或空白、沒有漢字、不是 Unicode NFC、含替代字元或控制字元、含誤以 Latin-1 或 Windows-1252 解讀之 UTF-8，或含僅簡體中文使用之字。
無法判定：未見含顯示名稱之回應。
依據：介面規範之名稱規定；TDX NameType；Unicode Standard Annex #15。
GB 2312 有而 Big5、HKSCS、JIS X 0208/0212/0213 與 KS X 1001 均無之字，視為僅簡體使用（單純印刷異體除外）；HKSCS 為大陸地名收錄之部分簡體字亦計入。日文與簡體共用之字（国、学、湾）不計。
"""

MESSAGES = {
    "missing": {
        "en": "the display name at {at} has no text in {expected}: {actual}",
        "zh-Hant": "{at} 的顯示名稱缺少 {expected} 文字：{actual}",
    },
    "no-han": {
        "en": "the display name at {at} should have {expected}, but is {actual}",
        "zh-Hant": "{at} 的顯示名稱應含{expected}，實為 {actual}",
    },
    "not-nfc": {
        "en": "the display name at {at} is not in Unicode normal form C: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的顯示名稱未採 Unicode 正規化形式 C：應為 {expected}，實得 {actual}",
    },
    "garbled": {
        "en": "the display name at {at} is garbled: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的顯示名稱為亂碼：應為 {expected}，實得 {actual}",
    },
    "simplified": {
        "en": "the display name at {at} holds characters that only simplified Chinese has: {actual}; expected {expected}",
        "zh-Hant": "{at} 的顯示名稱含有簡體字：{actual}；應為{expected}",
    },
}
_HAN = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\ue000-\uf8ff\ufeff\ufffd\ufffe\uffff\U000f0000-\U0010ffff]")
_LATIN = re.compile(
    "[\u00a0-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2026\u2030\u2039\u203a\u20ac\u2122]{2,}"
)
_ELSEWHERE = ("big5", "cp950", "big5hkscs", "euc_jp", "euc_jis_2004", "cp932", "euc_kr", "johab")
_VARIANTS = frozenset("丢净别吕呐呙唤奂姗娱宫换摇栅涣焕痪")  # 丟淨別呂… as mainland type has them

_IN_HKSCS_ONLY = frozenset(
    "业东丽义亚亿仪农冈兴凤务动华卤发变团块坛坟处备头宪实庆总护拟拥桥汉济涤滨滩灿炼炽琼电类纤纬纺织经统缆联艺苏药莹萤补"
    "见视设询贝跃车轧轮输边递邮邻钟钢铁铃铜银锭镇长门间际险韦页风飞马骏鱼鸟齐齿龙龟"
)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, language: str = "zh-Hant"
) -> Iterator[Finding | Witness]:
    """One witness per answer with display names."""
    for one in trace:
        names = [name for name in contract.located(operation, one, "x-text", "display-name") if isinstance(name, dict)]
        if names:
            yield Witness((one.number,), f"{len(names)} names")
        if not any(_is_missing(text := name.get(language)) or _faults(text) for name in names):
            continue  # nearly always: then nobody asks where they stand
        for at, name in contract.locate(operation, one, "x-text", "display-name"):
            if isinstance(name, dict):
                yield from _named_wrongly(one, at, name, language)


def _is_missing(text: Any) -> bool:
    return not isinstance(text, str) or not text.strip()


def _named_wrongly(one: Exchange, at: str, name: Mapping[str, Any], language: str) -> Iterator[Finding]:
    text = name.get(language)
    if _is_missing(text):
        yield Finding("missing", (one.number,), language, shown(name), at)
        return
    for message, expected, actual in _faults(text):
        yield Finding(message, (one.number,), expected, actual, f"{at}/{language}")


@lru_cache(maxsize=4096)  # the same stops are named in many answers
def _faults(text: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(_found(text))


def _found(text: str) -> Iterator[tuple[str, str, str]]:
    if _garbled(text):
        yield "garbled", "text as it was written", ascii(text)
    elif not _HAN.search(text):
        yield "no-han", "a Han character (漢字)", shown(text)
    if (composed := unicodedata.normalize("NFC", text)) != text:
        yield "not-nfc", ascii(composed), ascii(text)
    if simplified := "".join(dict.fromkeys(c for c in text if _only_simplified(c))):
        yield "simplified", "traditional characters (正體字)", f"{simplified} in {text!r}"


def _garbled(text: str) -> bool:
    """Whether a character was lost, or UTF-8 was read as a Western encoding (臺 as è‡º)."""
    return bool(_BROKEN.search(text)) or any(_reads_as_utf8(run) for run in _LATIN.findall(text))


def _reads_as_utf8(run: str) -> bool:
    for codec in ("latin-1", "cp1252"):
        try:
            run.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
        return True
    return False


@cache
def _only_simplified(character: str) -> bool:
    if character in _IN_HKSCS_ONLY:
        return True
    if not "\u4e00" <= character <= "\u9fff" or character in _VARIANTS:
        return False
    return _has("gb2312", character) and not any(_has(codec, character) for codec in _ELSEWHERE)


def _has(codec: str, character: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _named(name: Any) -> list[Exchange]:
    return [exchange("GET /things/a", 200, {"thingId": "a", "name": name, "state": "NEW"}, name="getThing")]


EXAMPLES = Examples(
    operation="getThing",
    conforms=[
        _named({"zh-Hant": "臺北車站（忠孝）", "en": "Taipei Main Station"}),
        _named({"zh-Hant": "𡒉坔里・台灣大道峯Café 3號"}),
        _named({"zh-Hant": "新庄國中双連双喜楼點心“豆花”—à l'été"}),
    ],
    violates=[
        _named({"en": "Taipei Main Station"}),
        _named({"zh-Hant": " "}),
        _named({"zh-Hant": "Taipei 101"}),
        _named({"zh-Hant": "咖啡 Cafe\u0301"}),
        _named({"zh-Hant": "\u81fa\ufa19"}),
        _named({"zh-Hant": "臺北車站".encode().decode("latin-1")}),
        _named({"zh-Hant": "市府 " + "站".encode().decode("cp1252", "ignore")}),
        _named({"zh-Hant": "臺北車\ufffd"}),
        _named({"zh-Hant": "台北车站"}),
    ],
    inconclusive=[[exchange("GET /things/a", 404, name="getThing")], [exchange("GET /things", 200, page())]],
)
