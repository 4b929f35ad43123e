"""The verifier says yes to what a trusted key signed, and no to everything else, with a reason."""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import Signer  # type: ignore[attr-defined]

from conformance import attest
from conformance.attest import (
    CERTIFICATE,
    PAYLOAD_TYPE,
    RUN,
    Held,
    TrustedKey,
    compare,
    load_trust,
    sign,
    verify_envelope,
)
from conformance.attest.signing import run_statement, sign_run
from conformance.attest.statement import statement
from conformance.errors import DataError, SuiteError, UsageError, VerificationError
from conformance.text import strictjson
from conformance.verdict.folder import RunFolder

PASSWORD = "correct horse"
P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # the order of the curve


def digest(letter: str) -> str:
    return "sha256:" + letter * 64


REPORT: dict[str, Any] = {
    "runId": "run-1",
    "purpose": "self-test",
    "target": {"baseUrl": "https://t.example/v1", "solutionId": "acme", "solutionVersion": "2.0", "vendor": "Acme"},
    "suite": {"name": "yance", "version": "0.1.0", "artifactDigest": digest("9")},
    "profile": {"id": "transport-full", "version": "1.0.0", "digest": digest("a"), "title": {"en": "All"}},
    "specification": {"domain": "transport", "version": "1.0.0", "digest": digest("b"), "rowsDigest": digest("7")},
    "plan": {"digest": digest("c"), "seed": 7, "seedDrawn": True, "cases": 12, "generator": "engine 1.0"},
    "basis": {"digest": digest("8")},
    "startedOn": "2026-03-01T00:00:00Z",
    "finishedOn": "2026-03-01T00:05:00Z",
    "result": "PASSED",
    "counts": {"pass": 12, "fail": 0},
    "mandatory": {"pass": 10, "fail": 0},
    "waivers": [],
    "evidence": {
        "entries": 40,
        "exchanges": 30,
        "digest": digest("d"),
        "rfc6962Root": "e" * 64,
        "redaction": {"policyDigest": digest("f"), "replacements": 3},
        "attempts": {"resumed": 1, "repeated": 2, "cases": [{"case": "x", "ended": ["interrupted", "interrupted"]}]},
    },
    "verdicts": ["not signed"],
}
FILES = {"report.json": digest("1"), "evidence.ndjson.zst": digest("2")}


