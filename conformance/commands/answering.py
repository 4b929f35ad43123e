"""What `yance run --challenge` does before anything is tested: the office's document is verified, and who governs the target is proven."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from conformance.attest import LARGEST, load_trust
from conformance.attest.challenge import Handed, handed, refuse_unanswered
from conformance.commands.front import Front
from conformance.errors import UsageError
from conformance.evidence import Header, read_evidence
from conformance.load import Settings
from conformance.load.digests import rows_digest
from conformance.model import Challenge, Control, Guise, Ics, Profile, Spec
from conformance.run.derived import Binding
from conformance.text.handed import PRIVATE, lock, read_named
from conformance.verdict.folder import RunFolder
from conformance.wire.control import prove_control

__all__ = ["Answer", "answer_to", "binding_for", "claimed", "read_challenge"]

METHOD = "well-known"
_USED = ".used"  # after the name of a challenge: the note of where it is answered


@dataclass(frozen=True)
class Answer:
    """The challenge that a run answers, as the office signed it."""

    one: Handed
    document: bytes
    file: Path
    control: Control | None = None

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self.one.derived.seed

    @property
    def challenge(self) -> Challenge:
        """What the evidence says of it."""
        return self.one.challenge

    def proven(self, front: Front, settings: Settings, *, allow_private: bool) -> Control:
        """The proof that whoever runs the suite governs the target. Raises TargetError, saying what to serve, where it is not there."""
        if self.control is not None:
            return self.control
        agent = dict(Guise(self.seed).introduced((("user-agent", ""),)))["user-agent"]
        url = asyncio.run(prove_control(settings.ixit, self.one.derived.token, user_agent=agent, allow_private=allow_private))
        front.note("challenge.proven", url=url)
        return Control(METHOD, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")


@contextmanager
def claimed(answer: Answer | None, folder: RunFolder) -> Iterator[None]:
    """Note beside the challenge in which folder it is answered, and hold the note while that goes on. Raises UsageError where another run was
    begun with it, or is just beginning: a challenge is answered once, and whoever began goes on with that run.
    """
    if answer is None or answer.file == folder.challenge_file:  # a run that goes on holds its folder
        yield
        return
    note, told = answer.file.with_name(answer.file.name + _USED), str(folder.path.absolute())
    try:
        handle = os.open(note, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), PRIVATE)
    except OSError as error:
        raise UsageError(
            f"{note}: the file cannot be written ({error.strerror}); put the challenge where you may write"
        ) from None
    try:
        if not lock(handle):
            raise UsageError(f"{answer.file}: another run is just answering this challenge, which is answered once")
        earlier = RunFolder(Path(os.read(handle, LARGEST).decode("utf-8", "surrogateescape")))
        if earlier.evidence_file.exists() and str(earlier.path) != told:
            raise UsageError(
                f"{answer.file}: a run in {earlier.path} was begun with this challenge, which is answered once; go on with it by "
                f"--resume --out {earlier.path}, or ask the office for another one"
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, told.encode("utf-8", "surrogateescape"), 0)
        yield
    finally:
        os.close(handle)


def binding_for(spec: Spec, profile: Profile, ics: Ics, challenge: str = "") -> Binding:
    """What a challenge is bound to, where it is for this."""
    named = (spec.domain, spec.version, spec.digest, rows_digest(spec), profile.id, profile.digest)
    return Binding(challenge, ics.vendor, ics.solution_id, ics.solution_version, *named)


def read_challenge(path: Path) -> bytes:
    """The bytes of a challenge. Raises UsageError where there are none."""
    try:
        return read_named(path, LARGEST)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; expected the challenge that the office handed over") from None


def answer_to(file: Path | None, trust: Path | None, begun: RunFolder | None, about: tuple[Spec, Profile, Ics]) -> Answer | None:
    """The challenge that a run is to answer, verified before anything is sent; None where there is none. A run that is resumed (`begun`)
    answers the one that it was begun with. Raises VerificationError where it is not the office's, not for this, or not in time.
    """
    header = _header(begun) if begun else None
    if header is not None and header.challenge is not None and file is None:
        assert begun is not None  # it has a header
        file = begun.challenge_file
    if file is None:
        return None
    if trust is None:
        raise UsageError("whose challenge it is, only a trust document can tell: give it by --trust (the office publishes it)")
    data, known = read_challenge(file), load_trust(trust)
    one = handed(data, known.keys, authorities=known.authorities)
    spec, profile, ics = about
    refuse_unanswered(one, binding_for(spec, profile, ics, one.challenge.id))
    if header is None:
        return Answer(one, data, file)
    if header.challenge != one.challenge:
        was = header.challenge.id if header.challenge else "none"
        raise UsageError(
            f"{begun.path if begun else ''}: the run was begun with the challenge {was}, and {file} is {one.challenge.id}"
        )
    return Answer(one, data, file, header.control)


def _header(folder: RunFolder) -> Header | None:
    if not folder.evidence_file.exists():
        return None
    first = next(read_evidence(folder.evidence_file, partial=True), None)
    return first if isinstance(first, Header) else None
