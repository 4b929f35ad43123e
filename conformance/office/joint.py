"""Joint reports in the registry: what the office takes in of journeys across certified solutions (`yance journey sign`).

    joint_terms      what is to be taken in; refuses what does not fit, and is what the first person signs
    approved_joint   what the second person does before agreeing: the same, from the folder that was verified again
    kept_by          the certificates that a registry keeps, for whoever verifies what a joint report rests on

A joint report is taken in when the office or a laboratory signed it for certification, it was run by the official words, all of it was derived
again, it is PASSED, and each of its solutions rests on a certificate that this registry has, under this digest, and that is in force. What
becomes of those afterwards shows on the report: it is worth what the weakest of them is (`events.Joint`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from conformance.attest import CERTIFICATE, Trust
from conformance.errors import VerificationError
from conformance.journeys.attesting import VerifiedJourneys
from conformance.office.again import asked_for
from conformance.office.events import State
from conformance.office.registry import Registry
from conformance.office.rules import refuse_impossible
from conformance.office.terms import CERTIFIABLE

__all__ = ["approved_joint", "joint_terms", "kept_by"]


class _Keeper(Protocol):
    def statement(self, digest: str) -> bytes: ...


def joint_terms(found: VerifiedJourneys, state: State, now: datetime) -> dict[str, Any]:
    """What is to be taken in. Raises VerificationError where the report does not support it, UsageError where the registry does not."""
    said, report = found.envelope.predicate, found.report
    name, role = said["runId"], found.envelope.role
    if said["purpose"] not in CERTIFIABLE or role == "vendor":
        raise VerificationError(
            f"joint report {name} is a {said['purpose']}, signed by a {role}'s key; the registry takes in what the office or a laboratory "
            "signed for certification"
        )
    if said["result"] != "PASSED":
        raise VerificationError(f"joint report {name} is {said['result']}; the registry takes in what is PASSED")
    made = {
        "report": name,
        "digest": {"sha256": found.envelope.digest.removeprefix("sha256:")},
        **{member: said[member] for member in ("version", "purpose", "result", "finishedOn")},
        "journeys": [
            {"id": one["id"], "title": dict(one["title"]), "digest": said["journeys"][one["id"]]} for one in report["journeys"]
        ],
        "certificates": [_certificate(name, one) for one in said["targets"]],
    }
    refuse_impossible(state, "join", made, "", now)
    if found.unverified:
        raise VerificationError(f"joint report {name}: all is to be verified, and this is not: {found.unverified[0]['en']}")
    return made


def _certificate(name: str, target: dict[str, Any]) -> dict[str, Any]:
    """What one of the solutions rests on. Raises VerificationError unless that is a certificate."""
    solution, rests = target["solution"], target.get("rests", {})
    if rests.get("uri") != CERTIFICATE or "certificateId" not in rests:
        what = "the statement of a run" if rests else "nothing that is cited"
        raise VerificationError(
            f"joint report {name}: {solution['id']}@{solution['version']} rests on {what}; each solution has to rest on a certificate"
        )
    return {
        "certificateId": rests["certificateId"],
        "digest": rests["digest"],
        "domain": target["domain"],
        "holder": solution["vendor"],
        "solution": {"id": solution["id"], "version": solution["version"]},
    }


def approved_joint(registry: Registry, proposal: str, found: VerifiedJourneys, trust: Trust, now: datetime) -> dict[str, Any]:
    """The terms of a proposal, which a folder that was just verified comes to again. Raises VerificationError when it does not."""
    asked = asked_for(registry, proposal, "join", trust, now=now)
    made = joint_terms(found, registry.state(), now)
    if made != asked.predicate["joint"]:
        raise VerificationError("this joint report is not what was proposed; give the folder that the proposal is about")
    return made


def kept_by(keeper: _Keeper, state: State) -> Callable[[str], bytes | None]:
    """Finds the envelope of a certificate of a registry by its digest; None where the registry has none."""
    known = {entry.payload for entry in state.certificates.values()}
    return lambda digest: keeper.statement(digest) if digest in known else None
