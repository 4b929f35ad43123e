"""The lines of an evidence file, and the records that they stand for.

    {"kind":"evidence", …}     Header    once, first: what was tested, by what, under which plan
    {"kind":"exchange", …}     Exchange  numbered from 1 without a gap, as redacted
    {"kind":"case", …}         CaseEnd   how a case ended, and with how many exchanges
    {"kind":"resumed", …}      Resumed   the run was interrupted before here
    {"kind":"footer", …}       Footer    once, last: counts, digest and Merkle root of every line before it

A line is compact JSON with sorted members and holds text, integers, booleans, nulls, arrays and objects: nothing that two
readers could understand differently. A body is text when it is UTF-8, else base64; either way the same bytes come back.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from conformance.errors import SuiteError, VerificationError
from conformance.evidence import quick
from conformance.model import Challenge, Claim, Control, Exchange, Request, Response, Written
from conformance.text import strictjson

__all__ = [
    "CaseEnd",
    "Ended",
    "Footer",
    "Header",
    "Record",
    "Resumed",
    "challenge_document",
    "control_document",
    "decode",
    "encode",
]

_VERSION = 1


class Ended(StrEnum):
    """How a case ended; `for_good` says whether that stands when the run is resumed."""

    COMPLETE = "complete"
    UNMET = "unmet"
    BUDGET = "budget"
    ERROR = "error"
    INTERRUPTED = "interrupted"
    UNREACHABLE = "unreachable"
    CREDENTIALS = "credentials"

    @property
    def for_good(self) -> bool:
        """Whether a resumed run leaves the case alone."""
        return self in (Ended.COMPLETE, Ended.UNMET, Ended.ERROR)


@dataclass(frozen=True, slots=True)
class Header:
    """What was tested, by what, under which plan, and for what. Times are Unix milliseconds, `longest_pause` milliseconds.

    `build` is the digest of the suite's own files; `seed_drawn` says that chance chose the plan's seed, and not whoever ran it; `actors`
    are those for whom there were credentials; `concurrency` is how many cases may be under way at once, 0 for any number; `written` says
    where the settings stand; `challenge` and `control` are of a run that answers a challenge of the office; `beside` are the base URLs of
    the further targets of journeys, which no other run has.
    """

    plan: str
    base_url: str
    started_at: int
    suite: str
    suite_version: str
    build: str = ""
    claim: Claim = field(default_factory=Claim)
    longest_pause: int = 60_000
    seed_drawn: bool = False
    actors: tuple[str, ...] = ()
    concurrency: int = 0
    written: Written | None = None
    challenge: Challenge | None = None
    control: Control | None = None
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseEnd:
    """How a case ended. `exchanges` counts those since the case began, or since it last ended in a resumed run."""

    case: str
    ended: Ended
    reason: str
    exchanges: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """The run was interrupted before this line and went on at `at`."""

    at: int


@dataclass(frozen=True, slots=True)
class Footer:
    """What all lines before this one come to. `digest` is `sha256:…`; `root` the RFC 6962 root in hex."""

    entries: int
    exchanges: int
    digest: str
    root: str
    finished_at: int
    policy_digest: str
    replacements: int


Record = Header | Exchange | CaseEnd | Resumed | Footer


def encode(record: Record, base_url: str = "") -> bytes:
    """The line of a record, without its newline. `base_url` is the header's: an exchange names its own only if it differs."""
    if isinstance(record, Exchange):
        return strictjson.dense(_exchange_line(record, base_url))
    if isinstance(record, CaseEnd):
        members = {"case": record.case, "ended": record.ended.value, "reason": record.reason, "exchanges": record.exchanges}
        return strictjson.dense({"kind": "case", **members})
    if isinstance(record, Resumed):
        return strictjson.dense({"kind": "resumed", "at": record.at})
    if isinstance(record, Header):
        return strictjson.dense(_header_line(record))
    redaction = {"policyDigest": record.policy_digest, "replacements": record.replacements}
    sums = {"entries": record.entries, "exchanges": record.exchanges, "digest": record.digest, "rfc6962Root": record.root}
    return strictjson.dense({"kind": "footer", "finishedAt": record.finished_at, "redaction": redaction, **sums})


