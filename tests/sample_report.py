"""A report with every outcome, made by the suite's own `assemble` from a small invented run; and one of any size."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from conformance.evidence import Footer, Header
from conformance.model import (
    Binding,
    Case,
    Claim,
    Exchange,
    Finding,
    Inputs,
    Level,
    Outcome,
    Plan,
    Profile,
    Reason,
    Request,
    Requirement,
    Response,
    Spec,
    Verdict,
    Written,
)
from conformance.verdict.report import Run, assemble
from conformance.verdict.traffic import Traffic

BASE = "https://sandbox.vendor.example/city/v1"
CLASSES = {
    "core": {"en": "Core rules of the wire", "zh-Hant": "介面共通規則"},
    "collections": {"en": "Collections and paging", "zh-Hant": "集合與分頁"},
    "reservations": {"en": "Reservations", "zh-Hant": "預約"},
    "time": {"en": "Time and freshness", "zh-Hant": "時間與資料新鮮度"},
}
JSON, PROBLEM = ("content-type", "application/json"), ("content-type", "application/problem+json")
STARTED = 1_790_000_000_000
WRITTEN = Written("ci/yance.toml", {"/target": 6, "/target/url": 7, "/actors": 12, "/seed": 30})


def row(
    identifier: str,
    level: str,
    group: str,
    check: str | None,
    en: str,
    zh: str,
    *,
    source: str = "RFC 9110",
    remedy: tuple[str, str] | None = ("Answer as the specification says.", "請依介面規範回應。"),
) -> Requirement:
    untested = None if check else {"en": "it cannot be observed from outside", "zh-Hant": "無法自外部觀察"}
    binding = Binding(check, {}, ()) if check else None
    mend = {"en": remedy[0], "zh-Hant": remedy[1]} if remedy else {}
    where = f"transport/1.0.0/requirements.yaml:{len(identifier) * 7}"
    return Requirement(
        identifier, Level(level), group, "oracle", {"en": en, "zh-Hant": zh}, source, mend, binding, untested, 1, "case", where
    )


ROWS = (
    row(
        "COM-ERR-01",
        "MUST",
        "core",
        "errors_are_problem_documents",
        "Every error with a body is a problem document whose status member equals the HTTP status.",
        "所有具內容之錯誤回應，皆應為問題文件，其 status 欄位應與 HTTP 狀態碼相同。",
        source="RFC 9457 section 3; common rules, section 4",
        remedy=(
            "Send errors as application/problem+json with type, title and status, also those that a gateway or framework makes.",
            "錯誤請一律以 application/problem+json 回應，並含 type、title、status；閘道或框架產生之錯誤亦同。",
        ),
    ),
    row(
        "COM-ERR-06",
        "MUST",
        "core",
        "no_input_breaks_the_server",
        "No input, within the schema or outside it, is answered with a server error.",
        "無論輸入是否符合綱要，皆不得回應伺服器錯誤。",
        source="common rules, section 4",
        remedy=("Refuse what you cannot process with 400 or 422.", "無法處理之輸入，請以 400 或 422 拒絕。"),
    ),
    row(
        "COM-PAGE-01",
        "MUST",
        "collections",
        "pages_cover_every_item_once",
        "Following the pages of a collection gives every item exactly once, whatever the page size.",
        "不論每頁筆數為何，逐頁讀取集合時，每一項目應恰好出現一次。",
        source="common rules, section 5; RFC 8288",
        remedy=("Order by a unique key and continue after the last one seen.", "請以唯一鍵排序，並自前頁最後一筆之後接續。"),
    ),
    row(
        "COM-CACHE-01",
        "SHOULD",
        "core",
        "caching_is_stated",
        "Answers state how long they may be kept.",
        "回應宜敘明可快取之時間。",
        source="RFC 9111 section 5.2",
    ),
    row(
        "COM-DOC-01",
        "MUST",
        "core",
        "api_description_is_valid_openapi",
        "The published API description is valid.",
        "所公布之介面描述文件應為有效。",
    ),
    row("COM-VER-01", "MUST", "core", "version_is_stated", "Every answer states the version.", "每一回應皆應標示版本。"),
    row(
        "RSV-CAP-01",
        "MUST",
        "reservations",
        "parallel_creates_never_overbook",
        "Parallel requests never overbook.",
        "同時送出之預約請求，不得超額。",
    ),
    row(
        "RSV-TEN-02",
        "MUST",
        "reservations",
        "foreign_cursors_are_refused",
        "A cursor of another tenant is refused.",
        "應拒絕其他租戶之游標。",
    ),
    row("TIM-OLD-01", "MUST", "time", "old_data_are_marked_stale", "Old data are marked stale.", "逾時資料應標示為過時。"),
    row("TIM-CLK-01", "MUST", "time", "clocks_never_go_back", "Times of update never go back.", "更新時間不得倒退。"),
    row("TIM-SYN-01", "MUST", "time", None, "The server's clock is synchronised.", "伺服器時鐘應校時。", remedy=None),
    row("GEO-01", "SHOULD", "time", "positions_lie_within_bounds", "Positions lie within their area.", "座標應落於所屬範圍。"),
)


def document(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def stops(first: int, count: int) -> dict[str, Any]:
    items = [
        {"stopUid": f"TPE{n:05d}", "stopName": {"zh-Hant": f"市政府站 {n}", "en": f"City Hall {n}"}, "positionLon": 121.565}
        for n in range(first, first + count)
    ]
    return {"items": items, "page": {"limit": count, "nextCursor": None}}


def asked(
    number: int,
    case: str,
    request: Request,
    status: int = 200,
    body: bytes = b"",
    *headers: tuple[str, str],
    failure: str | None = None,
) -> Exchange:
    response = None if failure else Response(status, (("date", "Mon, 21 Sep 2026 14:13:20 GMT"), *headers), body, size=len(body))
    facts = {"tlsVersion": "TLSv1.3", "tlsKey": "sha256:" + "e1" * 32}
    return Exchange(number, case, request, response, failure, BASE, STARTED + number * 100, 20 + number, facts)


LIST = Request("listStops", "GET", "/stops", (("cityCode", "TPE"),), (("accept", "application/json"),), step="limit=2")
CREATE = Request(
    "createReservation",
    "POST",
    "/reservations",
    (),
    (("accept", "application/json"), ("content-type", "application/json"), ("idempotency-key", "yance-1")),
    document({"targetType": "CAR_SPACE", "targetUid": "TPE000042", "holderRef": "yance-it's-me", "note": "\u202eabc"}),
    "a",
    "drawn: valid 3",
)
EXCHANGES = (
    asked(
        11, "COM-ERR-01/listStops", LIST.with_query(limit="0"), 400, b"<html>bad request</html>", ("content-type", "text/html")
    ),
    asked(
        12,
        "COM-ERR-01/listStops",
        LIST.with_query(cursor="x" * 40),
        400,
        document({"type": "about:blank", "title": "Bad cursor", "status": 500, "errors": [{"parameter": "cursor"}]}),
        PROBLEM,
    ),
    asked(20, "COM-ERR-06/createReservation", CREATE, 500, document({"error": "NullPointerException", "ids": [1.0, 2e5]}), JSON),
    asked(21, "COM-ERR-06/createReservation", CREATE.with_step("drawn: valid 4"), failure="ReadTimeout: no answer within 10.0 s"),
    asked(30, "COM-PAGE-01/listStops", LIST.with_query(limit="2"), 200, document(stops(1, 2)), JSON, ("etag", '"a1"')),
    asked(31, "COM-PAGE-01/listStops", LIST.with_query(limit="2", cursor="c2"), 200, document(stops(2, 2)), JSON),
    asked(32, "COM-PAGE-01/listStops", LIST.with_query(limit="50"), 200, document(stops(1, 30)), JSON),
    asked(40, "COM-CACHE-01/getStop", Request("getStop", "GET", "/stops/TPE00001"), 200, document(stops(1, 1)["items"][0]), JSON),
    asked(
        90,
        "shrink/COM-ERR-06/createReservation",
        CREATE.with_json({"note": "\u202e"}).with_step("smaller"),
        500,
        document({"error": "NullPointerException"}),
        JSON,
    ),
)
VERDICTS = (
    Verdict(
        "COM-ERR-01/listStops",
        "COM-ERR-01",
        "listStops",
        Outcome.FAIL,
        (
            Finding("media-type", (11,), "application/problem+json", "text/html, not JSON"),
            Finding("member", (12,), "400", "500", "/status"),
        ),
        2,
    ),
    Verdict("COM-ERR-01/getStop", "COM-ERR-01", "getStop", Outcome.PASS, (), 4),
    Verdict(
        "COM-ERR-01/listRoutes",
        "COM-ERR-01",
        "listRoutes",
        Outcome.INCONCLUSIVE,
        (),
        0,
        Reason("no-witness", {"witnesses": "0", "least": "1"}),
    ),
    Verdict(
        "COM-ERR-06/createReservation",
        "COM-ERR-06",
        "createReservation",
        Outcome.FAIL,
        (Finding("broken", (20,), "no 5xx", "500"), Finding("broken", (21,), "an answer", "none")),
        14,
    ),
    Verdict(
        "COM-PAGE-01/listStops",
        "COM-PAGE-01",
        "listStops",
        Outcome.FAIL,
        (
            Finding("repeated", (30, 31), "limit=2", "TPE00002", "/items/0"),
            Finding("missing", (32, *range(50, 70)), "30 items", "TPE00031", "/items/29"),
        ),
        3,
    ),
    Verdict("COM-PAGE-01/listRoutes", "COM-PAGE-01", "listRoutes", Outcome.PASS, (), 3),
    Verdict(
        "COM-CACHE-01/getStop",
        "COM-CACHE-01",
        "getStop",
        Outcome.FAIL,
        (Finding("unsaid", (40,), "Cache-Control: max-age=N", "absent"),),
        1,
    ),
    Verdict(
        "COM-DOC-01/getApiDescription",
        "COM-DOC-01",
        "getApiDescription",
        Outcome.ERROR,
        (),
        0,
        Reason("judge-error", {"error": "KeyError: 'openapi'"}),
    ),
    Verdict("COM-VER-01/listStops", "COM-VER-01", "listStops", Outcome.PASS, (), 41),
    Verdict("RSV-CAP-01/createReservation", "RSV-CAP-01", "createReservation", Outcome.NOT_TESTED, (), 0, Reason("no-sandbox")),
    Verdict(
        "RSV-TEN-02/listReservations",
        "RSV-TEN-02",
        "listReservations",
        Outcome.INCONCLUSIVE,
        (),
        0,
        Reason("no-actor", {"actor": "b"}),
    ),
    Verdict(
        "TIM-OLD-01/listStops",
        "TIM-OLD-01",
        "listStops",
        Outcome.INCONCLUSIVE,
        (),
        0,
        Reason("no-witness", {"witnesses": "0", "least": "1"}),
    ),
    Verdict(
        "TIM-OLD-01/getStop", "TIM-OLD-01", "getStop", Outcome.INCONCLUSIVE, (), 0, Reason("unmet", {"why": "no stop was found"})
    ),
    Verdict("TIM-CLK-01/listStops", "TIM-CLK-01", "listStops", Outcome.PASS, (), 2),
    Verdict(
        "TIM-SYN-01",
        "TIM-SYN-01",
        "",
        Outcome.NOT_TESTED,
        (),
        0,
        Reason("untested", {"en": "a clock cannot be seen", "zh-Hant": "無法觀察時鐘"}),
    ),
    Verdict("GEO-01", "GEO-01", "", Outcome.NOT_APPLICABLE, (), 0, Reason("not-in-profile", {"profile": "open-data"})),
)


def made(rows: tuple[Requirement, ...], verdicts: tuple[Verdict, ...], exchanges: tuple[Exchange, ...]) -> dict[str, Any]:
    checks = {one.id: one.binding.check if one.binding else "" for one in rows}
    none = frozenset[str]()
    cases = tuple(
        Case(v.case, v.requirement, v.operation, checks[v.requirement], {}, Inputs(), none, none, "case") for v in verdicts
    )
    tested = {row: tuple(v.operation for v in verdicts if v.requirement == row and v.operation) for row in checks}
    rows = tuple(replace(one, binding=Binding(checks[one.id], {}, tested[one.id])) if one.binding else one for one in rows)
    digest = "sha256:" + "5e" * 32
    spec = Spec("transport", "1.0.0", {}, digest, {}, {}, {}, rows, CLASSES)
    title = {"en": "Transport: open data", "zh-Hant": "交通：開放資料"}
    profile = Profile(
        "open-data", "1.0.0", "transport", "1.0.0", title, tuple(CLASSES), sum(tested.values(), ()), {}, 12, "sha256:" + "6f" * 32
    )
    plan = Plan("transport", "1.0.0", digest, "open-data", profile.digest, 1, True, cases, "sha256:" + "a7" * 32)
    footer = Footer(612, 548, "sha256:" + "b8" * 32, "c9" * 32, STARTED + 192_000, "sha256:" + "d0" * 32, 31)
    claim = Claim("self-test", "stop-server", "2.4.1", "臺北交通科技股份有限公司")
    header = Header(plan.digest, BASE, STARTED, "yance", "0.1.0", "sha256:" + "e1" * 32, claim, written=WRITTEN)
    traffic = Traffic()
    for one in exchanges:
        traffic.take(one)
    run = Run(plan, spec, profile, header, footer, traffic=traffic)
    return assemble(run, [placed(one) for one in verdicts], exchanges)


def placed(verdict: Verdict) -> Verdict:
    """The verdict with references in its findings, as if its case had brought one exchange after another."""
    numbers = sorted({number for finding in verdict.findings for number in finding.exchanges})
    names = {number: f"{verdict.case}#{index}" for index, number in enumerate(numbers, 1)}
    return replace(
        verdict, findings=tuple(replace(one, references=tuple(names[n] for n in one.exchanges)) for one in verdict.findings)
    )


def sample() -> dict[str, Any]:
    """A report with every outcome."""
    return made(ROWS, VERDICTS, EXCHANGES)


def passed() -> dict[str, Any]:
    """A report without a failure."""
    kept = ("COM-VER-01", "TIM-CLK-01")
    return made(tuple(one for one in ROWS if one.id in kept), tuple(v for v in VERDICTS if v.requirement in kept), EXCHANGES)


def large(count: int, operations: int = 10, exchanges: int = 0) -> dict[str, Any]:
    """A report of `count` verdicts and as many exchanges, or more, half of them failures with four findings in exchanges of several thousand characters."""
    rows = tuple(
        row(f"BIG-{n}", "MUST", "core", "errors_are_problem_documents", f"Rule {n} holds. " * 8, f"規則 {n} 成立。" * 8)
        for n in range(count // operations)
    )
    found = [Finding("member", (1, 2), "400" * 20, "500" * 20, f"/items/{at}") for at in range(4)]
    verdicts = tuple(
        Verdict(
            f"BIG-{n // operations}/op{n % operations}",
            f"BIG-{n // operations}",
            f"op{n % operations}",
            Outcome.FAIL if n % 2 else Outcome.PASS,
            tuple(replace(one, exchanges=(n, n + 1)) for one in found) if n % 2 else (),
            3,
        )
        for n in range(count)
    )
    body = document(stops(1, 36))
    numbers = range(1, max(count, exchanges) + 1)
    return made(rows, verdicts, tuple(asked(n, verdicts[(n - 1) % count].case, LIST, 400, body, PROBLEM) for n in numbers))
