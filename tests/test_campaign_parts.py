"""What campaigns are made of: rows read strictly, hosts spared, places held by one alone, and processes that hang or fall."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from conformance.campaign.admission import Admission, shared_out
from conformance.campaign.fleet import fleet, member_of, row_of
from conformance.campaign.journal import line_of, read_journal
from conformance.campaign.lease import CLAIMS, Claim, held
from conformance.campaign.places import Folder, Store, place_of
from conformance.campaign.results import Result, read_result, result_bytes, surprises
from conformance.campaign.rows import Host, Row, Terms, read_rows
from conformance.campaign.runner import Call, Lost, Overdue, Runner
from conformance.errors import DataError, SuiteError, UsageError, VerificationError
from conformance.load import Settings, data_folders
from conformance.model import Ics, Ixit, Limits
from tests.campaigning import listed, yance

# ------------------------------------------------------------------------------------------ the fleet


def test_a_fleet_is_fixed_by_its_seed_and_served_again_from_its_rows() -> None:
    drawn = fleet(200, 7)
    assert drawn == fleet(200, 7) != fleet(200, 8)
    assert [member_of(row_of(one, "http://127.0.0.1:1/v1", "http://127.0.0.1:2/hooks")) for one in drawn] == list(drawn)
    assert {one.domain for one in drawn} == {"transport", "health", "logistics"}
    kinds = [bool(one.fault) + 2 * bool(one.variant) + 4 * bool(one.impostor) for one in drawn]
    assert set(kinds) == {0, 1, 2, 4}
    assert len({one.name for one in drawn}) == 200


def test_a_fleet_of_an_unknown_domain_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'transport'"):
        fleet(1, 1, ["transprt"])


# ------------------------------------------------------------------------------------------ the file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("targets: []", "campaign.yaml:1: /targets"),
        ("targets:\n  - name: a\n    target: {url: 'http://x/v1', domian: transport}", "campaign.yaml:3: row 1: there is no key 'domian'"),
        ("targets:\n  - name: a\n    target: {url: 'x'}", "campaign.yaml:3: row 1: target.url: what stands there is not a base URL"),
        (
            "targets:\n  - {name: a, target: {url: 'http://x/v1', domain: transport}}\n  - {name: A, target: {url: 'http://y/v1', domain: transport}}",
            "campaign.yaml:3: row 2: the name 'A' is that of row 1 as well",
        ),
        ("targets:\n  - {name: a/b, target: {url: 'http://x/v1', domain: transport}}", "campaign.yaml:2: row 1: 'a/b' cannot be the name of a folder"),
        ("targets:\n  - {target: {url: 'http://x/v1', domain: transport}}", "campaign.yaml:2: row 1: 'unnamed' cannot be the name of a folder"),
        ("targets:\n  - {name: a, settings: no.toml}", "row 1: "),
        ("targets:\n  - {name: a, settings: a.toml, actors: {}}", "campaign.yaml:2: row 1: settings names a file, and actors stands beside it"),
        ("targets:\n  - {name: a, target: {url: 'http://x/v1', domain: nothing}}", "row 1: "),
        ("targets:\n  - name: a\n    target: {url: 'http://x/v1', domain: transport}\n    actors: {a: {token: 'env:YANCE_NOT_SET'}}", "campaign.yaml:4: row 1: "),
        ("targets:\n  - name: a\n    target: {url: 'http://x/v1', domain: transport}\n    seed: {stopUdi: ['x']}", "campaign.yaml:4: row 1: 'stopUdi' is no parameter"),
        ("hosts: {default: {target: 2}}\ntargets:\n  - {name: a, target: {url: 'http://x/v1', domain: transport}}", "campaign.yaml:1: there is no key 'target'"),
    ],
)  # fmt: skip
def test_a_mistake_ends_in_one_line_with_its_row(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "campaign.yaml").write_text(text)
    ran = yance("campaign", tmp_path / "campaign.yaml", "--out", tmp_path / "out")
    assert ran.exit_code == 2
    assert said in ran.output
    assert len(ran.output.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_row_names_a_file_or_is_one_and_toml_will_do(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[solution]\nid = "own"\n[target]\nurl = "http://own.example/v1"\ndomain = "health"\n')
    (tmp_path / "c.toml").write_text(
        '[defaults]\nprofile = "full"\ndomain = "transport"\n[[targets]]\nsettings = "own.toml"\n'
        '[[targets]]\nname = "beside"\nprofile = "open-data"\n[targets.target]\nurl = "http://beside.example/v1"\n'
    )
    rows = read_rows(data_folders(), tmp_path / "c.toml")
    assert [(row.name, row.domain, row.profile, row.host) for row in rows.rows] == [
        ("own", "health", "full", "own.example"),
        ("beside", "transport", "open-data", "beside.example"),
    ]
    (tmp_path / "c.toml").write_text(
        '[[targets]]\nsettings = "own.toml"\n[[targets]]\nname = "b"\n[targets.target]\nurk = "http://b/v1"\n'
    )
    with pytest.raises(DataError, match=r"c.toml:5: row 2: .*'url'|c.toml:6: row 2: there is no key 'urk'"):
        read_rows(data_folders(), tmp_path / "c.toml")


# ------------------------------------------------------------------------------------------ whose turn it is


def row(name: str, host: str, **limits: Any) -> Row:
    settings = Settings(Ics(name), Ixit(f"http://{host}/v1", limits=Limits(**limits)), None, None, None)
    return Row(name, settings, "transport", None, None, None, "sha256:")


def test_a_host_never_has_more_targets_under_way_than_it_bears_and_holds_up_no_other() -> None:
    rows = [row("a1", "a"), row("a2", "a"), row("a3", "a"), row("b1", "b")]
    admission = Admission.of(Terms(hosts={"a": Host(targets=2)}), rows)
    begun = [admission.next() for _ in range(4)]
    assert [one.name if one else "" for one in begun] == ["a1", "a2", "b1", ""]
    admission.again(rows[0])
    assert [one.name if (one := admission.next()) else "" for _ in range(2)] == ["a3", ""]
    admission.ended(rows[1])
    assert admission.next() is rows[0]


def test_targets_of_a_host_share_its_rate_and_its_requests_at_once() -> None:
    terms = Terms(seconds=100, hosts={"a": Host(targets=2, rate=30, concurrency=5)})
    admission = Admission.of(terms, [row("a1", "a", rate=50), row("a2", "a", concurrency=1, seconds=10), row("b", "b", rate=9)])
    found = {one.name: admission.limits(one) for one in list(admission.waiting)}
    assert [(one.rate, one.concurrency, one.seconds) for one in found.values()] == [(15, 2, 100), (15, 1, 10), (9, 8, 100)]
    assert shared_out(Limits(rate=0), 0, 0, 5).rate == 0
    alone = Admission.of(terms, [row("a1", "a", rate=50)])
    assert alone.limits(alone.waiting[0]).rate == 30


# ------------------------------------------------------------------------------------------ what is kept


def test_a_journal_tells_the_last_of_each_and_loses_only_a_line_that_was_cut(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    first, second = Result("a", "r", "lost"), Result("a", "r", "judged", "PASSED")
    for line in (
        line_of("2026-11-30T08:00:00Z", campaign="c", terms="x"),
        line_of("2026-11-30T08:01:00.5Z", ended=first.as_json()),
        line_of("2026-11-30T08:02:00Z", ended=second.as_json()),
    ):
        place.add("journal.ndjson", line)
    with (tmp_path / "journal.ndjson").open("ab") as file:
        file.write(b'{"at": "t", "ended": {"tar')
    assert dict(read_journal(place.lines("journal.ndjson"), "j").ended) == {"a": second}
    place.add("journal.ndjson", line_of("2026-11-30T12:00:00Z", resumed=1))
    found = read_journal(place.lines("journal.ndjson"), "j")
    assert (found.begun["campaign"], found.ended["a"], found.resumed, found.seconds) == ("c", second, 1, 120)
    for bad in (b"{", b"{}", b'{"at": "yesterday", "resumed": 1}'):
        with pytest.raises(VerificationError, match=r"j: this is no line .*line 1"):
            read_journal([bad], "j")


def test_an_outcome_reads_as_it_was_written() -> None:
    one = Result("a", "r", "judged", "FAILED", failed=("X-1",), failing={"X-1": ("listStops",)}, counts={"fail": 1})
    assert read_result(json.loads(result_bytes(one))).as_json() == json.loads(json.dumps(one.as_json())) | {
        "failed": ("X-1",)
    } | dict.fromkeys(("inconclusive", "errors", "notices", "surprises"), ())
    for bad in ([], {"state": "judged"}, {"target": "a", "state": "x"}, {"target": "a", "state": "lost"}):
        with pytest.raises(ValueError, match="outcome"):
            read_result(bad)


def test_what_came_otherwise_than_expected_is_said() -> None:
    one = Result("a", "r", "judged", "FAILED", effort="standard", failed=("X-1",))
    assert surprises(one, {"fails": ["X-1"]}) == ()
    assert surprises(one, {"fails": ["X-2"], "also": ["X-1"]}) == ("did not fail: X-2",)
    assert surprises(one, {"fails": []}) == ("failed unexpectedly: X-1",)
    assert surprises(replace(one, conformant=True), {"conformant": False}) == ("conformant",)
    assert surprises(replace(one, state="lost"), {"fails": []}) == ()


def test_an_object_store_gives_back_what_was_carried_there(tmp_path: Path) -> None:
    url = f"local://{tmp_path / 'bucket'}"
    here, elsewhere = place_of(url), replace(place_of(url), scratch=tmp_path / "elsewhere")
    assert isinstance(here, Store)
    here = replace(here, scratch=tmp_path / "here")
    for line in (b"1", b"2"):
        here.add("journal.ndjson", line)
    assert list(elsewhere.lines("journal.ndjson")) == [b"1", b"2"]
    here.fetch("run")
    (here.work("run") / "evidence.ndjson.zst").write_bytes(b"half")
    here.carry("run")
    elsewhere.fetch("run")
    assert (elsewhere.work("run") / "evidence.ndjson.zst").read_bytes() == b"half"
    (elsewhere.work("run") / "evidence.ndjson.zst").write_bytes(b"and half")
    elsewhere.carry("run")
    here.fetch("run")  # what is further along goes before what lies here
    assert (here.work("run") / "evidence.ndjson.zst").read_bytes() == b"and half"
    (here.work("run") / "evidence.ndjson.zst").write_bytes(b"and half again")
    here.fetch("run")
    assert (here.work("run") / "evidence.ndjson.zst").read_bytes() == b"and half again"
    for _ in range(2):
        elsewhere.work("run").rename(elsewhere.work("run.before-1"))
        elsewhere.work("run").mkdir()
        (elsewhere.work("run") / "plan.json").write_bytes(b"another")
        elsewhere.carry("run")
    assert (here.read("runs/run.before-1/evidence.ndjson.zst"), here.read("runs/run.before-2/plan.json")) == (
        b"and half",
        b"another",
    )
    (elsewhere.work("run") / "outcome.json").write_bytes(b"{}")
    elsewhere.carry("run")
    elsewhere.release("run")
    assert here.read("runs/run/outcome.json") == b"{}"
    assert here.read("nothing") is None
    assert not elsewhere.work("run").exists()


def test_a_place_that_nothing_speaks_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing://x: this place cannot be used"):
        place_of("nothing://x")


# ------------------------------------------------------------------------------------------ one campaign at a time


@pytest.fixture
def store(tmp_path: Path) -> tuple[Store, str]:
    url = f"local://{tmp_path / 'bucket'}"
    found = place_of(url)
    assert isinstance(found, Store)
    return found, url


def claimed(store: Store, **other: Any) -> str:
    """Somebody else's claim, by its name."""
    told = Claim("other", "elsewhere", 7, "another boot 1", time.time() + 30)
    store.write(name := f"{CLAIMS}/other.json", json.dumps(asdict(replace(told, **other))).encode())
    return name


