"""An error shows nothing of the inside: no stack trace, no query, no file path, no internal host, no secret that was sent.

Why: each such line tells an attacker what runs here, and an echoed token ends up in logs and screenshots.

Fails when: the body of a 4xx or 5xx answer holds one of these.
Inconclusive when: no error with a body was seen.
Source: OWASP API Security Top 10, Security Misconfiguration; 資通安全責任等級分級辦法.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from conformance import given
from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import BAD_TOKEN, bad_credential, nowhere, rekeyed
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Guise, Inputs, Operation, Request, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
ASKS = 6
SCOPE = "exchange"
PROVOKING = "yance'\");--"

ABOUT = """錯誤不洩漏內部資訊：堆疊追蹤、查詢語句、檔案路徑、內部主機、所送之機密均不得出現。
緣由：每一行都告訴攻擊者此處執行什麼；回傳之權杖則會留在日誌與截圖中。
不通過：4xx 或 5xx 回應之本文含有上列之一。
無法判定：未見有本文之錯誤。
依據：OWASP API Security Top 10, Security Misconfiguration；資通安全責任等級分級辦法。
"""

MESSAGES = {
    "disclosed": {
        "en": "the error discloses something internal ({expected} should not be there): {actual}",
        "zh-Hant": "錯誤回應洩漏內部資訊（不應含有 {expected}）：{actual}",
    },
    "echoed": {
        "en": "the error echoes a secret that was sent in {expected}: {actual}",
        "zh-Hant": "錯誤回應重現了 {expected} 中送出的機密：{actual}",
    },
}
SIGNS = {
    "stack trace": re.compile(
        r"Traceback \(most recent call last\)"
        r'|File "[^"\n]+", line \d+'
        r"|\bat [\w.$<>]+\([\w.]+\.(?:java|kt|scala|groovy):\d+\)"
        r"|\bat [^\s(]+ \([^)\s]+\.[cm]?[jt]s:\d+:\d+\)"
        r"|\bin [^\s:]+\.cs:line \d+"
        r"|\bgoroutine \d+ \[\w+|\bpanic: runtime error\b"
        r"|(?<![\w.])(?:java|javax|org|com|System)(?:\.\w+)+(?:Exception|Error)\b"
    ),
    "query": re.compile(
        r"\bSELECT\b.{1,300}?\bFROM\b|\bINSERT INTO\b.{1,300}?\bVALUES\b|\bUPDATE\b.{1,200}?\bSET\b.{1,100}?=|\bDELETE FROM\b"
        r"|violates (?:unique|foreign key|check|not-null|exclusion) constraint|\bUNIQUE constraint failed|\bDuplicate entry '.{1,200}?' for key"
        r"|SQLSTATE|\bORA-\d{5}\b|syntax error at or near|error in your SQL syntax|sqlite3\.\w*Error|psycopg2?\.|\bSQLException\b",
        re.DOTALL,
    ),
    "file path": re.compile(
        r"(?<![\w/.:-])/(?:usr|home|var|etc|opt|srv|root|tmp|app|proc|mnt|Users|private)(?:/[\w.@+-]+)*/[\w@+-]+\.[A-Za-z]\w{0,7}\b"
        r"|(?<![\w/.:-])/(?:usr|home|var|etc|root|Users)/[\w.@+-]+/[\w.@+-]+"
        r"|(?<![A-Za-z])[A-Za-z]:\\{1,2}\w[^\s\"]*"
    ),
    "internal host": re.compile(
        r"(?<![\w.])(?:10(?:\.\d{1,3}){3}|127(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2})(?![\w.])"
        r"|(?<![\w.-])localhost(?![\w.-])|(?<![\w.-])(?:[\w-]{1,63}\.){1,8}(?:internal|local|localdomain|lan|intranet|corp)\b(?![.\w-])"
    ),
}
_LINE_END = re.compile(r"(?<!\\)\\[nrt]")  # as JSON writes it
LOOPBACK = ("localhost", "127.0.0.1", "::1")  # where the target itself may run when it is tried out
MOST = 64 * 1024  # characters that are read: an error that is longer is no better
REFERENCES = ("type", "instance")  # of a problem document (RFC 9457 section 3.1)
SECRETS = ("authorization", "x-api-key", "cookie")


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Questions that careless servers answer with what they stumbled over."""
    base = nowhere(operation, inputs.guise)
    yield bad_credential(base).with_step("provoking")
    for request in _provoking(operation, base, inputs.guise):
        yield rekeyed(request, inputs, "provoking").with_step("provoking")
    if any(p.required for p in operation.parameters if p.location == "path") and not operation.writes:
        known = yield from given.ready(operation, inputs, dialect)
        yield known.with_query(yanceUnknown=PROVOKING).with_step("provoking")


