"""DSSE envelopes: signing a statement, and a verifier that says yes only when it should.

The order in which an envelope is verified is its security: nothing of it is interpreted before the bytes are known to read
the same everywhere, no key is taken from it, and what is parsed in the end are the very bytes that were verified.

The identity of a statement is the SHA-256 of its payload, never of the envelope: an ECDSA signature has a second valid form.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error as SigningError
from securesystemslib.signer import Signature, Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance import limits
from conformance.attest.keys import Role, TrustedKey
from conformance.attest.statement import CERTIFICATE, RUN, STATEMENT
from conformance.attest.times import SLACK, instant
from conformance.errors import VerificationError
from conformance.text import strictjson

__all__ = ["LARGEST", "PAYLOAD_TYPE", "Held", "Verified", "bundle", "sign", "verify_envelope"]

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
LARGEST = limits.ENVELOPE  # bytes of an envelope or a bundle
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_SAID_AT = {RUN: "finishedOn", CERTIFICATE: "issuedOn"}  # the time by which the key has to have been trusted


class Held(StrEnum):
    """By which clock it is known that the key was trusted when it signed."""

    RECEIVED = "received"  # whoever verifies held the envelope by then
    NOW = "now"  # the key is trusted at the moment, by the clock of whoever verifies
    UNBOUNDED = "unbounded"  # the key is trusted at any time, so when it signed is told by the statement alone


@dataclass(frozen=True)
class Verified:
    """A statement whose signature holds. `digest` (`sha256:…` of the payload) is what identifies it."""

    payload: Mapping[str, Any]
    digest: str
    keyid: str
    role: Role
    held: Held

    @property
    def predicate(self) -> Mapping[str, Any]:
        """The predicate of the statement."""
        predicate: Mapping[str, Any] = self.payload["predicate"]
        return predicate


def sign(statement: Mapping[str, Any], signer: Signer) -> bytes:
    """The envelope of a statement: compact JSON without a byte to spare, so that any change of it is a change of meaning."""
    envelope = Envelope(strictjson.canonical(statement), PAYLOAD_TYPE, {})
    signature = envelope.sign(signer)
    made = {"keyid": signature.keyid, "sig": b64encode(bytes.fromhex(signature.signature)).decode("ascii")}
    payload = b64encode(envelope.payload).decode("ascii")
    return strictjson.canonical({"payload": payload, "payloadType": PAYLOAD_TYPE, "signatures": [made]})


def bundle(envelope: bytes) -> bytes:
    """The same envelope as a Sigstore bundle v0.3 with a public-key hint, for verifiers in other languages."""
    document = strictjson.parse(envelope, "the envelope", limit=LARGEST)
    hint = {"publicKey": {"hint": document["signatures"][0]["keyid"]}}
    return strictjson.canonical({"mediaType": _BUNDLE, "verificationMaterial": hint, "dsseEnvelope": document})


def verify_envelope(
    data: bytes,
    trusted: Sequence[TrustedKey],
    *,
    predicate_type: str = RUN,
    role: Role | None = None,
    now: datetime | None = None,
    received: datetime | None = None,
) -> Verified:
    """The statement in an envelope (or Sigstore bundle) signed by a trusted key. Raises VerificationError otherwise.

    A key counts if it is trusted for `predicate_type`, in `role` where one is given, at the time that the statement names, and also
    at a time that whoever signed could not choose: `received`, when the envelope was first held by whoever verifies, or `now`.
    """
    document = _envelope(strictjson.parse(data, "the envelope", limit=LARGEST))
    if document["payloadType"] != PAYLOAD_TYPE:
        raise VerificationError(f"the payload type is {document['payloadType']!r:.80}; expected {PAYLOAD_TYPE}")
    payload = _bytes(document["payload"], "the payload")
    signature = _signature(document["signatures"])
    key = _key(signature.keyid, trusted, predicate_type, role)
    try:
        Envelope(payload, PAYLOAD_TYPE, {signature.keyid: signature}).verify([key.key], 1)
    except (SigningError, ValueError):
        raise VerificationError(
            f"the signature of key {signature.keyid} does not fit the payload: one of them was changed; ask for the original"
        ) from None
    statement = _statement(strictjson.parse(payload, "the signed payload", limit=LARGEST), predicate_type)
    held = _in_time(key, statement, predicate_type, now or datetime.now(UTC), received)
    return Verified(statement, f"sha256:{sha256(payload).hexdigest()}", key.keyid, key.role, held)


def _envelope(document: Any) -> Mapping[str, Any]:
    if isinstance(document, dict) and "mediaType" in document:
        parts = _exact(document, ("mediaType", "verificationMaterial", "dsseEnvelope"), "the bundle")
        if parts["mediaType"] != _BUNDLE:
            raise VerificationError(f"the bundle is {parts['mediaType']!r:.80}; expected {_BUNDLE}")
        material = _exact(parts["verificationMaterial"], ("publicKey",), "the bundle's verification material")
        hint = _exact(material["publicKey"], ("hint",), "the bundle's public key")["hint"]
        envelope = _envelope(parts["dsseEnvelope"])
        if hint != _signature(envelope["signatures"]).keyid:
            raise VerificationError(f"the bundle's hint {hint!r:.80} is not the key of its signature; expected the same key id")
        return envelope
    return _exact(document, ("payload", "payloadType", "signatures"), "the envelope")


def _exact(document: Any, names: Sequence[str], what: str) -> Mapping[str, Any]:
    if not isinstance(document, dict) or sorted(document) != sorted(names):
        came = ", ".join(map(repr, document))[:120] if isinstance(document, dict) else type(document).__name__
        raise VerificationError(f"{what} has to be an object with exactly {', '.join(names)}; it has {came}")
    return document


def _bytes(text: Any, what: str) -> bytes:
    try:
        data = b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        data = b""
    if not data or b64encode(data).decode("ascii") != text:
        raise VerificationError(
            f"{what} is not canonical base64 (standard alphabet, padded); the envelope was changed or is not ours"
        )
    return data


def _signature(signatures: Any) -> Signature:
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise VerificationError("the envelope has to carry exactly one signature; it has none or several")
    members = _exact(signatures[0], ("keyid", "sig"), "the signature")
    if not isinstance(members["keyid"], str):
        raise VerificationError("the signature's keyid has to be text; it is not")
    return Signature(members["keyid"], _bytes(members["sig"], "the signature").hex())


def _key(keyid: str, trusted: Sequence[TrustedKey], predicate_type: str, role: Role | None) -> TrustedKey:
    known = [key for key in trusted if key.keyid == keyid]
    if not known:
        hint = (
            f"trusted are {', '.join(key.keyid[:16] + '…' for key in trusted)}" if trusted else "no key is trusted; give --trust"
        )
        raise VerificationError(
            f"the signature is by key {keyid:.80}, which is not trusted ({hint}); ask its owner how to check it"
        )
    if len({key.role for key in known}) > 1:
        raise VerificationError(
            f"key {keyid} is trusted in several roles ({', '.join(sorted(k.role for k in known))}); give it one"
        )
    for key in known:
        if predicate_type in key.predicate_types and role in (None, key.role):
            return key
    wanted = f"{predicate_type}{f' in the role {role}' if role else ''}"
    raise VerificationError(f"key {keyid} is trusted as {known[0].role}, and not for {wanted}; expected a key that is")


def _statement(document: Any, predicate_type: str) -> Mapping[str, Any]:
    statement = _exact(document, ("_type", "subject", "predicateType", "predicate"), "the statement")
    for name, expected in (("_type", STATEMENT), ("predicateType", predicate_type)):
        if statement[name] != expected:
            raise VerificationError(f"the statement's {name} is {statement[name]!r:.120}; expected {expected}")
    if not isinstance(statement["subject"], list) or not isinstance(statement["predicate"], dict):
        raise VerificationError("the statement's subject has to be a list and its predicate an object; they are not")
    return statement


def _in_time(
    key: TrustedKey, statement: Mapping[str, Any], predicate_type: str, now: datetime, received: datetime | None
) -> Held:
    """By which clock the key was trusted when it signed. The time in the statement is the signer's word, so it is never enough."""
    member = _SAID_AT[predicate_type]
    said = statement["predicate"].get(member)
    when = instant(said)
    if when is None:
        raise VerificationError(f"the statement's {member} is {said!r:.60}; expected an RFC 3339 time in UTC ending in Z")
    if when > now + SLACK:
        raise VerificationError(
            f"the statement is of {said}, which is in the future by the clock of this machine ({now:{_TIME}})"
        )
    if received is not None and not when - SLACK <= received <= now + SLACK:
        raise VerificationError(
            f"the statement is of {said}, and it was received at {received:{_TIME}}; expected a time between that and now"
        )
    if not _within(when, key):
        raise VerificationError(
            f"the statement is of {said}, and key {key.keyid} is trusted {_window(key)}; expected a time within"
        )
    if not _within(received or now, key):
        clock = f"it was received at {received:{_TIME}}" if received else f"it is {now:{_TIME}} now"
        hint = "" if received else "; where you held the envelope before that, say since when (--received)"
        raise VerificationError(
            f"key {key.keyid} is trusted {_window(key)}, and {clock}: that it was signed in time is its signer's word alone{hint}"
        )
    if key.not_before is None and key.not_after is None:
        return Held.UNBOUNDED
    return Held.RECEIVED if received else Held.NOW


def _within(when: datetime, key: TrustedKey) -> bool:
    return (key.not_before is None or key.not_before <= when) and (key.not_after is None or when <= key.not_after)


def _window(key: TrustedKey) -> str:
    start = f"from {key.not_before:{_TIME}}" if key.not_before else ""
    end = f"until {key.not_after:{_TIME}}" if key.not_after else ""
    return " ".join(filter(None, (start, end)))
