"""Pages that are read. They change nothing, and each is made of what the registry's log comes to now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from conformance.desk.desk import desk_of, language_of, page, person
from conformance.desk.uploads import Upload
from conformance.errors import AbsentError, UsageError
from conformance.formats import _web as web
from conformance.load.catalogue import say
from conformance.office import COUNTIES, Entry, Proposal, Query, Status
from conformance.office.events import moment
from conformance.office.listing import matching, stats

__all__ = ["certificate", "certificates", "home", "proposal", "proposals", "style", "upload", "uploads"]

ON_A_PAGE = 50
_STYLES = {"site.css": "site.css", "desk.css": "desk/desk.css"}
_REFRESH = 2  # seconds after which a page that waits for something is loaded again


async def style(request: Request) -> Response:
    """The style sheets."""
    name = _STYLES[request.path_params["name"]]
    return Response(web.asset(name), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


async def home(request: Request) -> Response:
    """What there is to do, and the programme's figures; or the way to sign in."""
    desk, known = desk_of(request), desk_of(request).settings.persons.get(request.session.get("subject", ""))
    if known is None:
        return page(request, "welcome", "desk.title")
    state, now = desk.state(), datetime.now(UTC)
    found = stats(state, now)
    goals = [
        {"what": say(f"registry.target.{name}", language_of(request)), "reached": found.reached[name], "target": target}
        for name, target in found.targets.items()
    ]
    waiting = [one for one in state.proposals.values() if not one.decided]
    return page(
        request,
        "home",
        "desk.title",
        goals=goals,
        found=found,
        waiting=[_asked(one) for one in reversed(waiting[-10:])],
        uploads=[_line(one) for one in desk.uploads.of(known)[:10]],
        trouble=desk.work.trouble,
    )


# ------------------------------------------------------------------------------------------ certificates