def decode(line: bytes, base_url: str, number: int, *, known: bool = False) -> Record:
    """The record of line `number` (from 1). Raises VerificationError unless it has exactly the members of its kind. `known`: that it is spelt
    as this suite spells it is looked at elsewhere.
    """
    if (read_at_once := quick.exchange(line, base_url, known=known)) is not None:
        return read_at_once
    what = f"line {number} of the evidence"
    document = strictjson.parse(line, what, limit=len(line))
    kind = document.get("kind") if isinstance(document, dict) else None
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise VerificationError(f"{what} is of no known kind (expected one of {', '.join(_READERS)}; it says {kind!r:.60})")
    if kind == "exchange":
        document.setdefault("baseUrl", base_url)
    return read(_members(document, _SHAPES[str(kind)], what), what)


def _header_line(header: Header) -> dict[str, Any]:
    claim = header.claim
    said = {"purpose": claim.purpose, "solutionId": claim.solution_id, "solutionVersion": claim.solution_version}
    return {
        "kind": "evidence",
        "version": _VERSION,
        "suite": {"name": header.suite, "version": header.suite_version, **({"build": header.build} if header.build else {})},
        "plan": header.plan,
        "baseUrl": header.base_url,
        "startedAt": header.started_at,
        "claim": {**said, "vendor": claim.vendor},
        "concurrency": header.concurrency,
        "longestPause": header.longest_pause,
        "seedDrawn": header.seed_drawn,
        "actors": header.actors,
        **({"settings": {"file": header.written.file, "lines": dict(header.written.lines)}} if header.written else {}),
        **({"challenge": challenge_document(header.challenge)} if header.challenge else {}),
        **({"control": control_document(header.control)} if header.control else {}),
        **({"beside": header.beside} if header.beside else {}),
    }


def challenge_document(one: Challenge) -> dict[str, str]:
    """A challenge as evidence, report and statement have it."""
    return {"id": one.id, "nonce": one.nonce, "notAfter": one.not_after, "seedDerivation": one.derivation}


def control_document(one: Control) -> dict[str, str]:
    """The proof of control as evidence, report and statement have it."""
    return {"method": one.method, "validatedAt": one.validated_at}


# --------------------------------------------------------------------------------------------- exchanges


def _exchange_line(exchange: Exchange, base_url: str) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    if type(exchange.sent_at) is not int or type(exchange.elapsed) is not int:
        raise SuiteError(f"exchange of case {exchange.case}: sent_at and elapsed are whole milliseconds")
    if exchange.attributes:
        strictjson.only_exact(exchange.attributes, f"attributes of an exchange of case {exchange.case}")
    asked: dict[str, Any] = {
        "operation": request.operation,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
    }
    if request.body is not None:
        _put_body(asked, request.body)
    answered: dict[str, Any] | None = None
    if response is not None:
        answered = {"status": response.status, "headers": response.headers}
        answered["truncated"], answered["size"] = response.truncated, response.size
        _put_body(answered, response.body)
    line = {
        "kind": "exchange",
        "n": exchange.number,
        "case": exchange.case,
        "step": request.step,
        "actor": request.actor,
        "request": asked,
        "response": answered,
        "failure": exchange.failure,
        "sentAt": exchange.sent_at,
        "elapsed": exchange.elapsed,
        "attributes": exchange.attributes,
    }
    if exchange.base_url != base_url:
        line["baseUrl"] = exchange.base_url
    return line


def _put_body(members: dict[str, Any], body: bytes) -> None:
    try:
        members["body"] = body.decode("utf-8")
    except UnicodeDecodeError:
        members["bodyBase64"] = b64encode(body).decode("ascii")


