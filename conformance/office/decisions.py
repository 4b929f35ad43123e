"""What two persons of the office decide, as it is written: proposed by one, approved or declined by another, each with a signature.

Each function here gives what the store is to write while nobody else does (`Store.append`): it looks at the log as it is then, refuses what
cannot follow, and signs. What it has signed is verified before it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance.attest import CERTIFICATE, DECISION, JOURNEY, Trust, Verified, sign, verify_envelope
from conformance.errors import UsageError, VerificationError
from conformance.office import statements
from conformance.office.events import ISSUES, JOINED, Draft, State, fold
from conformance.office.rules import ACTIONS, refuse_impossible
from conformance.office.tables import Ledger, Writing

__all__ = ["approving", "declining", "proposing"]

_LONGEST_REASON = 500
Deciding = Callable[[Ledger], Writing]


def proposing(
    action: str,
    signer: Signer,
    trust: Trust,
    terms: Mapping[str, Any] | None,
    certificate: str,
    reason: str,
    envelopes: Sequence[bytes],
) -> Deciding:
    """That a person asks for something. The `envelopes` of run and waivers are kept with it. Raises UsageError for what cannot be,
    VerificationError for a key that may not.
    """
    person = _person(signer, trust)
    if terms is None and (not reason.strip() or len(reason) > _LONGEST_REASON):
        raise UsageError(f"to {action} a certificate, say why (--reason), in {_LONGEST_REASON} characters at most")
    why = " ".join(reason.split())

    def decide(ledger: Ledger) -> Writing:
        state, at = _state(ledger), ledger.now
        refuse_impossible(state, action, terms, certificate, at)
        about = terms["report"] if terms and action == "join" else certificate
        name = str(state.opened["registry"])
        made = statements.proposal(action, registry=name, person=person, at=at, terms=terms, certificate=certificate, reason=why)
        envelope, digest = _signed(made, signer, trust, at)
        number = digest.removeprefix("sha256:")[:16]
        if ledger.of(number):
            raise UsageError(
                f"{person} proposed the same in this very second: it is proposal {number}; go on with that one, or propose it again later"
            )
        entry = {"action": action, "by": person, **(_summary(action, terms) if terms else {"reason": why})}
        kept = {digest: envelope} | {statements.payload_digest(one): one for one in envelopes}
        draft = Draft("proposed", number, about, tuple(kept), entry)
        return Writing(draft, kept)

    return decide


def approving(proposal: str, signer: Signer, trust: Trust, office: Signer | None) -> Deciding:
    """That another person than who proposed it agrees; what was proposed is then so. To issue or renew takes the `office`'s key besides."""
    person = _person(signer, trust)

    def decide(ledger: Ledger) -> Writing:
        asked = _asked(ledger, proposal, trust)
        _refuse_the_same(asked, signer, person)
        at = ledger.now
        said = statements.verdict_on(asked, decision="approved", person=person, at=at)
        envelope, digest = _signed(said, signer, trust, at)
        state, what = _state(ledger), asked.predicate
        refuse_impossible(state, what["action"], what.get("joint") or what.get("terms"), what.get("certificate", ""), at)
        if what["action"] == "join":
            return _joining(ledger, asked, person, {digest: envelope}, trust)
        if what["action"] in ("issue", "renew"):
            return _issuing(ledger, state, asked, said, {digest: envelope}, office, trust)
        entry = {"reason": what["reason"], "by": what["person"], "approvedBy": person}
        draft = Draft(ACTIONS[what["action"]], proposal, what["certificate"], (digest,), entry)
        return Writing(draft, {digest: envelope})

    return decide


def declining(proposal: str, signer: Signer, trust: Trust, reason: str) -> Deciding:
    """That nothing comes of a proposal; whoever made it may say so, too."""
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise UsageError(f"to decline a proposal, say why (--reason), in {_LONGEST_REASON} characters at most")
    person, why = _person(signer, trust), " ".join(reason.split())

    def decide(ledger: Ledger) -> Writing:
        asked = _asked(ledger, proposal, trust)
        said = statements.verdict_on(asked, decision="declined", person=person, at=ledger.now, reason=why)
        envelope, digest = _signed(said, signer, trust, ledger.now)
        draft = Draft("declined", proposal, "", (digest,), {"by": person, "reason": why})
        return Writing(draft, {digest: envelope})

    return decide


