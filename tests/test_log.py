"""The log of the registry: only ever added to, one writer at a time, whole after any kill, and provably the same for everyone."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from conformance.attest import JOURNEY, STATEMENT, Trust, load_key, load_trust, sign
from conformance.errors import UsageError, VerificationError, YanceError
from conformance.evidence.merkle import MerkleTree, consistency, extends, includes, inclusion, leaf_hash, root_of
from conformance.office import Query, Registry, State, Status
from conformance.office.challenges import abandon_challenge, open_challenge
from conformance.office.events import Draft, Event, fold, read_event
from conformance.office.listing import figures, matching, stats
from conformance.office.statements import payload_digest
from conformance.office.store import Store, database_url
from conformance.office.tables import EVENTS
from conformance.run.derived import Binding
from tests import certified
from tests.certified import Office

POSTGRESQL = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
DIGEST = {"sha256": "a" * 64}
COUNTS = {"pass": 9, "fail": 0, "inconclusive": 0, "not_applicable": 0, "not_tested": 0, "error": 0}


def terms(number: int, **changes: Any) -> dict[str, Any]:
    """Terms of a certificate, each of a run of its own."""
    said = {
        "level": "certified",
        "holder": f"Vendor {number % 7}",
        "solution": {"id": f"solution-{number}", "version": "1.0", "digest": DIGEST},
        "domain": ("transport", "health", "logistics")[number % 3],
        "profile": {"id": "full", "digest": DIGEST},
        "specification": [{"uri": "https://yance.example/specs/x/1.0.0", "digest": DIGEST}],
        "suite": {"name": "yance", "version": "0.1.0"},
        "counties": ["TPE"],
        "sites": [],
        "notBefore": "2026-12-01T00:00:00Z",
        "notAfter": "2028-12-01T00:00:00Z",
        "supersedes": "",
        "result": "PASSED",
        "counts": COUNTS,
        "mandatory": COUNTS,
        "waivers": [],
        "run": {"digest": {"sha256": sha256(str(number).encode()).hexdigest()}, "finishedOn": "2026-12-01T00:00:00Z"},
    }
    return said | changes


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return certified.office(tmp_path_factory.mktemp("office"))


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of this machine's own package, on a socket in a folder of its own, stopped in the end; its URL."""
    assert POSTGRESQL is not None
    with TemporaryDirectory(
        prefix="yance-"
    ) as name:  # pytest's own folders are closed to other users, and their names too long for a socket
        folder, owner = Path(name), []
        if os.geteuid() == 0:  # it refuses to run as root
            owner = ["runuser", "-u", "postgres", "--"]
            subprocess.run(["chown", "postgres", folder], check=True)
        making = [*owner, POSTGRESQL, "-D", folder / "data", "-U", "office", "-A", "trust", "--no-sync"]
        subprocess.run(making, check=True, capture_output=True, cwd=folder)
        control = [*owner, POSTGRESQL.with_name("pg_ctl"), "-D", folder / "data", "-w"]
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}'"
        starting = [*control, "-o", options, "-l", folder / "log", "start"]
        subprocess.run(starting, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        try:
            yield f"postgresql://office@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=folder)


needs_postgresql = [
    pytest.mark.slow,
    pytest.mark.skipif(POSTGRESQL is None, reason="needs PostgreSQL (Debian: apt-get install postgresql)"),
    pytest.mark.skipif(os.geteuid() == 0 and which("runuser") is None, reason="PostgreSQL does not run as root"),
]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql)])
def where(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A new registry in either database."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("registry")
        Registry.create(str(folder / "registry.sqlite"), scheme="TW", uri="https://r.example").close()
        yield str(folder / "registry.sqlite")
        return
    with postgresql() as url:
        Registry.create(url, scheme="TW", uri="https://r.example").close()
        yield url


def lasting() -> dict[str, str]:
    """A period that holds now."""
    now = datetime.now(UTC)
    start, end = now - timedelta(days=1), now + timedelta(days=400)
    return {"notBefore": f"{start:%Y-%m-%dT00:00:00Z}", "notAfter": f"{end:%Y-%m-%dT00:00:00Z}"}


def trust_of(office: Office) -> Trust:
    return load_trust(office.trust)


def certify(registry: Registry, office: Office, number: int, **changes: Any) -> str:
    """A certificate of the number-th run, by two persons; its number."""
    trust = trust_of(office)
    asked = registry.propose(
        "renew" if changes.get("supersedes") else "issue",
        load_key(office.key("lin"), None),
        trust,
        terms=terms(number, **changes),
    )
    event = registry.approve(asked.id, load_key(office.key("chen"), None), trust, office=load_key(office.key("office"), None))
    return event.draft.certificate


def joint(registry: Registry, office: Office, number: int, resting: Sequence[str]) -> tuple[dict[str, Any], bytes]:
    """What is asked for the number-th joint report, which rests on certificates; and its envelope, signed by the laboratory."""
    name = f"journey-{number:016x}"
    statement = {
        "_type": STATEMENT,
        "subject": [],
        "predicateType": JOURNEY,
        "predicate": {"runId": name, "finishedOn": "2026-03-01T00:00:00Z"},
    }
    envelope = sign(statement, load_key(office.key("laboratory"), None))
    entries = [registry.certificate(one) for one in resting]
    said = {
        "report": name,
        "digest": {"sha256": payload_digest(envelope).removeprefix("sha256:")},
        "version": "1.0.0",
        "purpose": "certification",
        "result": "PASSED",
        "finishedOn": "2026-03-01T00:00:00Z",
        "journeys": [{"id": "clinic-visit", "title": {"en": "To the clinic", "zh-Hant": "就醫"}, "digest": DIGEST}],
        "certificates": [
            {
                "certificateId": one.certificate,
                "digest": {"sha256": one.payload.removeprefix("sha256:")},
                "domain": one.document["domain"],
                "holder": one.document["holder"],
                "solution": {name: one.document["solution"][name] for name in ("id", "version")},
            }
            for one in entries
        ],
    }
    return said, envelope


# ------------------------------------------------------------------------------------------ append-only


def test_nothing_that_was_written_is_changed_or_removed(office: Office, where: str) -> None:
    registry = Registry.open(where)
    number = certify(registry, office, 1)
    before = registry.checkpoint()
    engine = sa.create_engine(database_url(where))
    words = [
        "UPDATE events SET kind = 'revoked'",
        "DELETE FROM events",
        "UPDATE statements SET envelope = ''",
        "DELETE FROM statements",
    ]
    if engine.dialect.name == "postgresql":
        words += ["TRUNCATE events", "TRUNCATE statements"]
    for statement in words:
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(sa.text(statement))
    ends = sa.text(
        "INSERT INTO events SELECT seq + 10, at, kind, proposal, certificate, follows, body FROM events WHERE kind = 'issued'"
    )
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(ends)  # a proposal ends once, also if a program forgot to look
    engine.dispose()
    assert registry.checkpoint() == before
    assert registry.certificate(number).status(NOW) is Status.VALID


def test_a_registry_is_made_once_and_is_what_it_says(tmp_path: Path) -> None:
    path = str(tmp_path / "registry.sqlite")
    with pytest.raises(UsageError, match="there is no registry; yance registry new"):
        Registry.open(path)
    made = Registry.create(path, scheme="TW", uri="https://r.example/")
    assert made.state().opened["uri"] == "https://r.example"
    assert Path(path).stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="holds a registry already"):
        Registry.create(path, scheme="TW", uri="https://r.example/")
    assert Registry.upgrade(path).checkpoint() == made.checkpoint()
    sa.create_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}").connect().exec_driver_sql("CREATE TABLE x (y)")
    with pytest.raises(UsageError, match="holds no registry"):
        Registry.open(str(tmp_path / "empty.sqlite"))
    for scheme, uri, said in (("T W", "https://r.example", "no scheme"), ("TW", "r.example", "no address")):
        with pytest.raises(UsageError, match=said):
            Registry.create(str(tmp_path / "other.sqlite"), scheme=scheme, uri=uri)
    for named, said in (
        ("mysql://x/y", "not in 'mysql'"),
        (str(tmp_path), "there is no registry"),
        ("postgresql://none.invalid/x", "cannot be used"),
    ):
        with pytest.raises(UsageError, match=said):
            Registry.open(named)
    with pytest.raises(UsageError, match="cannot be written"):
        Registry.create(str(tmp_path / "none" / "registry.sqlite"), scheme="TW", uri="https://r.example")
    (tmp_path / "text").write_text("no database, but long enough to be read as one " * 40)
    with pytest.raises(UsageError, match="cannot be used: file is not a database"):
        Registry.open(str(tmp_path / "text"))