@pytest.fixture(scope="module", params=["ecdsa", "ed25519"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Signer, TrustedKey]:
    path = tmp_path_factory.mktemp("keys") / "vendor.pem"
    trusted = attest.generate_key(path, request.param, PASSWORD)
    return attest.load_key(path, PASSWORD), trusted


def signed(pair: tuple[Signer, TrustedKey], **changes: Any) -> bytes:
    return sign({**statement(REPORT, FILES), **changes}, pair[0])


def resigned(signer: Signer, payload: bytes, payload_type: str = PAYLOAD_TYPE, **changes: Any) -> bytes:
    envelope = Envelope(payload, payload_type, {})
    envelope.sign(signer)
    return json.dumps({**envelope.to_dict(), **changes}).encode()


# ------------------------------------------------------------------------------------------- statements


def test_the_statement_has_exactly_the_members_that_are_documented() -> None:
    made = statement(REPORT, FILES)
    assert made["_type"] == "https://in-toto.io/Statement/v1"
    assert made["predicateType"] == RUN == "https://yance.example/attestations/conformance-run/v1"
    solution, evidence, report = made["subject"]
    assert solution["name"] == "acme@2.0"
    assert solution["digest"] == {"sha256": attest.target_digest(made["predicate"]["target"])}
    assert (evidence["name"], report) == ("evidence.ndjson.zst", {"name": "report.json", "digest": {"sha256": "1" * 64}})
    assert made["predicate"] == {
        "runId": "run-1",
        "purpose": "self-test",
        "target": {"baseUrl": "https://t.example/v1", "solutionId": "acme", "solutionVersion": "2.0", "tlsSpkiSha256": []},
        "suite": {"name": "yance", "version": "0.1.0", "artifactDigest": {"sha256": "9" * 64}},
        "profile": {"id": "transport-full", "digest": {"sha256": "a" * 64}},
        "specification": [
            {"uri": "https://yance.example/specs/transport/1.0.0", "digest": {"sha256": "b" * 64}},
            {"uri": "https://yance.example/specs/transport/1.0.0/requirements", "digest": {"sha256": "7" * 64}},
        ],
        "plan": {"digest": {"sha256": "c" * 64}, "seed": 7, "seedDrawn": True},
        "basis": {"digest": {"sha256": "8" * 64}},
        "startedOn": "2026-03-01T00:00:00Z",
        "finishedOn": "2026-03-01T00:05:00Z",
        "result": "PASSED",
        "counts": {"pass": 12, "fail": 0},
        "mandatory": {"pass": 10, "fail": 0},
        "waivers": [],
        "evidence": {
            "entries": 40,
            "digest": {"sha256": "d" * 64},
            "rfc6962Root": "e" * 64,
            "redaction": {"policyDigest": {"sha256": "f" * 64}, "replacements": 3},
            "attempts": {"resumed": 1, "repeated": 2},
        },
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"result": "SPLENDID"}, "result is 'SPLENDID'"),
        ({"purpose": "fun"}, "purpose is 'fun'"),
        ({"finishedOn": "2026-03-01T08:05:00+08:00"}, "finishedOn"),
        ({"startedOn": "2026-02-30T00:00:00Z"}, "startedOn"),
        ({"plan": {"digest": digest("c")}}, "either a seed or the challenge"),
        ({"plan": {"digest": digest("c"), "challenge": {"id": "x"}}}, "plan.challenge has id; expected id, nonce"),
        ({"plan": {"seed": 7}}, "no member plan.digest"),
        ({"plan": {"digest": "c" * 64, "seed": 7}}, "plan.digest is"),
        ({"counts": {"pass": 0.5}}, "counts/pass holds a float"),
        ({"target": {**REPORT["target"], "control": {"how": "dns"}}}, "target.control has how"),
    ],
)
def test_a_report_that_cannot_be_stated_exactly_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SuiteError, match=said):
        statement({**REPORT, **changes})


def test_a_missing_member_and_a_broken_run_are_refused() -> None:
    with pytest.raises(SuiteError, match="no member waivers"):
        statement({name: value for name, value in REPORT.items() if name != "waivers"})
    with pytest.raises(UsageError, match="fault of the suite"):
        statement({**REPORT, "result": "ERROR"})


def test_the_lists_of_a_certification_are_taken_too() -> None:
    challenge = {"id": "ch-1", "nonce": "n", "notAfter": "2026-04-01T00:00:00Z", "seedDerivation": "hkdf-sha256"}
    made = statement(
        {
            **REPORT,
            "purpose": "challenge",
            "challenge": {"canaries": {"planted": 2, "returned": 1}, "sample": {"outcome": "pass", "findings": []}},
            "plan": {"digest": digest("c"), "challenge": challenge},
            "specification": [{"uri": "https://s.example/1", "digest": digest("b")}],
            "suite": {**REPORT["suite"], "artifactDigest": digest("8"), "lockDigest": digest("9")},
        }
    )["predicate"]
    assert made["plan"]["challenge"] == challenge
    assert made["specification"] == [{"uri": "https://s.example/1", "digest": {"sha256": "b" * 64}}]
    assert made["suite"]["lockDigest"] == {"sha256": "9" * 64}


def cut(value: Any) -> str:
    return strictjson.dense(value).decode()[:200] + "…"


