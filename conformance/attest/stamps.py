"""RFC 3161 time-stamps: when a signature was there, by a clock that its signer does not set.

An authority signs the digest of the signature with its time. Whoever signs sends it a request (`stamp_request`: a file for `curl`, or for
`openssl ts`), and puts its answer into the Sigstore bundle beside the key's hint. Whoever verifies says which authorities count, by
certificate, and for which kinds of statement a time-stamp is demanded (`Authorities`, from the trust document). Neither is ever taken
from the bundle: a certificate that lies in an answer is believed only where it leads to one that is trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography.x509 import Certificate, load_pem_x509_certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client import (
    VerificationError as StampError,
)

from conformance import limits
from conformance.attest.times import Authorities
from conformance.errors import UsageError, VerificationError

__all__ = ["read_authority", "stamp_request", "stamped_at"]


def read_authority(pem: bytes, where: str) -> Certificate:
    """The certificate of an authority. Raises UsageError, naming `where` it stands, unless it is one in PEM."""
    try:
        return load_pem_x509_certificate(pem)
    except ValueError:
        raise UsageError(f"{where} is not a certificate in PEM (BEGIN CERTIFICATE)") from None


def stamp_request(signature: bytes) -> bytes:
    """What an authority is asked, in DER (application/timestamp-query): its time for the SHA-256 of a signature."""
    asked = TimestampRequestBuilder().data(signature).hash_algorithm(HashAlgorithm.SHA256)
    return asked.nonce(nonce=False).cert_request(cert_request=True).build().as_bytes()


def stamped_at(answer: bytes, signature: bytes, authorities: Authorities) -> datetime:
    """The time at which an authority saw the signature. Raises VerificationError unless one that is trusted says so."""
    response = _response(answer)
    for certificate in authorities.certificates:
        if _by(certificate, response, signature):
            return response.tst_info.gen_time.astimezone(UTC)
    raise VerificationError(
        "the time-stamp is not one of a trusted authority for this signature; expected one by "
        f"{_named(authorities.certificates) or 'an authority that the trust document names'}"
    )


def _response(answer: bytes) -> TimeStampResponse:
    if len(answer) > limits.TIMESTAMP:
        raise VerificationError(
            f"the time-stamp has {len(answer)} bytes, more than the {limits.TIMESTAMP} allowed; it is not read"
        )
    try:
        return decode_timestamp_response(answer)
    except ValueError as error:
        raise VerificationError(f"the time-stamp is no answer as RFC 3161 has it ({error})") from None


def _by(certificate: Certificate, response: TimeStampResponse, signature: bytes) -> bool:
    try:
        builder = VerifierBuilder().add_root_certificate(certificate)
        return bool(builder.build().verify_message(response, signature))
    except (StampError, ValueError):
        return False


def _named(certificates: Sequence[Certificate]) -> str:
    return ", ".join(one.subject.rfc4514_string()[:80] for one in certificates)
