"""The conformance declaration names the interface, the version and the profiles that are really served.

Why: a client decides by the declaration what it may ask for, and a certificate is checked against it.

Fails when: the declaration is not served, names another interface or another version line, contradicts the version header of
its own answer, or lacks a profile that is being certified.
Inconclusive when: it could not be fetched because the target did not answer.
Source: OGC API - Common, Conformance Class "Core", conformance declaration; the interface's rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange
from conformance.checks._probes import answered
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.NOTHING
VERSIONED = True
ASKS = 1

ABOUT = """符合性宣告載明實際提供之介面、版本與驗測範疇。
緣由：用戶端依宣告決定可查詢者，證書亦據以核對。
不通過：未提供宣告、所載介面或版本系列不同、與其自身回應之版本標頭矛盾，或缺少驗測中之範疇。
無法判定：受測目標未回應而無法取得。
依據：OGC API - Common, Conformance Class Core, conformance declaration；介面規範。
"""

MESSAGES = {
    "unserved": {
        "en": "the conformance declaration should be answered {expected}, but got {actual}",
        "zh-Hant": "符合性宣告應回應 {expected}，實得 {actual}",
    },
    "member": {
        "en": "the declaration's {at} should be {expected}, but is {actual}",
        "zh-Hant": "符合性宣告的 {at} 應為 {expected}，實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Fetch it once."""
    yield operation.request(step="declaration")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    interface: str = "",
    profiles: Sequence[str] = (),
) -> Iterator[Finding | Witness]:
    """`interface`: its name, the document's `x-interface` by default; `profiles`: those that must be among the declared ones."""
    name = interface or str(operation.spec.document["info"].get("x-interface", ""))
    for one in by_step(trace).get("declaration", ()):
        if not answered(one):
            continue
        if one.status != 200:
            yield Finding("unserved", (one.number,), "200", str(one.status))
            continue
        yield Witness((one.number,), "declaration")
        said = one.json if isinstance(one.json, dict) else {}
        if (said.get("interface") != name) if name else not _text(said.get("interface")):
            yield _wrong(one, "/interface", name or "the interface's name", said.get("interface"))
        yield from _version(operation, one, said.get("version"), dialect)
        listed = said.get("profiles")
        if not isinstance(listed, list) or not listed or not all(_text(entry) for entry in listed):
            yield _wrong(one, "/profiles", "a list of names", listed)
        elif lacking := [entry for entry in profiles if entry not in listed]:
            yield _wrong(one, "/profiles", ", ".join(lacking), ", ".join(listed))


def _version(operation: Operation, one: Exchange, version: Any, dialect: Dialect) -> Iterator[Finding]:
    line = operation.spec.version.split(".")[:2]
    if not isinstance(version, str) or version.split(".")[:2] != line:
        yield _wrong(one, "/version", f"{'.'.join(line)}.x", version)
    elif (header := one.header(dialect.version_header)) is not None and header.strip() != version:
        yield _wrong(one, "/version", f"{header} ({dialect.version_header})", version)


def _wrong(one: Exchange, where: str, expected: str, actual: Any) -> Finding:
    return Finding("member", (one.number,), expected, actual if isinstance(actual, str) else repr(actual), where)


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _fetched(status: int = 200, stated: str = "1.0.0", **members: Any) -> list[Exchange]:
    body = {"interface": "shop", "version": "1.0.0", "profiles": ["core"], **members} if status == 200 else None
    return [exchange("GET /conformance", status, body, step="declaration", headers={"api-version": stated})]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"interface": "shop", "profiles": ["core"]},
    conforms=[_fetched(), _fetched(version="1.0.4", stated="1.0.4", profiles=["core", "extra"], note="more")],
    violates=[
        _fetched(404),
        _fetched(interface="store"),
        _fetched(version="2.0.0", stated="2.0.0"),
        _fetched(stated="1.0.9"),
        _fetched(profiles=[]),
        _fetched(profiles=["extra"]),
    ],
    inconclusive=[[], _fetched(429)],
)