async def certificates(request: Request) -> Response:
    """A list, by what is asked for."""
    person(request)
    asked = {
        name: request.query_params.get(name, "")[:200] for name in ("text", "domain", "profile", "holder", "county", "status")
    }
    if (asked["status"] and asked["status"] not in tuple(Status)) or (asked["county"] and asked["county"] not in COUNTIES):
        raise UsageError("there is no such status or county; choose one from the list")
    state, now = desk_of(request).state(), datetime.now(UTC)
    found = matching(state, Query(**asked), now)
    number = request.query_params.get("page", "1")
    at = min(
        max(1, int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1),
        max(1, -(-len(found) // ON_A_PAGE)),
    )
    known = state.certificates.values()
    return page(
        request,
        "certificates",
        "site.all",
        asked=asked,
        query=request.url.include_query_params,
        rows=[_row(entry, now) for entry in found[(at - 1) * ON_A_PAGE : at * ON_A_PAGE]],
        count=len(found),
        at=at,
        pages=-(-len(found) // ON_A_PAGE),
        domains=sorted({one.document["domain"] for one in known}),
        profiles=sorted({one.document["profile"]["id"] for one in known}),
        counties=list(COUNTIES),
        statuses=[str(one) for one in Status],
    )


def _row(entry: Entry, now: datetime) -> dict[str, Any]:
    said = entry.document
    return {
        "number": entry.certificate,
        "status": str(entry.status(now)),
        "holder": said["holder"],
        "solution": f"{said['solution']['id']} {said['solution']['version']}",
        "of": f"{said['domain']} {said['profile']['id']}",
        "end": said["notAfter"][:10],
    }


async def certificate(request: Request) -> Response:
    """One certificate, with what became of it and what can be asked for."""
    person(request)
    state, now = desk_of(request).state(), datetime.now(UTC)
    entry = state.certificates.get(request.path_params["number"])
    if entry is None:
        raise AbsentError("there is no such certificate")
    standing = str(entry.status(now))
    actions = [
        name
        for name, can in (
            ("suspend", standing in ("valid", "pending")),
            ("reinstate", entry.standing == "suspended" and standing not in ("superseded", "expired")),
            ("revoke", standing != "revoked"),
        )
        if can
    ]
    history = [{"on": moment(one.at), "kind": one.kind, **_why(one.draft.entry)} for one in (entry.issued, *entry.changes)]
    pending = [
        _asked(one) for one in state.proposals.values() if one.event.draft.certificate == entry.certificate and not one.decided
    ]
    return page(
        request,
        "certificate",
        "site.certificate",
        entry=entry,
        said=entry.document,
        status=standing,
        history=history,
        reports=[(one.name, str(one.status(state.certificates, now))) for one in state.resting_on(entry.certificate)],
        actions=actions,
        pending=pending,
    )


def _why(entry: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(entry.get(name, "")) for name in ("reason", "by", "approvedBy")}


# ------------------------------------------------------------------------------------------ proposals


async def proposals(request: Request) -> Response:
    """What was proposed: first what nobody has decided."""
    person(request, "officer", "approver", "reader")
    every = list(desk_of(request).state().proposals.values())[::-1]
    waiting = [_asked(one) for one in every if not one.decided]
    decided = [_asked(one) for one in every if one.decided][:ON_A_PAGE]
    return page(request, "proposals", "desk.proposals", waiting=waiting[:ON_A_PAGE], count=len(waiting), decided=decided)


async def proposal(request: Request) -> Response:
    """One proposal, and what a second person can say to it."""
    known, desk = person(request, "officer", "approver", "reader"), desk_of(request)
    one = desk.state().proposals.get(request.path_params["id"])
    if one is None:
        raise AbsentError("there is no such proposal")
    asked = _asked(one)
    upload = desk.uploads.with_run(asked["run"]) if asked["run"] else None
    task = desk.work.tasks.get(upload.id) if upload and not one.decided else None
    waits = task is not None and task.state == "waiting"
    return page(
        request,
        "proposal",
        "desk.proposal",
        asked=asked,
        upload=_line(upload) if upload else None,
        task=task,
        steps=desk.work.steps.get(upload.id, []) if upload and waits else [],
        again=_REFRESH if waits else 0,
        mine=one.by.casefold() == known.name.casefold(),
        signs=known.signer is not None,
        entry=one.event.draft.entry,
        registry=desk.settings.registry if "://" not in desk.settings.registry else "postgresql://…",
    )


def _asked(one: Proposal) -> dict[str, Any]:
    said = one.event.draft.entry
    return {
        "id": one.id,
        "action": one.action,
        "by": one.by,
        "on": moment(one.event.at),
        "decided": one.decided,
        "certificate": one.event.draft.certificate or said.get("supersedes", ""),
        "of_report": one.event.draft.certificate.startswith("journey-"),
        "rests": said.get("certificates", []),
        "holder": said.get("holder", ""),
        "solution": said.get("solution", ""),
        "reason": said.get("reason", ""),
        "run": said.get("run", ""),
    }


# ------------------------------------------------------------------------------------------ uploads


async def uploads(request: Request) -> Response:
    """The runs that were uploaded, and the form for another."""
    known = person(request, "vendor", "officer", "approver")
    return page(
        request, "uploads", "desk.uploads", uploads=[_line(one) for one in desk_of(request).uploads.of(known)[:ON_A_PAGE]]
    )


async def upload(request: Request) -> Response:
    """One upload: how far it is, what it is, and for an officer the form by which a certificate is proposed."""
    known, desk = person(request, "vendor", "officer", "approver"), desk_of(request)
    one = desk.uploads.get(request.path_params["id"])
    if one not in desk.uploads.of(known):
        raise AbsentError("there is no such upload")
    task, state = desk.work.tasks.get(one.id), desk.state()
    waits = one.state in ("waiting", "verifying") or (task is not None and task.state == "waiting")
    digest = one.found.get("digest", "")
    certified = [
        entry.certificate
        for entry in state.certificates.values()
        if entry.document["inputAttestations"][0]["digest"]["sha256"] == digest
    ]
    asked = [_asked(p) for p in state.proposals.values() if not p.decided and p.event.draft.entry.get("run") == digest]
    return page(
        request,
        "upload",
        "desk.upload",
        upload=one,
        found=one.found,
        steps=desk.work.steps.get(one.id, []) if waits else one.found.get("steps", []),
        task=task,
        again=_REFRESH if waits else 0,
        certified=certified,
        asked=asked,
        counties=list(COUNTIES),
        earlier=_earlier(list(state.certificates.values()), one),
        today=f"{datetime.now(UTC):%Y-%m-%d}",
        signs=known.signer is not None,
        proposes=known.may("officer") and one.state == "verified" and not certified and not asked and not waits,
    )


def _earlier(known: Sequence[Entry], one: Upload) -> list[str]:
    """The certificates that one of this run could follow."""
    mine = (one.found.get("vendor"), one.found.get("solution"))
    return [
        entry.certificate
        for entry in known
        if (entry.document["holder"], entry.document["solution"]["id"]) == mine
        and entry.standing != "revoked"
        and not entry.superseded_by
    ]


def _line(one: Upload) -> dict[str, str]:
    found = one.found
    return {
        "id": one.id,
        "at": one.at,
        "person": one.person,
        "state": one.state,
        "solution": f"{found['solution']} {found['version']}" if found else "",
        "vendor": found.get("vendor", ""),
        "of": f"{found['domain']} {found['profile']}" if found else "",
        "result": found.get("result", ""),
    }
