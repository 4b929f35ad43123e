"""What the office signs: decisions of persons, waivers, certificates and checkpoints, each an in-toto Statement v1.

    decision/v1      a person proposes, approves or declines something, in one registry
    waiver/v1        a person bears with requirements of a solution until a day
    certificate/v1   the office certifies a solution, citing run, waivers and both decisions by the digests of their payloads
    checkpoint/v1    how long the registry's log was, and its Merkle root

The shapes are reports/schemas/{decision,waiver,certificate,checkpoint}.schema.json, and nothing else is read. All of it is pure.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from conformance.attest import CERTIFICATE, CHECKPOINT, DECISION, RUN, STATEMENT, WAIVER, Verified, envelope_of
from conformance.errors import VerificationError
from conformance.interface.schema import errors
from conformance.load import data_folders
from conformance.office.events import moment
from conformance.text import strictjson

__all__ = ["certificate", "checkpoint", "digest_of", "payload_digest", "proposal", "refuse_misshapen", "verdict_on", "waiver"]

_NAMES = {DECISION: "decision", WAIVER: "waiver", CERTIFICATE: "certificate", CHECKPOINT: "checkpoint"}


def digest_of(document: Any) -> str:
    """The SHA-256, in hex, of a document's canonical bytes: of a statement, what identifies it."""
    return sha256(strictjson.canonical(document)).hexdigest()


def payload_digest(envelope: bytes) -> str:
    """What identifies the statement in an envelope: `sha256:…` of its payload. Whether it is signed is not looked at."""
    document = strictjson.parse(envelope_of(envelope), "the envelope")
    return f"sha256:{sha256(b64decode(document['payload'])).hexdigest()}"


def proposal(
    action: str,
    *,
    registry: str,
    person: str,
    at: datetime,
    terms: Mapping[str, Any] | None = None,
    certificate: str = "",
    reason: str = "",
) -> dict[str, Any]:
    """That a person asks for something: `terms` of a certificate to issue or renew, or of a joint report to join; or a change to a
    `certificate` with its reason.
    """
    said: dict[str, Any] = {
        "decision": "proposed",
        "action": action,
        "registry": registry,
        "person": person,
        "decidedOn": moment(at),
    }
    if terms is not None and action == "join":
        return _statement(DECISION, terms["report"], terms["digest"]["sha256"], said | {"joint": dict(terms)})
    if terms is not None:
        solution = terms["solution"]
        return _statement(
            DECISION, f"{solution['id']}@{solution['version']}", solution["digest"]["sha256"], said | {"terms": dict(terms)}
        )
    said |= {"certificate": certificate, "reason": reason}
    return _statement(DECISION, certificate, digest_of(certificate), said)


def verdict_on(asked: Verified, *, decision: str, person: str, at: datetime, reason: str = "") -> dict[str, Any]:
    """That a person approves or declines what another has asked for."""
    digest = asked.digest.removeprefix("sha256:")
    said = {
        "decision": decision,
        "action": asked.predicate["action"],
        "registry": asked.predicate["registry"],
        "person": person,
        "decidedOn": moment(at),
        "proposal": {"sha256": digest},
        **({"reason": reason} if reason else {}),
    }
    return _statement(DECISION, "proposal", digest, said)


def waiver(
    *, solution: str, profile: str, requirements: Sequence[str], reason: str, person: str, at: datetime, not_after: datetime
) -> dict[str, Any]:
    """That a person bears with requirements of a solution until a day."""
    scope = {"solution": solution, "profile": profile, "requirements": sorted(set(requirements))}
    said = {**scope, "reason": reason, "person": person, "decidedOn": moment(at), "notAfter": moment(not_after)}
    return _statement(WAIVER, solution, digest_of(scope), {"waiverId": f"W-{digest_of(said)[:12]}", **said})


def certificate(
    asked: Verified, approval: Mapping[str, Any], *, identity: str, index: int, scheme: str, status_uri: str, at: datetime
) -> dict[str, Any]:
    """The certificate that a proposal and its approval come to. `index` is its place in the status list at `status_uri`."""
    terms = asked.predicate["terms"]
    cited = [{"uri": RUN, "digest": terms["run"]["digest"]}]
    cited += [{"uri": WAIVER, "digest": one["digest"]} for one in terms["waivers"]]
    cited += [{"uri": DECISION, "digest": {"sha256": asked.digest.removeprefix("sha256:")}}]
    cited += [{"uri": DECISION, "digest": {"sha256": digest_of(approval)}}]
    said = {
        "certificateId": identity,
        "scheme": scheme,
        "issuedOn": moment(at),
        "status": {"statusList": {"idx": index, "uri": status_uri}},
        "inputAttestations": cited,
        **{name: value for name, value in terms.items() if name != "run"},
    }
    solution = terms["solution"]
    return _statement(CERTIFICATE, f"{solution['id']}@{solution['version']}", solution["digest"]["sha256"], said)


def checkpoint(*, registry: str, size: int, root: str, at: datetime) -> dict[str, Any]:
    """How long a registry's log is, and the RFC 6962 root over it, in hex."""
    said = {"registry": registry, "size": size, "rfc6962Root": root, "takenOn": moment(at)}
    return _statement(CHECKPOINT, "log", root, said)


def refuse_misshapen(statement: Mapping[str, Any]) -> None:
    """Raises VerificationError at the first thing in which a statement of the office is not of its kind's shape."""
    name = _NAMES[statement["predicateType"]]
    found = errors(data_folders().schema(name), statement)
    if found:
        raise VerificationError(f"the {name} is not of the shape that one has: {found[0]!s:.200}")


def _statement(kind: str, name: str, digest: str, predicate: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}}],
        "predicateType": kind,
        "predicate": dict(predicate),
    }