def test_a_password_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError) as refused:
        Registry.open("postgresql://office:Geheim123@127.0.0.1:1/none")
    assert "Geheim123" not in str(refused.value)
    assert "office:***@127.0.0.1" in str(refused.value)


def test_the_schema_that_the_steps_make_is_the_one_that_is_read(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from conformance.office.tables import METADATA

    path = tmp_path / "registry.sqlite"
    Registry.create(str(path), scheme="TW", uri="https://r.example").close()
    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert [
        one for one in found if "_a_proposal_once" not in str(one)
    ] == []  # those are over some rows only, and belong to the steps


# ------------------------------------------------------------------------------------------ one writer at a time

FORK = multiprocessing.get_context("fork")  # a writer is to be killed a moment after it began, not while it imports


BINDING = Binding("", "Stop Ltd", "stops", "1", "transport", "1.0.0", "sha256:" + "1" * 64, "sha256:" + "2" * 64, "full", "sha256:" + "3" * 64)  # fmt: skip


def ask(told: Connection, where: str, office: Office, how_many: int) -> None:
    """What a process of its own does with challenges: open one after the other, give up every second, and say so."""
    trust, registry = trust_of(office), Registry.open(where)
    key = load_key(office.key("office"), None)
    told.recv()
    for nth in range(how_many):
        now = datetime.now(UTC)
        one, _ = open_challenge(registry, BINDING, key, trust, not_before=now, not_after=now + timedelta(days=3))
        told.send(f"opened {one.id}")
        if nth % 2:
            abandon_challenge(registry, one.id, "the vendor withdrew")
            told.send(f"closed {one.id}")
    told.close()


def join(told: Connection, where: str, office: Office, resting: Sequence[str], first: int) -> None:
    """What a process of its own does with joint reports: ask for one after the other, as one person, and take each in, as another."""
    trust, registry = trust_of(office), Registry.open(where)
    lin, chen = (load_key(office.key(name), None) for name in ("lin", "chen"))
    told.recv()
    for number in range(first, first + 100):
        said, envelope = joint(registry, office, number, resting)
        asked = registry.propose("join", lin, trust, terms=said, run=envelope)
        told.send(f"proposed {asked.id}")
        told.send(f"joined {registry.approve(asked.id, chen, trust).draft.certificate}")
    told.close()


def write(told: Connection, where: str, office: Office, person: str, what: Sequence[str]) -> None:
    """What a process of its own does: propose or approve one after the other, and say what came of each."""
    trust, registry = trust_of(office), Registry.open(where)
    key, seal = load_key(office.key(person), None), load_key(office.key("office"), None)
    told.recv()
    for one in what:
        try:
            if person == "lin":
                told.send(registry.propose("issue", key, trust, terms=terms(int(one))).id)
            else:
                told.send(registry.approve(one, key, trust, office=seal).draft.certificate)
        except YanceError as error:
            told.send(f"refused: {error}")
    told.close()


@dataclass
class Writer:
    """A process that writes into a registry once it is told to."""

    process: Any
    told: Connection

    @classmethod
    def of(cls, *words: Any, does: Callable[..., None] = write) -> Writer:
        ours, theirs = FORK.Pipe()
        process = FORK.Process(target=does, args=(theirs, *words), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def go(self) -> None:
        self.told.send("go")

    def said(self) -> list[str]:
        """All that it says until it ends, whoever ends it."""
        heard = []
        with suppress(EOFError, OSError):
            while True:
                heard.append(self.told.recv())
        self.process.join(60)
        return heard


def test_two_approvers_at_once_issue_one_certificate_and_two_writers_take_turns(office: Office, where: str) -> None:
    registry, trust = Registry.open(where), trust_of(office)
    lin = load_key(office.key("lin"), None)
    asked = [registry.propose("issue", lin, trust, terms=terms(number)).id for number in range(6)]
    work = (("chen", asked), ("wu", asked), ("lin", ["90", "91", "92", "93"]))
    writers = [Writer.of(where, office, person, what) for person, what in work]
    for writer in writers:
        writer.go()
    chen, wu, others = (writer.said() for writer in writers)
    assert not any(one.startswith("refused") for one in others)
    for mine, theirs in zip(chen, wu, strict=True):
        refused = [one for one in (mine, theirs) if one.startswith("refused")]
        assert len(refused) == 1
        assert "decided already: issued TW-" in refused[0]
    state = registry.state()
    assert len(state.certificates) == 6
    assert sorted(entry.index for entry in state.certificates.values()) == list(range(6))
    assert [event.seq for event in registry.store.events()] == list(range(state.size))
    assert state.size == 1 + 6 + 6 + 4


def test_a_joint_report_is_taken_in_once_whoever_does_and_stands_with_its_certificates(office: Office, where: str) -> None:
    registry, trust = Registry.open(where), trust_of(office)
    lin, chen = (load_key(office.key(name), None) for name in ("lin", "chen"))
    resting = [certify(registry, office, number, **lasting()) for number in (1, 2, 3)]
    said, envelope = joint(registry, office, 7, resting)
    times = [datetime.now(UTC) + timedelta(seconds=later) for later in (0, 1)]
    asked = [registry.propose("join", lin, trust, terms=said, run=envelope, now=at).id for at in times]
    writers = [Writer.of(where, office, person, asked) for person in ("chen", "wu")]
    for writer in writers:
        writer.go()
    heard = [one for writer in writers for one in writer.said()]
    assert heard.count(said["report"]) == 1
    assert all("already" in one for one in heard if one != said["report"])
    now = datetime.now(UTC)
    report, certificates = registry.report(said["report"])
    assert (report.payload, report.status(certificates, now)) == (payload_digest(envelope), Status.VALID)
    assert registry.statement(report.payload) == envelope
    assert registry.stats().services == {"clinic-visit": 1}
    later = certify(registry, office, 4, **lasting(), holder="Vendor 1", solution=terms(1)["solution"], supersedes=resting[0])
    report, certificates = registry.report(said["report"])
    assert later in certificates
    assert report.status(certificates, now) is Status.SUPERSEDED
    assert registry.stats().services == {}
    one = registry.propose("revoke", lin, trust, certificate=resting[1], reason="x")
    registry.approve(one.id, chen, trust)
    state = registry.state()
    assert state.reports[said["report"]].status(state.certificates, now) is Status.REVOKED
    assert [each.name for each in state.resting_on(resting[2])] == [said["report"]]


def test_the_same_proposal_in_the_same_second_is_said_to_be_made_already(office: Office, where: str) -> None:
    registry, trust = Registry.open(where), trust_of(office)
    lin, wu = (load_key(office.key(name), None) for name in ("lin", "wu"))
    soon = datetime.now(UTC) + timedelta(minutes=1)  # the log's clock stands still there, until the machine's has come so far
    first = registry.propose("issue", lin, trust, terms=terms(1), now=soon)
    before = registry.checkpoint()
    with pytest.raises(
        UsageError, match=f"proposed the same in this very second: it is proposal {first.id}; go on with that one"
    ):
        registry.propose("issue", lin, trust, terms=terms(1))
    assert registry.checkpoint() == before
    others = [
        registry.propose("issue", wu, trust, terms=terms(1), now=soon),
        registry.propose("issue", lin, trust, terms=terms(2), now=soon),
        registry.propose("issue", lin, trust, terms=terms(1), now=soon + timedelta(seconds=1)),
    ]
    assert [one.id for one in registry.proposals()] == [first.id, *(one.id for one in others)]


def test_threads_of_one_process_take_turns_too(office: Office, tmp_path: Path) -> None:
    path = str(tmp_path / "registry.sqlite")
    registry, trust = Registry.create(path, scheme="TW", uri="https://r.example"), trust_of(office)
    lin = load_key(office.key("lin"), None)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: registry.propose("issue", lin, trust, terms=terms(number)).id, range(24)))
    assert len(set(made)) == 24
    assert [event.seq for event in registry.store.events()] == list(range(25))