def _provoking(operation: Operation, base: Request, guise: Guise) -> Iterator[Request]:
    names = [p.name for p in operation.parameters if p.location == "path"]
    if names:
        yield operation.request(path=dict.fromkeys(names, PROVOKING))
    for p in [p for p in operation.parameters if p.location == "query"][:6]:
        yield base.with_query(**{p.name: PROVOKING})
    if not names and not operation.writes:
        yield base.with_query(yanceUnknown=PROVOKING)
    if operation.bodies:
        media = operation.media_type
        name, deep = guise.spelt("a").encode(), guise.beyond(2000, 500)
        for body in (b'{"%b":' % name, b"[" * deep, b'{"%b": "\\ud800"}' % name, b"7"):
            headers = {"Idempotency-Key": "yance-provoking", "If-Match": '"yance-none"'}
            yield operation.request(path=dict.fromkeys(names, "yance-none"), body=body, media_type=media, headers=headers)


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per error with a body."""
    for one in trace:
        if one.response is None or one.status < 400 or not one.response.has_body:
            continue
        yield Witness((one.number,), f"error {one.status}")
        body = one.response.body[:MOST].decode("utf-8", "replace")
        text = _without_the_question(one, body)
        for sign, found in _signs(text, _without_references(one, text)):
            yield Finding("disclosed", (one.number,), sign, found)
        if one.attributes.get("echoed"):  # established where the secret was seen; it is never recorded
            yield Finding("echoed", (one.number,), "credentials", "«…»")
            continue
        for name, secret in _secrets(one):
            if secret in body:
                yield Finding("echoed", (one.number,), name, secret[:8] + "…")
                break


@lru_cache(maxsize=64)  # a server says the same thing over and over, and a long body takes long to search
def _signs(text: str, no_references: str) -> tuple[tuple[str, str], ...]:
    found = ((sign, pattern.search(no_references if sign == "file path" else text)) for sign, pattern in SIGNS.items())
    return tuple((sign, match[0][:200]) for sign, match in found if match)


def _secrets(one: Exchange) -> Iterator[tuple[str, str]]:
    """Secrets of the request as they are recorded: pseudonyms that are equal where the secrets are, and our own bad token."""
    sent = [(name, one.request.header(name) or "") for name in SECRETS]
    for name, value in sent:
        secret = value.rpartition(" ")[2]
        if len(secret) > 5:
            yield name, secret
    if sent[0][1]:
        yield SECRETS[0], one.said(BAD_TOKEN)


def _without_the_question(one: Exchange, body: str) -> str:
    """The body without what the client itself asked: its host, its path and its values say nothing of the inside."""
    text = _LINE_END.sub("\n", body.replace("\\/", "/"))
    asked = urlsplit(one.url)
    own = [one.base_url, asked.netloc, asked.hostname or "", asked.path, unquote(asked.path), unquote(one.request.path)]
    own += [value for _, value in one.request.query]
    own += LOOPBACK if asked.hostname in LOOPBACK else ()
    for part in sorted({part for part in own if len(part) > 3}, key=len, reverse=True):
        text = text.replace(part, "…")
    return text


def _without_references(one: Exchange, text: str) -> str:
    """The text without the members of a problem that are URI references: `/home/problems/not-found` is no file."""
    for name in REFERENCES:
        reference = pointer.first(one.json, f"/{name}")
        if isinstance(reference, str) and reference.startswith("/"):
            text = text.replace(f'"{reference}"', '"…"', 1)
    return text


def _error(detail: str, *, status: int = 500, line: str = "GET /things", sent: str = "") -> list[Exchange]:
    headers = {"Authorization": f"Bearer {sent}"} if sent else {}
    return [exchange(line, status, problem(status, detail=detail), sent_headers=headers)]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _error("limit must be an integer from 1 to 200; select another page from the list", status=400),
        _error("/var/lib/x.db is unknown", status=404, line="GET /var/lib/x.db"),
        [exchange("GET /things", 404, {**problem(404), "type": "/home/problems/not-found", "instance": "/usr/lost/things"})],
        _error("nothing at https://shop.example/v1/things", status=404),
        _error("the token is not valid", status=401, sent="yance.malformed.token"),
        _error("version 10.1.2 of the API; see /usr-guide and 8.8.8.8", status=400),
    ],
    violates=[
        _error('Traceback (most recent call last):\n  File "/srv/a.py", line 7'),
        _error("NullPointerException at com.shop.Things.list(Things.java:42)"),
        _error("SELECT * FROM things WHERE id = 1"),
        _error('duplicate key value violates unique constraint "things_name_key"', status=409),
        _error("index out of range\n\ngoroutine 18 [running]:\nmain.list()"),
        _error("cannot open /var/lib/shop/things.db"),
        _error("C:\\inetpub\\shop\\web.config is missing"),
        _error("connection to db-1.internal refused"),
        _error("connection to 10.0.3.7:5432 refused"),
        _error("yance.malformed.token is not a token", status=401, sent="yance.malformed.token"),
    ],
    inconclusive=[[], [exchange("GET /things", 200, page("a"))], [exchange("GET /things", 404)]],
)
