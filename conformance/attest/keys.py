"""Keys: made, kept as encrypted PKCS#8 PEM, read again, and trusted for something.

A key is known by its key id, which is computed from the public key; nothing that names a key is ever taken as one. Whatever
signs only has to be a securesystemslib `Signer`, so that a key in a PKCS#11 token or a cloud service takes the place of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.signer import CryptoSigner, Key, Signer, SSlibKey  # type: ignore[attr-defined] # exported, though not in __all__

from conformance import limits
from conformance.attest.statement import CERTIFICATE, CHALLENGE, CHECKPOINT, DECISION, JOURNEY, RUN, WAIVER
from conformance.errors import UsageError
from conformance.text.handed import PRIVATE, PUBLIC, create, read_named, write

__all__ = [
    "ROLES",
    "Role",
    "TrustedKey",
    "generate_key",
    "load_key",
    "passing_key",
    "public_file",
    "read_public",
    "trusted_key",
]

Role = Literal["vendor", "laboratory", "office"]
ROLES: dict[Role, frozenset[str]] = {
    "vendor": frozenset({RUN, JOURNEY}),
    "laboratory": frozenset({RUN, JOURNEY}),
    "office": frozenset({RUN, JOURNEY, CERTIFICATE, CHALLENGE, DECISION, WAIVER, CHECKPOINT}),
}


@dataclass(frozen=True)
class TrustedKey:
    """A public key, in whose name it is trusted, for which predicate types, and for statements of which time.

    `holder` is the person whose key it is, where that matters: two decisions are of two persons only if two holders signed them. After
    `distrust_after` somebody else may have had the key: only what is known to be older, by another clock than its signer's, still counts.
    """

    key: Key
    role: Role
    predicate_types: frozenset[str]
    not_before: datetime | None = None
    not_after: datetime | None = None
    distrust_after: datetime | None = None
    holder: str = ""

    @property
    def keyid(self) -> str:
        """What identifies the key."""
        return str(self.key.keyid)


def public_file(path: Path) -> Path:
    """Where the public half of a private key file lies."""
    return path.with_suffix(".pub.pem")


def generate_key(path: Path, scheme: str = "ecdsa", password: str | None = None) -> TrustedKey:
    """Make a key pair: the private key at `path`, encrypted unless `password` is None, the public one at `public_file(path)`.

    `scheme` is ecdsa (P-256: every HSM and cloud service has it) or ed25519. The key that comes back is trusted with runs.
    """
    if password == "":
        raise UsageError("the password of a key is empty; give one of some length")
    if public_file(path).exists():  # or a private key would be left behind without its public half
        raise UsageError(f"{public_file(path)} exists; a key is never overwritten: choose another name, or remove it")
    private = _made(scheme)
    protection: KeySerializationEncryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    _write(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection), PRIVATE)
    public = private.public_key()
    _write(public_file(path), public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), PUBLIC)
    return TrustedKey(SSlibKey.from_crypto(public), "vendor", ROLES["vendor"])


def _made(scheme: str) -> EllipticCurvePrivateKey | Ed25519PrivateKey:
    if scheme not in ("ecdsa", "ed25519"):
        raise UsageError(f"a key of scheme {scheme!r} cannot be made; expected ecdsa or ed25519")
    return generate_private_key(SECP256R1()) if scheme == "ecdsa" else Ed25519PrivateKey.generate()


def passing_key(path: Path, scheme: str = "ecdsa") -> tuple[Signer, TrustedKey]:
    """A key for one moment: its private half is never written, its public half lies at `path`, in the place of an earlier one."""
    private = _made(scheme)
    public = private.public_key()
    try:
        write(path, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    key = SSlibKey.from_crypto(public)
    return CryptoSigner(private, key), TrustedKey(key, "vendor", ROLES["vendor"])


def load_key(path: Path, password: str | None) -> Signer:
    """The signer of a private key file. Raises UsageError, saying which, when file, password or kind of key is wrong."""
    try:
        private = load_pem_private_key(_read(path), password.encode() if password else None)
    except TypeError:
        if password:
            raise UsageError(f"{path} is not encrypted, yet a password was given; leave it out, or encrypt the key") from None
        raise UsageError(f"{path} is encrypted and no password was given; give the password of the key") from None
    except (ValueError, UnsupportedAlgorithm):
        why = "the password is wrong, or " if password else ""
        raise UsageError(f"{path} cannot be opened: {why}it is not a PKCS#8 private key in PEM") from None
    return CryptoSigner(private, _supported(private.public_key(), str(path)))


def read_public(pem: bytes, where: str) -> SSlibKey:
    """The public key in `pem`. Raises UsageError, naming `where` it stands, unless it is an ECDSA P-256 or Ed25519 key."""
    if b"PRIVATE KEY-----" in pem:
        raise UsageError(f"{where} holds a private key; expected the public one (PEM, BEGIN PUBLIC KEY)")
    try:
        public = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{where} is not a public key in PEM (BEGIN PUBLIC KEY)") from None
    return _supported(public, where)


def trusted_key(path: Path) -> TrustedKey:
    """The public key in a file, trusted with runs. Raises UsageError when it is not one."""
    return TrustedKey(read_public(_read(path), str(path)), "vendor", ROLES["vendor"])


def _supported(public: object, where: str) -> SSlibKey:
    if isinstance(public, Ed25519PublicKey):
        return SSlibKey.from_crypto(public)
    if isinstance(public, EllipticCurvePublicKey) and isinstance(public.curve, SECP256R1):
        return SSlibKey.from_crypto(public)
    raise UsageError(f"{where} is a {type(public).__name__}; expected ECDSA on P-256, or Ed25519")


def _read(path: Path) -> bytes:
    try:
        return read_named(path, limits.KEY)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; make a key with: yance key new") from None


def _write(path: Path, content: bytes, mode: int) -> None:
    try:
        file = create(path, mode)
    except FileExistsError:
        raise UsageError(f"{path} exists; a key is never overwritten: choose another name, or remove it") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    with file:
        file.write(content)
