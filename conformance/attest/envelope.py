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
from conformance.attest.statement import CERTIFICATE, CHALLENGE, CHECKPOINT, DECISION, JOURNEY, RUN, STATEMENT, WAIVER
from conformance.attest.times import NO_AUTHORITIES, SLACK, Authorities, instant
from conformance.errors import VerificationError
from conformance.text import strictjson

__all__ = [
    "LARGEST",
    "PAYLOAD_TYPE",
    "Held",
    "Verified",
    "bundle",
    "envelope_of",
    "predicate_type_of",
    "sign",
    "signature_of",
    "verify_envelope",
]

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
LARGEST = limits.ENVELOPE  # bytes of an envelope or a bundle
_MOST_STAMPS = 5
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_SAID_AT = {  # the time by which the key has to have been trusted
    RUN: "finishedOn",
    JOURNEY: "finishedOn",
    CERTIFICATE: "issuedOn",
    CHALLENGE: "issuedOn",
    DECISION: "decidedOn",
    WAIVER: "decidedOn",
    CHECKPOINT: "takenOn",
}


class Held(StrEnum):
    """By which clock it is known that the key was trusted when it signed."""

    STAMPED = "stamped"  # a time-stamp authority that is believed saw the signature
    RECEIVED = "received"  # whoever verifies held the envelope by then
    NOW = "now"  # the key is trusted at the moment, by the clock of whoever verifies
    UNBOUNDED = "unbounded"  # the key is trusted at any time, so when it signed is told by the statement alone


@dataclass(frozen=True)
class Verified:
    """A statement whose signature holds. `digest` (`sha256:…` of the payload) is what identifies it; `holder` the person who signed it."""

    payload: Mapping[str, Any]
    digest: str
    keyid: str
    role: Role
    held: Held
    holder: str = ""
    proven: datetime | None = None  # when the signature was there, by a clock that its signer does not set

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


def bundle(envelope: bytes, stamps: Sequence[bytes] = ()) -> bytes:
    """The same envelope as a Sigstore bundle v0.3 with a public-key hint, for verifiers in other languages. `stamps` are answers of
    time-stamp authorities to the signature, in DER.
    """
    document = strictjson.parse(envelope, "the envelope", limit=LARGEST)
    material: dict[str, Any] = {"publicKey": {"hint": document["signatures"][0]["keyid"]}}
    if stamps:
        listed = [{"signedTimestamp": b64encode(one).decode("ascii")} for one in stamps]
        material["timestampVerificationData"] = {"rfc3161Timestamps": listed}
    return strictjson.canonical({"mediaType": _BUNDLE, "verificationMaterial": material, "dsseEnvelope": document})


def envelope_of(data: bytes) -> bytes:
    """The envelope in an envelope or a bundle, as bytes of one form. Raises VerificationError when it is neither."""
    return strictjson.canonical(dict(_opened(strictjson.parse(data, "the envelope", limit=LARGEST))[0]))


def predicate_type_of(data: bytes) -> str:
    """What kind of statement an envelope or bundle says that it holds; nothing of it is verified, and it may be anything."""
    document, _ = _opened(strictjson.parse(data, "the envelope", limit=LARGEST))
    statement = strictjson.parse(_bytes(document["payload"], "the payload"), "the payload", limit=LARGEST)
    return str(statement.get("predicateType", ""))[:200] if isinstance(statement, dict) else ""


def signature_of(data: bytes) -> bytes:
    """The signature in an envelope or bundle: what a time-stamp is of. Raises VerificationError when there is none."""
    document, _ = _opened(strictjson.parse(data, "the envelope", limit=LARGEST))
    return bytes.fromhex(_signature(document["signatures"]).signature)


def verify_envelope(
    data: bytes,
    trusted: Sequence[TrustedKey],
    *,
    predicate_type: str = RUN,
    role: Role | None = None,
    now: datetime | None = None,
    received: datetime | None = None,
    authorities: Authorities = NO_AUTHORITIES,
) -> Verified:
    """The statement in an envelope (or Sigstore bundle) signed by a trusted key. Raises VerificationError otherwise.

    A key counts if it is trusted for `predicate_type`, in `role` where one is given, at the time that the statement names, and also
    at a time that whoever signed could not choose: that of a time-stamp in the bundle by one of `authorities`; or `received`, when the
    envelope was first held by whoever verifies; or `now`. Where a time-stamp is demanded for the type, nothing else will do.
    """
    document, stamps = _opened(strictjson.parse(data, "the envelope", limit=LARGEST))
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
    known = _Clocks(now or datetime.now(UTC), received, _stamped(stamps, signature, authorities, predicate_type))
    held = _in_time(key, statement, predicate_type, known)
    digest = f"sha256:{sha256(payload).hexdigest()}"
    return Verified(statement, digest, key.keyid, key.role, held, key.holder, known.proven)


def _opened(document: Any) -> tuple[Mapping[str, Any], tuple[bytes, ...]]:
    """The envelope in a document, and the time-stamps beside it."""
    if not (isinstance(document, dict) and "mediaType" in document):
        return _exact(document, ("payload", "payloadType", "signatures"), "the envelope"), ()
    parts = _exact(document, ("mediaType", "verificationMaterial", "dsseEnvelope"), "the bundle")
    if parts["mediaType"] != _BUNDLE:
        raise VerificationError(f"the bundle is {parts['mediaType']!r:.80}; expected {_BUNDLE}")
    material = parts["verificationMaterial"]
    stamped = isinstance(material, dict) and "timestampVerificationData" in material
    names = ("publicKey", "timestampVerificationData") if stamped else ("publicKey",)
    material = _exact(material, names, "the bundle's verification material")
    hint = _exact(material["publicKey"], ("hint",), "the bundle's public key")["hint"]
    envelope = _exact(parts["dsseEnvelope"], ("payload", "payloadType", "signatures"), "the envelope")
    if hint != _signature(envelope["signatures"]).keyid:
        raise VerificationError(f"the bundle's hint {hint!r:.80} is not the key of its signature; expected the same key id")
    return envelope, _stamps(material["timestampVerificationData"]) if stamped else ()