def test_compare_names_each_member_that_differs_and_nothing_else() -> None:
    said = statement(REPORT, FILES)
    assert compare(said, statement(REPORT, FILES)) == []
    assert compare(said, {"predicate.counts": {"fail": 0, "pass": 12}, "subject": said["subject"]}) == []
    other = statement({**REPORT, "counts": {"pass": 11, "error": 1}}, {"report.json": digest("1")})
    assert compare(said, other) == [
        f"subject: the statement says {cut(said['subject'])}, recomputed {cut(other['subject'])}",
        "predicate.counts.error: the statement says nothing, recomputed 1",
        "predicate.counts.fail: the statement says 0, recomputed nothing",
        "predicate.counts.pass: the statement says 12, recomputed 11",
    ]
    assert compare(said, {"predicate.evidence.entries": True}) == [
        "predicate.evidence.entries: the statement says 40, recomputed true"
    ]
    assert compare(said, {"predicate.nothing.here": 1}) == ["predicate.nothing.here: the statement says nothing, recomputed 1"]


# ------------------------------------------------------------------------------------------- envelopes


def test_what_a_trusted_key_signed_is_verified(pair: tuple[Signer, TrustedKey]) -> None:
    envelope = signed(pair)
    verified = verify_envelope(envelope, [pair[1]])
    payload = b64decode(json.loads(envelope)["payload"])
    assert verified.payload == statement(REPORT, FILES)
    assert verified.predicate["result"] == "PASSED"
    assert verified.digest == f"sha256:{sha256(payload).hexdigest()}"
    assert (verified.keyid, verified.role) == (pair[1].keyid, "vendor")
    assert verify_envelope(attest.bundle(envelope), [pair[1]]) == verified


def test_the_bundle_has_the_form_that_sigstore_reads(pair: tuple[Signer, TrustedKey]) -> None:
    envelope = signed(pair)
    bundle = json.loads(attest.bundle(envelope))
    assert bundle == {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": pair[1].keyid}},
        "dsseEnvelope": json.loads(envelope),
    }


@pytest.mark.heavy
@pytest.mark.parametrize("form", [bytes, attest.bundle])
def test_any_flipped_byte_is_refused(pair: tuple[Signer, TrustedKey], form: Callable[[bytes], bytes]) -> None:
    data = form(signed(pair))
    for position in range(len(data)):
        changed = data[:position] + bytes([data[position] ^ 1 << position % 8]) + data[position + 1 :]
        with pytest.raises(VerificationError):
            verify_envelope(changed, [pair[1]])
    for cut in range(0, len(data), 7):
        with pytest.raises(VerificationError):
            verify_envelope(data[:cut], [pair[1]])


@pytest.mark.heavy
@settings(max_examples=300, deadline=None, database=None)
@given(where=st.integers(0, 10**6), change=st.integers(1, 255))
def test_any_replaced_byte_is_refused(pair: tuple[Signer, TrustedKey], where: int, change: int) -> None:
    envelope = signed(pair)
    position = where % len(envelope)
    with pytest.raises(VerificationError):
        verify_envelope(envelope[:position] + bytes([envelope[position] ^ change]) + envelope[position + 1 :], [pair[1]])


def test_the_twin_of_an_ecdsa_signature_is_the_same_statement(tmp_path: Path) -> None:
    trusted = attest.generate_key(tmp_path / "k.pem", "ecdsa", PASSWORD)
    envelope = json.loads(sign(statement(REPORT), attest.load_key(tmp_path / "k.pem", PASSWORD)))
    original = verify_envelope(strictjson.canonical(envelope), [trusted])
    r, s = decode_dss_signature(b64decode(envelope["signatures"][0]["sig"]))
    envelope["signatures"][0]["sig"] = b64encode(encode_dss_signature(r, P256 - s)).decode()
    assert verify_envelope(strictjson.canonical(envelope), [trusted]) == original


