"""The status list: what each certificate is worth now, in two bits, as a signed JWT (IETF Token Status List).

    0 valid     1 invalid: revoked, superseded or expired     2 suspended, or not valid yet

A verifier fetches one small document for all certificates, and so tells nobody which one it holds. The JWT is signed by the office's key
for certificates, whatever that lies in: the signer is securesystemslib's, the reader is joserfc. It is fresh for `TTL` and holds until `exp`;
a list that is older says nothing, and where nothing is known the answer is no.
"""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance.attest import CERTIFICATE, Trust
from conformance.attest.times import SLACK
from conformance.errors import VerificationError
from conformance.office.events import State, Status
from conformance.text import strictjson

__all__ = ["HOLDS", "TTL", "StatusList", "read_status_list", "status_list"]

TTL = timedelta(hours=1)
HOLDS = timedelta(hours=36)
_TYPE = "statuslist+jwt"
_BITS = 2
_CODES = {Status.VALID: 0, Status.SUSPENDED: 2, Status.PENDING: 2}  # everything else: 1
_MEANING = {0: "valid", 1: "invalid", 2: "suspended"}
_LARGEST = 4 * 1024 * 1024  # bytes of a token, and of the list in it: room for 16 million certificates
_ALGORITHMS = {"ecdsa-sha2-nistp256": "ES256", "ed25519": "EdDSA"}


@dataclass(frozen=True)
class StatusList:
    """A status list whose signature holds."""

    uri: str
    issued: datetime
    expires: datetime
    values: bytes

    def status(self, index: int) -> str:
        """valid, invalid or suspended. Raises VerificationError for a place that the list does not have."""
        byte, place = divmod(index, 8 // _BITS)
        if not 0 <= byte < len(self.values):
            raise VerificationError(
                f"the status list has no place {index}; it is older than the certificate, or of another registry"
            )
        value = self.values[byte] >> place * _BITS & 2**_BITS - 1
        return _MEANING.get(value, "invalid")


def status_list(state: State, signer: Signer, now: datetime) -> bytes:
    """The list of all certificates of a registry, as a compact JWT."""
    values = bytearray(-(-len(state.certificates) * _BITS // 8) or 1)
    for entry in state.certificates.values():
        byte, place = divmod(entry.index, 8 // _BITS)
        values[byte] |= _CODES.get(entry.status(now), 1) << place * _BITS
    issued = int(now.timestamp())
    claims = {
        "sub": f"{state.opened['uri']}/status/1",
        "iat": issued,
        "exp": issued + int(HOLDS.total_seconds()),
        "ttl": int(TTL.total_seconds()),
        "status_list": {"bits": _BITS, "lst": _base64(zlib.compress(bytes(values), 9))},
    }
    key = signer.public_key
    header = {"alg": _ALGORITHMS[str(key.scheme)], "kid": str(key.keyid), "typ": _TYPE}
    signed = f"{_base64(strictjson.canonical(header))}.{_base64(strictjson.canonical(claims))}"
    signature = bytes.fromhex(signer.sign(signed.encode("ascii")).signature)
    if header["alg"] == "ES256":  # JOSE has the two numbers side by side (RFC 7518 section 3.4), X9.62 has them in DER
        signature = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))
    return f"{signed}.{_base64(signature)}".encode("ascii")


def read_status_list(token: bytes, trust: Trust, uri: str, *, now: datetime) -> StatusList:
    """The list in a token. Raises VerificationError unless it is that of `uri`, by the office's key, and holds now."""
    try:
        text = token.decode("ascii").strip()
        opened = jws.extract_compact(text.encode("ascii"))
        header = opened.headers()
    except (JoseError, ValueError) as error:
        raise VerificationError(f"the status list is no JWT ({error!s:.80}); fetch it again from {uri}") from None
    if len(token) > _LARGEST:
        raise VerificationError(f"the status list has {len(token)} bytes, more than the {_LARGEST} allowed; it is not read")
    key = trust.key(str(header.get("kid")))
    if key is None or key.role != "office" or CERTIFICATE not in key.predicate_types:
        raise VerificationError(
            f"the status list is by key {header.get('kid')!r:.80}, which is not the office's for certificates"
        )
    algorithm = _ALGORITHMS[str(key.key.scheme)]
    if header != {"alg": algorithm, "kid": key.keyid, "typ": _TYPE}:
        raise VerificationError(f"the status list's header is {header!s:.120}; expected {algorithm} and {_TYPE}")
    pem = key.key.keyval["public"].encode()
    try:
        public: ECKey | OKPKey = ECKey.import_key(pem) if algorithm == "ES256" else OKPKey.import_key(pem)
        payload = jws.deserialize_compact(text, public, algorithms=[algorithm]).payload
    except (JoseError, ValueError) as error:
        raise VerificationError(f"the status list's signature does not hold ({error!s:.80}); fetch it again from {uri}") from None
    found = _claims(strictjson.parse(payload, "the status list"), uri)
    _refuse_stale(found, now)
    outside = (key.not_before and found.issued < key.not_before) or (key.not_after and found.issued > key.not_after)
    if outside or (key.distrust_after and now > key.distrust_after):
        raise VerificationError(f"the status list is by key {key.keyid}, which was not trusted when it was made")
    return found


def _claims(claims: Any, uri: str) -> StatusList:
    if not isinstance(claims, dict) or sorted(claims) != ["exp", "iat", "status_list", "sub", "ttl"]:
        raise VerificationError("the status list has other claims than exp, iat, status_list, sub and ttl")
    if claims["sub"] != uri:
        raise VerificationError(f"the status list is that of {claims['sub']!r:.120}; expected {uri}")
    times, listed = (claims["iat"], claims["exp"], claims["ttl"]), claims["status_list"]
    if not all(type(one) is int and 0 < one < 2**40 for one in times):
        raise VerificationError("the status list's iat, exp and ttl are no times in seconds")
    if not isinstance(listed, Mapping) or sorted(listed) != ["bits", "lst"] or listed["bits"] != _BITS:
        raise VerificationError(f"the status list has to be of {_BITS} bits, with a member lst")
    issued, expires = (datetime.fromtimestamp(one, UTC) for one in times[:2])
    return StatusList(uri, issued, expires, _unpacked(listed["lst"]))


def _unpacked(text: Any) -> bytes:
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacking = zlib.decompressobj()
        values = unpacking.decompress(packed, _LARGEST)
    except (TypeError, ValueError, zlib.error):
        raise VerificationError("the status list's lst is not zlib data in base64url; it is damaged") from None
    if not unpacking.eof or unpacking.unused_data or _base64(packed) != text:
        raise VerificationError("the status list's lst is not exactly one list, or too long")
    return values


def _refuse_stale(found: StatusList, now: datetime) -> None:
    if found.issued > now + SLACK:
        raise VerificationError(
            f"the status list is of {found.issued:%Y-%m-%dT%H:%M:%SZ}, in the future by the clock of this machine"
        )
    if now > found.expires or found.expires - found.issued > 2 * HOLDS:
        raise VerificationError(
            f"the status list ended on {found.expires:%Y-%m-%dT%H:%M:%SZ}; what a certificate is worth now it does not say: fetch it again"
        )


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
