"""Whose key is believed, for what and how long; and a time that a signer cannot choose."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance import attest
from conformance.attest import (
    CERTIFICATE,
    DECISION,
    JOURNEY,
    RUN,
    Authorities,
    Held,
    TrustedKey,
    bundle,
    envelope_of,
    load_key,
    load_trust,
    sign,
    signature_of,
    verify_envelope,
)
from conformance.attest.stamps import read_authority, stamp_request
from conformance.attest.statement import statement
from conformance.commands.main import main
from conformance.errors import DataError, UsageError, VerificationError
from conformance.interface.schema import errors
from conformance.load import data_folders
from tests.authority import Authority, authority
from tests.test_attest import REPORT

NOW = datetime.now(UTC)
STAMP = "%Y-%m-%dT%H:%M:%SZ"
openssl = pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
LIBRARY = next((path for of in ("softhsm", "*/softhsm") for path in Path("/usr/lib").glob(f"{of}/libsofthsm2.so")), None)


def yance(*words: object, expected: int = 0, **environment: str) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words], env={"LANG": "C.UTF-8", **environment})
    assert result.exit_code == expected, result.output
    return result


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("office", "vendor", "old"):
        attest.generate_key(folder / f"{name}.pem", "ecdsa", None)
    return folder


def signed(keys: Path, *, finished: datetime = NOW) -> tuple[bytes, TrustedKey]:
    report = {**REPORT, "startedOn": f"{finished:{STAMP}}", "finishedOn": f"{finished:{STAMP}}"}
    return sign(statement(report), load_key(keys / "vendor.pem", None)), attest.trusted_key(keys / "vendor.pub.pem")


def trusting(folder: Path, entries: list[dict[str, Any]], **more: Any) -> Path:
    path = folder / "trust.json"
    path.write_text(json.dumps({"keys": entries, **more}))
    return path


# ------------------------------------------------------------------------------------------ keys of a trust document


def test_keys_are_listed_with_their_role_state_and_holder(keys: Path) -> None:
    day = timedelta(days=1)
    entries = [
        {"path": "office.pub.pem", "role": "office", "predicateTypes": [DECISION], "holder": " Lin  Mei-hua "},
        {"path": "vendor.pub.pem", "role": "vendor", "notBefore": f"{NOW + day:{STAMP}}"},
        {"path": "old.pub.pem", "role": "laboratory", "distrustAfter": f"{NOW - day:{STAMP}}"},
    ]
    listed = json.loads(yance("key", "list", "--trust", trusting(keys, entries), "--json").output)["keys"]
    assert [(one["role"], one["state"], one["holder"]) for one in listed] == [
        ("office", "trusted", "Lin Mei-hua"),
        ("vendor", "early", ""),
        ("laboratory", "distrusted", ""),
    ]
    shown = json.loads(yance("key", "show", keys / "office.pem", "--json").output)
    assert shown["keyid"] == listed[0]["keyid"]
    assert shown["scheme"] == "ecdsa-sha2-nistp256"
    assert "no longer believed" in yance("key", "list", "--trust", keys / "trust.json").output
    assert "已失去信任" in yance("key", "list", "--trust", keys / "trust.json", "--lang", "zh-Hant").output


def test_a_rotated_key_counts_in_its_window_and_its_successor_in_the_next(keys: Path) -> None:
    turn = NOW - timedelta(days=30)
    before, after = turn - timedelta(days=1), turn + timedelta(days=1)
    entries = [
        {"path": "vendor.pub.pem", "role": "vendor", "notAfter": f"{turn:{STAMP}}"},
        {"path": "old.pub.pem", "role": "vendor", "notBefore": f"{turn:{STAMP}}"},
    ]
    trust = load_trust(trusting(keys, entries))
    assert verify_envelope(signed(keys, finished=before)[0], trust.keys, received=before).held is Held.RECEIVED
    with pytest.raises(VerificationError, match="expected a time within"):
        verify_envelope(signed(keys, finished=after)[0], trust.keys)


def test_a_key_that_was_lost_counts_only_for_what_is_proven_to_be_older(keys: Path) -> None:
    made, lost = NOW - timedelta(days=9), NOW - timedelta(days=5)
    envelope, key = signed(keys, finished=made)
    key = replace(key, distrust_after=lost)
    with pytest.raises(
        VerificationError, match=r"not to be believed after .*under any date; a time-stamp, or the time since which"
    ):
        verify_envelope(envelope, [key])
    with pytest.raises(VerificationError, match=r"distrustAfter\), and it was received at .*under any date$"):
        verify_envelope(envelope, [key], received=lost + timedelta(days=1))
    assert verify_envelope(envelope, [key], received=lost - timedelta(days=1)).held is Held.UNBOUNDED
    assert verify_envelope(envelope, [replace(key, distrust_after=NOW + timedelta(days=1))]).keyid == key.keyid


def test_a_laboratory_signs_runs_and_journeys_and_no_certificate(keys: Path) -> None:
    entry = {"path": "vendor.pub.pem", "role": "laboratory"}
    assert load_trust(trusting(keys, [entry])).keys[0].predicate_types == {JOURNEY, RUN}
    with pytest.raises(DataError, match="which a laboratory may sign"):
        load_trust(trusting(keys, [{**entry, "predicateTypes": [CERTIFICATE]}]))


GOOD: dict[str, Any] = {"path": "office.pub.pem", "role": "office"}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"keys": [GOOD], "revoked": []}, "unknown member 'revoked'"),
    ({"keys": [{**GOOD, "distrustedAfter": f"{NOW:{STAMP}}"}]}, "unknown member 'distrustedAfter'; did you mean 'distrustAfter'"),
    ({"keys": [{**GOOD, "holder": ""}]}, "expected the name of a person"),
    ({"keys": [{**GOOD, "holder": 7}]}, "expected the name of a person"),
    ({"keys": [{**GOOD, "distrustAfter": "2026-01-01T00:00:00"}]}, "times in UTC ending in Z"),
    ({"keys": [GOOD], "timestamps": []}, "timestamps: expected an object"),
    ({"keys": [GOOD], "timestamps": {"required": [RUN]}}, "no authority is believed"),
    ({"keys": [GOOD], "timestamps": {"authorities": ["office.pub.pem"]}}, "is not a certificate in PEM"),
    ({"keys": [GOOD], "timestamps": {"authorities": "x"}}, "a list of files"),
    ({"keys": [GOOD], "timestamps": {"authorities": ["x"], "required": ["run"]}}, "expected some of"),
    ({"keys": [GOOD], "timestamps": {"authority": ["x"]}}, "unknown member 'authority'; did you mean 'authorities'"),
]


@pytest.mark.parametrize(("document", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_trust_document_is_read_as_documented_or_refused(keys: Path, document: dict[str, Any], said: str) -> None:
    (keys / "trust.json").write_text(json.dumps(document))
    with pytest.raises(UsageError, match=said):
        load_trust(keys / "trust.json")
    if said not in ("no authority is believed", "is not a certificate in PEM"):  # what lies in other files, no schema tells
        assert errors(data_folders().schema("trust"), document) != []


def test_the_schema_takes_what_is_read(keys: Path) -> None:
    whole = {
        **GOOD,
        "predicateTypes": [DECISION],
        "holder": "A",
        "notBefore": "2026-01-01T00:00:00Z",
        "notAfter": "2028-01-01T00:00:00Z",
    }
    for document in ({"keys": [GOOD]}, {"keys": [{**whole, "distrustAfter": "2027-01-01T00:00:00Z"}]}):
        assert errors(data_folders().schema("trust"), document) == []
        (keys / "trust.json").write_text(json.dumps(document))
        assert len(load_trust(keys / "trust.json").keys) == 1


# ------------------------------------------------------------------------------------------ time-stamps


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("tsa") / "one")


def believed(one: Authority, *demanded: str) -> Authorities:
    return Authorities((read_authority(one.certificate.read_bytes(), "it"),), frozenset(demanded))


def stamped(envelope: bytes, tsa: Authority, folder: Path) -> bytes:
    request = folder / "request.tsq"
    request.write_bytes(stamp_request(signature_of(envelope)))
    return bundle(envelope, [tsa.answer(request)])


@openssl
def test_a_time_stamp_proves_that_an_expired_key_signed_in_time(keys: Path, tsa: Authority, tmp_path: Path) -> None:
    envelope, key = signed(keys)
    later = NOW + timedelta(days=90)
    key = replace(key, not_before=NOW - timedelta(days=1), not_after=NOW + timedelta(days=1))
    with pytest.raises(VerificationError, match="its signer's word alone"):
        verify_envelope(envelope, [key], now=later)
    carried = stamped(envelope, tsa, tmp_path)
    assert verify_envelope(carried, [key], now=later, authorities=believed(tsa)).held is Held.STAMPED
    with pytest.raises(VerificationError, match="its signer's word alone"):
        verify_envelope(carried, [key], now=later)  # nobody said that this authority is believed
    lost = replace(key, distrust_after=NOW + timedelta(hours=1))
    assert verify_envelope(carried, [lost], now=later, authorities=believed(tsa)).held is Held.STAMPED
    assert envelope_of(carried) == envelope


@openssl
def test_an_expired_key_cannot_date_back(keys: Path, tsa: Authority, tmp_path: Path) -> None:
    claimed = NOW - timedelta(days=100)
    envelope, key = signed(keys, finished=claimed)
    key = replace(key, not_after=NOW - timedelta(days=50))
    with pytest.raises(VerificationError, match=r"trusted until .*it was stamped at .*its signer's word alone$"):
        verify_envelope(stamped(envelope, tsa, tmp_path), [key], authorities=believed(tsa))
    late, key = signed(keys, finished=NOW + timedelta(days=1))
    with pytest.raises(VerificationError, match=r"it was stamped at .*expected a time between"):
        verify_envelope(stamped(late, tsa, tmp_path), [key], now=NOW + timedelta(days=2), authorities=believed(tsa))


@openssl
def test_a_time_stamp_that_is_demanded_has_to_be_right(keys: Path, tsa: Authority, tmp_path: Path) -> None:
    envelope, key = signed(keys)
    demanded, carried = believed(tsa, RUN), json.loads(stamped(envelope, tsa, tmp_path))
    stamps = carried["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    other = authority(tmp_path / "other")
    foreign = json.loads(stamped(envelope, other, tmp_path))
    elsewhere = stamped(signed(keys, finished=NOW - timedelta(days=1))[0], tsa, tmp_path)
    moved = json.loads(elsewhere) | {"dsseEnvelope": carried["dsseEnvelope"]}
    spoilt = bytearray(tsa.answer(tmp_path / "request.tsq"))
    spoilt[-5] ^= 1

    def with_stamps(listed: object) -> dict[str, Any]:
        material = carried["verificationMaterial"] | {"timestampVerificationData": {"rfc3161Timestamps": listed}}
        return {**carried, "verificationMaterial": material}

    for document, said in (
        (json.loads(bundle(envelope)), "demands a time-stamp"),
        (json.loads(envelope), "demands a time-stamp"),
        (foreign, "not one of a trusted authority"),
        (moved, "not one of a trusted authority"),
        (with_stamps([{"signedTimestamp": b64encode(bytes(spoilt)).decode()}]), "time-stamp"),
        (with_stamps([{"signedTimestamp": b64encode(b"\x30\x03abc").decode()}]), "no answer as RFC 3161 has it"),
        (with_stamps([{"signedTimestamp": b64encode(b"\x30" * 70_000).decode()}]), "70000 bytes"),
        (with_stamps([]), "a list of 1 to 5"),
        (with_stamps(stamps * 6), "a list of 1 to 5"),
        (with_stamps([{"signedTimestamp": "AA"}]), "canonical base64"),
        (with_stamps([{**stamps[0], "by": "me"}]), "exactly signedTimestamp"),
        (
            with_stamps([*stamps, *foreign["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]]),
            "not one of",
        ),
    ):
        with pytest.raises(VerificationError, match=said):
            verify_envelope(json.dumps(document).encode(), [key], authorities=demanded)
    assert verify_envelope(json.dumps(carried).encode(), [key], authorities=demanded).held is Held.STAMPED


@openssl
def test_a_run_is_stamped_and_verified_with_what_the_policy_demands(home: Path, tsa: Authority, tmp_path: Path) -> None:
    run = Path(shutil.copytree(home / "run", tmp_path / "run"))
    shutil.copy(tsa.certificate, tmp_path / "tsa.pem")
    pem = (home / "one.pub.pem").read_text()
    demanded = {"authorities": ["tsa.pem"], "required": [RUN]}
    policy = trusting(tmp_path, [{"pem": pem, "role": "vendor"}], timestamps=demanded)
    yance("stamp", run, expected=2)
    yance("stamp", run, "--request", tmp_path / "run.tsq")
    (tmp_path / "run.tsr").write_bytes(tsa.answer(tmp_path / "run.tsq"))
    assert "demands a time-stamp" in yance("verify", run, "--trust", policy, expected=6).output
    yance("stamp", run, "--answer", tmp_path / "run.tsr")
    assert "an authority that is believed saw the signature" in yance("verify", run, "--trust", policy).output
    other = sign({**statement(REPORT)}, load_key(home / "one.pem", None))
    (run / "statement.dsse.json").write_bytes(other)
    assert "not the signed statement that lies beside it" in yance("verify", run, "--trust", policy, expected=6).output
    yance("stamp", tmp_path / "none", "--request", tmp_path / "x", expected=2)


# ------------------------------------------------------------------------------------------ a key in a token


@pytest.mark.slow
@pytest.mark.skipif(LIBRARY is None, reason="needs SoftHSM (Debian: apt-get install softhsm2)")
def test_a_key_that_never_leaves_its_token_signs_a_run(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pkcs11 = pytest.importorskip("pkcs11", reason="needs the extra pkcs11")
    from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    monkeypatch.setenv("PYKCS11LIB", str(LIBRARY))
    words = ["softhsm2-util", "--init-token", "--free", "--label", "office", "--pin", "1234", "--so-pin", "12345678"]
    subprocess.run(words, check=True, capture_output=True, env=os.environ.copy())
    with pkcs11.lib(str(LIBRARY)).get_token(token_label="office").open(rw=True, user_pin="1234") as session:
        curve = session.create_domain_parameters(
            pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
        )
        public, _ = curve.generate_keypair(mechanism=pkcs11.Mechanism.EC_KEY_PAIR_GEN, store=True, id=b"\x01", label="sign")
        der = encode_ec_public_key(public)
    pem = "-----BEGIN PUBLIC KEY-----\n" + b64encode(der).decode() + "\n-----END PUBLIC KEY-----\n"
    (tmp_path / "token.pub.pem").write_text(pem)
    run = Path(shutil.copytree(home / "run", tmp_path / "run"))
    yance("sign", run, "--key", "pkcs11:office/1", YANCE_KEY_PASSWORD="1234")
    said = yance("verify", run, "--key", tmp_path / "token.pub.pem").output
    assert "signature and evidence hold" in said
    for key, pin, why in (
        ("pkcs11:office/1", "4321", "PinIncorrect"),
        ("pkcs11:office/7", "1234", "could not find"),
        ("pkcs11:none/1", "1234", "No PKCS#11 token"),
        ("pkcs11:office", "1234", "expected pkcs11:TOKEN/ID"),
    ):
        assert why in yance("sign", run, "--key", key, expected=2, YANCE_KEY_PASSWORD=pin).output