def _take_body(members: Mapping[str, Any], what: str) -> bytes | None:
    if "bodyBase64" not in members:
        return str(members["body"]).encode("utf-8") if "body" in members else None
    text = members["bodyBase64"]
    try:
        body = b64decode(text, validate=True)
    except ValueError:
        body = b""
    if "body" in members or b64encode(body).decode("ascii") != text:
        raise VerificationError(f"{what}: a body is either text or canonical base64; this one is neither")
    return body


def _read_exchange(members: Mapping[str, Any], what: str) -> Exchange:
    asked = _members(members["request"], _REQUEST, f"{what}, request")
    response = None
    if members["response"] is not None:
        answered = _members(members["response"], _RESPONSE, f"{what}, response")
        body = _take_body(answered, what)
        headers = _pairs(answered["headers"], what)
        response = Response(answered["status"], headers, body or b"", answered["truncated"], answered["size"])
    request = Request(
        asked["operation"],
        asked["method"],
        asked["path"],
        _pairs(asked["query"], what),
        _pairs(asked["headers"], what),
        _take_body(asked, what),
        members["actor"],
        members["step"],
    )
    sent = (members["baseUrl"], members["sentAt"], members["elapsed"])
    return Exchange(members["n"], members["case"], request, response, members["failure"], *sent, members["attributes"])


