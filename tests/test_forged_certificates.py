"""What somebody may make of certificates, status lists and exported registries, some of them with a key of the office: each is refused for
its own reason.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.attest import CERTIFICATE, CHECKPOINT, DECISION, STATEMENT, bundle, load_key, load_trust, sign, verify_envelope
from conformance.errors import UsageError, VerificationError, YanceError
from conformance.office import Registry, statements
from conformance.office.events import Draft
from conformance.office.export import export, read_export
from conformance.office.status import read_status_list
from conformance.office.tables import Writing
from conformance.office.verify import opened, verify_certificate
from conformance.text import strictjson
from tests import certified
from tests.certified import Office
from tests.test_log import certify, terms

NOW = datetime.now(UTC).replace(microsecond=0)
URI = "https://r.example/status/1"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return certified.office(tmp_path_factory.mktemp("office"))


def period() -> dict[str, str]:
    return {
        "notBefore": f"{NOW - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
        "notAfter": f"{NOW + timedelta(days=400):%Y-%m-%dT%H:%M:%SZ}",
    }


@pytest.fixture(scope="module")
def home(office: Office) -> Path:
    """A folder with a registry, its export `public`, and the number of a valid certificate in it."""
    registry = Registry.create(str(office.folder / "registry.sqlite"), scheme="TW", uri="https://r.example")
    for number in (1, 2):
        certify(registry, office, number, **period())
    trust, lin, chen = load_trust(office.trust), load_key(office.key("lin"), None), load_key(office.key("chen"), None)
    asked = registry.propose("revoke", lin, trust, certificate=number_of(2), reason="x")
    registry.approve(asked.id, chen, trust)
    export(registry, office.folder / "public", load_key(office.key("office"), None), trust)
    registry.close()
    return office.folder


def number_of(number: int) -> str:
    return f"TW-{NOW:%Y}-{number:05d}"


@pytest.fixture
def public(home: Path, tmp_path: Path) -> Path:
    """A copy of the export, to be altered."""
    return Path(shutil.copytree(home / "public", tmp_path / "public"))


def certificate_of(public: Path, number: int = 1) -> bytes:
    return (public / "certificates" / f"{number_of(number)}.sigstore.json").read_bytes()


def refused(office: Office, data: bytes, public: Path | None = None, **more: Any) -> str:
    trust = load_trust(office.trust)
    with pytest.raises((VerificationError, UsageError)) as error:
        verify_certificate(data, trust, source=opened(str(public), trust) if public else None, **more)
    return str(error.value)


def payload(data: bytes) -> dict[str, Any]:
    document = json.loads(data)
    return json.loads(base64.b64decode(document.get("dsseEnvelope", document)["payload"]))


def resigned(office: Office, statement: Any, by: str = "office") -> bytes:
    return sign(statement, load_key(office.key(by), None))


def test_what_the_office_issued_is_accepted(office: Office, public: Path) -> None:
    trust = load_trust(office.trust)
    found = verify_certificate(certificate_of(public), trust, source=opened(str(public), trust))
    assert found.status == "valid"
    assert "is revoked on" in refused(office, certificate_of(public, 2), public)


# ------------------------------------------------------------------------------------------ the certificate


def without(name: str) -> Callable[[Any], Any]:
    return lambda said: said["predicate"].pop(name)


def put(name: str, value: Any) -> Callable[[Any], Any]:
    return lambda said: said["predicate"].update({name: value})


MISSHAPEN: dict[str, Callable[[Any], Any]] = {
    **{
        f"no {name}": without(name)
        for name in ("holder", "level", "counties", "waivers", "status", "inputAttestations", "result", "supersedes", "profile")
    },
    "one more member": put("colour", "red"),
    "a level of one's own": put("level", "platinum"),
    "no county": put("counties", []),
    "a county twice": put("counties", ["TPE", "TPE"]),
    "a county that there is not": put("counties", ["TPE", "HKG"]),
    "a result of one's own": put("result", "SPLENDID"),
    "a number as a text": lambda said: said["predicate"]["status"]["statusList"].update(idx="0"),
    "a place below none": lambda said: said["predicate"]["status"]["statusList"].update(idx=-1),
    "an attestation of another kind": lambda said: said["predicate"]["inputAttestations"][0].update(uri="https://example.org/x"),
    "a digest that is none": lambda said: said["predicate"]["solution"].update(digest={"sha256": "0"}),
    "a time without a zone": put("notAfter", "2030-01-01T00:00:00"),
    "two subjects": lambda said: said["subject"].append(said["subject"][0]),
}


@pytest.mark.parametrize("name", MISSHAPEN)
def test_a_certificate_of_another_shape_is_refused_whoever_signed_it(office: Office, public: Path, name: str) -> None:
    said = payload(certificate_of(public))
    MISSHAPEN[name](said)
    assert "not of the shape that one has" in refused(office, resigned(office, said))


ALTERED: dict[str, Callable[[Any], Any]] = {
    "another holder": put("holder", "Other Ltd"),
    "one more county": put("counties", ["TPE", "KHH"]),
    "a later end": put("notAfter", "2090-01-01T00:00:00Z"),
    "another profile": lambda said: said["predicate"]["profile"].update(id="full-plus"),
    "another version": lambda said: said["predicate"]["solution"].update(version="9.9"),
    "no failures": lambda said: said["predicate"]["counts"].update(fail=0, **{"pass": 10}),
    "another place in the list": lambda said: said["predicate"]["status"]["statusList"].update(idx=7),
    "another list": lambda said: said["predicate"]["status"]["statusList"].update(uri="https://other.example/status/1"),
    "another run": lambda said: said["predicate"]["inputAttestations"][0].update(digest={"sha256": "b" * 64}),
    "another subject": lambda said: said["subject"][0].update(name="other@1"),
    "a waiver added": lambda said: said["predicate"]["waivers"].append(
        {
            "waiverId": "W-1",
            "digest": {"sha256": "b" * 64},
            "requirements": ["X"],
            "reason": "y",
            "notAfter": "2090-01-01T00:00:00Z",
        }
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_a_certificate_with_other_words_is_not_the_one_in_the_log(office: Office, public: Path, name: str) -> None:
    said = payload(certificate_of(public))
    ALTERED[name](said)
    assert "is not the one that the registry's log has" in refused(office, resigned(office, said), public)


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("vendor", "trusted as vendor, and not for"),
        ("laboratory", "trusted as laboratory, and not for"),
        ("lin", "trusted as office, and not for"),
    ],
)
def test_only_the_offices_key_for_certificates_signs_one(office: Office, public: Path, by: str, said: str) -> None:
    assert said in refused(office, resigned(office, payload(certificate_of(public)), by), public)


def test_a_certificate_outside_its_time_is_refused_without_asking_anybody(office: Office, public: Path) -> None:
    said = payload(certificate_of(public))
    for changes, why in (
        ({"notBefore": "2020-01-01T00:00:00Z", "notAfter": "2021-01-01T00:00:00Z"}, "expired on 2021-01-01"),
        ({"notBefore": "2090-01-01T00:00:00Z", "notAfter": "2091-01-01T00:00:00Z"}, "holds from 2090-01-01"),
        ({"notBefore": "2091-01-01T00:00:00Z", "notAfter": "2090-01-01T00:00:00Z"}, "ends before it begins"),
        ({"issuedOn": "2090-01-01T00:00:00Z"}, "in the future by the clock"),
    ):
        document = json.loads(json.dumps(said))
        document["predicate"].update(changes)
        assert why in refused(office, resigned(office, document))


def test_a_certificate_of_another_number_or_registry_is_not_in_the_log(office: Office, public: Path) -> None:
    said = payload(certificate_of(public))
    said["predicate"]["certificateId"] = "TW-2026-09999"
    assert "is not in the registry's log" in refused(office, resigned(office, said), public)


def test_any_flipped_bit_of_a_certificate_is_refused(office: Office, public: Path) -> None:
    data = certificate_of(public)
    for place in range(0, len(data), 41):
        refused(office, data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :], public)


# ------------------------------------------------------------------------------------------ two persons, told by an insider's log


def insider(
    office: Office,
    folder: Path,
    edit: Callable[[Any, Any], Any] | None = None,
    *,
    issued: Callable[[Any], Any] | None = None,
    by: tuple[str, str] = ("lin", "chen"),
) -> tuple[bytes, Path]:
    """A registry, written past its own rules by somebody with the office's key, and its export; and the certificate in it.

    `edit` is given what was proposed and what was approved, before they are signed by the two keys; `issued` what the certificate says.
    """
    registry = Registry.create(str(folder / "registry.sqlite"), scheme="TW", uri="https://r.example")
    opened_as, trust = registry.state().opened, load_trust(office.trust)
    holders = {name: certified.KEYS[name].get("holder", name) for name in by}
    asked = statements.proposal(
        "issue", registry=opened_as["registry"], person=holders[by[0]], at=NOW, terms=terms(1, **period())
    )
    agreed = {
        **asked,
        "subject": [{"name": "proposal", "digest": {"sha256": statements.digest_of(asked)}}],
        "predicate": {
            "action": "issue",
            "registry": opened_as["registry"],
            "decision": "approved",
            "person": holders[by[1]],
            "decidedOn": asked["predicate"]["decidedOn"],
            "proposal": {"sha256": statements.digest_of(asked)},
        },
    }
    if edit is not None:
        edit(asked, agreed)
        if agreed["predicate"].get("proposal") != {"sha256": "f" * 64}:
            agreed["predicate"]["proposal"] = {"sha256": statements.digest_of(asked)}
    said = asked["predicate"].get("terms") or terms(1, **period())
    cited = [{"uri": "https://yance.example/attestations/conformance-run/v1", "digest": terms(1)["run"]["digest"]}]
    cited += [{"uri": DECISION, "digest": {"sha256": statements.digest_of(one)}} for one in (asked, agreed)]
    predicate = {name: value for name, value in {**terms(1, **period()), **said}.items() if name != "run"}
    predicate |= {"certificateId": "TW-1", "scheme": "TW", "issuedOn": f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "inputAttestations": cited}
    predicate |= {"status": {"statusList": {"idx": 0, "uri": URI}}}
    if issued is not None:
        issued(predicate)
    made = {
        "_type": STATEMENT,
        "subject": [{"name": "solution-1@1.0", "digest": {"sha256": "a" * 64}}],
        "predicateType": CERTIFICATE,
        "predicate": predicate,
    }
    envelopes = {
        f"sha256:{statements.digest_of(one)}": resigned(office, one, key)
        for one, key in ((asked, by[0]), (agreed, by[1]), (made, "office"))
    }
    order = tuple(reversed(envelopes))
    registry.store.append(lambda _: Writing(Draft("issued", "p", "TW-1", order, predicate), envelopes), NOW)
    export(registry, folder / "public", load_key(office.key("office"), None), trust)
    return bundle(envelopes[order[0]]), folder / "public"


def test_an_insider_who_keeps_to_the_rules_is_believed(office: Office, tmp_path: Path) -> None:
    data, public = insider(office, tmp_path)
    trust = load_trust(office.trust)
    assert verify_certificate(data, trust, source=opened(str(public), trust)).status == "valid"


INSIDE: dict[str, tuple[dict[str, Any], str]] = {
    "one person twice": ({"by": ("lin", "lin")}, "proposed and approved by one person, Lin Mei-hua"),
    "in the name of another": (
        {"by": ("lin", "lin"), "edit": lambda _, agreed: agreed["predicate"].update(person="Chen Chih-ming")},
        "is not its signer's",
    ),
    "a vendor as the second": ({"by": ("lin", "vendor")}, "trusted as vendor, and not for"),
    "the office's own key as a person's": ({"by": ("lin", "office")}, "trusted as office, and not for"),
    "declined": (
        {"edit": lambda _, agreed: agreed["predicate"].update(decision="declined", reason="no")},
        "does not cite a proposal and its approval",
    ),
    "another proposal approved": (
        {"edit": lambda _, agreed: agreed["predicate"].update(proposal={"sha256": "f" * 64})},
        "what was approved is not what was proposed",
    ),
    "a decision for another registry": (
        {"edit": lambda asked, _: asked["predicate"].update(registry="0123456789abcdef")},
        "decisions for another registry",
    ),
    "terms of another run": (
        {
            "edit": lambda asked, _: asked["predicate"]["terms"].update(
                run={"digest": {"sha256": "c" * 64}, "finishedOn": "2026-12-01T00:00:00Z"}
            )
        },
        "is not what was approved; differing: the run",
    ),
    "a certificate of more than was approved": (
        {"issued": lambda said: said.update(counties=["TPE", "KHH"], level="challenged")},
        "is not what was approved; differing: counties, level",
    ),
    "one decision": (
        {"issued": lambda said: said["inputAttestations"].pop(1)},
        "not of the shape",
    ),
    "a decision too many": (
        {"issued": lambda said: said["inputAttestations"].append(said["inputAttestations"][1])},
        "cites 3 decisions",
    ),
    "the two the other way round": (
        {"issued": lambda said: said["inputAttestations"].insert(1, said["inputAttestations"].pop())},
        "does not cite a proposal and its approval",
    ),
    "a proposal of another shape": (
        {"edit": lambda asked, _: asked["predicate"].update(more="x")},
        "the decision is not of the shape",
    ),
}


@pytest.mark.parametrize("name", INSIDE)
def test_the_offices_key_alone_certifies_nothing(office: Office, tmp_path: Path, name: str) -> None:
    words, said = INSIDE[name]
    data, public = insider(office, tmp_path, **words)
    assert said in refused(office, data, public)


# ------------------------------------------------------------------------------------------ the exported log

Lines = list[bytes]


def without_line(number: int) -> Callable[[Lines], Any]:
    return lambda lines: lines.pop(number)


LOGS: dict[str, tuple[Callable[[Lines], Any], str]] = {
    "the last event gone": (without_line(-1), "the log was changed, cut or added to"),
    "the first event gone": (without_line(0), "is event 1|not the event of that number"),
    "one in the middle gone": (without_line(3), "reordered or cut|not the event of that number"),
    "an event twice": (lambda lines: lines.append(lines[-1]), "reordered or cut"),
    "two exchanged": (lambda lines: lines.insert(0, lines.pop()), "reordered or cut"),
    "a revocation hidden": (
        lambda lines: lines.append(lines.pop().replace(b'"revoked"', b'"reinstated"')),
        "the log was changed",
    ),
    "a reason changed": (
        lambda lines: lines.append(lines.pop().replace(b'"reason":"x"', b'"reason":"y"')),
        "the log was changed",
    ),
    "a certificate changed": (lambda lines: lines.__setitem__(2, lines[2].replace(b'"TPE"', b'"KHH"')), "the log was changed"),
    "a proposal's hash changed": (
        lambda lines: lines.__setitem__(1, lines[1].replace(b'"leaf":"', b'"leaf":"0')),
        "not the event of that number",
    ),
    "not JSON": (lambda lines: lines.append(b"{"), "is not JSON"),
    "another kind of event": (lambda lines: lines.append(lines[-1].replace(b"revoked", b"pardoned")), "no event"),
    "blanks in a line": (
        lambda lines: lines.append(lines.pop().replace(b":", b": ", 1)),
        "not written as the registry writes it",
    ),
    "nothing": (lambda lines: lines.clear(), "the log was changed"),
}


@pytest.mark.parametrize("name", LOGS)
def test_a_log_that_is_not_the_one_of_its_checkpoint_is_refused(office: Office, public: Path, name: str) -> None:
    edit, said = LOGS[name]
    lines = (public / "log" / "events.ndjson").read_bytes().splitlines()
    edit(lines)
    (public / "log" / "events.ndjson").write_bytes(b"".join(line + b"\n" for line in lines))
    with pytest.raises(VerificationError, match=said):
        read_export(public, load_trust(office.trust))


@pytest.mark.parametrize(
    ("by", "changes", "said"),
    [
        ("vendor", {}, "trusted as vendor"),
        ("lin", {}, "trusted as office, and not for"),
        ("office", {"size": 3}, "the log was changed, cut or added to"),
        ("office", {"rfc6962Root": "0" * 64}, "the log was changed, cut or added to"),
        ("office", {"registry": "0123456789abcdef"}, "of another registry than the checkpoint's"),
        ("office", {"takenOn": "2090-01-01T00:00:00Z"}, "in the future by the clock"),
        ("office", {"size": "7"}, "not of the shape"),
        ("office", {"note": "x"}, "not of the shape"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused(
    office: Office, public: Path, by: str, changes: dict[str, Any], said: str
) -> None:
    path = public / "log" / "checkpoint.sigstore.json"
    statement = payload(path.read_bytes())
    statement["predicate"].update(changes)
    path.write_bytes(bundle(resigned(office, statement, by)))
    with pytest.raises(VerificationError, match=said):
        read_export(public, load_trust(office.trust))


def test_an_earlier_checkpoint_tells_that_what_was_published_was_rewritten(office: Office, public: Path) -> None:
    found = read_export(public, load_trust(office.trust))
    from conformance.evidence.merkle import root_of

    found.refuse_unless_it_continues(root_of(found.leaves[:3]), 3)
    for root, size in ((b"\0" * 32, 3), (root_of(found.leaves), len(found.leaves) + 1)):
        with pytest.raises(VerificationError, match="was rewritten"):
            found.refuse_unless_it_continues(root, size)


@pytest.mark.parametrize("name", ["log/events.ndjson", "log/checkpoint.sigstore.json", "status/1", "statements"])
def test_what_is_not_there_is_not_taken_for_good(office: Office, public: Path, name: str) -> None:
    path = public / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    trust = load_trust(office.trust)

    def verified() -> None:
        verify_certificate(certificate_of(public), trust, source=opened(str(public), trust))

    with pytest.raises(YanceError, match="there is no such file"):
        verified()


def test_a_decision_in_the_place_of_another_is_refused(office: Office, public: Path) -> None:
    cited = [one["digest"]["sha256"] for one in payload(certificate_of(public))["predicate"]["inputAttestations"]]
    folder = public / "statements"
    shutil.copy(folder / f"{cited[2]}.json", folder / f"{cited[1]}.json")
    assert "not the one cited" in refused(office, certificate_of(public), public)


# ------------------------------------------------------------------------------------------ the status list


def token(office: Office, *, by: str = "office", header: dict[str, Any] | None = None, **claims: Any) -> bytes:
    """A status list of one valid certificate, with other claims, signed by a key of the office."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    signer, now = load_key(office.key(by), None), int(datetime.now(UTC).timestamp())
    listed = {"bits": 2, "lst": text(zlib.compress(b"\0" * 4))}
    said = {"sub": URI, "iat": now, "exp": now + 3600, "ttl": 60, "status_list": listed} | claims
    head = {"alg": "ES256", "kid": signer.public_key.keyid, "typ": "statuslist+jwt"} | (header or {})
    signed = f"{text(json.dumps(head).encode())}.{text(json.dumps({k: v for k, v in said.items() if v is not None}).encode())}"
    raw = bytes.fromhex(signer.sign(signed.encode()).signature)
    return f"{signed}.{text(b''.join(one.to_bytes(32, 'big') for one in decode_dss_signature(raw)))}".encode()


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def listed(values: bytes, **more: Any) -> dict[str, Any]:
    return {"bits": 2, "lst": text(zlib.compress(values)), **more}


