"""Runs that answer a challenge: honest ones reach the level, forged ones are refused, and no server that looks whom it serves gets by."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import CliRunner

from conformance import reference
from conformance.adequacy import START
from conformance.attest import load_trust
from conformance.attest.verify import VerifiedRun, verify_run
from conformance.clock import VirtualClock
from conformance.commands.answering import answer_to
from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from conformance.errors import UsageError, VerificationError, YanceError
from conformance.interface.schema import errors
from conformance.load import data_folders
from conformance.office import Registry, challenges
from conformance.office.challenges import close_challenge
from conformance.office.levels import established
from conformance.verdict.folder import RunFolder
from conformance.verdict.identities import SAMPLE
from tests import certified, challenged
from tests.certified import Office, yance
from tests.challenged import BEGAN, ENDS, Challenged
from tests.forging import Documents, Edit, forged, retold, unpacked

pytestmark = pytest.mark.slow
ONLY = ("COM-PAGE-01", "COM-SORT-01", "COM-IDEM-01")
LATER = f"{ENDS + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    made = Registry.create(
        str(tmp_path_factory.mktemp("registry") / "r.sqlite"), scheme="TW", uri="https://registry.example", now=BEGAN
    )
    yield made
    made.close()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets the next nonce be one whose inputs were drawn before: drawing takes longer than asking."""

    def next_one(digit: str) -> None:
        monkeypatch.setattr(challenges.secrets, "token_hex", lambda length: digit * (2 * length))

    return next_one


def verified(run: Path, office: Office) -> VerifiedRun:
    return verify_run(data_folders(), RunFolder(run), load_trust(office.trust).keys)


# ------------------------------------------------------------------------------------------ honest


def test_an_honest_run_answers_its_challenge(
    office: Office, registry: Registry, known: Callable[[str], None], tmp_path: Path
) -> None:
    known("a")
    one = challenged.opened(office, registry, profile="tracking")
    run = tmp_path / "run"
    report = challenged.answered(one, run, key=office.key("vendor"))
    assert report["result"] == "PASSED"
    assert report["challenge"]["canaries"]["returned"] > 3
    assert report["challenge"]["sample"]["outcome"] == "pass"
    assert report["challenge"]["sample"]["reads"] > 3
    trust = ("--trust", office.trust)
    alone = json.loads(yance("verify", run, *trust, "--json").output)
    assert (alone["level"], alone["purpose"], alone["challenge"]) == ("self-attested", "challenge", one.handed.challenge.id)
    assert "give --registry" in alone["missing"][0]
    where = ("--registry", registry.store.url)
    for words, why in ((trust, "give --registry"), ((*trust, *where), "is not closed")):
        assert why in yance("verify", run, *words, "--require", "challenged", expected=6).output
    close_challenge(registry, verified(run, office), now=BEGAN + timedelta(hours=1))
    said = yance("verify", run, *trust, *where, "--require", "challenged").output
    assert "nobody could prepare for its requests" in said
    assert "挑戰" in yance("verify", run, *trust, *where, "--lang", "zh-Hant").output
    assert "answered once" in yance("challenge", "close", run, *trust, *where, expected=6).output
    yance("registry", "export", tmp_path / "public", *where, *trust, "--office-key", office.key("office"))
    said = yance("verify", run, *trust, "--registry", tmp_path / "public", "--require", "challenged", "--json").output
    assert json.loads(said)["level"] == "challenged"
    page = (run / "report.html").read_text() if (run / "report.html").exists() else ""
    yance("report", run, "--format", "html", "--lang", "zh-Hant")
    assert one.handed.challenge.id in (run / "report.html").read_text() or page


# ------------------------------------------------------------------------------------------ forged


