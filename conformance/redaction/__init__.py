"""Redaction: what is secret or personal is replaced before anything is recorded, and what judging needs is kept.

A value becomes a pseudonym such as `«tw-id:3f9a1c0b77e2»`: its kind, and the shortened HMAC of the value under a key that
is drawn for the run and kept nowhere. Equal values have equal pseudonyms, in whatever order they are seen; nothing leads back,
though there are few enough identity numbers to try them all. A resumed run has a new key; its cases begin anew, so that no
verdict compares across. What else a check may ask about is listed in the exchange's attribute `redactions`:

    {"where": "/response/body/items/0/idNumber", "kind": "tw-id", "n": "3f9a1c0b77e2",
     "type": "string", "length": 10, "class": "alphanumeric"}

Three layers: `exchange` works by structure (names and shapes); `cleanse` replaces the configured secrets wherever the target
echoed them; `sweep` looks at final bytes for every spelling of a configured secret, and is the last word before writing.
"""

from __future__ import annotations

import hashlib
import re
import secrets as chance
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from conformance.model import WITHHELD, Exchange, Pairs, Request, Response
from conformance.model.remembered import MOST
from conformance.redaction import shapes
from conformance.redaction.issued import Issued
from conformance.redaction.jsontext import looks_like_json, rewrite
from conformance.redaction.looks import Echoes, Ledger, Look, Structure, TooManyMarks
from conformance.redaction.needles import SHORTEST
from conformance.text import strictjson

__all__ = ["PSEUDONYM", "Redactor"]

PSEUDONYM = shapes.PSEUDONYM
_VERSION = 2
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_NOTHING = Response(0)
_FORM = re.compile(r"([^&=]+)=([^&]*)")


