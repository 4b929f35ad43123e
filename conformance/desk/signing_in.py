"""Signing in by OpenID Connect (authorization code, PKCE, state and nonce), through Authlib. Who it was is the provider's word; what they may do
is the desk's.
"""

from __future__ import annotations

import warnings
from typing import Any

from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped] # it has no types of its own
from starlette.requests import Request
from starlette.responses import Response

from conformance.desk.desk import NotAllowedError, desk_of, form, language_of, page, person, see_other
from conformance.desk.guard import renew
from conformance.desk.settings import SignIn
from conformance.errors import TargetError
from conformance.load.catalogue import LANGUAGES

with warnings.catch_warnings():  # it would rather have httpx's successor, and says so to whoever starts a desk
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.starlette_client import OAuth  # type: ignore[import-untyped] # likewise

__all__ = ["choose_language", "client_of", "sign_in", "sign_out", "signed_in"]

RETURN = "/signed-in"


def client_of(settings: SignIn, transport: Any = None) -> Any:
    """The client at the identity provider; `transport` is httpx's, where it is asked in this process."""
    kwargs: dict[str, Any] = {"scope": "openid profile", "code_challenge_method": "S256", "timeout": 20.0}
    if transport is not None:
        kwargs.update(transport=transport)
    clients = OAuth()
    return clients.register(
        "office",
        client_id=settings.client,
        client_secret=settings.secret,
        server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs=kwargs,
    )


async def sign_in(request: Request) -> Response:
    """Send the browser to the provider."""
    client, settings = request.app.state.client, desk_of(request).settings
    try:
        issuer = (await client.load_server_metadata()).get("issuer")
        response: Response = await client.authorize_redirect(request, settings.address + RETURN)
    except Exception as error:  # noqa: BLE001 - whatever Authlib, or httpx below it, make of a provider that does not answer
        raise TargetError(f"the identity provider cannot be asked ({type(error).__name__}); try again later") from None
    if issuer != settings.sign_in.issuer:
        raise TargetError("the identity provider says that it is another; check signIn.issuer in desk.toml")
    return response


async def signed_in(request: Request) -> Response:
    """The browser comes back with a code: who is it?"""
    settings = desk_of(request).settings
    try:
        token = await request.app.state.client.authorize_access_token(
            request, claims_options={"iss": {"values": [settings.sign_in.issuer]}}
        )
        subject = str(token["userinfo"]["sub"])
    except Exception:  # noqa: BLE001 - whatever Authlib, joserfc or httpx find wrong with the answer: it is not believed
        raise NotAllowedError(
            "the identity provider's answer does not hold, or is too old; sign in again", signed_in=False
        ) from None
    request.session.clear()
    if subject not in settings.persons:
        raise NotAllowedError("you are known to the identity provider, and not to this desk; ask the office")
    request.session["subject"] = subject
    renew(request.session)
    return see_other("/")


async def sign_out(request: Request) -> Response:
    """End the session."""
    person(request)
    await form(request)
    request.session.clear()
    return page(request, "signed-out", "desk.signed-out")


async def choose_language(request: Request) -> Response:
    """Go on in another language."""
    language = request.path_params["language"]
    response = see_other("/")
    chosen = language if language in LANGUAGES else language_of(request)
    response.set_cookie(
        "yance-language", chosen, max_age=365 * 86400, httponly=True, samesite="lax", secure=desk_of(request).settings.secure
    )
    return response
