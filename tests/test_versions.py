"""Several versions of an interface: written as what they change, read as a whole, served side by side, and what they are to each other."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from conformance import reference
from conformance.adequacy import Sweep, Terms, adequacy, attempts, stand_for
from conformance.adequacy.attempts import RECEIVER, outgoing_to, reference_ixit, verdicts_of
from conformance.clock import VirtualClock
from conformance.commands.main import main
from conformance.committee.diff import difference
from conformance.errors import DataError, UsageError
from conformance.interface.tolerant import as_read, documented
from conformance.load import data_folders, load_profile, load_spec, versions
from conformance.load.interfaces import read_interface
from conformance.load.specs import named
from conformance.model import Level, Request
from conformance.reference.health import later as later_health
from conformance.reference.later import mixed
from conformance.reference.logistics import later as later_logistics
from conformance.reference.transport import later as later_transport
from conformance.wire import Receiver

FOLDERS = data_folders()
START = 1_790_000_000.0
ROOT = Path(__file__).parents[1]
MAJOR = [name for name in reference.served() if name.endswith(".0.0") and not name.endswith("@1.0.0")]
LATER = [name for name in reference.served() if not name.endswith(".0.0")]
BEFORE = {**{name: name.partition("@")[0] for name in LATER}, "transport@2.0.0": "transport@1.1.0"}
OWN = {name: sorted(reference.faults(name).keys() - reference.faults(before).keys()) for name, before in BEFORE.items()}


def yance(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


# ---------------------------------------------------------------- written as what they change


def test_a_later_version_has_what_the_one_before_has_and_more() -> None:
    for name in LATER:
        spec, before = load_spec(FOLDERS, name), load_spec(FOLDERS, name.partition("@")[0])
        assert spec.earlier is not None
        assert spec.earlier.version == before.version
        assert before.operations.keys() < spec.operations.keys()
        texts = {row.id: (row.level, row.text) for row in spec.requirements}
        assert all(texts[row.id] == (row.level, row.text) for row in before.requirements)
        assert spec.document["info"]["version"] == spec.version
        assert f"`{before.version}`" not in spec.document["info"]["description"]


def test_a_breaking_version_goes_on_from_none() -> None:
    spec = load_spec(FOLDERS, "transport@2.0.0")
    assert spec.earlier is None
    assert "getCarParkAvailability" not in spec.operations
    assert "estimateTimeSec" not in json.dumps(spec.document["components"]["schemas"]["Arrival"])


def test_a_vendor_reads_a_version_as_one_file(tmp_path: Path) -> None:
    out = tmp_path / "transport-1.1.json"
    assert yance("spec", "bundle", "transport@1.1.0", "--out", out).exit_code == 0
    document = json.loads(out.read_text(encoding="utf-8"))
    assert {"/stops", "/alerts", "/vehicles", "/subscriptions"} <= document["paths"].keys()
    assert document["components"]["schemas"]["StopStatus"]["enum"] == [0, 1, 2, 3, 4, 5]
    assert "../" not in json.dumps(document)


PUBLISHED = (
    'openapi: 3.1.0\ninfo: {title: A, version: "1.0.0", description: "one two two"}\npaths: {/a: {get: {responses: {}}}}\n'
)


def overlay(folder: Path, actions: str, *, extends: str = "../1.0.0/openapi.yaml") -> Path:
    (folder / "1.0.0").mkdir(exist_ok=True)
    (folder / "1.1.0").mkdir(exist_ok=True)
    (folder / "1.0.0" / "openapi.yaml").write_text(PUBLISHED, encoding="utf-8")
    file = folder / "1.1.0" / "overlay.yaml"
    head = f'overlay: "1.0.0"\ninfo: {{title: B, version: "1"}}\nextends: {extends}\nactions:\n'
    file.write_text(head + actions, encoding="utf-8")
    return file


def test_passages_are_replaced_and_added(tmp_path: Path) -> None:
    file = overlay(tmp_path, '  - target: $.info.description\n    x-replace: [{text: one, by: "1"}]\n    x-append: " three"\n')
    assert read_interface(file).content["info"]["description"] == "1 two two three"


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("{target: $.info.description, x-replace: [{text: two, by: '2'}]}", "stands 2 times"),
        ("{target: $.info.description, x-replace: [{text: four, by: '4'}]}", "stands 0 times"),
        ("{target: $.info, x-append: more}", "is no text"),
        ("{target: $.info.nothing, x-append: more}", "finds nothing"),
        ("{target: $.info}", "an action says what to do"),
    ],
)
def test_a_passage_that_does_not_stand_there_once_is_refused(tmp_path: Path, action: str, said: str) -> None:
    with pytest.raises(DataError, match=said) as refused:
        read_interface(overlay(tmp_path, f"  - {action}\n"))
    assert refused.value.line == 5


@pytest.mark.parametrize(("extends", "said"), [("overlay.yaml", "in a loop"), ("../0.9.0/openapi.yaml", "there is no file")])
def test_an_overlay_extends_a_document_that_is_there(tmp_path: Path, extends: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_interface(overlay(tmp_path, "  - {target: $.info, update: {version: '1.1.0'}}\n", extends=extends))


# ---------------------------------------------------------------- which one is meant


def test_the_version_in_force_is_meant_unless_another_is_named() -> None:
    assert load_spec(FOLDERS, "transport").version == "1.0.0"
    assert load_spec(FOLDERS, "transport@1.1.0").version == "1.1.0"
    assert named("transport@1.1.0", "1.1.0") == ("transport", "1.1.0")
    with pytest.raises(UsageError, match=re.escape("say one of them")):
        named("transport@1.1.0", "1.0.0")
    assert versions(FOLDERS, "transport") == ["1.0.0", "1.1.0", "2.0.0"]


@pytest.mark.parametrize("name", LATER)
def test_a_profile_is_of_its_version(name: str) -> None:
    profile, spec = load_profile(FOLDERS, name)
    before, _ = load_profile(FOLDERS, name.partition("@")[0])
    assert (profile.spec_version, profile.version) == (spec.version, spec.version)
    assert set(before.classes) < set(profile.classes)
    assert set(before.operations) < set(profile.operations)
    assert profile.digest != before.digest


def test_a_plan_is_of_the_version_that_is_named() -> None:
    found = yance("plan", "transport@1.1.0", "--only", "TRN-044", "--json")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["specVersion"] == "1.1.0"
    assert yance("plan", "transport@1.1.0", "--spec", "1.0.0").exit_code == 2


# ---------------------------------------------------------------- served side by side


@pytest.mark.parametrize("name", LATER)
def test_faults_of_the_version_before_are_those_of_the_later_one_too(name: str) -> None:
    domain = name.partition("@")[0]
    faults, before = reference.faults(name), reference.faults(domain)
    assert before.keys() <= faults.keys()
    for one, kind in before.items():
        assert issubclass(faults[one], reference.plain(name))
        assert faults[one].BREAKS == kind.BREAKS
    assert mixed(reference.plain(name), {"One": next(iter(before.values()))})["One"].version == name.partition("@")[2]


@pytest.mark.parametrize("name", BEFORE)
def test_what_a_fault_breaks_besides_is_told_of_faults_that_stay_and_of_rows_that_there_are(name: str) -> None:
    """A name that is misspelt would declare nothing."""
    (one,) = (
        one
        for one in (later_transport.LATER, later_transport.BREAKING, later_health.LATER, later_logistics.LATER)
        if one.name == name
    )
    kept, rows = one.mixed(reference.faults(one.before)), {row.id for row in load_spec(FOLDERS, name).requirements}
    for fault, also in one.also.items():
        assert fault in kept, fault
        assert set(also) <= rows - set(kept[fault].BREAKS), fault
        assert {*also, "COM-VER-02"} - {*kept[fault].BREAKS} <= kept[fault].ALSO.keys(), fault


def test_faults_that_have_no_place_in_a_version_are_those_of_the_one_before() -> None:
    assert reference.faults("transport@1.1.0").keys() >= later_transport._NOWHERE
    assert not later_transport._NOWHERE & reference.faults("transport@2.0.0").keys()


def test_faults_of_a_version_that_was_broken_stay_where_they_break_something() -> None:
    """What 2.0 does in a way of its own no fault of 1.x may undo, and what it does not demand no fault can break."""
    assert MAJOR == ["transport@2.0.0"]
    faults, before = reference.faults(MAJOR[0]), reference.faults(BEFORE[MAJOR[0]])
    kept = faults.keys() & before.keys()
    assert len(kept) > len(before) * 3 / 4
    assert "EstimatesAreInMinutes" not in kept
    tested = {row.id for row in load_spec(FOLDERS, MAJOR[0]).requirements if row.binding is not None}
    for one in faults.values():
        assert set(one.BREAKS) <= tested, one
        assert issubclass(one, reference.plain(MAJOR[0]))


@pytest.mark.parametrize("name", [*LATER, *MAJOR])
def test_every_new_must_has_two_faults_of_its_own_one_of_them_subtle(name: str) -> None:
    spec, before = load_spec(FOLDERS, name), load_spec(FOLDERS, BEFORE[name])
    old = {row.id for row in before.requirements if row.binding is not None}
    faults = reference.faults(name)
    for row in spec.requirements:
        if row.binding is None or row.id in old:
            continue
        seeded = [faults[one] for one in OWN[name] if row.id in faults[one].BREAKS]
        assert len(seeded) >= (2 if row.level is Level.MUST else 1), row.id
        assert row.level is not Level.MUST or {kind.SUBTLE for kind in seeded} == {True, False}, row.id


@pytest.mark.parametrize("name", LATER)
def test_two_versions_are_served_on_one_set_of_data(name: str) -> None:
    asyncio.run(both_are_served(name))


async def both_are_served(name: str) -> None:
    later, domain = reference.plain(name), name.partition("@")[0]
    app = reference.application(name, clock=lambda: START, also="1.0.0")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://both.example") as client:
        for path, version in (("/v1", later.version), ("/1.0/v1", "1.0.0")):
            told = await client.get(f"{path}/conformance")
            assert (told.headers["API-Version"], told.json()["version"]) == (version, version)
            known = (await client.get(f"{path}/openapi.json")).json()
            assert known["info"]["version"] == version
        before = load_spec(FOLDERS, domain).operations
        only = [one for one in load_spec(FOLDERS, name).operations.values() if one.id not in before][-1]
        gone = await client.request(only.method, f"/1.0/v1{only.path}")
        assert gone.status_code == 404
        assert (await client.request(only.method, f"/v1{only.path}")).status_code != 404
    with pytest.raises(ValueError, match="no earlier version"):
        reference.application(name, also=later.version)


def test_what_is_made_under_one_version_is_there_under_the_other() -> None:
    asyncio.run(one_store())


async def one_store() -> None:
    app = reference.application("transport@1.1.0", clock=lambda: START, also="1.0.0")
    token = {"Authorization": f"Bearer {reference.credentials('transport')['a']}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://both.example") as client:
        stations = (await client.get("/v1/ev-stations")).json()["items"]
        found = [
            one
            for station in stations
            for one in (await client.get(f"/v1/ev-stations/{station['stationUid']}/connectors")).json()["items"]
        ]
        free = [one["connectorUid"] for one in found if one["status"] == "AVAILABLE"]
        ids = []
        for path, target in (("/1.0/v1", free[0]), ("/v1", free[1])):
            body = {
                "targetType": "EV_CONNECTOR",
                "targetUid": target,
                "startTime": "2026-09-21T23:00:00+08:00",
                "endTime": "2026-09-21T23:30:00+08:00",
                "holderRef": "h",
            }
            made = await client.post(f"{path}/reservations", json=body, headers={**token, "Idempotency-Key": target})
            assert made.status_code == 201, made.text
            assert made.headers["Location"].startswith(f"{path}/")
            ids.append(made.json()["reservationId"])
        assert len(set(ids)) == 2
        for path in ("/1.0/v1", "/v1"):
            listed = (await client.get(f"{path}/reservations", headers=token)).json()["items"]
            assert [one["reservationId"] for one in listed] == ids
        statuses = {}
        for path in ("/1.0/v1", "/v1"):
            routes = (await client.get(f"{path}/routes")).json()["items"]
            rows = [
                row
                for route in routes
                for row in (await client.get(f"{path}/arrivals?routeUid={route['routeUid']}&limit=200")).json()["items"]
            ]
            statuses[path] = {row["stopStatus"] for row in rows}
        assert 5 in statuses["/v1"]
        assert 5 not in statuses["/1.0/v1"]


@pytest.mark.slow
@pytest.mark.parametrize("name", LATER)
def test_the_version_before_conforms_beside_the_later_one(name: str, tmp_path: Path) -> None:
    domain = name.partition("@")[0]
    only = ("COM-DOC-01", "COM-DOC-02", "COM-DOC-03", "COM-VER-01", "COM-CONS-02")
    stand = stand_for(Terms(domain, only=only, cache=str(tmp_path)))
    clock = VirtualClock(START)
    receiver = Receiver(RECEIVER, clock)
    app = reference.application(name, clock=clock.now, outgoing=outgoing_to(receiver, clock), also="1.0.0")
    ixit = replace(reference_ixit(name), base_url="http://reference.example/1.0/v1")
    found, _ = asyncio.run(verdicts_of(stand.plan, stand.spec, ixit, app, clock, receiver=receiver))
    assert not {str(one.outcome) for one in found} & {"fail", "error"}
    assert {one.requirement for one in found if str(one.outcome) == "pass"} >= set(only)


def swept(name: str, only: tuple[str, ...], faults: tuple[str, ...], tmp_path: Path) -> dict[str, Any]:
    sweep = Sweep(stand_for(Terms(name, only=only, cache=str(tmp_path))), faults, (), workers=1)
    return adequacy(sweep, attempts(sweep))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*LATER, *MAJOR])
def test_what_the_later_version_demands_is_tested(name: str, tmp_path: Path) -> None:
    broken = {row for one in OWN[name] for row in reference.faults(name)[one].BREAKS}
    found = swept(name, tuple(sorted(broken)), tuple(OWN[name]), tmp_path)
    assert found["survivors"] == []
    assert found["unexpected"] == []
    assert found["specification"]["version"] == name.partition("@")[2]
    assert found["whole"] is False


@pytest.mark.slow
@pytest.mark.parametrize("name", [*LATER, *MAJOR])
def test_the_later_server_conforms_to_its_version(name: str, tmp_path: Path) -> None:
    sweep = Sweep(stand_for(Terms(name, cache=str(tmp_path))), (), (), workers=1, impostors=())
    plain = next(iter(attempts(sweep)))
    assert (plain.failed, plain.errors, plain.inconclusive) == ((), (), ())
    assert plain.conformant


# ---------------------------------------------------------------- what they are to each other


def test_a_client_of_the_version_before_tolerates_what_it_was_told_to() -> None:
    earlier = load_spec(FOLDERS, "transport")
    read = as_read(earlier)
    assert "enum" not in read.document["components"]["schemas"]["StopStatus"]
    assert "enum" in read.document["components"]["schemas"]["ReservationState"]
    stops = read.operations["listCarParks"]
    assert documented(stops, Request("listCarParks", "GET", "/carparks", (("limit", "7"),)))
    assert not documented(stops, Request("listCarParks", "GET", "/carparks", (("updatedSince", "2026-01-01T00:00:00Z"),)))
    assert not documented(stops, Request("listCarParks", "DELETE", "/carparks"))


@pytest.mark.slow
@pytest.mark.parametrize("name", LATER)
def test_a_minor_version_breaks_no_client(name: str) -> None:
    found = difference(load_spec(FOLDERS, name.partition("@")[0]), load_spec(FOLDERS, name))
    assert [one.place for one in found.changes if str(one.consumer.answer) != "compatible"] == []
    assert (found.bump["least"], found.bump["verdict"]) == ("minor", "enough")
    assert {row.kind for row in found.rows if row.id in {one.id for one in load_spec(FOLDERS, name).requirements}} >= {"added"}


@pytest.mark.slow
def test_the_major_version_is_one() -> None:
    found = difference(load_spec(FOLDERS, "transport@1.1.0"), load_spec(FOLDERS, "transport@2.0.0"))
    assert (found.bump["least"], found.bump["verdict"]) == ("major", "enough")
    broken = json.dumps([one.as_json() for one in found.changes if str(one.consumer.answer) == "incompatible"])
    for place in ("/carparks/{carParkUid}/availability", "/arrivals", "hasAvailability", "/reservations/{reservationId}"):
        assert place in broken


def shown(page: str, command: str) -> str:
    """What a page shows as the output of a command."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return text.split(f"$ {command}\n", 1)[1].split("```", 1)[0]


@pytest.mark.parametrize(
    "command",
    [
        "yance spec diff transport@1.0.0 examples/minutes/overlay.yaml --fail-on consumer",
        pytest.param("yance adequacy transport --only TRN-012 --fault EstimatesAreInMinutes", marks=pytest.mark.slow),
        pytest.param("yance adequacy transport@2.0.0 --only TRN-058 --fault PredictionsAreInMinutes", marks=pytest.mark.slow),
    ],
)
def test_what_no_schema_shows_is_not_in_the_difference_and_fails_a_requirement(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = yance(*command.split()[1:], "--lang", "en")
    assert found.exit_code == 0, found.output
    for line in shown("lifecycle.md", command).splitlines():
        assert line in found.stdout