def _pairs(rows: list[Any], what: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for row in rows:
        if not (isinstance(row, list) and len(row) == 2 and isinstance(row[0], str) and isinstance(row[1], str)):
            raise VerificationError(f"{what}: query and headers are lists of [name, value]; one entry is not")
        pairs.append((row[0], row[1]))
    return tuple(pairs)


# --------------------------------------------------------------------------------------------- the other kinds


def _read_header(members: Mapping[str, Any], what: str) -> Header:
    suite = _members(members["suite"], _SUITE, what)
    if members["version"] != _VERSION:
        raise VerificationError(f"{what}: evidence of version {members['version']}; this suite reads version {_VERSION}")
    said = _members(members["claim"], _CLAIM, f"{what}, claim")
    claim = Claim(said["purpose"], said["solutionId"], said["solutionVersion"], said["vendor"])
    started = (members["plan"], members["baseUrl"], members["startedAt"], suite["name"], suite["version"], suite.get("build", ""))
    beside = members.get("beside", [])
    if not all(isinstance(name, str) for name in (*members["actors"], *beside)):
        raise VerificationError(f"{what}: actors is a list of names, and beside one of URLs")
    begun = Header(*started, claim, members["longestPause"], members["seedDrawn"], tuple(members["actors"]))
    written = _read_written(members.get("settings"), what)
    challenge, control = members.get("challenge"), members.get("control")
    if challenge is not None:
        known = _members(challenge, _CHALLENGE, f"{what}, challenge")
        challenge = Challenge(known["id"], known["nonce"], known["notAfter"], known["seedDerivation"])
    if control is not None:
        known = _members(control, _CONTROL, f"{what}, control")
        control = Control(known["method"], known["validatedAt"])
    known = {"concurrency": members["concurrency"], "written": written, "challenge": challenge, "control": control}
    return replace(begun, **known, beside=tuple(beside))


def _read_written(said: Any, what: str) -> Written | None:
    if said is None:
        return None
    members = _members(said, _WRITTEN, f"{what}, settings")
    if not all(type(line) is int and line > 0 for line in members["lines"].values()):
        raise VerificationError(f"{what}: the lines of settings are whole numbers from 1")
    return Written(members["file"], members["lines"])


def _read_case(members: Mapping[str, Any], what: str) -> CaseEnd:
    if members["ended"] not in Ended.__members__.values():
        raise VerificationError(f"{what}: a case ends in one of {', '.join(Ended)}; this one says {members['ended']!r:.60}")
    return CaseEnd(members["case"], Ended(members["ended"]), members["reason"], members["exchanges"])


def _read_resumed(members: Mapping[str, Any], _what: str) -> Resumed:
    return Resumed(members["at"])


def _read_footer(members: Mapping[str, Any], what: str) -> Footer:
    redaction = _members(members["redaction"], _REDACTION, what)
    sums = (members["entries"], members["exchanges"], members["digest"], members["rfc6962Root"])
    return Footer(*sums, members["finishedAt"], redaction["policyDigest"], redaction["replacements"])


_NOTHING = type(None)
_Shape = Mapping[str, tuple[type, ...]]  # a member whose name begins with "?" may be absent
_SUITE: _Shape = {"name": (str,), "version": (str,), "?build": (str,)}
_CLAIM: _Shape = {"purpose": (str,), "solutionId": (str,), "solutionVersion": (str,), "vendor": (str,)}
_WRITTEN: _Shape = {"file": (str,), "lines": (dict,)}
_CHALLENGE: _Shape = {"id": (str,), "nonce": (str,), "notAfter": (str,), "seedDerivation": (str,)}
_CONTROL: _Shape = {"method": (str,), "validatedAt": (str,)}
_REDACTION: _Shape = {"policyDigest": (str,), "replacements": (int,)}
_BODY: _Shape = {"?body": (str,), "?bodyBase64": (str,)}
_REQUEST: _Shape = {"operation": (str,), "method": (str,), "path": (str,), "query": (list,), "headers": (list,), **_BODY}
_RESPONSE: _Shape = {"status": (int,), "headers": (list,), "truncated": (bool,), "size": (int,), **_BODY}
_SHAPES: Mapping[str, _Shape] = {
    "evidence": {
        "version": (int,),
        "plan": (str,),
        "baseUrl": (str,),
        "startedAt": (int,),
        "suite": (dict,),
        "claim": (dict,),
        "concurrency": (int,),
        "longestPause": (int,),
        "seedDrawn": (bool,),
        "actors": (list,),
        "?settings": (dict,),
        "?challenge": (dict,),
        "?control": (dict,),
        "?beside": (list,),
    },
    "exchange": {
        "n": (int,),
        "case": (str,),
        "step": (str,),
        "actor": (str, _NOTHING),
        "request": (dict,),
        "response": (dict, _NOTHING),
        "failure": (str, _NOTHING),
        "sentAt": (int,),
        "elapsed": (int,),
        "attributes": (dict,),
        "baseUrl": (str,),
    },
    "case": {"case": (str,), "ended": (str,), "reason": (str,), "exchanges": (int,)},
    "resumed": {"at": (int,)},
    "footer": {
        "entries": (int,),
        "exchanges": (int,),
        "digest": (str,),
        "rfc6962Root": (str,),
        "finishedAt": (int,),
        "redaction": (dict,),
    },
}
_READERS: Mapping[str, Callable[[Mapping[str, Any], str], Record]] = {
    "evidence": _read_header,
    "exchange": _read_exchange,
    "case": _read_case,
    "resumed": _read_resumed,
    "footer": _read_footer,
}


def _members(document: Any, shape: _Shape, what: str) -> Mapping[str, Any]:
    if not isinstance(document, dict):
        raise VerificationError(f"{what} is not an object")
    known = 1 if "kind" in document else 0
    for key, types in shape.items():
        name = key.removeprefix("?")
        if name in document:
            known += 1
            if type(document[name]) not in types:
                wanted = " or ".join(kind.__name__ for kind in types)
                raise VerificationError(f"{what}: {name} is to be {wanted}, and is {type(document[name]).__name__}")
        elif name == key:
            raise VerificationError(f"{what}: member {name} is missing")
    if known != len(document):
        names = {name.removeprefix("?") for name in shape} | {"kind"}
        raise VerificationError(f"{what}: unknown member {next(name for name in document if name not in names)!r:.60}")
    return document
