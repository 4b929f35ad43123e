"""Which level a verified run has reached, with what shows it, or what is missing.

    established       `self-attested` or `challenged`, by the run alone or held against the registry's log
    answered          the challenge of the log that a run answers
    stamped_in_time   whether an authority's timestamp proves that the run was over before the deadline

It asks a state, wherever that came from: a registry, or what a registry exported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from conformance.attest.challenge import nonce_digest
from conformance.attest.verify import VerifiedRun
from conformance.errors import VerificationError
from conformance.load.catalogue import both
from conformance.model import Text
from conformance.office.events import Answer, Opened, State, moment

__all__ = ["Established", "answered", "established", "stamped_in_time"]


@dataclass(frozen=True)
class Established:
    """Which level a run has reached: `self-attested` or `challenged`. `steps` say what shows that, `missing` why it is no more."""

    level: str
    steps: tuple[Text, ...] = ()
    missing: tuple[Text, ...] = ()


def established(run: VerifiedRun, state: State | None = None) -> Established:
    """Which level a verified run has reached. `state` is what the registry's log comes to, where it is at hand. Raises VerificationError where
    the log contradicts the run: another nonce, another document, another run that answered.
    """
    if run.challenge is None:
        return Established("self-attested")
    steps: list[Text] = []
    missing: list[Text] = []
    closed = None
    if state is not None:
        one = answered(state, run)
        closed = one.closed
        missing += _answered_by(one, run)
        steps += [] if missing else [both("challenge.once", challenge=one.id)]
        missing += _in_time(run, one)
    shown = run.report["challenge"]
    for holds, key, values in (
        (bool(run.report["complete"]), "whole", {}),
        ("control" in run.report["target"], "control", {"url": run.report["target"]["baseUrl"]}),
        (shown["canaries"]["returned"] > 0, "canaries", shown["canaries"]),
        (shown["sample"]["outcome"] == "pass", "sample", shown["sample"]),
    ):
        said: Mapping[str, Any] = values
        if holds:
            steps.append(both(f"challenge.shown.{key}", **said))
        else:
            missing.append(both(f"challenge.missing.{key}", **said))
    if state is None:
        return Established("self-attested" if missing else "challenged", tuple(steps), tuple(missing))
    if closed is not None and not missing:
        steps.append(both("challenge.shown.time", end=run.challenge.challenge.not_after))
    return Established("self-attested" if missing else "challenged", tuple(steps), tuple(missing))


def answered(state: State, run: VerifiedRun) -> Opened:
    """The challenge of the log that a run answers: the same nonce, and the same document."""
    assert run.challenge is not None  # whoever asks has looked
    name, registry = run.challenge.challenge.id, run.challenge.envelope.predicate["registry"]
    if state.opened.get("registry") != registry:
        raise VerificationError(f"challenge {name} is of registry {registry!r:.40}, and this is another one")
    one = state.challenges.get(name)
    if one is None:
        raise VerificationError(f"the registry's log knows no challenge {name}: it is newer than the export, or was never opened")
    if one.said["nonceSha256"] != nonce_digest(run.challenge.challenge.nonce):
        raise VerificationError(f"challenge {name}: its nonce is not the one whose hash the registry's log has")
    if one.statement != run.challenge.envelope.digest:
        raise VerificationError(f"challenge {name}: its document is not the one that the registry's log names")
    return one


def _answered_by(one: Opened, run: VerifiedRun) -> list[Text]:
    if one.closed is None:
        return [both("challenge.missing.open", challenge=one.id)]
    said = one.closed.draft.entry
    if said["outcome"] != Answer.ANSWERED:
        raise VerificationError(f"challenge {one.id} was abandoned on {moment(one.closed.at)}; no run answers it")
    if f"sha256:{said['run']['sha256']}" != run.envelope.digest:
        raise VerificationError(
            f"challenge {one.id} was answered by another run ({said['run']['sha256'][:16]}…) than this one ({run.envelope.digest[7:23]}…); "
            "a challenge is answered once"
        )
    return []


def _in_time(run: VerifiedRun, one: Opened) -> list[Text]:
    """Whether it is known, by a clock that the signer does not set, that the run was over in time."""
    held = one.closed is not None and moment(one.closed.at) <= one.said["notAfter"]
    return [] if held or stamped_in_time(run) else [both("challenge.missing.time", end=one.said["notAfter"])]


def stamped_in_time(run: VerifiedRun) -> bool:
    """Whether an authority's timestamp proves that the statement was there before the deadline."""
    proven = run.envelope.proven
    return run.challenge is not None and proven is not None and proven.astimezone(UTC) <= run.challenge.not_after