def killed_asking(where: str, office: Office, times: int) -> None:
    """The same of whoever opens and closes challenges: each is there once, with its document, and closed at most once."""
    registry, chance, said = Registry.open(where), Random(8), set[str]()
    for _ in range(times):
        registry.close()
        writer = Writer.of(where, office, 100, does=ask)
        writer.go()
        said.add(writer.told.recv())
        time.sleep(chance.random() * 0.03)
        os.kill(writer.process.pid, signal.SIGKILL)
        said |= set(writer.said())
        events = registry.store.events()
        assert [event.seq for event in events] == list(range(len(events)))
        there = [f"opened {event.draft.entry['challenge']}" for event in events if event.kind == "challenge-opened"]
        there += [f"closed {event.draft.proposal}" for event in events if event.kind == "challenge-closed"]
        assert len(set(there)) == len(there)
        assert said <= set(there)
        kept = registry.store.statements()
        assert all(digest in kept for event in events for digest in event.draft.statements)
        state = registry.state()  # it refuses a challenge that is opened twice, closed twice, or closed and never opened
        assert len(state.challenges) == sum(one.startswith("opened ") for one in there)
        assert sum(one.closed is not None for one in state.challenges.values()) == sum(one.startswith("closed ") for one in there)
    assert len([one for one in said if one.startswith("opened ")]) >= times


