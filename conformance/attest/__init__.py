"""Attestation: who says what about a run, in a form that others can check without us.

statement   report → in-toto Statement v1 (pure); compare with one that was recomputed
envelope    statement → DSSE envelope or Sigstore bundle; the verifier
keys        key files, signers, trusted keys
trust       the trust policy file
signing     a run folder → its signed statement
verify      a signed run folder → everything computed again, or what does not hold
"""

from conformance.attest.envelope import LARGEST, PAYLOAD_TYPE, Held, Verified, bundle, sign, verify_envelope
from conformance.attest.keys import Role, TrustedKey, generate_key, load_key, passing_key, public_file, read_public, trusted_key
from conformance.attest.signing import Expected, sign_run
from conformance.attest.statement import CERTIFICATE, RUN, compare, statement, target_digest
from conformance.attest.times import instant
from conformance.attest.trust import load_trust

__all__ = [
    "CERTIFICATE",
    "LARGEST",
    "PAYLOAD_TYPE",
    "RUN",
    "Expected",
    "Held",
    "Role",
    "TrustedKey",
    "Verified",
    "bundle",
    "compare",
    "generate_key",
    "instant",
    "load_key",
    "load_trust",
    "passing_key",
    "public_file",
    "read_public",
    "sign",
    "sign_run",
    "statement",
    "target_digest",
    "trusted_key",
    "verify_envelope",
]