@pytest.fixture(scope="module")
def small(office: Office, tmp_path_factory: pytest.TempPathFactory) -> tuple[Challenged, Path]:
    home = tmp_path_factory.mktemp("small")
    registry = Registry.create(str(home / "r.sqlite"), scheme="TW", uri="https://registry.example", now=BEGAN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(challenges.secrets, "token_hex", lambda length: "b" * (2 * length))
        one = challenged.opened(office, registry, profile="tracking")
    registry.close()
    run = home / "run"
    challenged.answered(one, run, key=office.key("vendor"), only=ONLY)
    verified(run, office)
    return one, run


def of_header(edit: Callable[[dict[str, Any]], object]) -> Edit:
    def edited(records: Documents) -> None:
        edit(records[0])

    return edited


def put(*way: Any) -> Callable[[dict[str, Any]], None]:
    *names, last, value = way

    def edit(document: dict[str, Any]) -> None:
        for name in names:
            document = document[name]
        document[last] = value

    return edit


def without_sample(records: Documents) -> Documents:
    return [one for one in records if one.get("case") != SAMPLE]


def sample_of(records: Documents) -> list[int]:
    return [at for at, one in enumerate(records) if one.get("case") == SAMPLE and one["kind"] == "exchange"]


def fewer(records: Documents) -> None:
    del records[sample_of(records)[1]]


def swapped(records: Documents) -> None:
    first, second = sample_of(records)[:2]
    records[first], records[second] = records[second], records[first]


def earlier(records: Documents) -> None:
    records.insert(1, records.pop(sample_of(records)[0]))


def renamed(records: Documents) -> None:
    one = records[sample_of(records)[0]]
    one["step"] = one["step"].replace("own", "none").replace("other", "own").replace("none", "other")


def elsewhere(records: Documents) -> None:
    records[sample_of(records)[0]]["request"]["path"] += "x"


def twice(records: Documents) -> None:
    ours = [one for one in records if one.get("case") == SAMPLE]
    records[-1:-1] = json.loads(json.dumps(ours))


def cut(records: Documents) -> None:
    end = next(one for one in records if one.get("case") == SAMPLE and one["kind"] == "case")
    end["ended"], end["reason"] = "budget", "all 10 requests of the budget are used"


NOT_FROM = "does not follow from the nonce"
EVIDENCE: dict[str, tuple[Edit, str]] = {
    "no challenge": (of_header(lambda header: header.pop("challenge")), "answers no challenge"),
    "a self-test": (of_header(put("claim", "purpose", "self-test")), "was begun as self-test"),
    "for certification": (of_header(put("claim", "purpose", "certification")), "for 'certification', which is the office's to state"),
    "another nonce": (of_header(put("challenge", "nonce", "c" * 64)), NOT_FROM),
    "another id": (of_header(put("challenge", "id", "C-cccccccccccc")), NOT_FROM),
    "no nonce": (of_header(put("challenge", "nonce", "")), "64 hexadecimal digits"),
    "another derivation": (of_header(put("challenge", "seedDerivation", "none")), "is said to follow by"),
    "a later deadline": (of_header(put("challenge", "notAfter", LATER)), "not the challenge that the evidence names"),
    "another solution": (of_header(put("claim", "solutionId", "others")), NOT_FROM),
    "another version": (of_header(put("claim", "solutionVersion", "9")), NOT_FROM),
    "another vendor": (of_header(put("claim", "vendor", "Other Ltd")), NOT_FROM),
    "a member more": (of_header(put("challenge", "waived", "x")), "unknown member"),
    "begun before it": (of_header(put("startedAt", int((START - 86_400) * 1000))), "the run began at"),
    "ended after it": (lambda records: put("finishedAt", int((START + 5 * 86_400) * 1000))(records[-1]), "the run ended at"),
    "governed after it": (of_header(put("control", "validatedAt", LATER)), "proved who governs the target at"),
    "no sample": (without_sample, "was left out"),
    "fewer of the sample": (fewer, f"case {SAMPLE}"),
    "the sample in another order": (swapped, f"case {SAMPLE}"),
    "the sample before its turn": (earlier, "before it had ended"),
    "the one in the name of the other": (renamed, f"case {SAMPLE}"),
    "another read in the sample": (elsewhere, f"case {SAMPLE}"),
    "the sample twice": (twice, "asked again"),
    "a sample that was not cut short": (cut, "it came to its end"),
}  # fmt: skip


@pytest.mark.parametrize("name", EVIDENCE)
def test_forged_evidence_is_refused_for_its_own_reason(
    name: str, office: Office, small: tuple[Challenged, Path], tmp_path: Path
) -> None:
    edit, why = EVIDENCE[name]
    run = shutil.copytree(small[1], tmp_path / "run")
    with contextlib.suppress(YanceError):  # where no statement can be made of it, the one that is there has to do
        forged(run, office.key("vendor"), evidence=retold(edit))
    with pytest.raises(VerificationError) as refused:
        verified(run, office)
    signed = "not the file that was signed" in str(refused.value)
    assert why in str(refused.value) or signed, str(refused.value)
    assert not signed or name in UNSTATED, str(refused.value)


UNSTATED = frozenset(("no challenge", "a self-test", "for certification"))  # of these no statement is made to begin with


@pytest.mark.parametrize(
    "edit",
    [
        put("predicate", "plan", "challenge", "nonce", "c" * 64),
        put("predicate", "plan", "challenge", "notAfter", LATER),
        put("predicate", "plan", "seed", 5),
        put("predicate", "purpose", "self-test"),
        put("predicate", "challenge", "canaries", "returned", 9_999),
        put("predicate", "challenge", "sample", "reads", 9_999),
        put("predicate", "challenge", "sample", "outcome", "inconclusive"),
        put("predicate", "target", "control", "validatedAt", "2026-09-21T14:14:00Z"),
        lambda said: said["predicate"]["plan"].pop("challenge"),
        lambda said: said["predicate"].pop("challenge"),
        lambda said: said["predicate"]["target"].pop("control"),
        lambda said: said["subject"].pop(),
    ],
)
def test_a_statement_of_other_words_than_its_run_is_refused(
    edit: Edit, office: Office, small: tuple[Challenged, Path], tmp_path: Path
) -> None:
    run = shutil.copytree(small[1], tmp_path / "run")
    forged(run, office.key("vendor"), statement=edit)
    with pytest.raises(VerificationError, match=r"recomputed|the statement says|not the file that was signed"):
        verified(run, office)


def test_another_document_beside_a_run_is_refused(office: Office, small: tuple[Challenged, Path], tmp_path: Path) -> None:
    one, run = small[0], shutil.copytree(small[1], tmp_path / "run")
    file = RunFolder(run).challenge_file
    file.write_bytes(one.document + b" ")
    with pytest.raises(VerificationError, match="not the file that was signed"):
        verified(run, office)
    file.unlink()
    with pytest.raises(VerificationError, match="is not there"):
        verified(run, office)
    file.write_bytes(one.document)
    assert established(verified(run, office)).level == "self-attested", "a run of some requirements is not complete"
    refused = yance("sign", run, "--key", office.key("vendor"), expected=6).output
    assert "its purpose is 'challenge'" in refused
    said = ("--purpose", "challenge", "--solution", certified.SOLUTION, "--vendor", "Parcel Ltd")
    yance("sign", run, "--key", office.key("vendor"), *said)
    verified(run, office)


def test_what_is_written_of_a_challenged_run_fits_its_schemas(office: Office, small: tuple[Challenged, Path]) -> None:
    folders, run = data_folders(), RunFolder(small[1])
    assert errors(folders.schema("report"), run.report()) == []
    assert errors(folders.schema("statement"), verified(run.path, office).envelope.payload) == []
    assert errors(folders.schema("challenge"), small[0].handed.envelope.payload) == []
    assert [errors(folders.schema("evidence"), json.loads(line)) for line in unpacked(run.path)[:1]] == [[]]


# ------------------------------------------------------------------------------------------ who looks whom it serves


def test_what_each_cheat_knows_it_goes_by() -> None:
    assert set(reference.cheats("transport")) == {"KnowsTheSuite", "KnowsTheFirstClient", "IsHonestAtFirst"}
    assert all(reference.cheats(domain) == reference.cheats("transport") for domain in reference.domains())


@pytest.mark.parametrize("domain", reference.domains())
@pytest.mark.parametrize("name", reference.cheats("transport"))
def test_no_cheat_gets_by_a_challenge(
    domain: str, name: str, office: Office, known: Callable[[str], None], tmp_path: Path
) -> None:
    known({"transport": "c", "health": "d", "logistics": "e"}[domain])
    other = Registry.create(str(tmp_path / "r.sqlite"), scheme="TW", uri="https://registry.example", now=BEGAN)
    report = challenged.answered(challenged.opened(office, other, domain), tmp_path / "run", only=ONLY, impostor=name)
    other.close()
    assert report["conformant"] is False
    bad = [row["id"] for row in report["requirements"] if row["outcome"] in ("fail", "inconclusive")]
    sample = report["challenge"]["sample"]
    if name == "KnowsTheFirstClient":
        assert [row["id"] for row in report["requirements"] if row["outcome"] == "fail"] == [], (
            "it did all by the book for the suite"
        )
        assert (sample["outcome"], report["result"]) == ("fail", "FAILED")
        assert sample["findings"][0]["message"] == "identity"
    else:
        assert bad or sample["outcome"] == "fail"


@pytest.mark.parametrize("domain", reference.domains())
def test_no_variant_fails_the_control_sample(domain: str, office: Office, known: Callable[[str], None], tmp_path: Path) -> None:
    """Also those whose data others change all the time, and those that behave by turns."""
    known({"transport": "c", "health": "d", "logistics": "e"}[domain])
    registry = Registry.create(str(tmp_path / "r.sqlite"), scheme="TW", uri="https://registry.example", now=BEGAN)
    one = challenged.opened(office, registry, domain)
    registry.close()
    outcomes = {}
    for name in reference.variants(domain):
        clock = VirtualClock(START + 60)
        app = reference.application(domain, variant=name, clock=clock.now)
        report = challenged.answered(one, tmp_path / name, only=("COM-SORT-01",), app=app, clock=clock)
        outcomes[name] = report["challenge"]["sample"]
    assert {name: one["findings"] for name, one in outcomes.items() if one["findings"]} == {}
    assert sum(one["outcome"] == "pass" for one in outcomes.values()) > len(outcomes) / 2


# ------------------------------------------------------------------------------------------ by the commands


def test_a_vendor_answers_a_challenge_by_the_commands(office: Office, known: Callable[[str], None], tmp_path: Path) -> None:
    known("f")
    where, trust = ("--registry", tmp_path / "r.sqlite"), ("--trust", office.trust)
    yance("registry", "new", *where, "--uri", "https://registry.example")
    file, out = tmp_path / "challenge.json", tmp_path / "run"
    about = ("--holder", "Parcel Ltd", "--solution", certified.SOLUTION, "--profile", "tracking", "--out", file)
    yance("challenge", "open", "logistics", *where, *trust, "--office-key", office.key("office"), *about)
    token = json.loads(yance("challenge", "show", file, *trust, "--json").output)["control"]["token"]
    with reference_server("logistics", control=token) as target:
        settings = settings_file(tmp_path / "yance.toml", target.url)
        words = ("run", "-c", settings, "--profile", "tracking", "--challenge", file)
        for more, why, code in (
            (("--out", out), "only a trust document can tell", 2),
            ((*trust, "--out", out), "not on the public network", 2),
            ((*trust, "--out", out, "--allow-private", "--seed", "5"), "leave out --seed and --purpose", 2),
            ((*trust, "--out", out, "--allow-private", "--purpose", "certification"), "leave out --seed and --purpose", 2),
        ):
            assert why in yance(*words, *more, expected=code).output
        other = settings_file(tmp_path / "other.toml", target.url, version="9")
        said = yance("run", "-c", other, "--profile", "tracking", "--challenge", file, *trust, "--out", out, expected=6).output
        assert "is for the version '2.4.1', and the run is of '9'" in said
        said = yance("run", "-c", settings, "--profile", "full", "--challenge", file, *trust, "--out", out, expected=6).output
        assert "is for the profile 'tracking', and the run is of 'full'" in said
        assert not out.exists(), "nothing was asked so far"
        part = ("--allow-private", "--only", "COM-SORT-01")
        ran = CliRunner().invoke(main, [str(word) for word in (*words, *trust, *part, "--out", out)], env={"LANG": "C.UTF-8"})
        assert ran.exit_code == 3, ran.output
        assert "control sample, asked again also as somebody else: pass" in ran.output
        assert "was begun with this challenge" in yance(*words, *trust, *part, "--out", tmp_path / "again", expected=2).output
    with reference_server("logistics") as target:
        settings = settings_file(tmp_path / "yance.toml", target.url)
        (tmp_path / "challenge.json.used").unlink()
        said = yance(*words, *trust, *part, "--out", tmp_path / "b", expected=4).output
        assert "serve the text" in said
    said = ("--purpose", "challenge", "--solution", certified.SOLUTION, "--vendor", "Parcel Ltd")
    yance("sign", out, "--key", office.key("vendor"), *said)
    closed = yance("challenge", "close", out, *where, *trust).output
    assert "level: self-attested" in closed
    assert "the run is not complete" in closed
    assert "answered once" in yance("challenge", "close", out, *where, *trust, expected=6).output
    assert json.loads(yance("challenge", "list", *where, "--status", "answered", "--json").output)[0]["result"] == "INCONCLUSIVE"


def settings_file(path: Path, url: str, version: str = "2.4.1") -> Path:
    tokens = "".join(f'[actors.{name}]\ntoken = "{one}"\n' for name, one in reference.credentials("logistics").items())
    path.write_text(
        f'[solution]\nid = "parcels"\nversion = "{version}"\nvendor = "Parcel Ltd"\n'
        f'[target]\nurl = "{url}"\ndomain = "logistics"\nsandbox = true\n{tokens}'
    )
    return path


def test_an_interrupted_run_goes_on_with_its_challenge(office: Office, small: tuple[Challenged, Path], tmp_path: Path) -> None:
    one, run = small[0], RunFolder(tmp_path / "run")
    challenged.answered(one, run.path, only=ONLY)
    lines = unpacked(run.path)
    begun = next(at for at, line in enumerate(lines) if b'"case":"control/sample"' in line)
    for kept in (begun - 5, begun + 3):
        data = zstandard.ZstdCompressor().compress(b"".join(line + b"\n" for line in lines[:kept]))
        run.evidence_file.write_bytes(data)
        run.report_file.unlink()
        chosen, about = (one.spec, one.profile, certified.ICS), load_trust(office.trust)
        assert about.keys
        with pytest.raises(VerificationError, match="is to be answered from"):  # by the clock of today it is too late
            answer_to(None, office.trust, run, chosen)
        report = challenged.answered(one, run.path, key=office.key("vendor"), only=ONLY, resume=True)
        assert report["challenge"]["sample"]["outcome"] == "pass"
        assert report["evidence"]["attempts"]["resumed"] == 1
        assert verified(run.path, office).challenge is not None
    other = challenged_elsewhere(office, tmp_path)
    run.report_file.unlink()
    run.evidence_file.write_bytes(zstandard.ZstdCompressor().compress(b"".join(line + b"\n" for line in lines[:begun])))
    with pytest.raises(UsageError, match="another challenge"):
        challenged.answered(one, run.path, only=ONLY, resume=True, challenge=other.handed.challenge)


def challenged_elsewhere(office: Office, home: Path) -> Challenged:
    registry = Registry.create(str(home / "other.sqlite"), scheme="TW", uri="https://registry.example", now=BEGAN)
    other = challenged.opened(office, registry, profile="tracking")
    registry.close()
    return other