def altered(envelope: dict[str, Any]) -> list[tuple[str, bytes, str]]:
    (signature,) = envelope["signatures"]
    text = json.dumps(envelope)
    urlsafe = envelope["payload"].translate(str.maketrans("+/", "-_")) + "===="
    cases: list[tuple[str, Any, str]] = [
        ("unpadded", {**envelope, "payload": urlsafe}, "canonical base64"),
        ("line breaks", {**envelope, "payload": envelope["payload"][:4] + "\n" + envelope["payload"][4:]}, "canonical base64"),
        ("no payload", {**envelope, "payload": ""}, "canonical base64"),
        ("a number", {**envelope, "payload": 7}, "canonical base64"),
        ("payload type", {**envelope, "payloadType": "application/json"}, "expected application/vnd.in-toto"),
        ("no signature", {**envelope, "signatures": []}, "exactly one signature"),
        ("two signatures", {**envelope, "signatures": [signature, signature]}, "exactly one signature"),
        ("its own key", {**envelope, "signatures": [{**signature, "key": "…"}]}, "exactly keyid, sig"),
        ("keyid a number", {**envelope, "signatures": [{**signature, "keyid": 1}]}, "keyid has to be text"),
        ("other keyid", {**envelope, "signatures": [{**signature, "keyid": "0" * 64}]}, "not trusted"),
        ("short signature", {**envelope, "signatures": [{**signature, "sig": "AAAA"}]}, "does not fit"),
        ("more members", {**envelope, "cert": "…"}, "exactly payload, payloadType, signatures"),
        ("a list", [envelope], "it has list"),
    ]
    listed = [(name, json.dumps(document).encode(), said) for name, document, said in cases]
    listed += [
        ("two payloads", text.replace('"payload"', '"payload": "eA==", "payload"', 1).encode(), "there twice"),
        ("byte order mark", b"\xef\xbb\xbf" + text.encode(), "not strict JSON"),
        ("UTF-16", text.encode("utf-16"), "not UTF-8"),
        ("NaN", text.replace('"payload":', '"x": NaN, "payload":').encode(), "not strict JSON"),
        ("deep", b"[" * 1_000_000, "not strict JSON"),
        ("huge", b" " * 5_000_000, "is not read"),
        ("nothing", b"", "not strict JSON"),
    ]
    return listed


def test_every_other_form_of_an_envelope_is_refused_with_its_reason(pair: tuple[Signer, TrustedKey]) -> None:
    for name, data, said in altered(json.loads(signed(pair))):
        with pytest.raises(VerificationError) as refused:
            verify_envelope(data, [pair[1]])
        assert said in str(refused.value), name


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"not json", "the signed payload is not strict JSON"),
        (b'{"_type":1,"_type":1}', "there twice"),
        (b'{"a":1.5}', "not an integer"),
        (b'{"_type":"x"}', "exactly _type, subject"),
        (b"[]", "it has list"),
    ],
)
def test_a_signed_payload_that_is_no_statement_is_refused(pair: tuple[Signer, TrustedKey], payload: bytes, said: str) -> None:
    with pytest.raises(VerificationError, match=said):
        verify_envelope(resigned(pair[0], payload), [pair[1]])


def test_a_statement_of_another_type_is_refused(pair: tuple[Signer, TrustedKey]) -> None:
    for changes, said in (
        ({"_type": "https://in-toto.io/Statement/v0.1"}, "_type is"),
        ({"predicateType": CERTIFICATE}, "predicateType is"),
        ({"predicateType": RUN + "/"}, "predicateType is"),
        ({"subject": {}}, "subject has to be a list"),
        ({"predicate": []}, "predicate an object"),
    ):
        with pytest.raises(VerificationError, match=said):
            verify_envelope(signed(pair, **changes), [pair[1]])
    as_json = resigned(pair[0], strictjson.canonical(statement(REPORT)), "application/json")
    with pytest.raises(VerificationError, match="payload type"):
        verify_envelope(as_json, [pair[1]])
    with pytest.raises(VerificationError, match="does not fit"):
        verify_envelope(
            resigned(pair[0], strictjson.canonical(statement(REPORT)), "application/json", payloadType=PAYLOAD_TYPE), [pair[1]]
        )