def killed_joining(where: str, office: Office, times: int) -> None:
    """The same of whoever takes joint reports in: each is there once, with its statement and both decisions."""
    registry, chance, said = Registry.open(where), Random(9), set[str]()
    resting = [certify(registry, office, number, **lasting()) for number in (501, 502)]
    for nth in range(times):
        registry.close()
        writer = Writer.of(where, office, resting, nth * 100, does=join)
        writer.go()
        said.add(writer.told.recv())
        time.sleep(chance.random() * 0.03)
        os.kill(writer.process.pid, signal.SIGKILL)
        said |= set(writer.said())
        events = registry.store.events()
        assert [event.seq for event in events] == list(range(len(events)))
        there = [f"proposed {event.draft.proposal}" for event in events if event.kind == "proposed"]
        there += [f"joined {event.draft.certificate}" for event in events if event.kind == "joined"]
        assert len(set(there)) == len(there)
        assert said <= set(there)
        kept = registry.store.statements()
        assert all(digest in kept for event in events for digest in event.draft.statements)
        assert all(len(event.draft.statements) == 3 for event in events if event.kind == "joined")
        assert len(registry.state().reports) == sum(one.startswith("joined ") for one in there)  # none is taken in twice


def killed(where: str, office: Office, times: int) -> None:
    """Kill a writer with SIGKILL at chance moments; whatever it said to have written is there once, and nothing is there by halves."""
    registry, chance, said = Registry.open(where), Random(7), set[str]()
    for nth in range(times):
        registry.close()  # what this process has open is not for the other
        writer = Writer.of(where, office, "lin", [str(1000 + nth * 100 + one) for one in range(100)])
        writer.go()
        said.add(writer.told.recv())  # it is under way
        time.sleep(chance.random() * 0.03)
        os.kill(writer.process.pid, signal.SIGKILL)
        said |= set(writer.said())
        events = registry.store.events()
        assert [event.seq for event in events] == list(range(len(events)))
        there = [event.draft.proposal for event in events if event.kind == "proposed"]
        assert len(set(there)) == len(there)
        assert said <= set(there)
        kept = registry.store.statements()
        assert all(digest in kept for event in events for digest in event.draft.statements)
    for digest, envelope in registry.store.statements().items():
        assert payload_digest(envelope) == digest
    assert registry.state().size == len(registry.store.events())


