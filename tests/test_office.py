"""The office's work as its people do it: a run is certified by two of them, and anyone can tell what the certificate is worth."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which

import pytest
import yaml

from conformance.attest import CERTIFICATE, bundle, generate_key, load_key, load_trust
from conformance.attest.verify import verify_run
from conformance.load import data_folders
from conformance.office import COUNTIES, Registry
from conformance.verdict.folder import RunFolder
from tests import certified
from tests.authority import authority
from tests.certified import Office, changed, exported, issued, new_registry, proposed, yance


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return new_registry(tmp_path)


@pytest.mark.heavy
def test_two_persons_certify_a_run_and_anyone_verifies_it(office: Office, run: RunFolder, registry: Path, tmp_path: Path) -> None:
    proposal = proposed(office, run, registry, "--site", "KEE=Harbour")
    assert proposal in yance("registry", "list", "--registry", registry, "--proposals").output
    made = issued(office, run, registry, proposal)
    number = made["certificateId"]
    assert number.startswith("TW-20")
    assert number.endswith("-00001")
    assert (made["level"], made["counties"], made["statusNow"]) == ("certified", ["TPE", "KEE"], "valid")
    assert (made["holder"], made["solution"]["version"], made["sites"]) == (
        "Parcel Ltd",
        "2.4.1",
        [{"county": "KEE", "name": "Harbour"}],
    )
    public = exported(office, registry, tmp_path / "public")
    certificate = public / "certificates" / f"{number}.sigstore.json"
    trust = ("--trust", office.trust)

    alone = yance("verify", certificate, *trust).output
    assert "whether the certificate was revoked or suspended" in alone
    assert "what was tested and what came of it" in alone
    for where in (public, registry):
        whole = yance("verify", certificate, *trust, "--registry", where, "--run", run.path, "--require", "certified").output
        assert "not verified" not in whole
        assert "proposed by Lin Mei-hua, approved by Chen Chih-ming" in whole
        assert "status now: valid" in whole
    assert "狀態：valid" in yance("verify", certificate, *trust, "--registry", public, "--lang", "zh-Hant").output
    of_the_run = yance("verify", run.path, *trust, "--registry", public, "--require", "certified", "--json").output
    assert json.loads(of_the_run)["certificate"] == number
    assert json.loads(of_the_run)["level"] == "certified"
    words = ("verify", certificate, *trust, "--registry", public)
    assert json.loads(yance(*words, "--json").output)["run"] is None, "what it rests on is not at hand"
    found = json.loads(yance(*words, "--run", run.path, "--json").output)
    assert (found["level"], found["run"]["purpose"], found["run"]["role"]) == ("certified", "certification", "laboratory")
    assert "目的為認證" in yance(*words, "--run", run.path, "--lang", "zh-Hant").output
    shown = yance("registry", "show", number, "--registry", registry, "--lang", "zh-Hant").output
    assert "臺北市、基隆市" in shown
    assert "Harbour" in shown


@pytest.mark.heavy
def test_what_is_required_is_refused_where_it_is_not_known(
    office: Office, run: RunFolder, registry: Path, tmp_path: Path
) -> None:
    number = issued(office, run, registry, proposed(office, run, registry))["certificateId"]
    public = exported(office, registry, tmp_path / "public")
    certificate, trust = public / "certificates" / f"{number}.sigstore.json", ("--trust", office.trust)
    for words, said in (
        ((certificate, "--require", "certified"), "only its registry can tell"),
        ((certificate, "--require", "official"), "give --run"),
        ((run.path, "--require", "certified"), "give --registry"),
    ):
        assert said in yance("verify", *words, *trust, expected=6).output
    for words in (("--registry", public), ("--registry", public, "--run", run.path)):
        said = yance("verify", certificate, *trust, *words, "--require", "challenged", expected=6).output
        assert "which answers no challenge of the office: give --require certified" in said
    assert "answers no challenge" in yance("verify", run.path, *trust, "--require", "challenged", expected=6).output
    other = certified.certifiable(tmp_path / "run", office.key("laboratory"), purpose="surveillance")
    said = yance("verify", other.path, *trust, "--registry", public, "--require", "certified", expected=6).output
    assert "no certificate of the registry rests on this run" in said
    said = yance("verify", certificate, *trust, "--registry", public, "--run", other.path, expected=6).output
    assert "rests on another run" in said


def test_a_statement_that_lies_alone_is_a_signature_and_nothing_more(office: Office, run: RunFolder, tmp_path: Path) -> None:
    shutil.copy(run.bundle_file, tmp_path / "alone.json")
    found = yance("verify", tmp_path / "alone.json", "--trust", office.trust).output
    assert "only the signature was verified" in found
    assert "not verified: anything that the statement says" in found
    assert json.loads(yance("verify", tmp_path / "alone.json", "--trust", office.trust, "--json").output)["verified"] is False
    for wanted in ("official", "certified"):
        said = yance("verify", tmp_path / "alone.json", "--trust", office.trust, "--require", wanted, expected=6).output
        assert "only the signature could be verified" in said
    spoilt = run.envelope_file.read_bytes().replace(b'"payload":"e', b'"payload":"f')
    (tmp_path / "alone.json").write_bytes(spoilt)
    yance("verify", tmp_path / "alone.json", "--trust", office.trust, expected=6)


@pytest.mark.heavy
def test_it_takes_two_and_both_of_the_office(office: Office, run: RunFolder, registry: Path) -> None:
    proposal = proposed(office, run, registry)
    assert "takes another person" in issued(office, run, registry, proposal, by="lin", expected=6)
    assert "no person's of the office" in issued(office, run, registry, proposal, by="vendor", expected=6)
    assert "no person's of the office" in issued(office, run, registry, proposal, by="office", expected=6)
    keys = ("--trust", office.trust, "--key", office.key("chen"))
    for seal, said in (("chen", "signs none"), ("vendor", "signs none"), ("laboratory", "signs none")):
        words = ("registry", "issue", proposal, run.path, "--registry", registry, *keys, "--office-key", office.key(seal))
        assert said in yance(*words, expected=6).output
    assert (
        "yance registry issue verifies its run again"
        in yance("registry", "approve", proposal, "--registry", registry, *keys, expected=2).output
    )
    assert (
        "is to issue; say yance registry issue"
        in yance(
            "registry",
            "renew",
            proposal,
            run.path,
            "--registry",
            registry,
            *keys,
            "--office-key",
            office.key("office"),
            expected=2,
        ).output
    )
    assert json.loads(yance("registry", "list", "--registry", registry, "--json").output) == []
    issued(office, run, registry, proposal)
    assert "decided already: issued TW-" in issued(office, run, registry, proposal, expected=2)
    assert "rests on this run already" in proposed(office, run, registry, expected=2)


def test_what_was_declined_comes_to_nothing(office: Office, run: RunFolder, registry: Path) -> None:
    proposal = proposed(office, run, registry)
    where = ("--registry", registry, "--trust", office.trust)
    yance("registry", "decline", proposal, *where, "--key", office.key("lin"), "--reason", "another version is deployed")
    assert "decided already: declined" in issued(office, run, registry, proposal, expected=2)
    assert "0 proposals wait" in yance("registry", "list", "--proposals", "--registry", registry).output


def test_a_certificate_is_suspended_reinstated_and_revoked_for_good(
    office: Office, run: RunFolder, registry: Path, tmp_path: Path
) -> None:
    number = issued(office, run, registry, proposed(office, run, registry))["certificateId"]
    public, trust = tmp_path / "public", ("--trust", office.trust)

    def verified(expected: int) -> str:
        exported(office, registry, public)
        words = (public / "certificates" / f"{number}.sigstore.json", *trust, "--registry")
        found = {yance("verify", *words, where, expected=expected).output.splitlines()[-1] for where in (public, registry)}
        assert len({line.split(" is ")[-1] for line in found}) == 1
        return found.pop()

    verified(0)
    changed(office, registry, "suspend", number, "endpoint gone")
    assert "is suspended on" in verified(6)
    assert "endpoint gone" in verified(6)
    changed(office, registry, "reinstate", number, "endpoint back")
    verified(0)
    changed(office, registry, "revoke", number, "sold to another vendor")
    assert "is revoked on" in verified(6)
    key = ("--registry", registry, *trust, "--key", office.key("lin"), "--reason", "x")
    for action in ("suspend", "reinstate", "revoke"):
        assert "is revoked; it cannot be" in yance("registry", action, number, *key, expected=2).output
    history = json.loads(yance("registry", "show", number, "--registry", registry, "--json").output)["history"]
    assert [one["event"] for one in history] == ["issued", "suspended", "reinstated", "revoked"]
    assert (history[1]["by"], history[1]["approvedBy"]) == ("Chen Chih-ming", "Lin Mei-hua")
    stats = json.loads(yance("registry", "stats", "--registry", registry, "--json").output)
    assert stats["by_status"]["revoked"] == 1
    assert stats["reached"] == {"counties": 0, "sites": 0, "domains": 0, "services": 0}
    assert list(stats["counties"]) == list(COUNTIES)


@pytest.mark.heavy
def test_a_renewal_takes_the_place_of_the_certificate_that_it_follows(
    office: Office, run: RunFolder, registry: Path, tmp_path: Path
) -> None:
    first = issued(office, run, registry, proposed(office, run, registry))["certificateId"]
    later = certified.certifiable(tmp_path / "run", office.key("office"), purpose="surveillance")
    assert "has no certificate 'TW-1999-00001'" in proposed(office, later, registry, "--renews", "TW-1999-00001", expected=2)
    proposal = proposed(office, later, registry, "--renews", first)
    keys = ("--registry", registry, "--trust", office.trust, "--key", office.key("chen"), "--office-key", office.key("office"))
    assert "this run is not what was proposed" in yance("registry", "renew", proposal, run.path, *keys, expected=6).output
    second = json.loads(yance("registry", "renew", proposal, later.path, *keys, "--json").output)
    assert second["supersedes"] == first
    listed = json.loads(yance("registry", "list", "--registry", registry, "--json").output)
    assert [(one["certificateId"], one["statusNow"]) for one in listed] == [
        (second["certificateId"], "valid"),
        (first, "superseded"),
    ]
    public = exported(office, registry, tmp_path / "public")
    words = ("verify", public / "certificates" / f"{first}.sigstore.json", "--trust", office.trust, "--registry", public)
    assert f"superseded by {second['certificateId']}" in yance(*words, expected=6).output
    figures = json.loads((public / "index.json").read_bytes())["stats"]
    assert (figures["solutions"], figures["counties"]["KEE"], figures["counties_by_domain"]["logistics"]["TPE"]) == (1, 1, 1)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--holder", "Other Ltd"), 6, "the run is of the holder 'Parcel Ltd', and you certify 'Other Ltd'"),
        (("--solution", "parcels@2.4.2"), 6, "you certify 'parcels@2.4.2'"),
        (("--county", "XXX"), 2, "'XXX' is no county"),
        (("--site", "TXG=Centre"), 2, "none of the counties named"),
        (("--site", "TXG"), 2, "expected a county and a name"),
        (("--until", "2026-02-01"), 2, "begins before it ends"),
        (("--until", "2099-01-01"), 2, "holds for 1098 days at most"),
        (("--until", "soon"), 2, "is no day"),
        (("--from", "2020-01-01", "--until", "2021-01-01"), 6, "before its run of"),
        (("--renews", "TW-2026-00001"), 2, "has no certificate"),
    ],
)
def test_what_does_not_fit_the_run_is_not_proposed(
    office: Office, run: RunFolder, registry: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    assert said in proposed(office, run, registry, *words, expected=code)


@pytest.mark.heavy
def test_only_a_run_for_certification_by_the_office_or_a_laboratory_is_certified(
    office: Office, registry: Path, tmp_path: Path
) -> None:
    own = certified.certifiable(tmp_path / "own", office.key("vendor"), purpose="self-test")
    assert "signed by a vendor's key" in proposed(office, own, registry, expected=6)
    pretended = certified.certifiable(tmp_path / "pretended", office.key("vendor"))
    assert "a vendor's key states a run" in proposed(office, pretended, registry, expected=6)


@pytest.mark.heavy
def test_a_certificate_that_rests_on_the_vendors_own_run_is_refused(office: Office, registry: Path, tmp_path: Path) -> None:
    """Also where two persons of the office wrote it into their registry by other ways than the commands."""
    own = certified.certifiable(tmp_path / "own", office.key("vendor"), purpose="self-test")
    trust, records = load_trust(office.trust), Registry.open(str(registry))
    found = verify_run(data_folders(), own, trust.keys)
    said, target = found.envelope.predicate, found.report["target"]
    now = datetime.now(UTC)
    asked = {
        **{name: said[name] for name in ("profile", "specification", "suite", "result", "counts", "mandatory")},
        "level": "certified",
        "holder": target["vendor"],
        "solution": {
            "id": target["solutionId"],
            "version": target["solutionVersion"],
            "digest": found.envelope.payload["subject"][0]["digest"],
        },
        "domain": "logistics",
        "counties": ["TPE"],
        "sites": [],
        "notBefore": f"{now - timedelta(days=1):%Y-%m-%dT00:00:00Z}",
        "notAfter": f"{now + timedelta(days=90):%Y-%m-%dT00:00:00Z}",
        "supersedes": "",
        "waivers": [],
        "run": {"digest": {"sha256": found.envelope.digest.removeprefix("sha256:")}, "finishedOn": said["finishedOn"]},
    }
    lin, chen, seal = (load_key(office.key(name), None) for name in ("lin", "chen", "office"))
    proposal = records.propose("issue", lin, trust, terms=asked, run=own.envelope_file.read_bytes()).id
    number = records.approve(proposal, chen, trust, office=seal).draft.certificate
    public = exported(office, registry, tmp_path / "public")
    words = ("verify", public / "certificates" / f"{number}.sigstore.json", "--trust", office.trust, "--registry", public)
    assert "what was tested and what came of it" in yance(*words).output, "what it rests on is not at hand"
    why = f"certificate {number} rests on a self-test, signed by a vendor's key; it takes a run for certification"
    assert why in yance(*words, "--run", own.path, expected=6).output
    of_the_run = ("verify", own.path, "--trust", office.trust, "--registry", public, "--require", "certified")
    assert why in yance(*of_the_run, expected=6).output
    assert "signed by a vendor's key" in proposed(office, own, registry, expected=6)


@pytest.mark.heavy
def test_an_export_continues_what_was_published_or_is_refused(
    office: Office, run: RunFolder, registry: Path, tmp_path: Path
) -> None:
    early = tmp_path / "early.sqlite"
    proposal = proposed(office, run, registry)
    with contextlib.closing(sqlite3.connect(registry)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(registry, early)
    issued(office, run, registry, proposal)
    public = exported(office, registry, tmp_path / "public")
    keys = ("--trust", office.trust, "--office-key", office.key("office"))
    assert (
        "which this log does not continue" in yance("registry", "export", public, "--registry", early, *keys, expected=6).output
    )
    issued(office, run, early, proposal, by="wu")
    assert "not the beginning of this one" in yance("registry", "export", public, "--registry", early, *keys, expected=6).output
    exported(office, registry, public)
    assert bundle(Registry.open(str(registry)).statement(Registry.open(str(registry)).certificates()[0].payload)) in [
        path.read_bytes() for path in (public / "certificates").iterdir()
    ]


@pytest.mark.heavy
def test_the_passwords_of_a_persons_key_and_of_the_offices_are_two(
    office: Office, run: RunFolder, registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads(office.trust.read_text())
    for name in ("chen", "office"):
        generate_key(tmp_path / f"{name}.pem", "ecdsa", f"of {name}")
        entry = next(one for one in document["keys"] if one["path"].endswith(f"{name}.pub.pem"))
        entry["path"] = str(tmp_path / f"{name}.pub.pem")
    for one in document["keys"]:
        one["path"] = str(office.folder / one["path"])
    (tmp_path / "trust.json").write_text(json.dumps(document))
    proposal = proposed(office, run, registry)
    keys = ("--trust", tmp_path / "trust.json", "--key", tmp_path / "chen.pem", "--office-key", tmp_path / "office.pem")
    words = ("registry", "issue", proposal, run.path, "--registry", registry, *keys)
    monkeypatch.setenv("YANCE_KEY_PASSWORD", "of chen")
    monkeypatch.setenv("YANCE_OFFICE_KEY_PASSWORD", "of chen")
    assert "the password is wrong" in yance(*words, expected=2).output
    monkeypatch.setenv("YANCE_OFFICE_KEY_PASSWORD", "of office")
    assert "issued: certificate TW-" in yance(*words).output


@pytest.mark.heavy
@pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
def test_a_certificate_counts_with_the_time_stamp_that_the_trust_document_demands(
    office: Office, run: RunFolder, registry: Path, tmp_path: Path
) -> None:
    tsa = authority(tmp_path / "tsa")
    number = issued(office, run, registry, proposed(office, run, registry))["certificateId"]
    public = exported(office, registry, tmp_path / "public")
    certificate = public / "certificates" / f"{number}.sigstore.json"
    document = json.loads(office.trust.read_text())
    document["timestamps"] = {"authorities": [str(tsa.certificate)], "required": [CERTIFICATE]}
    strict = office.folder / "strict.json"
    strict.write_text(json.dumps(document))
    words = ("verify", certificate, "--trust", strict, "--registry", public, "--require", "certified")
    assert "demands a time-stamp" in yance(*words, expected=6).output
    yance("stamp", certificate, "--request", tmp_path / "request.tsq")
    (tmp_path / "answer.tsr").write_bytes(tsa.answer(tmp_path / "request.tsq"))
    yance("stamp", certificate, "--answer", tmp_path / "answer.tsr")
    exported(office, registry, public)  # leaves the stamped bundle alone
    assert "an authority that is believed saw the signature" in yance(*words).output


def test_the_counties_are_those_of_the_common_document_and_of_the_schemas() -> None:
    rows = yaml.safe_load(data_folders().find("specs", "common", "1.0.0", "requirements.yaml").read_text())
    assert set(COUNTIES) == set(rows["$defs"]["counties"])
    for name in ("certificate", "decision"):
        assert data_folders().schema(name)["$defs"]["county"]["enum"] == list(COUNTIES)