class Redactor:
    """Replaces secrets and personal data in exchanges, and finds configured secrets in final bytes.

    `secrets` maps labels, which may be shown, to values, which may not. `headers` and `names` add to the names that hold
    secrets. Whoever has the `key` can test guesses, so it is drawn anew unless pseudonyms have to be the same again. Of the last
    `bodies` it is remembered whether there is something in them.
    """

    def __init__(
        self,
        secrets: Mapping[str, str],
        *,
        key: bytes = b"",
        headers: Iterable[str] = (),
        names: Iterable[str] = (),
        bodies: int = MOST,
    ) -> None:
        self.replacements, self._bodies = 0, bodies
        self._key = key or chance.token_bytes(32)
        self._headers = shapes.HEADERS | {name.lower() for name in headers}
        self._names = shapes.NAMES | frozenset(names)
        self._structure = Structure(self._headers, self._names, bodies)
        self._issued = self._nothing_issued()
        self._secrets: dict[str, str] = {}
        self._short: set[str] = set()
        for label, value in secrets.items():
            self._keep(label, value)
        self._echoes = Echoes(self._secrets, self._bodies)

    def anew(self) -> Redactor:
        """One for another run in this process, under the same secrets and the same key: what was issued in the run before it does not know, and
        what was found out of bodies and texts it need not find out again.
        """
        other, issued = copy(self), self._nothing_issued()
        other.__dict__.update(replacements=0, _issued=issued, _secrets=dict(self._secrets), _short=set(self._short))
        return other

    def _nothing_issued(self) -> Issued:
        return Issued(self._names - shapes.PERSONAL.keys(), lambda value: Ledger(self._key).note(value, ""))

    def learn(self, label: str, value: str) -> None:
        """A secret that became known during the run, such as an access token."""
        if self._secrets.get(label) != value:
            self._keep(label if label not in self._secrets else f"{label} ({len(self._secrets)})", value)
            self._echoes = Echoes(self._secrets, self._bodies)

    @property
    def unswept(self) -> tuple[str, ...]:
        """Labels of secrets too short to be told from ordinary text: they are redacted by name, and not swept for."""
        return tuple(sorted(self._short))

    @property
    def policy_digest(self) -> str:
        """The digest of everything that decides what is redacted, apart from the secrets."""
        rules: dict[str, Any] = {
            "headers": sorted(self._headers),
            "names": sorted(self._names),
            "shapes": shapes.finder(frozenset()).pattern,
        }
        rules |= {"decided": dict(shapes.DECIDED), "personal": dict(shapes.PERSONAL)}
        return "sha256:" + hashlib.sha256(strictjson.canonical({"version": _VERSION, **rules})).hexdigest()

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange with every credential and personal datum replaced; the same object when there is none. What is to be known of the
        codes in it is noted (`issued`).
        """
        facts = self._issued.facts(exchange)
        kept = self._applied(exchange, self._structure)
        return replace(kept, attributes={**kept.attributes, **facts}) if facts else kept

    def cleanse(self, exchange: Exchange) -> Exchange:
        """The exchange with every configured secret replaced, wherever and however the target sent it back."""
        return self._applied(exchange, self._echoes)

    def recorded(self, exchange: Exchange, written: Callable[[Exchange], bytes] = lambda _: b"") -> tuple[Exchange, bytes]:
        """The exchange as it may be kept, and as it is `written`: what cannot be replaced in it is left out, and as little as will do."""
        kept = self.exchange(exchange)
        line = written(kept)
        for hide in (self.cleanse, self._bare, _withheld):
            if not self._holds(kept, line):
                break
            kept = hide(kept)
            line = written(kept)
        return kept, line

    def text(self, text: str) -> str:
        """A text for a log, a message or a command line, redacted by shape and by configured secret."""
        ledger = Ledger(self._key)
        return self._echoes.value(None, self._structure.value(None, text, "", ledger), "", ledger)

    def sweep(self, data: bytes) -> tuple[str, ...]:
        """The labels of the configured secrets that final bytes still hold, in whatever form; empty when there is none."""
        return self._echoes.labels(data)

    def spoken(self, data: bytes) -> tuple[str, ...]:
        """The labels of the configured secrets that bytes hold in a common spelling: a quick look, for text of our own."""
        return self._echoes.spoken(data)

    def _holds(self, exchange: Exchange, line: bytes) -> bool:
        """Whether an exchange, or its line of evidence, still holds a configured secret in whatever form.

        A line has all that an exchange has; but what is escaped in a body is escaped again in it, so bodies are looked into by themselves.
        """
        return bool(
            self.spoken(line) or self._echoes.suspects_any(_all_outside(exchange)) or any(map(self._is_held, _bodies(exchange)))
        )

    def _bare(self, exchange: Exchange) -> Exchange:
        """The exchange without the body of its answer, where that holds a configured secret: it counts as cut, so nothing passes by it."""
        return exchange.without_body(WITHHELD) if exchange.response and self._is_held(exchange.response.body) else exchange

    def _is_held(self, body: bytes) -> bool:
        return bool(body) and (self._echoes.suspects(body) or bool(self._wide(body)))

    def hidden(self, exchange: Exchange) -> tuple[str, ...]:
        """The labels of the configured secrets that a body holds in UTF-16 or UTF-32, which `sweep` does not see in a line."""
        return tuple(dict.fromkeys(label for body in _bodies(exchange) for label in self._wide(body)))

    def _wide(self, body: bytes) -> tuple[str, ...]:
        if b"\0" not in body:
            return ()
        forms = [(label, secret.encode(coding)) for label, secret in self._secrets.items() for coding in _WIDE]
        return tuple(dict.fromkeys(label for label, form in forms if form in body))

    def _keep(self, label: str, value: str) -> None:
        if len(value) < SHORTEST:
            self._short.add(label)
        elif value not in self._secrets.values():
            self._secrets[label] = value

    # ----------------------------------------------------------------------------------------- the walk

    def _applied(self, exchange: Exchange, look: Look) -> Exchange:
        """The walk; where it replaces more than is noted of one exchange, the body is left out."""
        try:
            return self._apply(exchange, look)
        except TooManyMarks:
            try:
                return self._apply(exchange.without_body(WITHHELD), look)
            except TooManyMarks:
                return _withheld(exchange)

    def _apply(self, exchange: Exchange, look: Look) -> Exchange:
        ledger = Ledger(self._key)
        loose = look.suspects_any(_outside(exchange))
        asked = _request(exchange.request, look, ledger, loose)
        answered = _response(exchange.response, look, ledger, loose) if exchange.response else None
        base_url, failure = exchange.base_url, exchange.failure
        if loose:
            base_url = look.value(None, base_url, "/baseUrl", ledger)
            failure = failure and look.value(None, failure, "/failure", ledger)
        if not ledger.marks:
            return exchange
        self.replacements += len(ledger.marks)
        marks = [*exchange.attributes.get("redactions", ()), *ledger.marks]
        attributes = {**exchange.attributes, "redactions": marks}
        return replace(exchange, request=asked, response=answered, base_url=base_url, failure=failure, attributes=attributes)


def _all_outside(exchange: Exchange) -> list[str]:
    """Those, with the names that a target chose and what is noted of how it failed."""
    names = [name for name, _ in (*exchange.request.query, *exchange.request.headers, *(exchange.response or _NOTHING).headers)]
    noted = [value for value in exchange.attributes.values() if isinstance(value, str)]
    return [*_outside(exchange), *names, *noted]


def _withheld(exchange: Exchange) -> Exchange:
    """An exchange whose secret cannot be replaced without a trace: that it took place is all that is recorded."""
    request = replace(exchange.request, path="/", query=(), headers=(), body=None)
    detail = {"detail": "it held a configured secret in a place or a spelling that cannot be replaced, so it was not recorded"}
    return replace(exchange, request=request, response=None, failure=WITHHELD, attributes=detail)


def _bodies(exchange: Exchange) -> tuple[bytes, bytes]:
    """The bodies of request and answer; empty where there is none."""
    return exchange.request.body or b"", exchange.response.body if exchange.response else b""


def _outside(exchange: Exchange) -> list[str]:
    """The texts of an exchange that stand outside its bodies."""
    request, response = exchange.request, exchange.response
    texts = [exchange.base_url, exchange.failure or "", request.path]
    texts += [value for _, value in request.query]
    texts += [value for _, value in request.headers]
    if response:
        texts += [value for _, value in response.headers]
    return texts


def _request(request: Request, look: Look, ledger: Ledger, loose: bool) -> Request:
    before = len(ledger.marks)
    path = look.value(None, request.path, "/request/path", ledger) if loose else request.path
    query = request.query
    if loose or not look.names.isdisjoint([name for name, _ in query]):
        query = tuple((name, look.value(name, value, f"/request/query/{name}", ledger, loose=loose)) for name, value in query)
    headers = _headers(request.headers, "/request/headers", look, ledger, loose)
    body = request.body and _body(request.body, request.header("content-type") or "", "/request/body", look, ledger)
    if len(ledger.marks) == before:
        return request
    return replace(request, path=path, query=query, headers=headers, body=body)


def _response(response: Response, look: Look, ledger: Ledger, loose: bool) -> Response:
    before = len(ledger.marks)
    headers = _headers(response.headers, "/response/headers", look, ledger, loose)
    body = _body(response.body, response.media_type, "/response/body", look, ledger)
    if len(ledger.marks) == before:
        return response
    return Response(response.status, headers, body, response.truncated, response.size)


def _headers(pairs: Pairs, where: str, look: Look, ledger: Ledger, loose: bool) -> Pairs:
    if not loose and look.hides.isdisjoint([name.lower() for name, _ in pairs]):
        return pairs
    return tuple((name, look.header(name, value, f"{where}/{name.lower()}", ledger, loose=loose)) for name, value in pairs)


def _body(body: bytes, media_type: str, where: str, look: Look, ledger: Ledger) -> bytes:
    is_form = "x-www-form-urlencoded" in media_type.lower()
    if not body or not (is_form or look.suspects(body)):
        return body
    before = len(ledger.marks)
    try:
        text, coding = body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, coding = body.decode("latin-1"), "latin-1"  # byte for byte; what is looked for is ASCII
    if is_form:
        text = _FORM.sub(lambda pair: _form_pair(pair, where, look, ledger), text)
    elif looks_like_json(body):
        text = _json(body, text, where, look, ledger)
        if look.exact and look.suspects(text.encode(coding)):  # outside every string, or across several: the JSON is broken
            text = look.value(None, text, where, ledger)
    else:
        text = look.value(None, text, where, ledger)
    return body if len(ledger.marks) == before else text.encode(coding)


def _json(body: bytes, text: str, where: str, look: Look, ledger: Ledger) -> str:
    known = look.recent.get(where, body)
    if known is not None:
        ledger.marks += map(dict, known[1])
        return known[0]
    before = len(ledger.marks)
    new = rewrite(text, partial(_json_value, where, look, ledger), look.left)
    look.recent.keep(where, body, new, ledger.marks[before:])
    return new


def _json_value(
    where: str, look: Look, ledger: Ledger, name: str | None, value: str, here: Callable[[], str], is_text: bool
) -> str:
    before = len(ledger.marks)
    new = look.value(name, value, "", ledger, text=is_text)
    for mark in ledger.marks[before:]:  # the pointer is worked out only where something was found
        mark["where"] = where + here()
    return new


def _form_pair(pair: re.Match[str], where: str, look: Look, ledger: Ledger) -> str:
    name, value = unquote_plus(pair[1]), unquote_plus(pair[2])
    new = look.value(name, value, f"{where}/{name}", ledger)
    return pair[0] if new == value else f"{pair[1]}={quote_plus(new)}"
