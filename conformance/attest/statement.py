"""The statement about a run: an in-toto Statement v1 whose predicate says what was tested, how, and what it came to.

    subject     solution@version, by the digest of the target descriptor; then each file of the run that it vouches for
    predicate   exactly the members in `_PREDICATE`, from the report; integers and text only, times in UTC ending in Z

Digests are in-toto digest sets: {"sha256": "<hex>"}. The statement is a pure function of report and file digests, so a verifier
builds it again from what it has recomputed and holds the two against each other with `compare`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from conformance.attest.times import instant
from conformance.errors import SuiteError, UsageError
from conformance.model import CHALLENGE as CHALLENGED
from conformance.model import PURPOSES
from conformance.text import strictjson

__all__ = [
    "CERTIFICATE",
    "CHALLENGE",
    "CHECKPOINT",
    "DECISION",
    "JOURNEY",
    "RUN",
    "STATEMENT",
    "WAIVER",
    "compare",
    "spec_uri",
    "statement",
    "target_digest",
]

RUN = "https://yance.example/attestations/conformance-run/v1"
CERTIFICATE = "https://yance.example/attestations/certificate/v1"
CHALLENGE = "https://yance.example/attestations/challenge/v1"  # a nonce of the office's, to be answered by a run
DECISION = "https://yance.example/attestations/decision/v1"  # what a person of the office proposes, approves or declines
WAIVER = "https://yance.example/attestations/waiver/v1"
JOURNEY = "https://yance.example/attestations/journey/v1"  # a joint report on solutions that go together
CHECKPOINT = "https://yance.example/attestations/checkpoint/v1"  # how long the registry's log was, and its root
STATEMENT = "https://in-toto.io/Statement/v1"

_SPEC_URI = "https://yance.example/specs/{domain}/{version}"
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_RESULTS = ("PASSED", "FAILED", "INCONCLUSIVE")
# Which members the predicate takes from the report; "?" marks those that a report need not have.
_PREDICATE: Mapping[str, Sequence[str]] = {
    "runId": (),
    "purpose": (),
    "target": ("baseUrl", "solutionId", "solutionVersion", "?tlsSpkiSha256", "?control"),
    "suite": ("name", "version", "?artifactDigest", "?lockDigest"),
    "profile": ("id", "digest"),
    "specification": (),
    "basis": ("digest",),
    "plan": ("digest", "?seed", "?seedDrawn", "?effort", "?challenge"),
    "startedOn": (),
    "finishedOn": (),
    "result": (),
    "counts": (),
    "mandatory": (),
    "waivers": (),
    "evidence": ("entries", "digest", "rfc6962Root", "redaction", "attempts"),
    "?challenge": ("canaries", "sample"),
}
_CHALLENGE = ("id", "nonce", "notAfter", "seedDerivation")
_CONTROL = ("method", "validatedAt")


def statement(report: Mapping[str, Any], files: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The statement about a report. `files` maps names of the run's files to their digests (`sha256:…`).

    The report's members are those of `_PREDICATE`, digests as `sha256:…`; `specification` is one {domain, version, digest} or
    a list of {uri, digest}; further members are left out. Raises SuiteError when one is missing or not exact, UsageError when
    the run ended in a fault of the suite, about which nothing can be attested.
    """
    if report.get("result") == "ERROR":
        raise UsageError("this run ended in a fault of the suite itself: there is no result to sign; run it again")
    taken = {name: members for name, members in _PREDICATE.items() if not name.startswith("?") or name[1:] in report}
    predicate = {name.removeprefix("?"): _taken(report, name.removeprefix("?"), members) for name, members in taken.items()}
    if "challenge" in predicate["plan"]:
        predicate["plan"].pop("seed", None)  # it follows from the nonce
    if "challenge" in predicate:
        sample = predicate["challenge"]["sample"]
        predicate["challenge"]["sample"] = {**sample, "findings": len(sample["findings"])}
    predicate["target"].setdefault("tlsSpkiSha256", [])
    predicate["specification"] = _specifications(predicate["specification"])
    redaction = predicate["evidence"]["redaction"]
    attempts = predicate["evidence"]["attempts"]
    predicate["evidence"]["attempts"] = {"resumed": attempts["resumed"], "repeated": attempts["repeated"]}
    predicate["evidence"]["redaction"] = {
        "policyDigest": _digest_set(redaction["policyDigest"], "evidence.redaction.policyDigest"),
        "replacements": redaction["replacements"],
    }
    _check(predicate)
    target = predicate["target"]
    subject = [{"name": f"{target['solutionId']}@{target['solutionVersion']}", "digest": {"sha256": target_digest(target)}}]
    subject += [{"name": name, "digest": _digest_set(digest, name)} for name, digest in sorted((files or {}).items())]
    made = {"_type": STATEMENT, "subject": subject, "predicateType": RUN, "predicate": predicate}
    strictjson.only_exact(made, "")
    return made