def test_a_store_is_held_by_one_process_and_given_back(store: tuple[Store, str]) -> None:
    with held(*store) as first:
        with pytest.raises(UsageError, match=rf"another process is at work .*process {os.getpid()} on "), held(*store):
            pass
        first.refuse_lost()  # whoever was refused left nothing behind, and took nothing away
        assert len(store[0].names(CLAIMS)) == 1
    assert store[0].names(CLAIMS) == []


def test_a_second_campaign_on_a_store_is_refused_before_anything_is_written(store: tuple[Store, str], tmp_path: Path) -> None:
    file = listed(tmp_path / "c.yaml", [{"name": "a", "target": {"url": "http://127.0.0.1:9/v1", "domain": "transport"}}])
    claimed(store[0])
    ran = yance("campaign", file, "--out", store[1])
    assert (ran.exit_code, "process 7 on elsewhere" in ran.output) == (2, True)
    assert store[0].read("journal.ndjson") is None
    assert store[0].names("journal.ndjson") == []


@pytest.mark.parametrize("gone", [{"until": 1.0}, {"system": "here", "process": 2**22 + 1}])
def test_a_claim_whose_time_is_over_or_whose_process_is_gone_holds_up_nobody(
    store: tuple[Store, str], gone: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.campaign.lease._system", lambda: "here")
    name = claimed(store[0], **gone)
    with held(*store):
        assert store[0].read(name) is None


def test_two_that_claim_a_store_at_the_same_moment_never_both_have_it(store: tuple[Store, str]) -> None:
    together, had = threading.Barrier(4), list[int]()

    def come(nth: int) -> None:
        together.wait()
        with contextlib.suppress(UsageError), held(*store):
            had.append(nth)
            over.wait()

    over = threading.Event()
    threads = [threading.Thread(target=come, args=(nth,)) for nth in range(4)]
    for one in threads:
        one.start()
    while sum(one.is_alive() for one in threads) > 1:
        threads = [one for one in threads if one.is_alive() and not one.join(0.05)]
        if len(threads) == len(had):
            break
    over.set()
    assert len(had) <= 1


def test_whoever_was_stopped_for_longer_than_a_claim_holds_adds_nothing_once_somebody_else_came(
    store: tuple[Store, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.campaign.lease.LASTS", -1.0)  # its time is always over
    with held(*store) as kept:
        kept.refuse_lost()  # nobody came meanwhile
        claimed(store[0])
        for _ in range(2):
            with pytest.raises(UsageError, match="process 7 on elsewhere"):
                kept.refuse_lost()
    assert store[0].names(CLAIMS) == ["other.json"]


def test_a_claim_is_renewed_as_long_as_it_is_held(store: tuple[Store, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.campaign.lease.RENEWED", 0.01)
    with held(*store):
        name = f"{CLAIMS}/{store[0].names(CLAIMS)[0]}"
        first = json.loads(store[0].read(name) or b"")["until"]
        renewed = threading.Event()
        for _ in range(2000):
            if json.loads(store[0].read(name) or b"")["until"] > first:
                renewed.set()
                break
            renewed.wait(0.01)
    assert renewed.is_set()


# ------------------------------------------------------------------------------------------ the process of a call


@pytest.fixture
def runner() -> Iterator[Runner]:
    made = Runner()
    yield made
    made.end()


def test_a_process_is_used_again_until_it_hangs_or_falls(runner: Runner) -> None:
    told: list[tuple[int, ...]] = []
    assert runner.ask(Call("tests.errands:tell", tells=True), lambda *value: told.append(value)) == "told"
    assert told == [(1, 2, 3)]
    first = runner.ask(Call("tests.errands:process"))
    with pytest.raises(UsageError, match="that cannot be done"):
        runner.ask(Call("tests.errands:refuse"))
    with pytest.raises(SuiteError, match="KeyError"):
        runner.ask(Call("tests.errands:break_down"))
    assert runner.ask(Call("tests.errands:process")) == first == runner.pid
    second = runner.ask(Call("tests.errands:process", session="of somebody else"))  # who may have changed what it remembers
    assert second != first
    with pytest.raises(Overdue, match=r"longer than 0\.2 s"):
        runner.ask(Call("tests.errands:hang", seconds=0.2))
    with pytest.raises(Lost, match="SIGKILL"):
        runner.ask(Call("tests.errands:fall"))
    assert runner.ask(Call("tests.errands:process")) not in (first, second)
