"""An identity provider for trying out: OpenID Connect with the authorization code flow and PKCE, and whoever comes says who they are.

It listens on loopback alone, knows the persons of one desk, and signs with a key that ends with it. It is no way to keep anybody out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from conformance.desk.settings import Person, SignIn
from conformance.formats import _web as web
from conformance.load.catalogue import say

__all__ = ["provider"]

_HOLDS = 60.0  # seconds of a code
_TOKEN = 300  # seconds of an identity token
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class _Code:
    """A code that was given out: to whom, and what the token will say."""

    subject: str
    nonce: str
    challenge: str
    until: float


class _Provider:
    """Codes that are not redeemed yet, and the key."""

    def __init__(self, settings: SignIn, address: str, persons: Mapping[str, Person]) -> None:
        self._settings, self._back, self._persons = settings, f"{address}/signed-in", persons
        self._key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig", "alg": "ES256"})
        self._codes: dict[str, _Code] = {}

    async def discovery(self, _request: Request) -> Response:
        """What a client needs to know."""
        issuer = self._settings.issuer.rstrip("/")
        return JSONResponse(
            {
                "issuer": self._settings.issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def keys(self, _request: Request) -> Response:
        """The public key."""
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def style(self, _request: Request) -> Response:
        """The style of the one page."""
        return Response(web.asset("site.css"), media_type="text/css")

    async def authorize(self, request: Request) -> Response:
        """Who are you? And back to the desk with a code."""
        asked = request.query_params
        challenge = asked.get("code_challenge", "")
        wanted = (
            asked.get("client_id"),
            asked.get("redirect_uri"),
            asked.get("response_type"),
            asked.get("code_challenge_method"),
        )
        if (
            wanted != (self._settings.client, self._back, "code", "S256")
            or not challenge
            or "openid" not in asked.get("scope", "").split()
        ):
            return JSONResponse({"error": "invalid_request"}, 400, headers=_HEADERS)
        subject = asked.get("as", "")
        if subject not in self._persons:
            language = "en" if request.headers.get("accept-language", "").startswith("en") else "zh-Hant"
            known = [
                {"name": one.name, "roles": sorted(one.roles), "href": "?" + urlencode({**asked, "as": one.subject})}
                for one in self._persons.values()
            ]
            body = web.filled(
                "desk/provider.html",
                language,
                title=say("desk.demo.who", language),
                known=known,
                label=lambda key: say(key, language),
            )
            return Response(body, media_type="text/html", headers=_HEADERS)
        code, now = secrets.token_urlsafe(24), time.monotonic()
        self._codes = {name: one for name, one in self._codes.items() if one.until > now}
        self._codes[code] = _Code(subject, asked.get("nonce", ""), challenge, now + _HOLDS)
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return RedirectResponse(f"{self._back}?{back}", 302, headers=_HEADERS)

    async def token(self, request: Request) -> Response:
        """A code for a token, once."""
        fields = await request.form(max_files=0, max_fields=20)
        code = self._codes.pop(str(fields.get("code", "")), None)
        verifier = hashlib.sha256(str(fields.get("code_verifier", "")).encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if not self._known(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_client"}, 401, headers=_HEADERS)
        if (
            code is None
            or code.until < time.monotonic()
            or code.challenge != challenge
            or fields.get("redirect_uri") != self._back
        ):
            return JSONResponse({"error": "invalid_grant"}, 400, headers=_HEADERS)
        now = int(time.time())
        claims: dict[str, Any] = {"iss": self._settings.issuer, "sub": code.subject, "aud": self._settings.client}
        claims |= {"iat": now, "exp": now + _TOKEN, "nonce": code.nonce, "name": self._persons[code.subject].name}
        signed = jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key)
        said = {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer", "expires_in": _TOKEN, "id_token": signed}
        return JSONResponse(said, headers=_HEADERS)

    def _known(self, authorization: str) -> bool:
        """Whether the client is the desk."""
        kind, _, given = authorization.partition(" ")
        try:
            name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            return False
        expected = self._settings.secret.encode()
        right = hmac.compare_digest(unquote_plus(password).encode(), expected)
        return kind.lower() == "basic" and unquote_plus(name) == self._settings.client and right


def provider(settings: SignIn, address: str, persons: Mapping[str, Person]) -> Starlette:
    """The provider of a desk at `address`, as an ASGI application."""
    one = _Provider(settings, address, persons)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", one.discovery),
            Route("/authorize", one.authorize),
            Route("/token", one.token, methods=["POST"]),
            Route("/keys", one.keys),
            Route("/style/site.css", one.style),
        ]
    )