STALE = int(NOW.timestamp()) - 7200
LISTS: dict[str, tuple[dict[str, Any], str]] = {
    "by a person": ({"by": "lin"}, "not the office's for certificates"),
    "by a vendor": ({"by": "vendor"}, "not the office's for certificates"),
    "by nobody": ({"header": {"kid": "x"}}, "not the office's for certificates"),
    "another type": ({"header": {"typ": "JWT"}}, "expected ES256 and statuslist"),
    "another algorithm": ({"header": {"alg": "ES384"}}, "expected ES256 and statuslist"),
    "no algorithm": ({"header": {"alg": "none"}}, "expected ES256|no JWT"),
    "a key of its own": ({"header": {"jwk": {"kty": "EC"}}}, "expected ES256"),
    "of another registry": ({"sub": "https://other.example/status/1"}, "is that of"),
    "ended": ({"iat": STALE, "exp": STALE + 3600}, "ended on"),
    "for ever": ({"exp": int(NOW.timestamp()) + 10**8}, "ended on|fetch it again"),
    "of tomorrow": ({"iat": int(NOW.timestamp()) + 86400, "exp": int(NOW.timestamp()) + 90000}, "in the future"),
    "without an end": ({"exp": None}, "other claims than"),
    "one more claim": ({"iss": "x"}, "other claims than"),
    "times as text": ({"iat": "now"}, "no times in seconds"),
    "one bit each": ({"status_list": {**listed(b"\0"), "bits": 1}}, "has to be of 2 bits"),
    "no list": ({"status_list": []}, "has to be of 2 bits"),
    "an aggregate": ({"status_list": listed(b"\0", aggregation_uri="x")}, "has to be of 2 bits"),
    "not zlib": ({"status_list": {"bits": 2, "lst": text(b"hello")}}, "not zlib data"),
    "cut short": ({"status_list": {"bits": 2, "lst": text(zlib.compress(b"\0" * 99)[:-3])}}, "not exactly one list"),
    "two lists": ({"status_list": {"bits": 2, "lst": text(zlib.compress(b"\0") + b"more")}}, "not exactly one list"),
    "ten million zeros": ({"status_list": listed(b"\0" * 10_000_000)}, "not exactly one list, or too long"),
    "too short": ({"status_list": listed(b"")}, "has no place 0"),
    "revoked": ({"status_list": listed(b"\1")}, "is invalid by the status list, and valid by the log"),
    "suspended": ({"status_list": listed(b"\2")}, "is suspended by the status list"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_status_list_that_is_not_the_offices_and_fresh_says_nothing(office: Office, public: Path, name: str) -> None:
    words, said = LISTS[name]
    (public / "status" / "1").write_bytes(token(office, **words))
    trust = load_trust(office.trust)
    source = opened(str(public), trust)
    with pytest.raises(VerificationError, match=said):
        verify_certificate(certificate_of(public), trust, source=source)


def test_the_right_list_is_read_and_a_spoilt_one_is_not(office: Office) -> None:
    trust = load_trust(office.trust)
    good = token(office)
    assert read_status_list(good, trust, URI, now=datetime.now(UTC)).status(3) == "valid"
    head, claims, signature = good.split(b".")
    key = trust.key(load_key(office.key("office"), None).public_key.keyid)
    assert key is not None
    shared = text(json.dumps({"alg": "HS256", "kid": key.keyid, "typ": "statuslist+jwt"}).encode()).encode()
    confused = hmac.new(key.key.keyval["public"].encode(), shared + b"." + claims, hashlib.sha256).digest()
    for data, said in (
        (b"", "no JWT"),
        (b"a.b", "no JWT"),
        (b"\xff" * 9, "no JWT"),
        (head + b"." + claims + b".", "signature does not hold"),
        (head + b"." + claims + b"." + signature[:-4] + b"AAAA", "signature does not hold"),
        (head + b"." + text(b'{"sub":1}').encode() + b"." + signature, "signature does not hold"),
        (shared + b"." + claims + b"." + text(confused).encode(), "expected ES256"),
    ):
        with pytest.raises(VerificationError, match=said):
            read_status_list(data, trust, URI, now=datetime.now(UTC))


def test_the_statements_of_the_office_fit_their_schemas_and_are_canonical(office: Office, public: Path) -> None:
    trust = load_trust(office.trust)
    kinds = {"certificates": CERTIFICATE, "log": CHECKPOINT, "statements": DECISION}
    seen = 0
    for folder, kind in kinds.items():
        for path in (public / folder).glob("*.json"):
            found = verify_envelope(path.read_bytes(), trust.keys, predicate_type=kind)
            statements.refuse_misshapen(found.payload)
            assert strictjson.canonical(dict(found.payload)) == strictjson.canonical(payload(path.read_bytes()))
            seen += 1
    assert seen == 2 + 1 + 6 - 1  # the proposal to revoke is known by its hash alone
