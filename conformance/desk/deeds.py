"""What changes something: an upload, a proposal, a decision. Each is a form of one of the desk's own pages, by a person with the role for it.

Who decides signs: with the key that the desk was started with for this person. What it takes two persons for is the registry's rule, and
a certificate is issued there, in one step that nobody else can come between.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from conformance import limits
from conformance.attest import LARGEST, sign
from conformance.attest.verify import VerifiedRun, refuse_unofficial
from conformance.desk.desk import Desk, NotAllowedError, desk_of, form, person, see_other
from conformance.desk.settings import Person
from conformance.desk.uploads import Upload
from conformance.desk.work import Task
from conformance.errors import AbsentError, UsageError
from conformance.office import Proposal, Site, Wanted, approved_terms, statements
from conformance.office.terms import terms
from conformance.office.waivers import verify_waiver
from conformance.text.handed import PRIVATE, create, read_file
from conformance.verdict.folder import RunFolder

__all__ = ["approve", "change", "decline", "propose", "send"]

_PIECE = 256 * 1024
_MOST_SITES = 50


async def send(request: Request) -> Response:
    """Take an archive in, and have it verified."""
    known, desk = person(request, "vendor", "officer", "approver"), desk_of(request)
    fields = await form(request)
    try:
        file = fields.get("run")
        if not isinstance(file, UploadFile) or not file.size:
            raise UsageError("choose a file: the folder of a signed run, as .zip, .tar or .tar.gz")
        if file.size > limits.UPLOAD:
            raise UsageError(f"the archive has more than the {limits.UPLOAD} bytes allowed")
        made = desk.uploads.new(known)
        try:
            await _stored(file, desk.uploads.archive(made))
        except OSError:
            desk.uploads.forget(made)
            raise UsageError("the archive could not be kept; try again later, or ask the office") from None
    finally:
        await fields.close()
    desk.work.verify(made)
    return see_other(f"/uploads/{made.id}")


async def _stored(file: UploadFile, path: Path) -> None:
    with create(path, PRIVATE) as out:
        while piece := await file.read(_PIECE):
            out.write(piece)


async def propose(request: Request) -> Response:
    """Ask for a certificate of an uploaded run."""
    known, desk = person(request, "officer"), desk_of(request)
    fields, signer = await form(request), _signer(known)
    upload = desk.uploads.get(request.path_params["id"])
    if upload.state != "verified":
        raise UsageError("the run was not verified yet; wait until it is")
    renews = _text(fields, "renews")
    asked = _Asked(known, signer, desk, upload, fields)

    def deed(found: VerifiedRun) -> str:
        return asked.proposed(found, renews).id

    if not desk.work.decide(upload, Task("renew" if renews else "issue", known.name), deed):
        raise UsageError("something else is under way on this run; wait until it has ended")
    return see_other(f"/uploads/{upload.id}")


class _Asked:
    """What an officer asks for: read from the form at once, so that a mistake is told at once, and proposed when the run was verified again."""

    def __init__(self, known: Person, signer: Signer, desk: Desk, upload: Upload, fields: FormData) -> None:
        self._known, self._signer, self._desk, self._upload = known, signer, desk, upload
        self._counties = tuple(str(one) for one in fields.getlist("county"))
        self._sites = _sites(_text(fields, "sites"))
        self._start, self._end = (_day(_text(fields, name)) for name in ("start", "end"))
        self._borne = tuple(str(one) for one in fields.getlist("waived"))
        self._reason = _text(fields, "reason")
        if self._borne and not self._reason:
            raise UsageError("say why the requirements are waived; it stands on the certificate")

    def proposed(self, found: VerifiedRun, renews: str) -> Proposal:
        """The proposal, signed and in the registry."""
        refuse_unofficial(found)
        trust, said = self._desk.trust(), self._upload.found
        solution = f"{said['solution']}@{said['version']}"
        waivers = (self._waiver(solution, said["profile"]),) if self._borne else ()
        wanted = Wanted(
            said["vendor"],
            solution,
            self._counties,
            self._start,
            self._end,
            self._sites,
            renews,
            tuple(verify_waiver(one, trust) for one in waivers),
        )
        return self._desk.registry.propose(
            "renew" if renews else "issue",
            self._signer,
            trust,
            terms=terms(found, wanted),
            waivers=waivers,
            run=read_file(RunFolder(self._desk.uploads.run(self._upload)).envelope_file, LARGEST),
        )

    def _waiver(self, solution: str, profile: str) -> bytes:
        made = statements.waiver(
            solution=solution,
            profile=profile,
            requirements=self._borne,
            reason=self._reason,
            person=self._known.name,
            at=datetime.now(UTC),
            not_after=self._end,
        )
        return sign(made, self._signer)


async def change(request: Request) -> Response:
    """Ask for a certificate to be suspended, reinstated or revoked."""
    known, desk = person(request, "officer"), desk_of(request)
    fields, signer = await form(request), _signer(known)
    number, action, reason = request.path_params["number"], _text(fields, "action"), _text(fields, "reason")
    if action not in ("suspend", "reinstate", "revoke"):
        raise UsageError("choose what is to be done: suspend, reinstate or revoke")
    if not reason:
        raise UsageError("say why; it is public")
    if number not in desk.state().certificates:
        raise AbsentError("there is no such certificate")
    made = await asyncio.to_thread(desk.registry.propose, action, signer, desk.trust(), certificate=number, reason=reason)
    return see_other(f"/proposals/{made.id}")


async def approve(request: Request) -> Response:
    """Agree to what another person proposed. For a certificate the run is verified again first."""
    known, desk = person(request, "approver"), desk_of(request)
    await form(request)
    signer, one = _signer(known), _proposal(desk, request.path_params["id"])
    if one.by.casefold() == known.name.casefold():
        raise NotAllowedError("you proposed this; it takes another person to approve it")
    if one.action == "join":
        raise UsageError("a joint report is taken in where its folder lies: yance registry join")
    if one.action not in ("issue", "renew"):
        changed = (await asyncio.to_thread(desk.registry.approve, one.id, signer, desk.trust())).draft.certificate
        desk.work.publish()
        return see_other(f"/certificates/{changed}" if changed in desk.state().certificates else f"/proposals/{one.id}")
    upload = desk.uploads.with_run(str(one.event.draft.entry["run"]))
    if upload is None:
        raise UsageError("the run that this rests on is not here; upload it first, and approve then")

    def deed(found: VerifiedRun) -> str:
        trust = desk.trust()
        approved_terms(desk.registry, one.id, one.action, found, trust)
        refuse_unofficial(found)
        return desk.registry.approve(one.id, signer, trust, office=desk.settings.office).draft.certificate

    if not desk.work.decide(upload, Task("approve", known.name), deed):
        raise UsageError("something else is under way on this run; wait until it has ended")
    return see_other(f"/proposals/{one.id}")


async def decline(request: Request) -> Response:
    """Do not agree, or take back what one proposed oneself."""
    known, desk = person(request, "officer", "approver"), desk_of(request)
    fields, signer = await form(request), _signer(known)
    one, reason = _proposal(desk, request.path_params["id"]), _text(fields, "reason")
    if not known.may("approver") and one.by.casefold() != known.name.casefold():
        raise NotAllowedError("another person's proposal is declined by an approver")
    if not reason:
        raise UsageError("say why")
    await asyncio.to_thread(desk.registry.decline, one.id, signer, desk.trust(), reason)
    return see_other("/proposals")


def _proposal(desk: Desk, name: str) -> Proposal:
    found = desk.state().proposals.get(name)
    if found is None:
        raise AbsentError("there is no such proposal")
    if found.decided:
        raise UsageError(f"this was decided already: {found.decided}")
    return found


def _signer(known: Person) -> Signer:
    if known.signer is None:
        raise NotAllowedError("the desk holds no key of yours; sign with your own, by the command that the page shows")
    return known.signer


def _text(fields: FormData, name: str) -> str:
    value: Any = fields.get(name, "")
    text = value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""
    return text if name == "sites" else " ".join(text.split())


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError("a day is missing, or is none; expected one as in 2028-11-30") from None


def _sites(text: str) -> tuple[Site, ...]:
    lines = [line for line in text.split("\n") if line.strip()]
    found = []
    for number, line in enumerate(lines[: _MOST_SITES + 1], 1):
        county, _, name = line.partition("=")
        if not name.strip() or number > _MOST_SITES:
            raise UsageError(
                f"line {number} of the sites is none, or one too many; expected a county and a name, as in TPE=Xinyi"
            )
        found.append(Site(county.strip().upper(), " ".join(name.split())))
    return tuple(found)
