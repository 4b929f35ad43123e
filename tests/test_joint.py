"""Joint reports in the registry: taken in by two persons, worth what their certificates are, and refused each for its own reason otherwise."""

from __future__ import annotations

import base64
import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as other_than

from conformance.attest import bundle, load_key, load_trust, sign
from conformance.errors import VerificationError, YanceError
from conformance.journeys.attesting import VerifiedJourneys, verify_journeys
from conformance.load import data_folders
from conformance.office import Registry, State
from conformance.office.events import Draft, Event, fold
from conformance.office.export import export
from conformance.office.joint import joint_terms, kept_by
from conformance.office.rules import refuse_impossible
from conformance.office.statements import payload_digest
from conformance.office.tables import Writing
from conformance.office.verify import opened, verify_joint
from conformance.verdict.folder import RunFolder
from tests import certified
from tests.certified import Office, changed, exported, yance
from tests.joined import SOLUTIONS, Joined, certificates, joined

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return certified.office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def first(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Joined:
    """Signed journeys that nobody has taken in."""
    return joined(tmp_path_factory.mktemp("joined"), office)


@pytest.fixture
def made(first: Joined, tmp_path: Path) -> Joined:
    """A copy of them, and of their registry."""
    registry = shutil.copy(first.registry, tmp_path / "registry.sqlite")
    for beside in first.registry.parent.glob("registry.sqlite-*"):
        shutil.copy(beside, tmp_path / beside.name)
    folder = shutil.copytree(first.folder.path, tmp_path / "together")
    return Joined(Path(registry), first.numbers, RunFolder(Path(folder)))


def proposed(office: Office, made: Joined, *, by: str = "lin", trust: Path | None = None, expected: int = 0) -> Any:
    where = ("--registry", made.registry, "--trust", trust or office.trust, "--key", office.key(by))
    said = yance("registry", "journey", made.folder.path, *where, "--json", expected=expected).output
    return said if expected else json.loads(said)["proposal"]


def taken_in(office: Office, made: Joined, proposal: str, *, by: str = "chen", expected: int = 0) -> Any:
    where = ("--registry", made.registry, "--trust", office.trust, "--key", office.key(by))
    said = yance("registry", "join", proposal, made.folder.path, *where, "--json", expected=expected).output
    return said if expected else json.loads(said)


def shown(made: Joined, *words: str) -> Any:
    return json.loads(yance("registry", *words, "--registry", made.registry, "--json").output)


def name_of(made: Joined) -> str:
    return str(json.loads(made.folder.report_file.read_bytes())["runId"])


def test_two_persons_take_a_joint_report_in_and_anyone_verifies_it(office: Office, made: Joined, tmp_path: Path) -> None:
    assert shown(made, "stats")["reached"]["services"] == 0
    proposal, name = proposed(office, made), name_of(made)
    waiting = yance("registry", "list", "--proposals", "--registry", made.registry).output
    assert name in waiting
    assert shown(made, "list", "--journeys") == [], "nothing is taken in by one person"
    report = taken_in(office, made, proposal)
    assert (report["report"], report["statusNow"], report["by"], report["approvedBy"]) == (
        name,
        "valid",
        "Lin Mei-hua",
        "Chen Chih-ming",
    )
    assert {one["domain"]: one["certificateId"] for one in report["certificates"]} == made.numbers
    assert [one["report"] for one in shown(made, "list", "--journeys")] == [name]
    assert name in yance("registry", "list", "--journeys", "--registry", made.registry).output
    stats = shown(made, "stats")
    assert (stats["reached"]["services"], stats["targets"]["services"]) == (3, 3)
    assert "跨域串聯服務：3，目標 3" in yance("registry", "stats", "--registry", made.registry, "--lang", "zh-Hant").output
    told = yance("registry", "show", name, "--registry", made.registry, "--lang", "zh-Hant").output
    assert "提案 Lin Mei-hua，核准 Chen Chih-ming" in told
    assert all(number in told for number in made.numbers.values())

    public = exported(office, made.registry, tmp_path / "public")
    alone = public / "journeys" / f"{name}.sigstore.json"
    for where in (public, made.registry):
        words = ("--trust", office.trust, "--registry", where)
        whole = yance("verify", alone, *words, "--require", "passed", "--json").output
        found = json.loads(whole)
        assert (found["kind"], found["status"], found["report"]) == ("journey", "valid", name)
        assert "proposed by Lin Mei-hua, approved by Chen Chih-ming" in " ".join(found["steps"])
        assert found["unverified"] == [
            "what was asked and answered: that lies in the folder of the journeys (yance journey verify)"
        ]
        told = yance("journey", "verify", made.folder.path, *words, "--require", "cited").output
        assert "not verified" not in told
        assert all(f"rests on certificate {number}" in told for number in made.numbers.values())
    for wanted in ("official", "challenged"):
        said = yance("verify", alone, "--trust", office.trust, "--registry", public, "--require", wanted, expected=6).output
        assert "only their folder can tell" in said


@pytest.mark.heavy
def test_what_becomes_of_a_certificate_shows_on_the_report_that_rests_on_it(office: Office, made: Joined, tmp_path: Path) -> None:
    taken_in(office, made, proposed(office, made))
    name, number, public = name_of(made), made.numbers["health"], tmp_path / "public"

    def standing() -> tuple[str, int, str]:
        exported(office, made.registry, public)
        yance("site", public, "--trust", office.trust)
        index = json.loads((public / "index.json").read_bytes())
        status = index["journeys"][0]["status"]
        assert shown(made, "show", name)["statusNow"] == status
        assert f's-{status}"><b>' in (public / "en" / "journeys" / f"{name}.html").read_text("utf-8")
        assert f"s-{status}" in (public / "journeys" / "index.html").read_text("utf-8")
        table = list(csv.DictReader(io.StringIO((public / "journeys.csv").read_text("utf-8-sig"))))
        assert {row["status"] for row in table} == {status}
        assert len(table) == 3
        page = (public / "certificates" / f"{number}.html").read_text("utf-8")
        assert f'<a href="../journeys/{name}.html">' in page
        words = ("verify", public / "journeys" / f"{name}.sigstore.json", "--trust", office.trust, "--registry", public)
        said = yance(*words, expected=0 if status == "valid" else 6).output.splitlines()[-1]
        yance("journey", "verify", made.folder.path, *words[2:], expected=0 if status == "valid" else 6)
        return status, index["stats"]["reached"]["services"], said

    assert standing()[:2] == ("valid", 3)
    changed(office, made.registry, "suspend", number, "endpoint gone")
    status, services, said = standing()
    assert (status, services) == ("suspended", 0)
    assert f"holds no longer: certificate {number} is suspended on" in said
    changed(office, made.registry, "reinstate", number, "endpoint back")
    assert standing()[:2] == ("valid", 3)
    changed(office, made.registry, "revoke", number, "sold to another vendor")
    status, services, said = standing()
    assert (status, services) == ("revoked", 0)
    assert "sold to another vendor" in said
    assert shown(made, "list", "--journeys", "--status", "valid") == []
    feed = (public / "en" / "changes.atom").read_text("utf-8")
    assert f"{name}: joined" in feed
    assert f"en/journeys/{name}.html" in feed


def test_a_joint_report_can_be_revoked_and_nothing_else(office: Office, made: Joined, tmp_path: Path) -> None:
    taken_in(office, made, proposed(office, made))
    name, keys = name_of(made), ("--registry", made.registry, "--trust", office.trust, "--key", office.key("lin"))
    for action in ("suspend", "reinstate"):
        assert "it can be revoked, and nothing else" in yance("registry", action, name, *keys, "--reason", "x", expected=2).output
    changed(office, made.registry, "revoke", name, "another actor was used")
    assert "cannot be revoked again" in yance("registry", "revoke", name, *keys, "--reason", "x", expected=2).output
    assert shown(made, "show", name)["statusNow"] == "revoked"
    assert shown(made, "stats")["reached"]["services"] == 0
    assert shown(made, "show", made.numbers["health"])["statusNow"] == "valid"
    public = exported(office, made.registry, tmp_path / "public")
    words = ("verify", public / "journeys" / f"{name}.sigstore.json", "--trust", office.trust, "--registry", public)
    assert "is revoked on" in yance(*words, expected=6).output
    assert "another actor was used" in yance(*words, "--lang", "zh-Hant", expected=6).output
    assert "is in the registry already" in proposed(office, made, expected=2)


def test_it_takes_two_and_the_folder_both_times(office: Office, made: Joined) -> None:
    proposal = proposed(office, made)
    where = ("--registry", made.registry, "--trust", office.trust, "--key", office.key("chen"))
    assert "takes another person" in taken_in(office, made, proposal, by="lin", expected=6)
    assert "no person's of the office" in taken_in(office, made, proposal, by="laboratory", expected=6)
    assert "no person's of the office" in proposed(office, made, by="vendor", expected=6)
    assert "yance registry join verifies its folder again" in yance("registry", "approve", proposal, *where, expected=2).output
    assert "has no proposal 'none'" in taken_in(office, made, "none", expected=2)
    other = yance("registry", "suspend", made.numbers["health"], *where, "--reason", "x", "--json").output
    assert "is to suspend; say yance registry suspend" in taken_in(office, made, json.loads(other)["proposal"], expected=2)
    again = proposed(office, made, by="wu")
    taken_in(office, made, proposal)
    assert "is in the registry already, since" in taken_in(office, made, again, expected=2)
    assert (
        "has no joint report 'journey-0'"
        in yance("registry", "show", "journey-0", "--registry", made.registry, expected=2).output
    )


def test_what_became_of_a_certificate_meanwhile_keeps_the_report_out(office: Office, made: Joined) -> None:
    proposal, number = proposed(office, made), made.numbers["transport"]
    changed(office, made.registry, "revoke", number, "endpoint gone")
    assert f"rests on certificate {number}, which is revoked" in taken_in(office, made, proposal, expected=2)
    registry = Registry.open(str(made.registry))
    with pytest.raises(YanceError, match="which is revoked"):
        registry.approve(proposal, load_key(office.key("chen"), None), load_trust(office.trust))
    assert registry.state().reports == {}


def test_another_registry_and_another_trust_are_refused(office: Office, made: Joined, tmp_path: Path) -> None:
    empty = tmp_path / "empty.sqlite"
    Registry.create(str(empty), scheme="TW", uri="https://r.example").close()
    nowhere = replace(made, registry=empty)
    assert "which the registry does not have" in proposed(office, nowhere, expected=2)
    twin = Registry.open(str(empty))
    certificates(twin, office)
    twin.close()
    assert "rests on another certificate TW-" in proposed(office, nowhere, expected=6)
    document = json.loads(office.trust.read_text())
    for one in document["keys"]:
        one["path"] = str(office.folder / one["path"])
        if one["path"].endswith("laboratory.pub.pem"):
            one["role"] = "vendor"
    (tmp_path / "vendor.json").write_text(json.dumps(document))
    assert "a vendor's key states a run" in proposed(office, made, trust=tmp_path / "vendor.json", expected=6)
    document["keys"] = [one for one in document["keys"] if one["role"] != "vendor"]
    (tmp_path / "without.json").write_text(json.dumps(document))
    assert "not trusted" in proposed(office, made, trust=tmp_path / "without.json", expected=6)


def test_what_was_altered_is_refused(office: Office, made: Joined) -> None:
    whole = {file: file.read_bytes() for file in made.folder.path.iterdir() if file.is_file()}
    report, envelope, evidence = made.folder.report_file, made.folder.envelope_file, made.folder.evidence_file
    said = json.loads(whole[envelope])
    payload = base64.b64decode(said["payload"])
    other = {**said, "payload": base64.b64encode(payload.replace(b"PASSED", b"FAILED", 1)).decode()}
    office_signed = sign(json.loads(payload), load_key(office.key("office"), None))
    for file, content, why in (
        (report, whole[report].replace(b'"pass"', b'"fail"', 1), "not the file that was signed"),
        (evidence, whole[evidence] + b"\0", "not the file that was signed"),
        (made.folder.plan_file, whole[made.folder.plan_file] + b"\n", "not the file that was signed"),
        (envelope, json.dumps(other).encode(), "signature"),
        (envelope, office_signed, "is trusted as office, and not for"),
    ):
        file.write_bytes(content)
        assert why in proposed(office, made, expected=6), file
        file.write_bytes(whole[file])
    page = made.folder.path / "report.en.html"
    page.write_bytes(whole[page] + b" ")
    assert "renders to; render it again" in proposed(office, made, expected=6)


# ------------------------------------------------------------------------------------------ what rests on what: pure


@pytest.fixture(scope="module")
def known(office: Office, first: Joined) -> tuple[VerifiedJourneys, State]:
    registry = Registry.open(str(first.registry))
    state = registry.state()
    keys = load_trust(office.trust).keys
    return verify_journeys(data_folders(), first.folder, keys, kept=kept_by(registry, state)), state


def predicate(change: Callable[[dict[str, Any]], Any]) -> Callable[[VerifiedJourneys], VerifiedJourneys]:
    def altered(found: VerifiedJourneys) -> VerifiedJourneys:
        payload = json.loads(json.dumps(found.envelope.payload))
        change(payload["predicate"])
        return replace(found, envelope=replace(found.envelope, payload=payload))

    return altered


def role(name: str) -> Callable[[VerifiedJourneys], VerifiedJourneys]:
    return lambda found: replace(found, envelope=replace(found.envelope, role=name))


UNFIT: dict[str, tuple[Callable[[VerifiedJourneys], VerifiedJourneys], str]] = {
    "a self-test": (predicate(lambda said: said.update(purpose="self-test")), "is a self-test, signed by a laboratory's key"),
    "a vendor's": (role("vendor"), "is a certification, signed by a vendor's key"),
    "that failed": (predicate(lambda said: said.update(result="FAILED")), "is FAILED"),
    "that is open": (predicate(lambda said: said.update(result="INCONCLUSIVE")), "is INCONCLUSIVE"),
    "that rests on nothing": (predicate(lambda said: said["targets"][0].pop("rests")), "rests on nothing that is cited"),
    "that rests on a run": (
        predicate(lambda said: said["targets"][1]["rests"].update(uri="https://yance.example/attestations/conformance-run/v1")),
        "rests on the statement of a run",
    ),
    "with something left open": (
        lambda found: replace(found, unverified=({"en": "by which words", "zh-Hant": "依何文字"},)),
        "all is to be verified, and this is not: by which words",
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_a_report_that_does_not_fit_is_refused(known: tuple[VerifiedJourneys, State], name: str) -> None:
    found, state = known
    assert joint_terms(found, state, NOW)["result"] == "PASSED"
    change, why = UNFIT[name]
    with pytest.raises(VerificationError, match=why):
        joint_terms(change(found), state, NOW)


def certificate(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda said: said["certificates"][0].update(changes)


UNRESTED: dict[str, tuple[Callable[[dict[str, Any]], Any], timedelta, str]] = {
    "of another number": (certificate(certificateId="TW-1999-00001"), timedelta(), "which the registry does not have"),
    "of another digest": (certificate(digest={"sha256": "0" * 64}), timedelta(), "rests on another certificate"),
    "of another's solution": (certificate(solution={"id": "other", "version": "1.0.0"}), timedelta(), "for other@1.0.0"),
    "of another version": (certificate(solution={"id": "health-x", "version": "2.0.0"}), timedelta(), "for health-x@2.0.0"),
    "of another holder": (certificate(holder="Other Ltd"), timedelta(), "of Other Ltd"),
    "of another domain": (certificate(domain="transport"), timedelta(), r"\(transport\)"),
    "that has ended": (lambda _: None, timedelta(days=500), "which is expired"),
    "that has not begun": (lambda _: None, timedelta(days=-500), "which is pending"),
}


@pytest.mark.parametrize("name", UNRESTED)
def test_a_report_on_a_certificate_of_something_else_is_refused(known: tuple[VerifiedJourneys, State], name: str) -> None:
    found, state = known
    asked = joint_terms(found, state, NOW)
    change, later, why = UNRESTED[name]
    change(asked)
    with pytest.raises(YanceError, match=why):
        refuse_impossible(state, "join", asked, "", NOW + later)


# ------------------------------------------------------------------------------------------ an insider


def test_a_log_whose_joint_reports_rest_on_nothing_is_no_state(known: tuple[VerifiedJourneys, State]) -> None:
    found, state = known
    asked = {**joint_terms(found, state, NOW), "by": "A", "approvedBy": "B"}
    draft = Draft("joined", "p", asked["report"], (found.envelope.digest,), asked)
    revoked = Draft("revoked", "q", asked["report"], (), {"reason": "", "by": "", "approvedBy": ""})
    other = json.loads(json.dumps(asked))
    other["certificates"][0]["digest"]["sha256"] = "0" * 64
    for drafts, said in (
        ((draft, draft), "again"),
        ((other_than(draft, statements=()),), "without its statement"),
        ((other_than(draft, entry=other),), "never issued so"),
        ((other_than(draft, certificate="journey-0"),), "another name or digest"),
        ((other_than(draft, statements=("sha256:" + "0" * 64,)),), "another name or digest"),
        ((draft, revoked, revoked), "cannot follow"),
        ((draft, other_than(revoked, kind="suspended")), "cannot follow"),
        ((revoked,), "cannot follow"),
    ):
        with pytest.raises(VerificationError, match=said):
            fold([Event(state.size + nth, NOW, one) for nth, one in enumerate(drafts)], onto=state)
    whole = fold([Event(state.size, NOW, draft)], onto=state)
    assert whole.reports[asked["report"]].status(whole.certificates, NOW) == "valid"


def test_one_who_writes_into_the_log_by_other_ways_is_found_out(office: Office, made: Joined, tmp_path: Path) -> None:
    trust, registry = load_trust(office.trust), Registry.open(str(made.registry))
    taken_in(office, made, proposed(office, made))
    joined_event = next(event for event in registry.store.events() if event.kind == "joined")
    payload, asked, agreed = joined_event.draft.statements

    def published(name: str, **changes: Any) -> str:
        """Why the export of a registry, in which somebody wrote such an event, does not verify."""
        where = tmp_path / f"{name}.sqlite"
        shutil.copy(made.registry, where)
        forged = Registry.open(str(where))
        draft = other_than(joined_event.draft, proposal=name, certificate="journey-" + "0" * 16, **changes)
        statement = json.loads(base64.b64decode(json.loads(registry.statement(payload))["payload"]))
        statement["predicate"]["runId"] = draft.certificate
        envelope = sign(statement, load_key(office.key("laboratory"), None))
        digest = payload_digest(envelope)
        entry = {**draft.entry, "report": draft.certificate, "digest": {"sha256": digest.removeprefix("sha256:")}}
        draft = other_than(draft, statements=(digest, *draft.statements[1:]), entry=entry)
        forged.store.append(lambda _: Writing(draft, {digest: envelope}))
        export(forged, tmp_path / name, load_key(office.key("office"), None), trust)
        forged.close()
        with pytest.raises(VerificationError) as refused:
            verify_joint(envelope, trust, opened(str(tmp_path / name), trust))
        return str(refused.value)

    assert "is not what was approved" in published("other")
    assert "cites 0 decisions" in published("alone", statements=(payload,))
    assert "cites 1 decisions" in published("half", statements=(payload, asked))
    assert "does not cite a proposal and its approval" in published("twice", statements=(payload, asked, asked))
    assert "does not cite a proposal and its approval" in published("turned", statements=(payload, agreed, asked))


def test_a_bundle_in_the_place_of_another_is_refused(office: Office, made: Joined, tmp_path: Path) -> None:
    taken_in(office, made, proposed(office, made))
    trust, public = load_trust(office.trust), exported(office, made.registry, tmp_path / "public")
    file = public / "journeys" / f"{name_of(made)}.sigstore.json"
    statement = json.loads(base64.b64decode(json.loads(file.read_bytes())["dsseEnvelope"]["payload"]))
    laboratory = load_key(office.key("laboratory"), None)

    def refused(change: Callable[[dict[str, Any]], Any]) -> str:
        forged = json.loads(json.dumps(statement))
        change(forged["predicate"])
        with pytest.raises(VerificationError) as error:
            verify_joint(bundle(sign(forged, laboratory)), trust, opened(str(public), trust))
        return str(error.value)

    assert "is not the one that the registry's log has" in refused(lambda said: said["plan"].update(seed=7))
    assert "is not in the registry's log" in refused(lambda said: said.update(runId="journey-" + "f" * 16))
    assert "not of the shape" in refused(lambda said: said.pop("targets"))
    (public / "certificates" / f"{made.numbers['health']}.sigstore.json").write_bytes(file.read_bytes())
    with pytest.raises(VerificationError, match="holds no longer"):
        verify_joint(file.read_bytes(), trust, opened(str(public), trust))
    assert SOLUTIONS.keys() == made.numbers.keys()