def _issuing(
    ledger: Ledger,
    state: State,
    asked: Verified,
    approval: Mapping[str, Any],
    kept: Mapping[str, bytes],
    office: Signer | None,
    trust: Trust,
) -> Writing:
    """The certificate, with the next number, signed by a key that is the office's for certificates and by no other."""
    if office is None:
        raise UsageError("a certificate is signed with the office's key: give it by --office-key; none is ever made up")
    known = trust.key(office.public_key.keyid)
    if known is None or known.role != "office" or CERTIFICATE not in known.predicate_types:
        raise VerificationError(
            f"key {office.public_key.keyid} is not the office's for certificates by the trust document; it signs none"
        )
    opened, index = state.opened, ledger.count(ISSUES)
    identity = f"{opened['scheme']}-{ledger.now:%Y}-{index + 1:05d}"
    made = statements.certificate(
        asked,
        approval,
        identity=identity,
        index=index,
        scheme=str(opened["scheme"]),
        status_uri=f"{opened['uri']}/status/1",
        at=ledger.now,
    )
    statements.refuse_misshapen(made)
    envelope = sign(made, office)
    found = verify_envelope(envelope, trust.keys, predicate_type=CERTIFICATE, role="office", now=ledger.now)
    action = asked.predicate["action"]
    proposal = asked.digest.removeprefix("sha256:")[:16]
    draft = Draft(ACTIONS[action], proposal, identity, (found.digest, *kept), made["predicate"])
    return Writing(draft, {found.digest: envelope, **kept})


def _joining(ledger: Ledger, asked: Verified, person: str, kept: Mapping[str, bytes], trust: Trust) -> Writing:
    """The joint report, whose envelope was kept with the proposal, under its own name."""
    said, proposal = asked.predicate["joint"], asked.digest.removeprefix("sha256:")[:16]
    payload = f"sha256:{said['digest']['sha256']}"
    found = verify_envelope(
        ledger.statement(payload), trust.keys, predicate_type=JOURNEY, now=ledger.now, received=ledger.of(proposal)[0].at
    )
    if found.digest != payload or found.role == "vendor":
        raise VerificationError(
            f"joint report {said['report']} is not the statement that was proposed, or is a vendor's; the registry is damaged"
        )
    entry = {**said, "by": asked.predicate["person"], "approvedBy": person}
    return Writing(Draft(JOINED, proposal, said["report"], (payload, asked.digest, *kept), entry), kept)


def _person(signer: Signer, trust: Trust) -> str:
    """Whose key signs. Raises VerificationError unless the trust document gives it to a person of the office, for decisions."""
    known = trust.key(signer.public_key.keyid)
    if known is None or known.role != "office" or DECISION not in known.predicate_types or not known.holder:
        raise VerificationError(
            f"key {signer.public_key.keyid} is no person's of the office by the trust document; a decision needs one with "
            f'role = "office", a holder, and {DECISION}'
        )
    return known.holder


def _refuse_the_same(asked: Verified, signer: Signer, person: str) -> None:
    same_person = asked.holder.casefold() == person.casefold()
    if same_person or asked.keyid == signer.public_key.keyid:
        raise VerificationError(f"{person} proposed this; it takes another person to approve it")


def _asked(ledger: Ledger, proposal: str, trust: Trust) -> Verified:
    """What was proposed, verified again. Raises UsageError unless it is there and nobody has decided it."""
    events = ledger.of(proposal) if proposal else []
    if not events or events[0].kind != "proposed":
        raise UsageError(f"the registry has no proposal {proposal!r:.40}; yance registry list --proposals shows them")
    if len(events) > 1:
        last = events[-1]
        raise UsageError(f"proposal {proposal} was decided already: {last.kind} {last.draft.certificate}".rstrip())
    envelope = ledger.statement(events[0].draft.statements[0])
    found = verify_envelope(envelope, trust.keys, predicate_type=DECISION, role="office", now=ledger.now, received=events[0].at)
    statements.refuse_misshapen(found.payload)
    if found.digest != events[0].draft.statements[0] or found.predicate["person"] != found.holder:
        raise VerificationError(f"proposal {proposal} is not the statement that the log names; the registry is damaged")
    return found


def _state(ledger: Ledger) -> State:
    state = fold(ledger.all())
    if not state.opened:
        raise UsageError("the registry was never opened; yance registry new makes one")
    return state


def _signed(statement: Mapping[str, Any], signer: Signer, trust: Trust, now: datetime) -> tuple[bytes, str]:
    """The envelope of a decision and the digest of its payload, as whoever reads it will find it: right, or not written."""
    statements.refuse_misshapen(statement)
    envelope = sign(statement, signer)
    found = verify_envelope(envelope, trust.keys, predicate_type=DECISION, role="office", now=now)
    return envelope, found.digest


def _summary(action: str, terms: Mapping[str, Any]) -> dict[str, Any]:
    """What a list of proposals shows."""
    if action == "join":
        shown = {"certificates": [one["certificateId"] for one in terms["certificates"]], "result": terms["result"]}
        return {"report": terms["report"], "journeys": [one["id"] for one in terms["journeys"]], **shown}
    names = ("holder", "domain", "counties", "notBefore", "notAfter", "supersedes", "result")
    solution = terms["solution"]
    return {
        **{name: terms[name] for name in names},
        "solution": f"{solution['id']}@{solution['version']}",
        "run": terms["run"]["digest"]["sha256"],
    }