def test_a_bundle_brings_no_key_of_its_own(pair: tuple[Signer, TrustedKey]) -> None:
    bundle = json.loads(attest.bundle(signed(pair)))
    for material, said in (
        ({"publicKey": {"hint": "0" * 64}}, "is not the key of its signature"),
        ({"publicKey": {"hint": pair[1].keyid, "rawBytes": "AA=="}}, "exactly hint"),
        ({"certificate": {"rawBytes": "AA=="}}, "exactly publicKey"),
    ):
        with pytest.raises(VerificationError, match=said):
            verify_envelope(json.dumps({**bundle, "verificationMaterial": material}).encode(), [pair[1]])
    with pytest.raises(VerificationError, match=r"expected application/vnd\.dev\.sigstore"):
        verify_envelope(json.dumps({**bundle, "mediaType": "x"}).encode(), [pair[1]])


def test_a_key_is_trusted_for_a_role_a_predicate_and_a_time(pair: tuple[Signer, TrustedKey]) -> None:
    envelope, key = signed(pair), pair[1]
    day = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(VerificationError, match="no key is trusted; give --trust"):
        verify_envelope(envelope, [])
    with pytest.raises(VerificationError, match=r"and not for .*certificate/v1"):
        verify_envelope(envelope, [key], predicate_type=CERTIFICATE)
    with pytest.raises(VerificationError, match="in the role office"):
        verify_envelope(envelope, [key], role="office")
    with pytest.raises(VerificationError, match="trusted from 2026-03-02T00:00:00Z"):
        verify_envelope(envelope, [replace(key, not_before=day.replace(day=2))])
    with pytest.raises(VerificationError, match="until 2026-03-01T00:00:00Z"):
        verify_envelope(envelope, [replace(key, not_after=day)])
    windowed, noon = replace(key, not_before=day, not_after=day.replace(day=2)), day.replace(hour=12)
    assert verify_envelope(envelope, [windowed], now=noon).role == "vendor"
    office = replace(key, role="office", predicate_types=frozenset({RUN, CERTIFICATE}))
    assert verify_envelope(envelope, [office], role="office").role == "office"
    for both in ([key, office], [office, key]):
        with pytest.raises(VerificationError, match=r"in several roles \(office, vendor\)"):
            verify_envelope(envelope, both)
    timeless = statement(REPORT)
    timeless["predicate"]["finishedOn"] = "yesterday"
    with pytest.raises(VerificationError, match="finishedOn is 'yesterday'"):
        verify_envelope(sign(timeless, pair[0]), [windowed])


def test_a_key_is_held_to_its_window_by_a_clock_that_its_owner_does_not_set(pair: tuple[Signer, TrustedKey]) -> None:
    envelope, day = signed(pair), datetime(2026, 3, 1, tzinfo=UTC)
    key = replace(pair[1], not_before=day, not_after=day.replace(day=2))
    noon, later = day.replace(hour=12), day.replace(day=9)
    assert verify_envelope(envelope, [key], now=noon).held is Held.NOW
    assert verify_envelope(envelope, [key], now=later, received=noon).held is Held.RECEIVED
    assert verify_envelope(envelope, [pair[1]], now=later).held is Held.UNBOUNDED
    for expected, now, received in (
        ("its signer's word alone; where you held", later, None),
        ("it was received at 2026-03-05", later, later.replace(day=5)),
        ("expected a time between", later, datetime(2026, 2, 1, tzinfo=UTC)),
        ("expected a time between", noon, later),
        ("in the future by the clock", datetime(2026, 2, 28, tzinfo=UTC), None),
    ):
        with pytest.raises(VerificationError, match=expected):
            verify_envelope(envelope, [key], now=now, received=received)


def test_verifying_leaves_the_callers_bytes_and_keys_alone(pair: tuple[Signer, TrustedKey]) -> None:
    envelope, keys = signed(pair), [pair[1]]
    for _ in range(2):
        assert verify_envelope(envelope, keys).keyid == keys[0].keyid


# ------------------------------------------------------------------------------------------- keys


