"""What every page of the desk knows: the settings, the registry and what it comes to, the uploads, the work under way; and who asks.

A page is asked for by a person with a role (`person`), and a form is taken only from a page of the desk's own (`form`).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conformance import limits
from conformance.attest import Trust, load_trust
from conformance.desk.settings import Person, Settings
from conformance.desk.uploads import Uploads
from conformance.desk.work import Work
from conformance.errors import YanceError
from conformance.formats import _web as web
from conformance.load.catalogue import LANGUAGES, say
from conformance.load.sentences import told
from conformance.office import COUNTIES, Registry, State

__all__ = ["Desk", "NotAllowedError", "desk_of", "form", "language_of", "page", "person", "see_other"]

TOKEN = "token"  # noqa: S105 - what the field is called
_COOKIE = "yance-language"


class NotAllowedError(YanceError):
    """Whoever asks is not signed in, has no role for it, or sent a form from somewhere else. `signed_in`: which of them."""

    def __init__(self, said: str, *, signed_in: bool = True) -> None:
        self.signed_in = signed_in
        super().__init__(said)


@dataclass
class Desk:
    """One desk."""

    settings: Settings
    registry: Registry
    uploads: Uploads
    work: Work
    data: tuple[Path, ...] = ()
    _state: State = field(default_factory=State)

    def state(self) -> State:
        """What the registry's log comes to now: folded once, and on from there when somebody wrote, this desk or another."""
        self._state = self.registry.later(self._state)
        return self._state

    def trust(self) -> Trust:
        """The trust document, as it is now."""
        return load_trust(self.settings.trust)


def desk_of(request: Request) -> Desk:
    """The desk that is asked."""
    desk: Desk = request.app.state.desk
    return desk


def person(request: Request, *roles: str) -> Person:
    """Who asks. Raises NotAllowedError unless they are signed in, are still among the desk's persons, and have one of the roles."""
    found = desk_of(request).settings.persons.get(request.session.get("subject", ""))
    if found is None:
        raise NotAllowedError("this page is for those who are signed in", signed_in=False)
    if roles and not found.may(*roles):
        raise NotAllowedError(f"this takes the role {' or '.join(roles)}; yours: {', '.join(sorted(found.roles))}")
    return found


async def form(request: Request) -> FormData:
    """The fields of a form that one of the desk's pages sent. Raises NotAllowedError for one from elsewhere."""
    origin = request.headers.get("origin", desk_of(request).settings.address)
    if origin != desk_of(request).settings.address or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise NotAllowedError("the form was sent from another site; nothing was done")
    fields = await request.form(max_files=1, max_fields=400, max_part_size=limits.FORM)
    said, expected = fields.get(TOKEN), request.session.get(TOKEN, "")
    if not isinstance(said, str) or not expected or not hmac.compare_digest(said.encode(), expected.encode()):
        await fields.close()
        raise NotAllowedError("the form is not of this session; load its page again and send it from there")
    return fields


def language_of(request: Request) -> str:
    """The language that was chosen, else the browser's, else Chinese."""
    chosen = request.cookies.get(_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return "en" if request.headers.get("accept-language", "").startswith("en") else "zh-Hant"


def page(request: Request, template: str, title: str, code: int = 200, **context: Any) -> Response:
    """A page in the reader's language. `title` is a key of the catalogue."""
    language, known = language_of(request), desk_of(request).settings.persons.get(request.session.get("subject", ""))
    if known is not None and TOKEN not in request.session:
        request.session[TOKEN] = secrets.token_urlsafe(32)
    frame: Mapping[str, Any] = {
        "title": say(title, language),
        "person": known,
        "token": request.session.get(TOKEN, ""),
        "other": next(one for one in LANGUAGES if one != language),
        "public": str(desk_of(request).state().opened.get("uri", "")),
        "again": 0,
        "said": lambda text: told(text, language),
        "label": lambda key: say(key, language),
        "county": lambda code: COUNTIES[code][language],
    }
    body = web.filled(f"desk/{template}.html", language, **{**frame, **context})
    return Response(body, code, media_type="text/html", headers={"Content-Language": language})


def see_other(path: str) -> Response:
    """Go on there, by GET."""
    return RedirectResponse(path, 303)