def test_a_writer_that_is_killed_has_written_all_or_nothing(office: Office, where: str) -> None:
    killed(where, office, 3)
    killed_asking(where, office, 3)
    killed_joining(where, office, 3)


@pytest.mark.slow
def test_a_writer_that_is_killed_two_hundred_times_loses_nothing(office: Office, where: str) -> None:
    killed(where, office, 200)


@pytest.mark.slow
def test_whoever_opens_and_closes_challenges_and_is_killed_two_hundred_times_loses_nothing(office: Office, where: str) -> None:
    killed_asking(where, office, 200)


@pytest.mark.slow
def test_whoever_takes_joint_reports_in_and_is_killed_two_hundred_times_loses_nothing(office: Office, where: str) -> None:
    killed_joining(where, office, 200)


# ------------------------------------------------------------------------------------------ what the log comes to


def test_an_event_reads_back_as_it_was_written_and_no_other_line_is_one() -> None:
    event = Event(
        3, NOW, Draft("revoked", "p", "TW-2026-00001", ("sha256:" + "0" * 64,), {"reason": "臺北", "by": "A", "approvedBy": "B"})
    )
    assert read_event(event.line) == event
    members = json.loads(event.line)
    for line in (
        b"",
        b"[]",
        b"{}",
        event.line + b" ",
        event.line.replace(b'"seq":3', b'"seq":3.0'),
        event.line.replace(b"revoked", b"forgotten"),
        json.dumps({**members, "more": 1}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(),
        json.dumps({**members, "at": "2026-12-01"}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(),
        json.dumps({**members, "statements": None}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(),
    ):
        with pytest.raises(VerificationError):
            read_event(line)


def test_a_log_that_contradicts_itself_is_no_state() -> None:
    issued = Draft("issued", "p", "TW-1", ("sha256:" + "0" * 64,), {"status": {"statusList": {"idx": 0}}})
    revoked = Draft("revoked", "q", "TW-1", (), {"reason": "", "by": "", "approvedBy": ""})
    renewed = Draft("renewed", "r", "TW-2", ("sha256:" + "1" * 64,), {"supersedes": "TW-9"})
    for drafts, said in (
        ((issued, issued), "again"),
        ((revoked,), "cannot follow"),
        ((issued, revoked, revoked), "cannot follow"),
        ((renewed,), "never issued"),
    ):
        with pytest.raises(VerificationError, match=said):
            fold([Event(number, NOW, draft) for number, draft in enumerate(drafts)])


def test_the_clock_of_the_log_never_goes_back(office: Office, tmp_path: Path) -> None:
    path = str(tmp_path / "registry.sqlite")
    registry = Registry.create(path, scheme="TW", uri="https://r.example", now=NOW)
    lin, trust = load_key(office.key("lin"), None), trust_of(office)
    registry.propose("issue", lin, trust, terms=terms(1), now=NOW + timedelta(hours=1))
    registry.propose("issue", lin, trust, terms=terms(2), now=NOW - timedelta(days=1))
    assert [event.at for event in registry.store.events()] == [NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=1)]


def at_length(count: int) -> State:
    """The state of a registry with so many certificates, a tenth of which were revoked: by events, without a signature."""
    events = [Event(0, NOW, Draft("opened", entry={"registry": "r", "scheme": "TW", "uri": "https://r.example"}))]
    for number in range(count):
        said = {
            name: value for name, value in terms(number, counties=[("TPE", "KHH", "PEN")[number % 3]]).items() if name != "run"
        }
        said |= {"certificateId": f"TW-2026-{number:05d}", "issuedOn": "2026-12-01T08:00:00Z", "inputAttestations": []}
        said |= {"status": {"statusList": {"idx": number, "uri": "https://r.example/status/1"}}, "scheme": "TW"}
        events.append(Event(len(events), NOW, Draft("issued", "", said["certificateId"], (f"sha256:{number:064x}",), said)))
        if number % 10 == 0:
            reason = {"reason": "x", "by": "A", "approvedBy": "B"}
            events.append(Event(len(events), NOW + timedelta(days=1), Draft("revoked", "", said["certificateId"], (), reason)))
    return fold([read_event(event.line) for event in events])


def rows_of(state: State) -> list[dict[str, object]]:
    """The events of its certificates as the database holds them."""
    return [
        {"at": "2026-12-01T08:00:00Z", "proposal": "", "follows": "", "certificate": event.draft.certificate, "kind": event.kind}
        | {"seq": event.seq, "body": event.line.decode()}
        for entry in state.certificates.values()
        for event in (entry.issued, *entry.changes)
    ]


def test_certificates_are_found_and_counted_by_what_was_so_on_a_date() -> None:
    state = at_length(60)
    later = NOW + timedelta(days=2)
    assert len(matching(state, Query(), later)) == 60
    assert len(matching(state, Query(status="revoked"), later)) == 6
    assert {entry.document["counties"][0] for entry in matching(state, Query(county="PEN"), later)} == {"PEN"}
    assert [entry.certificate for entry in matching(state, Query(text="SOLUTION-59"), later)] == ["TW-2026-00059"]
    assert len(matching(state, Query(domain="health", holder="Vendor 1", profile="full"), later)) == 3
    found = stats(state, later)
    assert (found.solutions, found.reached) == (54, {"counties": 3, "sites": 0, "domains": 3, "services": 0})
    assert sum(found.counties.values()) == 54
    assert stats(state, datetime(2029, 1, 1, tzinfo=UTC)).by_status["expired"] == 54


@pytest.mark.slow
def test_ten_thousand_certificates_are_listed_counted_and_looked_up_at_once(tmp_path: Path) -> None:
    registry = Registry.create(str(tmp_path / "registry.sqlite"), scheme="TW", uri="https://r.example", now=NOW)
    rows = rows_of(at_length(10_000))
    engine = sa.create_engine(database_url(str(tmp_path / "registry.sqlite")))
    with engine.begin() as connection:
        connection.execute(EVENTS.insert(), rows)
    engine.dispose()
    listed, counted = registry.certificates(brief=True), registry.stats()
    assert len({one.certificate for one in listed}) == len(listed) == sum(counted.by_status.values()) == 10_000
    assert registry.certificate("TW-2026-05000").certificate == "TW-2026-05000"
    assert registry.checkpoint().size == 1 + len(rows)


def test_what_is_decoded_for_lists_and_figures_is_what_they_read(office: Office, tmp_path: Path) -> None:
    """Lists and figures are the same of events that were decoded in brief, for every question that can be asked."""
    registry, trust = Registry.create(str(tmp_path / "registry.sqlite"), scheme="TW", uri="https://r.example"), trust_of(office)
    lin, chen, seal = (load_key(office.key(name), None) for name in ("lin", "chen", "office"))
    site = {"sites": [{"county": "TPE", "name": "Xinyi"}]}
    numbers = [certify(registry, office, number, **lasting(), **site) for number in range(1, 5)]
    certify(registry, office, 9, **lasting(), holder="Vendor 1", solution=terms(1)["solution"], supersedes=numbers[0])
    registry.approve(registry.propose("revoke", lin, trust, certificate=numbers[1], reason="x").id, chen, trust)
    said, envelope = joint(registry, office, 7, numbers[2:4])
    registry.approve(registry.propose("join", lin, trust, terms=said, run=envelope).id, chen, trust)
    now = datetime.now(UTC)
    open_challenge(registry, BINDING, seal, trust, not_before=now, not_after=now + timedelta(days=3))
    one, _ = open_challenge(registry, BINDING, seal, trust, not_before=now, not_after=now + timedelta(days=3))
    abandon_challenge(registry, one.id, "the vendor withdrew")
    whole, brief = registry.certified(), registry.certified(brief=True)
    asked = [
        Query(),
        Query(text="solution-3"),
        Query(domain="health"),
        Query(profile="full"),
        Query(county="TPE"),
        Query(county="KEE"),
    ]
    asked += [Query(holder="Vendor 3"), *(Query(status=str(status)) for status in Status)]
    for query in asked:
        found = [entry.certificate for entry in registry.certificates(query)]
        assert [entry.certificate for entry in registry.certificates(query, brief=True)] == found
    assert figures(stats(brief, now)) == figures(stats(whole, now))
    assert figures(stats(whole, now))["services"] == {"clinic-visit": 1}
    names = ("notBefore", "notAfter", "holder", "counties", "domain", "sites", "supersedes")
    for number, entry in whole.certificates.items():
        assert {name: brief.certificates[number].document[name] for name in names} == {
            name: entry.document[name] for name in names
        }
        assert brief.certificates[number].status(now) == entry.status(now)
    assert [event.leaf for event in registry.store.events()] == [leaf_hash(line) for line in registry.store.lines()]


def test_what_was_so_on_a_date_is_told_from_the_events_until_then(office: Office, tmp_path: Path) -> None:
    path = str(tmp_path / "registry.sqlite")
    registry, trust = Registry.create(path, scheme="TW", uri="https://r.example", now=NOW), trust_of(office)
    lin, chen, seal = (load_key(office.key(name), None) for name in ("lin", "chen", "office"))
    asked = registry.propose("issue", lin, trust, terms=terms(1), now=NOW)
    number = registry.approve(asked.id, chen, trust, office=seal, now=NOW).draft.certificate
    asked = registry.propose("revoke", lin, trust, certificate=number, reason="x", now=NOW + timedelta(days=9))
    registry.approve(asked.id, chen, trust, now=NOW + timedelta(days=9))
    assert [registry.stats(NOW + timedelta(days=day)).solutions for day in (-1, 0, 8, 9)] == [0, 1, 1, 0]


# ------------------------------------------------------------------------------------------ proofs of RFC 6962


@given(st.integers(1, 70), st.data())
def test_each_leaf_is_proven_to_be_there_and_no_other(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    root, index = root_of(leaves), data.draw(st.integers(0, size - 1))
    proof = inclusion(leaves, index)
    assert includes(root, size, leaves[index], index, proof)
    assert not includes(root, size, leaf_hash(b"other"), index, proof)
    assert not includes(leaf_hash(b"root"), size, leaves[index], index, proof)
    assert not includes(root, size, leaves[index], size, proof)
    assert not includes(root, size, leaves[index], index, [*proof, root])
    other = data.draw(st.integers(0, size - 1))
    assert includes(root, size, leaves[index], other, proof) is (other == index)


@given(st.integers(1, 70), st.data())
def test_a_longer_log_is_proven_to_begin_with_the_shorter_one(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    earlier = data.draw(st.integers(1, size))
    old, new, proof = root_of(leaves[:earlier]), root_of(leaves), consistency(leaves, earlier)
    assert extends(old, earlier, new, size, proof)
    rewritten = [leaf_hash(b"other"), *leaves[1:]]
    if size > 1:
        assert not extends(old, earlier, root_of(rewritten), size, consistency(rewritten, earlier)) or earlier == size
    assert not extends(leaf_hash(b"x"), earlier, new, size, proof)
    assert not extends(old, earlier, leaf_hash(b"x"), size, proof)
    assert not extends(old, earlier, new, size, [*proof, new])


def test_the_proofs_refuse_what_is_no_place() -> None:
    leaves = [leaf_hash(b"a"), leaf_hash(b"b")]
    for size in (0, 3):
        with pytest.raises(IndexError):
            consistency(leaves, size)
    for index in (-1, 2):
        with pytest.raises(IndexError):
            inclusion(leaves, index)
    tree = MerkleTree()
    for leaf in (b"a", b"b"):
        tree.append(leaf)
    assert tree.root() == root_of(leaves)


def test_a_store_says_what_is_missing(tmp_path: Path) -> None:
    path = str(tmp_path / "registry.sqlite")
    Registry.create(path, scheme="TW", uri="https://r.example").close()
    with pytest.raises(YanceError, match="names the statement"):
        Store(database_url(path)).statement("sha256:none")
