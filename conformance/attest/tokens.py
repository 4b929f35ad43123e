"""Signers whose key never leaves a hardware module: PKCS#11, through securesystemslib's signer.

A key is named `pkcs11:TOKEN/ID`: the label of its token, and the number under which it lies there (`pkcs11:office/1`). The environment's
PYKCS11LIB names the module's library. The package that speaks to it is the extra `pkcs11`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from securesystemslib.exceptions import UnsupportedLibraryError
from securesystemslib.signer import HSMSigner, Signature, Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance.errors import UsageError

__all__ = ["SCHEME", "token_signer"]

SCHEME = "pkcs11"
ECDSA_SHA2_NISTP256 = "ecdsa-sha2-nistp256"
_NAME = re.compile(r"pkcs11:([^/]+)/([0-9]{1,9})")


class _TokenSigner(HSMSigner):
    """securesystemslib's signer, whose errors are ours: the library of a token may raise anything."""

    def sign(self, payload: bytes) -> Signature:
        """The signature over `payload`. Raises UsageError when the token gives none."""
        try:
            return super().sign(payload)
        except Exception as error:  # noqa: BLE001 - each library of a token has errors of its own
            raise _refused(f"{SCHEME}:{self.token_label}/{self.hsm_keyid}", error) from None


def token_signer(name: str, pin: Callable[[], str]) -> Signer:
    """The signer of a key in a token; the PIN is asked for once, when it is needed. Raises UsageError when there is no such key."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise UsageError(f"{name!r:.80} names no key in a token; expected pkcs11:TOKEN/ID, as in pkcs11:office/1")
    label, number = found[1], int(found[2])
    known: list[str] = []

    def ask(_what: str) -> str:
        if not known:
            known.append(pin())
        return known[0]

    try:
        _, public = HSMSigner.import_(number, label, ask)
    except UnsupportedLibraryError:
        raise UsageError("keys in tokens need the extra pkcs11: pip install 'yance[pkcs11]'") from None
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - each library of a token has errors of its own
        raise _refused(name, error) from None
    if public.scheme != ECDSA_SHA2_NISTP256:
        raise UsageError(f"{name} is a key for {public.scheme}; expected ECDSA on P-256")
    return _TokenSigner(number, public, ask, label)


def _refused(name: str, error: Exception) -> UsageError:
    why = " ".join(f"{type(error).__name__} {error}".split())
    return UsageError(f"{name}: no such key can be used ({why:.200}); is the PIN right, and PYKCS11LIB the library of the token?")
