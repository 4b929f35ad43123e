"""What follows from the nonce of a challenge: the seed of the run that answers it, and the token that shows who governs the target.

    key = HKDF-SHA256(nonce, info = "yance-challenge/1", NUL, what it is for, NUL, the binding as canonical JSON)   (RFC 5869, no salt)

The binding names what the challenge is for (`Binding`), so the same nonce under another solution, profile or document gives another seed:
a run that answers one challenge answers no other. Canaries are the texts that the run makes up under its seed (`model.guise`).
All of it is pure: whoever has the nonce derives it again.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from conformance.errors import VerificationError
from conformance.model import FIXED_SEED, Claim, Plan
from conformance.text import strictjson

__all__ = ["DERIVATION", "Binding", "Derived", "binding_of", "derived"]

DERIVATION = "HKDF-SHA256 yance-challenge/1"  # said in every statement that rests on it
_LABEL = b"yance-challenge/1"
_NONCE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Binding:
    """What a challenge is for. Digests are `sha256:…`."""

    challenge: str
    holder: str
    solution: str
    version: str
    domain: str
    spec: str  # its version
    spec_digest: str
    rows_digest: str
    profile: str
    profile_digest: str


@dataclass(frozen=True)
class Derived:
    """What follows from a nonce. `token` is served by whoever governs the target: at its first part, all of it (`NAME.PROOF`)."""

    seed: int
    token: str


def binding_of(challenge: str, plan: Plan, claim: Claim) -> Binding:
    """The binding of a run that answers a challenge."""
    return Binding(
        challenge,
        claim.vendor,
        claim.solution_id,
        claim.solution_version,
        plan.domain,
        plan.spec_version,
        plan.spec_digest,
        plan.rows_digest,
        plan.profile,
        plan.profile_digest,
    )


def derived(nonce: str, binding: Binding) -> Derived:
    """What follows from a nonce. Raises VerificationError for a text that is none."""
    if not _NONCE.fullmatch(nonce):
        raise VerificationError(f"the challenge's nonce is {nonce!r:.20}…; expected 64 hexadecimal digits in small letters")
    seed = int.from_bytes(_key(nonce, binding, b"seed", 8)) >> 11  # 53 bits, as of a seed that chance draws
    name, proof = (_key(nonce, binding, what, 16).hex() for what in (b"control name", b"control proof"))
    return Derived(seed if seed != FIXED_SEED else seed + 1, f"{name}.{proof}")


def _key(nonce: str, binding: Binding, what: bytes, length: int) -> bytes:
    info = b"\0".join((_LABEL, what, strictjson.canonical(asdict(binding))))
    return HKDF(SHA256(), length, None, info).derive(bytes.fromhex(nonce))
