"""Challenges: opened by the office, answered by one run in time or abandoned, and counted in either case.

    open_challenge       a nonce that nobody knows yet; the log has its hash and what it is for, the office keeps the document until it is handed over
    close_challenge      a verified run answers it: the first one, and no other ever after; also two who close it at once are one too many
    abandon_challenge    none will

Nobody closes a challenge by word alone: what the log says of the run follows from the run. One that is not closed by its deadline counts as
abandoned, so that nobody gets a second nonce unseen.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance.attest import CHALLENGE, Trust, sign
from conformance.attest.challenge import challenge_statement, handed, nonce_digest, refuse_misshapen_challenge
from conformance.attest.verify import VerifiedRun
from conformance.errors import UsageError, VerificationError, nearest
from conformance.office.events import CLOSED, OPENED, Answer, Draft, Opened, State, fold, moment
from conformance.office.levels import answered, established, stamped_in_time
from conformance.office.registry import Registry
from conformance.office.tables import Ledger, Writing
from conformance.run.derived import Binding

__all__ = ["abandon_challenge", "close_challenge", "known_challenge", "open_challenge"]

_LONGEST_REASON = 500


def open_challenge(
    registry: Registry,
    binding: Binding,
    signer: Signer,
    trust: Trust,
    *,
    not_before: datetime,
    not_after: datetime,
    now: datetime | None = None,
) -> tuple[Opened, bytes]:
    """Open a challenge for what `binding` names (its `challenge` is made here), and sign it with the office's key. Gives back the event and the
    document for the vendor. Raises VerificationError for a key that is not the office's for challenges.
    """
    known = trust.key(signer.public_key.keyid)
    if known is None or known.role != "office" or CHALLENGE not in known.predicate_types:
        raise VerificationError(
            f'key {signer.public_key.keyid} is not the office\'s for challenges by the trust document; it signs none (role = "office", {CHALLENGE})'
        )
    binding = replace(binding, challenge=f"C-{secrets.token_hex(6)}")
    nonce, made = secrets.token_hex(32), dict[str, bytes]()

    def opening(ledger: Ledger) -> Writing:
        if not_after <= max(ledger.now, not_before):
            raise UsageError(f"the challenge would end on {moment(not_after)}, before it can be answered; name a later --until")
        first = ledger.first()
        if first is None:
            raise UsageError("the registry was never opened; yance registry new makes one")
        said = challenge_statement(
            binding,
            nonce=nonce,
            registry=str(first.draft.entry["registry"]),
            issued=ledger.now,
            not_before=max(not_before, ledger.now),
            not_after=not_after,
        )
        refuse_misshapen_challenge(said)
        envelope = sign(said, signer)
        found = handed(envelope, trust.keys, now=ledger.now)  # right, or not written
        made[found.envelope.digest] = envelope
        names = ("holder", "solution", "domain", "specification", "profile", "notBefore", "notAfter", "seedDerivation")
        entry = {"challenge": binding.challenge, "nonceSha256": nonce_digest(nonce), **{n: said["predicate"][n] for n in names}}
        return Writing(Draft(OPENED, statements=(found.envelope.digest,), entry=entry), made)

    event = registry.store.append(opening, now)
    return Opened(event), next(iter(made.values()))


def close_challenge(registry: Registry, run: VerifiedRun, *, now: datetime | None = None) -> Opened:
    """Close the challenge that a verified run answers. Raises VerificationError where it was closed already, where the run is not in time by
    a clock that its signer does not set, or where the log knows no such challenge.
    """
    if run.challenge is None:
        raise VerificationError("the run answers no challenge; it was begun without one (yance run --challenge)")
    name = run.challenge.challenge.id
    digest = run.envelope.digest.removeprefix("sha256:")

    def closing(ledger: Ledger) -> Writing:
        state = fold(ledger.all())
        one = answered(state, run)
        if one.closed is not None:
            raise VerificationError(
                f"challenge {name} was closed on {moment(one.closed.at)} ({_by(one)}); a challenge is answered once"
            )
        if moment(ledger.now) > one.said["notAfter"] and not stamped_in_time(run):
            raise VerificationError(
                f"challenge {name} was to be answered by {one.said['notAfter']}, and it is {moment(ledger.now)}; that the run was over by then is "
                "its signer's word alone: a time-stamp (yance stamp) would show it"
            )
        found = established(run)
        entry = {
            "challenge": name,
            "outcome": str(Answer.ANSWERED),
            "run": {"sha256": digest},
            "result": run.report["result"],
            "level": found.level,
            "missing": [text["en"] for text in found.missing],
            "nonce": run.challenge.challenge.nonce if run.challenge else "",
        }
        return Writing(Draft(CLOSED, proposal=name, entry=entry), {})

    event = registry.store.append(closing, now)
    return replace(_opened(registry, name), closed=event)


def abandon_challenge(registry: Registry, name: str, reason: str, *, now: datetime | None = None) -> Opened:
    """Close a challenge that no run will answer, and say why."""
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise UsageError(f"to abandon a challenge, say why (--reason), in {_LONGEST_REASON} characters at most")

    def closing(ledger: Ledger) -> Writing:
        one = known_challenge(fold(ledger.all()), name)
        if one.closed is not None:
            raise UsageError(f"challenge {name} was closed on {moment(one.closed.at)} already ({_by(one)})")
        entry = {"challenge": name, "outcome": str(Answer.ABANDONED), "reason": " ".join(reason.split())}
        return Writing(Draft(CLOSED, proposal=name, entry=entry), {})

    event = registry.store.append(closing, now)
    return replace(_opened(registry, name), closed=event)


def known_challenge(state: State, name: str) -> Opened:
    """A challenge by its name. Raises UsageError when the log knows none of it."""
    one = state.challenges.get(name)
    if one is None:
        raise UsageError(
            f"the registry has no challenge {name!r:.60}{nearest(name, state.challenges)}; yance challenge list shows them"
        )
    return one


def _opened(registry: Registry, name: str) -> Opened:
    return replace(known_challenge(registry.state(), name), closed=None)


def _by(one: Opened) -> str:
    said = one.closed.draft.entry if one.closed else {}
    return f"by run {said['run']['sha256'][:16]}…" if "run" in said else str(said.get("outcome", ""))
