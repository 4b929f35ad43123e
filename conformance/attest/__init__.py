"""Attestation: who says what about a run, in a form that others can check without us.

statement   report → in-toto Statement v1 (pure); compare with one that was recomputed
envelope    statement → DSSE envelope or Sigstore bundle; the verifier
keys        key files, signers, trusted keys
tokens      signers whose key is in a PKCS#11 token
stamps      RFC 3161 time-stamps, and whose are believed
trust       the trust document
signing     a run folder → its signed statement
challenge   a challenge of the office, and whether a run answers it
verify      a signed run folder → everything computed again, or what does not hold
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.deferred import deferred

if TYPE_CHECKING:
    from conformance.attest.envelope import (
        LARGEST,
        PAYLOAD_TYPE,
        Held,
        Verified,
        bundle,
        envelope_of,
        predicate_type_of,
        sign,
        signature_of,
        verify_envelope,
    )
    from conformance.attest.keys import (
        Role,
        TrustedKey,
        generate_key,
        load_key,
        passing_key,
        public_file,
        read_public,
        trusted_key,
    )
    from conformance.attest.signing import Expected, sign_run
    from conformance.attest.stamps import stamp_request
    from conformance.attest.statement import (
        CERTIFICATE,
        CHALLENGE,
        CHECKPOINT,
        DECISION,
        JOURNEY,
        RUN,
        STATEMENT,
        WAIVER,
        compare,
        spec_uri,
        target_digest,
    )
    from conformance.attest.times import NO_AUTHORITIES, Authorities, instant
    from conformance.attest.tokens import SCHEME, token_signer
    from conformance.attest.trust import Trust, load_trust
    from conformance.attest.verify import VerifiedRun, refuse_altered, refuse_pretence, refuse_unofficial, stated, verify_run
else:
    __getattr__ = deferred(
        __name__,
        {
            "envelope": (
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
            ),
            "keys": (
                "Role",
                "TrustedKey",
                "generate_key",
                "load_key",
                "passing_key",
                "public_file",
                "read_public",
                "trusted_key",
            ),
            "signing": ("Expected", "sign_run"),
            "stamps": ("stamp_request",),
            "statement": (
                "CERTIFICATE",
                "CHALLENGE",
                "CHECKPOINT",
                "DECISION",
                "JOURNEY",
                "RUN",
                "STATEMENT",
                "WAIVER",
                "compare",
                "spec_uri",
                "target_digest",
            ),
            "times": ("NO_AUTHORITIES", "Authorities", "instant"),
            "tokens": ("SCHEME", "token_signer"),
            "trust": ("Trust", "load_trust"),
            "verify": ("VerifiedRun", "refuse_altered", "refuse_pretence", "refuse_unofficial", "stated", "verify_run"),
        },
    )

__all__ = [
    "CERTIFICATE",
    "CHALLENGE",
    "CHECKPOINT",
    "DECISION",
    "JOURNEY",
    "LARGEST",
    "NO_AUTHORITIES",
    "PAYLOAD_TYPE",
    "RUN",
    "SCHEME",
    "STATEMENT",
    "WAIVER",
    "Authorities",
    "Expected",
    "Held",
    "Role",
    "Trust",
    "TrustedKey",
    "Verified",
    "VerifiedRun",
    "bundle",
    "compare",
    "envelope_of",
    "generate_key",
    "instant",
    "load_key",
    "load_trust",
    "passing_key",
    "predicate_type_of",
    "public_file",
    "read_public",
    "refuse_altered",
    "refuse_pretence",
    "refuse_unofficial",
    "sign",
    "sign_run",
    "signature_of",
    "spec_uri",
    "stamp_request",
    "stated",
    "target_digest",
    "token_signer",
    "trusted_key",
    "verify_envelope",
    "verify_run",
]