def test_a_key_file_is_encrypted_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "office.pem"
    key = attest.generate_key(path, "ecdsa", PASSWORD)
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert path.stat().st_mode & 0o777 == 0o600
    assert attest.public_file(path) == tmp_path / "office.pub.pem"
    assert attest.read_public(attest.public_file(path).read_bytes(), "it").keyid == key.keyid
    assert attest.load_key(path, PASSWORD).public_key.keyid == key.keyid
    with pytest.raises(UsageError, match="never overwritten"):
        attest.generate_key(path, "ecdsa", PASSWORD)


def test_what_is_wrong_with_a_key_is_said(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    attest.generate_key(path, "ed25519", PASSWORD)
    with pytest.raises(UsageError, match="the password is wrong"):
        attest.load_key(path, "guess")
    for missing in (None, ""):
        with pytest.raises(UsageError, match="no password was given"):
            attest.load_key(path, missing)
    with pytest.raises(UsageError, match="make a key with: yance key new"):
        attest.load_key(tmp_path / "none.pem", PASSWORD)
    with pytest.raises(UsageError, match="not a PKCS#8 private key"):
        attest.load_key(attest.public_file(path), None)
    with pytest.raises(UsageError, match="expected ecdsa or ed25519"):
        attest.generate_key(tmp_path / "x.pem", "rsa", PASSWORD)
    with pytest.raises(UsageError, match="password of a key is empty"):
        attest.generate_key(tmp_path / "x.pem", "ecdsa", "")
    with pytest.raises(UsageError, match="cannot be written"):
        attest.generate_key(tmp_path / "none" / "x.pem", "ecdsa", PASSWORD)
    with pytest.raises(UsageError, match="holds a private key"):
        attest.read_public(path.read_bytes(), "the trust policy")
    with pytest.raises(UsageError, match="is not a public key"):
        attest.read_public(b"hello", "the trust policy")


def test_a_throw_away_key_needs_no_password_and_takes_none(tmp_path: Path) -> None:
    path = tmp_path / "demo-key.pem"
    key = attest.generate_key(path, "ed25519", None)
    assert verify_envelope(sign(statement(REPORT), attest.load_key(path, None)), [key]).keyid == key.keyid
    with pytest.raises(UsageError, match="is not encrypted"):
        attest.load_key(path, PASSWORD)


def test_other_kinds_of_keys_are_refused(tmp_path: Path) -> None:
    private = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "rsa.pem"
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(UsageError, match="expected ECDSA on P-256, or Ed25519"):
        attest.load_key(path, None)
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(UsageError, match="expected ECDSA on P-256, or Ed25519"):
        attest.read_public(pem, "it")


@pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
def test_openssl_reads_the_key_and_checks_the_signature(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    attest.generate_key(path, "ecdsa", PASSWORD)
    envelope = json.loads(sign(statement(REPORT), attest.load_key(path, PASSWORD)))
    payload = b64decode(envelope["payload"])
    (tmp_path / "pae").write_bytes(b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload))
    (tmp_path / "sig").write_bytes(b64decode(envelope["signatures"][0]["sig"]))
    command = ["openssl", "dgst", "-sha256", "-verify", "k.pub.pem", "-signature", "sig", "pae"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.stdout == b"Verified OK\n"


# ------------------------------------------------------------------------------------------- trust policies


def test_a_trust_policy_in_toml_and_in_json(tmp_path: Path) -> None:
    vendor = attest.generate_key(tmp_path / "vendor.pem", "ed25519", PASSWORD)
    office = attest.generate_key(tmp_path / "office.pem", "ecdsa", PASSWORD)
    pem = attest.public_file(tmp_path / "office.pem").read_text()
    window = {"notBefore": "2026-01-01T00:00:00Z", "notAfter": "2028-01-01T00:00:00Z"}
    (tmp_path / "trust.toml").write_text(
        f'[[keys]]\npath = "vendor.pub.pem"\nrole = "vendor"\n[[keys]]\npem = """{pem}"""\nrole = "office"\n'
        f'predicateTypes = ["{CERTIFICATE}"]\nnotBefore = 2026-01-01T08:00:00+08:00\nnotAfter = "{window["notAfter"]}"\n'
    )
    entries = [
        {"path": "vendor.pub.pem", "role": "vendor"},
        {"pem": pem, "role": "office", "predicateTypes": [CERTIFICATE], **window},
    ]
    (tmp_path / "trust.json").write_text(json.dumps({"keys": entries}))
    from_toml, from_json = load_trust(tmp_path / "trust.toml").keys, load_trust(tmp_path / "trust.json").keys
    assert from_toml == from_json
    for name in ("trust.toml", "trust.json"):  # as an editor on Windows saves it
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + (tmp_path / name).read_bytes())
        assert load_trust(tmp_path / name).keys == from_toml
    assert [(key.keyid, key.role) for key in from_toml] == [(vendor.keyid, "vendor"), (office.keyid, "office")]
    assert from_toml[0] == vendor
    assert from_toml[1].predicate_types == {CERTIFICATE}
    assert from_toml[1].not_before == datetime(2026, 1, 1, tzinfo=UTC)


def test_what_is_wrong_with_a_trust_policy_is_said(tmp_path: Path) -> None:
    attest.generate_key(tmp_path / "k.pem", "ed25519", PASSWORD)
    path = tmp_path / "trust.json"
    good = {"path": "k.pub.pem", "role": "vendor"}
    for keys, said in (
        ([], "at least one key"),
        ([good, good], "listed twice"),
        (["k.pub.pem"], "expected an object"),
        ([{**good, "rôle": 1}], "unknown member 'rôle'; did you mean 'role'"),
        ([{**good, "role": "king"}], "expected one of vendor, laboratory, office"),
        ([{**good, "predicateTypes": [CERTIFICATE]}], "which a vendor may sign"),
        ([{**good, "predicateTypes": []}], "predicateTypes is"),
        ([{**good, "predicateTypes": [["x"]]}], "predicateTypes is"),
        ([{**good, "role": ["vendor"]}], "expected one of vendor, laboratory, office"),
        ([{**good, "notBefore": "2026-01-01"}], "times in UTC ending in Z"),
        ([{**good, "notBefore": "2026-01-02T00:00:00Z", "notAfter": "2026-01-01T00:00:00Z"}], "is not before"),
        ([{"role": "vendor"}], "either path or pem"),
        ([{**good, "pem": "x"}], "either path or pem"),
        ([{"pem": "x", "role": "vendor"}], "key 1 is not a public key"),
        ([{**good, "path": "none.pem"}], "none.pem' cannot be read"),
        ([{**good, "path": "a\0b"}], "cannot be read"),
    ):
        path.write_text(json.dumps({"keys": keys}))
        with pytest.raises(UsageError, match=said):
            load_trust(path)
    path.write_text('{"keys":[],"keys":[]}')
    with pytest.raises(DataError, match=r"not readable as JSON.*there twice"):
        load_trust(path)
    for text in ("keys = [", "keys = " + "[" * 100_000):
        (tmp_path / "trust.toml").write_text(text)
        with pytest.raises(DataError, match="not readable as TOML"):
            load_trust(tmp_path / "trust.toml")
    with pytest.raises(UsageError, match="expected a trust document"):
        load_trust(tmp_path / "none.toml")


# ------------------------------------------------------------------------------------------- run folders


def test_a_run_folder_is_signed_as_it_is(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write(folder.report_file.name, json.dumps(REPORT).encode())
    folder.write(folder.evidence_file.name, b"evidence")
    folder.write(folder.plan_file.name, b"plan")
    key = attest.generate_key(tmp_path / "k.pem", "ecdsa", None)
    envelope = sign_run(folder, attest.load_key(tmp_path / "k.pem", None))
    assert folder.envelope_file.read_bytes() == envelope
    verified = verify_envelope(folder.bundle_file.read_bytes(), [key])
    assert compare(verified.payload, run_statement(folder)) == []
    folder.write(folder.evidence_file.name, b"other evidence")
    (difference,) = compare(verified.payload, run_statement(folder))
    assert difference.startswith("subject[1].digest.sha256: the statement says")