def _stamps(document: Any) -> tuple[bytes, ...]:
    listed = _exact(document, ("rfc3161Timestamps",), "the bundle's time-stamps")["rfc3161Timestamps"]
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_STAMPS:
        raise VerificationError(f"the bundle's time-stamps have to be a list of 1 to {_MOST_STAMPS}; they are not")
    return tuple(_bytes(_exact(one, ("signedTimestamp",), "a time-stamp")["signedTimestamp"], "a time-stamp") for one in listed)


def _stamped(stamps: Sequence[bytes], signature: Signature, authorities: Authorities, predicate_type: str) -> datetime | None:
    """The earliest time that a believed authority gives. One that is not as it should be is no reason to overlook it."""
    if not stamps and predicate_type in authorities.demanded:
        raise VerificationError(
            f"the trust document demands a time-stamp for {predicate_type}, and there is none; ask for the bundle with one"
        )
    if not authorities.certificates or not stamps:
        return None
    from conformance.attest.stamps import stamped_at  # noqa: PLC0415 - most signatures have no time-stamp

    return min(stamped_at(one, bytes.fromhex(signature.signature), authorities) for one in stamps)


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
    if statement["predicateType"] == JOURNEY != predicate_type:
        raise VerificationError("this is the joint statement of a journey; verify its folder by yance journey verify")
    for name, expected in (("_type", STATEMENT), ("predicateType", predicate_type)):
        if statement[name] != expected:
            raise VerificationError(f"the statement's {name} is {statement[name]!r:.120}; expected {expected}")
    if not isinstance(statement["subject"], list) or not isinstance(statement["predicate"], dict):
        raise VerificationError("the statement's subject has to be a list and its predicate an object; they are not")
    return statement


@dataclass(frozen=True)
class _Clocks:
    """What is known of when a statement was signed, beside what it says itself."""

    now: datetime
    received: datetime | None
    stamped: datetime | None

    @property
    def proven(self) -> datetime | None:
        """When the signature was there, by a clock that its signer does not set."""
        known = [one for one in (self.stamped, self.received) if one is not None]
        return min(known, default=None)

    @property
    def told(self) -> str:
        """The same in words."""
        if self.proven is None:
            return f"it is {self.now:{_TIME}} now"
        return f"it was {'stamped' if self.proven == self.stamped else 'received'} at {self.proven:{_TIME}}"


def _in_time(key: TrustedKey, statement: Mapping[str, Any], predicate_type: str, clocks: _Clocks) -> Held:
    """By which clock the key was trusted when it signed. The time in the statement is the signer's word, so it is never enough."""
    member = _SAID_AT[predicate_type]
    said = statement["predicate"].get(member)
    when = instant(said)
    if when is None:
        raise VerificationError(f"the statement's {member} is {said!r:.60}; expected an RFC 3339 time in UTC ending in Z")
    if when > clocks.now + SLACK:
        raise VerificationError(
            f"the statement is of {said}, which is in the future by the clock of this machine ({clocks.now:{_TIME}})"
        )
    for known, how in ((clocks.received, "received"), (clocks.stamped, "stamped")):
        if known is not None and not when - SLACK <= known <= clocks.now + SLACK:
            raise VerificationError(
                f"the statement is of {said}, and it was {how} at {known:{_TIME}}; expected a time between that and now"
            )
    _before_it_was_lost(key, when, clocks)
    if not _within(when, key):
        raise VerificationError(
            f"the statement is of {said}, and key {key.keyid} is trusted {_window(key)}; expected a time within"
        )
    if not _within(clocks.proven or clocks.now, key):
        hint = "" if clocks.proven else "; where you held the envelope before that, say since when (--received)"
        raise VerificationError(
            f"key {key.keyid} is trusted {_window(key)}, and {clocks.told}: that it was signed in time is its signer's word alone{hint}"
        )
    if clocks.stamped:
        return Held.STAMPED
    if key.not_before is None and key.not_after is None:
        return Held.UNBOUNDED
    return Held.RECEIVED if clocks.received else Held.NOW


def _before_it_was_lost(key: TrustedKey, when: datetime, clocks: _Clocks) -> None:
    """Raises VerificationError unless a statement by a key that others may have had since is proven to be older than that."""
    lost = key.distrust_after
    if lost is not None and max(when, clocks.proven or clocks.now) > lost:
        hint = "" if clocks.proven else "; a time-stamp, or the time since which you hold it (--received), would tell"
        raise VerificationError(
            f"key {key.keyid} is not to be believed after {lost:{_TIME}} (distrustAfter), and {clocks.told}: whoever had it since may "
            f"have signed this under any date{hint}"
        )


def _within(when: datetime, key: TrustedKey) -> bool:
    return (key.not_before is None or key.not_before <= when) and (key.not_after is None or when <= key.not_after)


def _window(key: TrustedKey) -> str:
    start = f"from {key.not_before:{_TIME}}" if key.not_before else ""
    end = f"until {key.not_after:{_TIME}}" if key.not_after else ""
    return " ".join(filter(None, (start, end)))
