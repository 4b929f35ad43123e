"""A page of open data states its licence, and, where that is a URL, the attribution that a re-user has to show.

Why: data without a licence may not be used, however freely they are served.

Fails when: a page's licence is neither `OGDL-Taiwan-1.0` nor an absolute URL, or is a URL without an attribution.
Inconclusive when: no page was seen.
Source: 政府資料開放授權條款第1版 (data.gov.tw/license); SPDX License List.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from conformance import given
from conformance.checks._example import exchange, page, problem
from conformance.checks._reading import shown
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
ASKS = 2
SCOPE = "exchange"

ABOUT = """開放資料之頁載明授權條款；為 URL 者，另載明再利用時應標示之出處。
緣由：未載授權之資料，無論如何自由取得，均不得使用。
不通過：頁之授權既非 `OGDL-Taiwan-1.0` 亦非絕對 URL，或為 URL 而無出處標示。
無法判定：未見任何一頁。
依據：政府資料開放授權條款第1版（data.gov.tw/license）；SPDX License List。
"""

MESSAGES = {
    "licence": {
        "en": "{at} should be {expected}, but is {actual}",
        "zh-Hant": "{at} 應為 {expected}，實為 {actual}",
    },
    "attribution": {
        "en": "with the licence {expected} a text is needed at {at}, but it is {actual}",
        "zh-Hant": "授權為 {expected} 時，{at} 必須有文字，實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """The first page, and the one after a small one."""
    request = yield from given.ready(operation, inputs, dialect)
    small: Exchange = yield request.with_query(**{dialect.of(operation).limit: 1}).with_step("licence")
    if (following := dialect.next_page(small)) is not None:
        yield following.with_step("licence")


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, licences: Sequence[str] = ("OGDL-Taiwan-1.0",)
) -> Iterator[Finding | Witness]:
    """A witness per page. `licences` are the identifiers that need no attribution."""
    where = f"{dialect.meta}/attribution"
    for one in trace:
        if dialect.items(one, operation) is None:
            continue
        yield Witness((one.number,), "page")
        licence = pointer.first(one.json, dialect.licence)
        if licence in licences:
            continue
        if not _is_url(licence):
            yield Finding("licence", (one.number,), f"{', '.join(licences)} / URL", shown(licence), dialect.licence)
        elif not (isinstance(said := pointer.first(one.json, where), str) and said.strip()):
            yield Finding("attribution", (one.number,), str(licence), shown(said), where)


def _is_url(value: Any) -> bool:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def _page(**meta: Any) -> list[Exchange]:
    return [exchange("GET /things", 200, page("a", **meta))]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _page(license="OGDL-Taiwan-1.0"),
        _page(license="https://data.gov.tw/license", attribution="臺北市政府"),
    ],
    violates=[_page(), _page(license="free"), _page(license=7), _page(license="https://data.gov.tw/license")],
    inconclusive=[[], [exchange("GET /things", 400, problem(400))], [exchange("GET /things", 304)]],
)
