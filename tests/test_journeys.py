"""Journeys: documents and rows that are read strictly, checks on records, three parties joined, and a joint report that anyone can recompute."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
import zstandard
from click.testing import CliRunner, Result

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.attest import JOURNEY, TrustedKey, passing_key
from conformance.clock import VirtualClock
from conformance.commands.loopback import bound_socket, serving
from conformance.commands.main import main
from conformance.errors import DataError, UsageError, VerificationError
from conformance.evidence import EvidenceWriter, Header, read_evidence
from conformance.interface.schema import errors
from conformance.journeys import checks
from conformance.journeys.attesting import joint_statement, sign_journeys, verify_journeys
from conformance.journeys.conduct import conduct
from conformance.journeys.documents import load_journeys
from conformance.journeys.expressions import ABSENT, Scope, fault, unset
from conformance.journeys.settings import Crossing, Target, cited, read_crossing
from conformance.load import data_folders, load_profile
from conformance.load.digests import journeys_altered
from conformance.load.documents import read_document
from conformance.model import Credential, Exchange, Finding, Ics, Ixit, Request, Witness
from conformance.plan import make_plan
from conformance.redaction import Redactor
from conformance.reference import journeys as together
from conformance.run.conduct import Setting, rejudge
from conformance.run.conduct import conduct as conduct_run
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process
from tests import second_health, second_logistics, second_transport
from tests.test_chinese import english
from tests.test_faults_in_chinese import poor
from tests.test_second_health import VARIATIONS as HEALTH
from tests.test_second_logistics import VARIATIONS as LOGISTICS

FOLDERS = data_folders()
KNOWN = load_journeys(FOLDERS)
FAULTS = together.faults()


def targets() -> dict[str, Target]:
    """Three solutions, each at an address of its own."""
    return {
        domain: Target(
            Ics(f"{domain}-x", "1.0.0", "Vendor"), replace(reference_ixit(domain), base_url=f"http://{domain}.example/v1")
        )
        for domain in reference.domains()
    }


def gone(folder: Path, applications: Callable[..., Mapping[str, Any]], crossing: Crossing | None = None) -> dict[str, Any]:
    """The joint report on applications that share a virtual clock."""
    clock = VirtualClock(START)
    ways = {domain: in_process(app) for domain, app in applications(clock=clock.now).items()}
    wanted = crossing or Crossing(KNOWN.journeys, targets())
    return asyncio.run(conduct(KNOWN, wanted, RunFolder(folder), clock=clock, ways=ways))


def outcomes(report: Mapping[str, Any], outcome: str) -> set[str]:
    return {row["id"] for row in report["requirements"] if row["outcome"] == outcome}


def yance(*words: object) -> Result:
    result = CliRunner().invoke(main, [*map(str, words)], env={"LANG": "C.UTF-8"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


# ------------------------------------------------------------------------------------------ checks


@pytest.mark.parametrize("name", checks.names())
@pytest.mark.parametrize("kind", ["conforms", "violates", "inconclusive"])
def test_a_check_says_of_its_examples_what_they_are(name: str, kind: str) -> None:
    check = checks.check(name)
    records = getattr(check.examples, kind)
    assert records
    for record in records:
        said = list(checks.bind(name, check.examples.arguments)(record))
        findings = [one for one in said if isinstance(one, Finding)]
        left = [one for one in said if isinstance(one, checks.Open)]
        seen = [one for one in said if isinstance(one, Witness)]
        assert kind == "violates" if findings else kind == "inconclusive" if left or not seen else kind == "conforms", said
        for finding in findings:
            told = {language: text.format(**vars_of(finding)) for language, text in check.messages[finding.message].items()}
            assert told.keys() == {"en", "zh-Hant"}
            assert all(one.exchanges for one in findings)


def vars_of(finding: Finding) -> dict[str, str]:
    return {"expected": finding.expected, "actual": finding.actual, "at": finding.at}


@pytest.mark.parametrize("name", checks.names())
def test_what_a_check_says_of_itself_is_there_in_both_languages(name: str) -> None:
    check = checks.check(name)
    for part in ("Why:", "Fails when:", "Inconclusive when:", "Source:"):
        assert sum(line.startswith(part) for line in check.doc.splitlines()) == 1, part
    lines = check.about.strip().splitlines()
    for part in ("緣由：", "不通過：", "無法判定：", "依據："):
        assert sum(line.startswith(part) for line in lines) == 1, part
    assert english("\n".join(line for line in lines if not line.startswith("依據："))) <= {"UTC"}


# ------------------------------------------------------------------------------------------ expressions


def test_expressions_stand_for_values_and_what_is_not_there_for_nothing() -> None:
    answer = Exchange(1, "w", Request("getOrder", "GET", "/orders/1"), None)
    scope = Scope({"uid": "TPE1"}, {"stop": {"position": {"lon": 1}}}, answer, {"items": [{"id": 7}]})
    assert scope.value("$inputs.uid") == "TPE1"
    assert scope.value("at {$inputs.uid}!") == "at TPE1!"
    assert scope.value({"a": ["$steps.stop.outputs.position"], "b": "$steps.stop.outputs.none"}) == {"a": [{"lon": 1}]}
    assert scope.value("$response.body#/items/0/id") == 7
    assert scope.value("$steps.none.outputs.x") is ABSENT
    assert not scope.holds("$statusCode == 200")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("$inputs.n == 2", True),
        ("$inputs.n > 2 || $inputs.t == 'a b'", True),
        ("$inputs.n != 2 && $inputs.n < 9", False),
        ("$inputs.t < 3", False),
    ],
)
def test_conditions_hold_or_do_not(condition: str, holds: bool) -> None:
    assert unset(condition) is None
    assert Scope({"n": 2, "t": "a b"}).holds(condition) is holds


def test_what_is_no_expression_and_no_condition_is_named() -> None:
    assert "is no runtime expression" in str(fault("$step.stop.outputs.x"))
    assert "is no condition" in str(unset("$statusCode = 200"))
    assert fault("plain text") is None


# ------------------------------------------------------------------------------------------ faults and variants


def test_every_row_has_two_faults_and_one_of_them_is_subtle() -> None:
    broken: dict[str, list[bool]] = {}
    for kind in FAULTS.values():
        for row in kind.BREAKS:
            broken.setdefault(row, []).append(kind.SUBTLE)
    assert {row.id: (len(broken.get(row.id, [])) >= 2, any(broken.get(row.id, []))) for row in KNOWN.rows} == {
        row.id: (True, True) for row in KNOWN.rows
    }


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_caught_and_nothing_else_fails(name: str, tmp_path: Path) -> None:
    report = gone(tmp_path / "run", lambda **how: together.parties(fault=name, **how))
    assert outcomes(report, "fail") == set(FAULTS[name].BREAKS)
    assert report["result"] == "FAILED"


@pytest.mark.parametrize("name", together.variants())
def test_parties_that_go_together_in_another_way_pass(name: str, tmp_path: Path) -> None:
    report = gone(tmp_path / "run", lambda **how: together.parties(variant=name, **how))
    assert outcomes(report, "pass") == {row.id for row in KNOWN.rows}


@pytest.mark.parametrize(
    ("domain", "variant"),
    [
        ("transport", "ConfirmsAtOnce"),
        ("transport", "RelativeLinks"),
        ("health", "IdsAreLong"),
        ("logistics", "UnknownMembersEverywhere"),
        ("logistics", "PublicViewsTellNoPoint"),
    ],
)
def test_a_variant_of_one_domain_passes_among_others(domain: str, variant: str, tmp_path: Path) -> None:
    def applications(**how: Any) -> dict[str, Any]:
        return {one: reference.application(one, variant=variant if one == domain else None, **how) for one in reference.domains()}

    assert gone(tmp_path / "run", applications)["result"] == "PASSED"


PENGHU = {
    "cityCode": "PEN",
    "postalCode": "880",
    "stopUid": "PEN0001",
    "stopPosition": {"positionLon": 119.5663, "positionLat": 23.5655},
    "carParkUid": "PEN100",
    "stationPosition": {"positionLon": 119.566, "positionLat": 23.567},
    "stationUid": "PENev1",
}


def on_the_islands(folder: Path, **choices: Any) -> dict[str, Any]:
    """The report on the three second implementations, written from the documents alone, with places of their own."""
    made = {
        "transport": (second_transport.TOKENS, second_transport.SecondServer, second_transport.Choices()),
        "health": (second_health.TOKENS, second_health.SecondHealthServer, second_health.Choices()),
        "logistics": (second_logistics.TOKENS, second_logistics.SecondLogisticsServer, second_logistics.Choices()),
    }
    parties = {
        domain: Target(
            Ics(f"{domain}-2", "1.0.0", "Vendor"),
            Ixit(
                f"http://{domain}.second.example/v1",
                sandbox=True,
                actors={name: Credential("bearer", token) for name, token in tokens.items()},
            ),
        )
        for domain, (tokens, _, _) in made.items()
    }

    def applications(clock: Callable[[], float]) -> dict[str, Any]:
        return {domain: server(clock, choices.get(domain, plain)) for domain, (_, server, plain) in made.items()}

    journeys = tuple(
        one for one in KNOWN.journeys if one.id != "parcel-on-the-way"
    )  # none of its lockers is near one of its stops
    return gone(folder, applications, Crossing(journeys, parties, PENGHU))


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"transport": second_transport.Choices(lag=1.9, lapse=40.0)},
        {"transport": second_transport.Choices(offset=-570, small_letters=True, digits=3)},
        {"transport": second_transport.Choices(skew=3.0)},
        {"health": HEALTH["the lists lag, the search too, a patch to the present state is an invalid body"]},
        {"health": HEALTH["fractions are cut, fifteen digits are kept, ids of a counter, tags are versions"]},
        {"logistics": LOGISTICS["lists and public tracking lag"]},
        {
            "logistics": LOGISTICS[
                "ids of a counter, random ids of events that belong to a tenant, a patch that changes nothing is dated"
            ]
        },
    ],
    ids=str,
)
def test_parties_that_were_written_from_the_documents_alone_pass(choices: dict[str, Any], tmp_path: Path) -> None:
    assert on_the_islands(tmp_path / "run", **choices)["result"] == "PASSED"


def test_a_party_whose_clock_is_an_hour_behind_fails_by_its_times_alone(tmp_path: Path) -> None:
    report = on_the_islands(tmp_path / "run", transport=second_transport.Choices(skew=-3600.0))
    assert outcomes(report, "fail") == {"JRN-007", "JRN-008"}


@pytest.mark.parametrize("impostor", reference.impostors("transport"))
@pytest.mark.parametrize("domain", reference.domains())
def test_an_impostor_among_the_parties_passes_for_none(domain: str, impostor: str, tmp_path: Path) -> None:
    def applications(**how: Any) -> dict[str, Any]:
        return {
            one: reference.application(one, impostor=impostor if one == domain else None, **how) for one in reference.domains()
        }

    assert gone(tmp_path / "run", applications)["result"] != "PASSED"


def test_a_target_without_the_shared_places_has_not_failed(tmp_path: Path) -> None:
    def applications(**how: Any) -> dict[str, Any]:
        small = {"transport": "SmallTown"}
        return {one: reference.application(one, variant=small.get(one), **how) for one in reference.domains()}

    report = gone(tmp_path / "run", applications)
    assert report["result"] == "INCONCLUSIVE"
    assert outcomes(report, "fail") == set()
    said = [text["en"] for row in report["requirements"] for case in row["cases"] for text in case["open"]]
    assert any("name one of its own under [inputs]" in text for text in said)


def test_what_faults_and_variants_do_is_told_in_chinese() -> None:
    told = yaml.safe_load((Path(__file__).parents[1] / "reports" / "faults" / "journeys.yaml").read_text("utf-8"))
    assert list(told) == [*FAULTS, *together.variants()]
    assert poor((together.said(name), told[name]) for name in told) == []


def test_an_unknown_fault_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(ValueError, match="TheClockIsAhead"):
        together.parties(fault="TheClockIsBehind")
    with pytest.raises(ValueError, match="there is no variant"):
        together.parties(variant="Nothing")


# ------------------------------------------------------------------------------------------ a signed report


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrustedKey]:
    """A signed run of all journeys, and the key that is trusted with it."""
    home = tmp_path_factory.mktemp("together")
    report = gone(home / "run", together.parties)
    assert report["result"] == "PASSED"
    signer, public = passing_key(home / "key.pub.pem")
    sign_journeys(FOLDERS, RunFolder(home / "run"), signer, "self-test")
    return home, public


@pytest.fixture
def copied(signed: tuple[Path, TrustedKey], tmp_path: Path) -> tuple[RunFolder, TrustedKey]:
    return RunFolder(Path(shutil.copytree(signed[0] / "run", tmp_path / "run"))), signed[1]


def test_the_statement_names_all_solutions_and_fits_its_schema(copied: tuple[RunFolder, TrustedKey]) -> None:
    folder, key = copied
    found = verify_journeys(FOLDERS, folder, [key])
    assert errors(FOLDERS.schema("joint"), found.envelope.payload) == []
    assert found.envelope.payload["predicateType"] == JOURNEY
    names = [one["name"] for one in found.envelope.payload["subject"]]
    assert names == [f"{domain}-x@1.0.0" for domain in sorted(reference.domains())] + [
        "evidence.ndjson.zst",
        "plan.json",
        "report.json",
    ]
    assert found.envelope.predicate["outcomes"] == {row.id: "pass" for row in KNOWN.rows}
    assert {text["en"] for text in found.unverified} == {
        f"{domain}-x@1.0.0 rests on nothing that is cited" for domain in reference.domains()
    }


def test_two_runs_of_the_same_seed_and_time_are_the_same(signed: tuple[Path, TrustedKey], tmp_path: Path) -> None:
    gone(tmp_path / "again", together.parties)
    one, other = (json.loads((path / "report.json").read_bytes()) for path in (signed[0] / "run", tmp_path / "again"))
    assert one["requirements"] == other["requirements"]
    assert one["journeys"] == other["journeys"]


def test_evidence_holds_no_credentials_and_no_pickup_code(copied: tuple[RunFolder, TrustedKey]) -> None:
    folder, _ = copied
    content = zstandard.ZstdDecompressor().stream_reader(folder.evidence_file.read_bytes()).read()
    tokens = [token for domain in reference.domains() for token in reference.credentials(domain).values()]
    assert not any(token.encode() in content for token in tokens)
    handed = [
        one
        for one in read_evidence(folder.evidence_file)
        if isinstance(one, Exchange) and one.request.operation == "collectParcel"
    ]
    assert len(handed) == 2
    assert all("«secret:" in (one.request.body or b"").decode() for one in handed)


def rewritten(folder: RunFolder, change: Callable[[list[Any]], list[Any]]) -> None:
    """The evidence written anew, with its own digests, after a change of its lines."""
    lines = change(list(read_evidence(folder.evidence_file))[:-1])
    folder.evidence_file.unlink()
    header = next(one for one in lines if isinstance(one, Header))
    with EvidenceWriter.open(folder.evidence_file, header, Redactor({})) as writer:
        for one in lines[1:]:
            if isinstance(one, Exchange):
                writer.append(one)
            else:
                writer.end_case(one.case, one.ended, one.reason)
        writer.finish()


def of(operation: str, **changed: Any) -> Callable[[list[Any]], list[Any]]:
    def change(lines: list[Any]) -> list[Any]:
        return [
            replace(one, **changed) if isinstance(one, Exchange) and one.request.operation == operation else one for one in lines
        ]

    return change


def without(operation: str) -> Callable[[list[Any]], list[Any]]:
    return lambda lines: [one for one in lines if not (isinstance(one, Exchange) and one.request.operation == operation)]


FORGED: Mapping[str, tuple[Callable[[list[Any]], list[Any]], str]] = {
    "a step left out": (without("listArrivals"), "the document has GET /arrivals"),
    "asked of another target": (
        of("getStop", base_url="http://health.example/v1"),
        "the document has a request to http://transport.example",
    ),
    "the last step left out": (without("getPublicTracking"), "the document has|nothing more was recorded"),
    "a workflow under another name": (
        lambda lines: [
            replace(one, case="another") if hasattr(one, "case") and one.case == "parcel-on-the-way" else one for one in lines
        ],
        "nothing tells how the workflow parcel-on-the-way ended",
    ),
    "another plan": (lambda lines: [replace(lines[0], plan="sha256:" + "0" * 64), *lines[1:]], "recorded under another plan"),
}


@pytest.mark.parametrize("name", FORGED)
def test_evidence_that_no_run_can_have_recorded_is_refused(
    name: str, copied: tuple[RunFolder, TrustedKey], tmp_path: Path
) -> None:
    folder, _ = copied
    change, said = FORGED[name]
    rewritten(folder, change)
    signer, _ = passing_key(tmp_path / "forger.pub.pem")
    with pytest.raises(VerificationError, match=said):
        sign_journeys(FOLDERS, folder, signer, "self-test")


def test_a_verdict_that_was_changed_is_not_signed_and_does_not_verify(
    copied: tuple[RunFolder, TrustedKey], tmp_path: Path
) -> None:
    folder, key = copied
    report = json.loads(folder.report_file.read_bytes())
    report["requirements"][0]["outcome"] = "fail"
    folder.write_report(report)
    with pytest.raises(VerificationError, match="not the file that was signed"):
        verify_journeys(FOLDERS, folder, [key])
    with pytest.raises(VerificationError, match="not what the evidence comes to"):
        sign_journeys(FOLDERS, folder, passing_key(tmp_path / "k.pub.pem")[0], "self-test")


def test_a_page_that_was_changed_and_a_plan_that_was_changed_are_refused(
    copied: tuple[RunFolder, TrustedKey], tmp_path: Path
) -> None:
    folder, key = copied
    page = folder.path / "report.en.html"
    page.write_bytes(page.read_bytes().replace(b"The services", b"All services"))
    with pytest.raises(VerificationError, match="renders to; render it again"):
        verify_journeys(FOLDERS, folder, [key])
    page.unlink()
    plan = json.loads(folder.plan_file.read_bytes())
    plan["inputs"]["stopUid"] = "TPE10111"
    folder.plan_file.write_text(json.dumps(plan))
    with pytest.raises(VerificationError, match="the plan was changed"):
        sign_journeys(FOLDERS, folder, passing_key(tmp_path / "k.pub.pem")[0], "self-test")


def test_rows_that_are_not_official_are_named(copied: tuple[RunFolder, TrustedKey], tmp_path: Path) -> None:
    folder, key = copied
    home = tmp_path / "data" / "specs" / "journeys" / "1.0.0"
    shutil.copytree(Path(KNOWN.journeys[0].source).parent, home)
    rows = home / "requirements.yaml"
    rows.write_text(rows.read_text("utf-8").replace("metres: 500", "metres: 50000"), "utf-8")
    folders = data_folders([tmp_path / "data"])
    with pytest.raises(VerificationError, match="run under another rows"):
        verify_journeys(folders, folder, [key])
    assert journeys_altered(folders, "1.0.0") == ["requirements.yaml"]
    assert journeys_altered(FOLDERS, "1.0.0") == []


def test_a_run_of_one_target_cannot_be_of_several(tmp_path: Path) -> None:
    profile, spec = load_profile(FOLDERS, "transport", "open-data")
    ixit = replace(reference_ixit("transport"), base_url="http://transport.example/v1")
    plan = make_plan(spec, profile, Ics(), ixit, only=("COM-PAGE-07",))
    clock = VirtualClock(START)
    way = in_process(reference.application("transport", clock=clock.now))
    setting = Setting(plan, spec, profile, Ics(), ixit, RunFolder(tmp_path / "run"), clock=clock, transport=way)
    asyncio.run(conduct_run(setting))
    rewritten(setting.folder, lambda lines: [replace(lines[0], beside=("http://other.example/v1",)), *lines[1:]])
    with pytest.raises(VerificationError, match="it is of several targets"):
        rejudge(setting)


def test_another_purpose_and_another_key_are_refused(copied: tuple[RunFolder, TrustedKey], tmp_path: Path) -> None:
    folder, _ = copied
    signer, other = passing_key(tmp_path / "k.pub.pem")
    with pytest.raises(VerificationError, match="its purpose is self-test"):
        sign_journeys(FOLDERS, folder, signer, "certification")
    with pytest.raises(VerificationError, match="which is not trusted"):
        verify_journeys(FOLDERS, folder, [other])


def test_the_statement_follows_from_the_report_alone(copied: tuple[RunFolder, TrustedKey]) -> None:
    report = copied[0].report()
    report["targets"][0]["rests"] = {
        "kind": "certificate",
        "digest": "sha256:" + "1" * 64,
        "result": "PASSED",
        "certificate": "C-1",
    }
    made = joint_statement(report, {"report.json": "sha256:" + "2" * 64})
    assert made["predicate"]["targets"][0]["rests"]["certificateId"] == "C-1"
    assert errors(FOLDERS.schema("joint"), made) == []


# ------------------------------------------------------------------------------------------ settings and commands


@pytest.fixture
def served(tmp_path: Path) -> Any:
    """Three servers on loopback, and the file that names them."""
    sockets = {domain: bound_socket("127.0.0.1", 0) for domain in reference.domains()}
    lines = []
    for domain, bound in sockets.items():
        actors = "".join(
            f'[actors.{name}]\ntoken = "{token}"\n' for name, token in reference.credentials(domain).items() if name in "ab"
        )
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
        solution = f'[solution]\nid = "{domain}-x"\nversion = "1.0.0"\nvendor = "V"\n'
        (tmp_path / f"{domain}.toml").write_text(
            f'{solution}[target]\nurl = "{url}"\nsandbox = true\n[limits]\nlongestPause = 0.01\n{actors}'
        )
        lines.append(f'[targets.{domain}]\nsettings = "{domain}.toml"\n')
    (tmp_path / "journeys.toml").write_text("".join(lines))
    applications = together.parties()
    with serving([(applications[domain], bound) for domain, bound in sockets.items()]):
        yield tmp_path


def test_journeys_are_run_signed_and_verified_by_commands(served: Path) -> None:
    out = served / "run"
    said = yance("journey", "run", served / "journeys.toml", "--out", out, "--only", "parcel-on-the-way", "--json")
    assert said.exit_code == 0, said.output
    report = json.loads(said.output)
    assert report["result"] == "PASSED"
    assert {row["outcome"] for row in report["requirements"]} == {"pass", "not_tested"}
    assert yance("key", "new", served / "k.pem", "--no-password").exit_code == 0
    assert yance("journey", "sign", out, "--key", served / "k.pem").exit_code == 0
    verified = yance("journey", "verify", out, "--key", served / "k.pub.pem", "--lang", "zh-Hant", "--require", "passed")
    assert verified.exit_code == 0, verified.output
    assert "串聯通過" in verified.output
    refused = yance("journey", "verify", out, "--key", served / "k.pub.pem", "--require", "cited")
    assert (refused.exit_code, "rests on nothing that is cited" in refused.output) == (6, True)
    astray = yance("verify", out, "--key", served / "k.pub.pem")
    assert (astray.exit_code, "yance journey verify" in astray.output) == (6, True), astray.output
    page = (out / "report.zh-Hant.html").read_text("utf-8")
    assert "跨域串聯驗測聯合報告" in page
    assert "logistics-x" in page


def test_what_cannot_be_run_is_refused_with_its_place(served: Path) -> None:
    file = served / "journeys.toml"
    content = file.read_text()

    def refused(text: str, *words: str) -> str:
        file.write_text(text)
        result = yance("journey", "run", file, "--out", served / "no", *words)
        assert result.exit_code == 2, result.output
        return result.output

    assert "no journey goes across 'weather'" in refused(content + '[targets.weather]\nsettings = "health.toml"\n')
    assert "did you mean 'stopUid'" in refused(content + '[inputs]\nstopUidd = "x"\n')
    assert "there is no journey 'parcel'" in refused(content, "--only", "parcel")
    health = '[targets.health]\nsettings = "health.toml"\n'
    assert "no journey goes across these targets alone" in refused(health)
    assert "no target of it is given" in refused(health, "--only", "clinic-visit")
    assert "there is no such file" in refused(content.replace("health.toml", "none.toml"))
    assert "a certificate or on a run" in refused(content + 'certificate = "x"\nrun = "y"\n')
    assert "journeys.toml:" in refused(content + 'run = "none"\n')
    (served / "health.toml").write_text((served / "health.toml").read_text().replace("sandbox = true", ""))
    assert "not declared a sandbox" in refused(content)
    assert not (served / "no").exists()


def test_nobody_at_an_address_ends_with_four(served: Path) -> None:
    settings = served / "logistics.toml"
    settings.write_text('[target]\nurl = "http://127.0.0.1:9/v1"\nsandbox = true\n[actors.a]\ntoken = "t-0123456789"\n')
    assert yance("journey", "run", served / "journeys.toml", "--out", served / "no").exit_code == 4


def test_credentials_that_are_not_accepted_leave_it_open(served: Path) -> None:
    settings = served / "logistics.toml"
    settings.write_text(settings.read_text().replace(reference.credentials("logistics")["a"], "not-a-token-0123456789"))
    said = yance("journey", "run", served / "journeys.toml", "--out", served / "run", "--only", "parcel-on-the-way")
    assert said.exit_code == 3, said.output
    assert "credentials were not accepted" in said.output


def test_a_statement_about_another_solution_is_not_cited(signed: tuple[Path, TrustedKey]) -> None:
    with pytest.raises(VerificationError, match="a certificate or the statement of a run was expected"):
        cited(RunFolder(signed[0] / "run").envelope_file, Ics("stops", "1"))


@pytest.mark.parametrize("lang", ["en", "zh-Hant"])
def test_journeys_and_rows_are_listed_and_shown(lang: str) -> None:
    listed = yance("journey", "list", "--lang", lang).output
    for one in KNOWN.journeys:
        assert one.title[lang] in listed
        shown = yance("journey", "show", one.id, "--lang", lang).output
        assert all(step.id in shown for workflow in one.workflows for step in workflow.steps)
    for row in KNOWN.rows:
        shown = yance("journey", "show", row.id, "--lang", lang).output
        assert row.text[lang] in shown
        assert row.remedy[lang] in shown
    assert json.loads(yance("journey", "show", "jrn-006", "--json").output)["check"] == "instants_agree"
    assert yance("journey", "show", "JRN-999").exit_code == 2


# ------------------------------------------------------------------------------------------ documents


@pytest.fixture
def altered(tmp_path: Path) -> Callable[[str, str, str], str]:
    """What loading says after a text of a file was replaced."""
    home = tmp_path / "data" / "specs" / "journeys" / "1.0.0"
    shutil.copytree(Path(KNOWN.journeys[0].source).parent, home)

    def change(name: str, before: str, after: str) -> str:
        content = (home / name).read_text("utf-8")
        assert before in content
        (home / name).write_text(content.replace(before, after, 1), "utf-8")
        with pytest.raises((DataError, UsageError)) as refused:
            load_journeys(data_folders([tmp_path / "data"]))
        (home / name).write_text(content, "utf-8")
        return str(refused.value)

    return change


@pytest.mark.parametrize("journey", KNOWN.journeys, ids=lambda one: one.id)
def test_a_document_is_arazzo_by_its_published_schema(journey: Any) -> None:
    published = json.loads((resources.files("conformance") / "published" / "arazzo-1.0.schema.json").read_bytes())
    content = read_document(Path(journey.source)).content
    assert list(jsonschema.Draft202012Validator(published).iter_errors(content)) == []
    assert list(jsonschema.Draft202012Validator(published).iter_errors({**content, "workflows": []})) != []


def test_a_document_that_names_what_is_not_there_is_refused(altered: Callable[[str, str, str], str]) -> None:
    name = "parcel-on-the-way.arazzo.yaml"
    assert "transport has no operation 'getStopp'" in altered(name, "transport.getStop", "transport.getStopp")
    assert "names no operation" in altered(name, "$sourceDescriptions.transport.getStop", "getStop")
    assert "getStop has no parameter 'stop'" in altered(name, "name: stopUid, in: path", "name: stop, in: path")
    assert "has no input 'stopId'" in altered(name, "value: $inputs.stopUid", "value: $inputs.stopId")
    assert "has no output 'stop'" in altered(name, "$steps.stop.outputs.stopUid", "$steps.stop.outputs.stop")
    assert "is no runtime expression" in altered(name, "value: $inputs.stopUid", "value: $input.stopUid")
    assert "is no condition" in altered(name, "$statusCode == 200", "$statusCode is 200")
    assert "the step 'stop' is there twice" in altered(name, "stepId: arrivals", "stepId: stop")
    assert "createShipment needs the parameter Idempotency-Key" in altered(
        name, "parameters: [{name: Idempotency-Key, in: header, value: $inputs.shipmentKey}]", "parameters: []"
    )
    assert "is not the document of transport" in altered(name, "../../transport/1.0.0", "../../health/1.0.0")
    assert "transport has no version '9.0.0'" in altered(name, "../../transport/1.0.0", "../../transport/9.0.0")
    assert ".arazzo.yaml:" in altered(name, "stepId: stop\n", "stepIdd: stop\n")


def test_a_row_that_names_what_is_not_there_is_refused(altered: Callable[[str, str, str], str]) -> None:
    name = "requirements.yaml"
    assert "there is no check 'values_agre'" in altered(name, "check: values_agree", "check: values_agre")
    assert "there is no class 'cours'" in altered(name, "class: course", "class: cours")
    assert "the id JRN-001 is there twice" in altered(name, "id: JRN-002", "id: JRN-001")
    assert "there is no workflow 'clinic'" in altered(name, "clinic-visit: {}", "clinic: {}")
    assert "has no argument 'sam'" in altered(name, "same: [[", "sam: [[")
    assert "the workflow has no step 'strangers'" in altered(name, "steps: [stranger, ", "steps: [strangers, ")
    assert "has no output" in altered(name, "$steps.stop.outputs.cityCode", "$steps.stop.outputs.county")


def test_journeys_of_an_unknown_version_are_refused() -> None:
    with pytest.raises(UsageError, match=r"known: 1\.0\.0"):
        load_journeys(FOLDERS, "9.9.9")


def test_settings_name_the_journeys_that_are_possible(served: Path) -> None:
    file = served / "journeys.toml"
    file.write_text(file.read_text().replace('[targets.transport]\nsettings = "transport.toml"\n', ""))
    crossing = read_crossing(FOLDERS, file, KNOWN)
    assert [one.id for one in crossing.journeys] == ["cold-prescription"]


def test_a_row_and_a_document_say_all_in_both_languages() -> None:
    for row in KNOWN.rows:
        assert english(row.text["zh-Hant"]) == set()
        assert english(row.remedy["zh-Hant"]) <= {"NTP"}
    for one in KNOWN.journeys:
        assert english(one.title["zh-Hant"] + one.description["zh-Hant"]) == set()
        assert all(english(workflow.summary["zh-Hant"]) == set() for workflow in one.workflows)