def target_digest(target: Mapping[str, Any]) -> str:
    """The SHA-256, in hex, of the target descriptor: where the solution was, what it calls itself, which TLS keys it showed."""
    described = {name: target[name] for name in ("baseUrl", "solutionId", "solutionVersion")}
    return sha256(strictjson.canonical({**described, "tlsSpkiSha256": target.get("tlsSpkiSha256", [])})).hexdigest()


def spec_uri(domain: str, version: str) -> str:
    """What a spec is called in statements."""
    return _SPEC_URI.format(domain=domain, version=version)


def compare(said: Mapping[str, Any], recomputed: Mapping[str, Any]) -> list[str]:
    """Each member of a statement that is not what was recomputed, with both values; empty when all are equal.

    `recomputed` maps paths ("predicate.counts", "subject", …; a whole statement is such a mapping too) to the values expected
    there. Under each path everything has to be equal: nothing more, nothing less.
    """
    differences: list[str] = []
    for path, value in recomputed.items():
        node: Any = said
        for name in path.split("."):
            node = node.get(name, _ABSENT) if isinstance(node, Mapping) else _ABSENT
        _differ(path, node, value, differences)
    return differences


_ABSENT = object()


def _differ(path: str, said: Any, found: Any, differences: list[str]) -> None:
    if isinstance(said, Mapping) and isinstance(found, Mapping):
        for name in sorted({*said, *found}):
            _differ(f"{path}.{name}", said.get(name, _ABSENT), found.get(name, _ABSENT), differences)
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for index, (one, other) in enumerate(zip(said, found, strict=True)):
            _differ(f"{path}[{index}]", one, other, differences)
    elif type(said) is not type(found) or said != found:
        differences.append(f"{path}: the statement says {_shown(said)}, recomputed {_shown(found)}")


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    text = strictjson.dense(value).decode("utf-8")
    return text if len(text) <= 200 else f"{text[:200]}…"


def _taken(report: Mapping[str, Any], name: str, members: Sequence[str]) -> Any:
    if name not in report:
        raise SuiteError(f"the report has no member {name}, which a signed statement needs")
    value = report[name]
    if not members:
        return value
    taken = {}
    for key in members:
        member = key.removeprefix("?")
        if member in value:
            is_digest = member == "digest" or member.endswith("Digest")
            taken[member] = _digest_set(value[member], f"{name}.{member}") if is_digest else value[member]
        elif member == key:
            raise SuiteError(f"the report has no member {name}.{member}, which a signed statement needs")
    return taken


def _specifications(value: Any) -> list[dict[str, Any]]:
    listed = [value] if isinstance(value, Mapping) else list(value)
    made = []
    for one in listed:
        uri = one["uri"] if "uri" in one else spec_uri(one["domain"], one["version"])
        made.append({"uri": uri, "digest": _digest_set(one["digest"], "specification.digest")})
        if "rowsDigest" in one:
            made.append({"uri": f"{uri}/requirements", "digest": _digest_set(one["rowsDigest"], "specification.rowsDigest")})
    return made


def _digest_set(text: Any, what: str) -> dict[str, str]:
    found = _DIGEST.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise SuiteError(f"{what} is {text!r:.80}; expected sha256: and 64 hexadecimal digits")
    return {"sha256": found[1]}


def _check(predicate: Mapping[str, Any]) -> None:
    for name, allowed in (("result", _RESULTS), ("purpose", PURPOSES)):
        if predicate[name] not in allowed:
            raise SuiteError(f"the report's {name} is {predicate[name]!r:.60}; expected one of {', '.join(allowed)}")
    for name in ("startedOn", "finishedOn"):
        if instant(predicate[name]) is None:
            raise SuiteError(f"the report's {name} is {predicate[name]!r:.60}; expected an RFC 3339 time in UTC ending in Z")
    plan = predicate["plan"]
    if ("seed" in plan) is ("challenge" in plan):
        raise SuiteError("the report's plan is to have either a seed or the challenge that gives it")
    for owner, name, members in (("plan", "challenge", _CHALLENGE), ("target", "control", _CONTROL)):
        value = predicate[owner].get(name)
        if value is not None and sorted(value) != sorted(members):
            raise SuiteError(f"the report's {owner}.{name} has {', '.join(value)}; expected {', '.join(members)}")
    if not (predicate["purpose"] == CHALLENGED) == ("challenge" in plan) == ("challenge" in predicate):
        raise SuiteError(
            f"the report is of a run for {predicate['purpose']}; a challenge is answered by a run that was begun with one, and by no other"
        )
