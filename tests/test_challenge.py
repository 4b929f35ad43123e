"""The office's challenge: what follows from a nonce, whose document it is, what it is for, until when, and that it is answered once."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn

from conformance import reference
from conformance.attest import Held, Verified, load_key, load_trust, sign
from conformance.attest.challenge import handed, nonce_digest, refuse_unanswered, refuse_underived
from conformance.attest.statement import statement
from conformance.attest.verify import VerifiedRun
from conformance.commands.answering import Answer as Handing
from conformance.commands.answering import claimed
from conformance.commands.loopback import uvicorn_server
from conformance.errors import SuiteError, TargetError, UsageError, VerificationError, YanceError
from conformance.load.digests import Standing
from conformance.model import Challenge, Claim, Ixit, Limits, Plan
from conformance.office import Registry
from conformance.office.challenges import abandon_challenge, close_challenge
from conformance.office.events import Answer
from conformance.office.levels import established
from conformance.run.derived import DERIVATION, Binding, derived
from conformance.verdict.folder import RunFolder
from conformance.wire.control import prove_control
from tests import challenged
from tests.certified import Office, yance
from tests.challenged import BEGAN, ENDS, Challenged
from tests.test_attest import REPORT

NONCE = "5a" * 32
BINDING = Binding("C-0123456789ab", "Parcel Ltd", "parcels", "2.4.1", "logistics", "1.0.0", "sha256:" + "1" * 64, "sha256:" + "2" * 64, "full", "sha256:" + "3" * 64)  # fmt: skip


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    made = Registry.create(str(tmp_path / "registry.sqlite"), scheme="TW", uri="https://registry.example", now=BEGAN)
    yield made
    made.close()


@pytest.fixture
def one(office: Office, registry: Registry) -> Challenged:
    return challenged.opened(office, registry)


# ------------------------------------------------------------------------------------------ what follows from a nonce


def test_what_follows_from_a_nonce_stays_what_it_is() -> None:
    """Somebody else's verifier comes to the same, or a challenged run of last year counts no more."""
    found = derived(NONCE, BINDING)
    assert found.seed == 2_042_509_587_556_194
    assert found.token == "c44e4016cfdd967cd13cd00842cb86f1.9c2f186b8b9ab289cf3cc5a5bd7ae430"
    name, _, proof = found.token.partition(".")
    assert len(name) == len(proof) == 32
    assert name != proof


@pytest.mark.parametrize("name", vars(BINDING))
def test_under_another_binding_another_seed_follows(name: str) -> None:
    other = derived(NONCE, replace(BINDING, **{name: "another"}))
    assert other.seed != derived(NONCE, BINDING).seed
    assert other.token != derived(NONCE, BINDING).token
    assert derived("5b" * 32, BINDING).seed != derived(NONCE, BINDING).seed


@pytest.mark.parametrize("nonce", ["", "5a" * 31, "5A" * 32, "5a" * 33, "zz" * 32, "5a" * 32 + "\n"])
def test_what_is_no_nonce_gives_no_seed(nonce: str) -> None:
    with pytest.raises(VerificationError, match="64 hexadecimal digits"):
        derived(nonce, BINDING)


# ------------------------------------------------------------------------------------------ the document

Edit = Callable[[dict[str, Any]], object]


def put(path: str, value: Any) -> Edit:
    *way, last = path.split("/")

    def edit(document: dict[str, Any]) -> None:
        node: Any = document
        for name in way:
            node = node[int(name) if name.isdigit() else name]
        node[last] = value

    return edit


def gone(path: str) -> Edit:
    *way, last = path.split("/")

    def edit(document: dict[str, Any]) -> None:
        node: Any = document
        for name in way:
            node = node[name]
        del node[last]

    return edit


SHAPE = "is not of the shape"
DOCUMENTS: dict[str, tuple[Edit, str]] = {  # a challenge that the office's own key signs, and that is none all the same
    "no nonce": (gone("predicate/nonce"), SHAPE),
    "a short nonce": (put("predicate/nonce", "5a" * 16), SHAPE),
    "a nonce in capitals": (put("predicate/nonce", "5A" * 32), SHAPE),
    "another nonce than its subject's": (put("predicate/nonce", "5c" * 32), "its subject is not the solution and the nonce"),
    "another solution than its subject's": (
        put("predicate/solution/id", "others"),
        "its subject is not the solution and the nonce",
    ),
    "another version than its subject's": (
        put("predicate/solution/version", "9"),
        "its subject is not the solution and the nonce",
    ),
    "no holder": (put("predicate/holder", ""), SHAPE),
    "no profile": (gone("predicate/profile"), SHAPE),
    "a profile without its digest": (gone("predicate/profile/digest"), SHAPE),
    "no spec digest": (gone("predicate/specification/digest"), SHAPE),
    "no rows": (gone("predicate/specification/rows"), SHAPE),
    "a digest that is none": (put("predicate/profile/digest", {"sha256": "x"}), SHAPE),
    "no end": (gone("predicate/notAfter"), SHAPE),
    "no beginning": (gone("predicate/notBefore"), SHAPE),
    "an end that is no time": (put("predicate/notAfter", "tomorrow"), SHAPE),
    "an end without its zone": (put("predicate/notAfter", "2026-10-01T00:00:00"), SHAPE),
    "a day that is not": (put("predicate/notAfter", "2026-13-41T00:00:00Z"), "before it begins"),
    "an end before the beginning": (put("predicate/notAfter", "2020-01-01T00:00:00Z"), "before it begins"),
    "another derivation": (put("predicate/seedDerivation", "SHA-1"), "wants its seed derived by"),
    "a member more": (put("predicate/waived", True), SHAPE),
    "no id": (gone("predicate/challengeId"), SHAPE),
    "an id of another form": (put("predicate/challengeId", "../x"), SHAPE),
    "no registry": (gone("predicate/registry"), SHAPE),
    "another kind": (put("predicateType", "https://yance.example/attestations/checkpoint/v1"), "predicateType is"),
    "another type": (put("_type", "https://in-toto.io/Statement/v0.1"), "_type is"),
    "no subject": (put("subject", []), SHAPE),
    "issued in the future": (put("predicate/issuedOn", "2999-01-01T00:00:00Z"), "in the future"),
    "issued at no time": (put("predicate/issuedOn", "now"), "expected an RFC 3339 time"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_that_is_not_as_it_should_be_is_refused_for_its_own_reason(name: str, office: Office, one: Challenged) -> None:
    edit, why = DOCUMENTS[name]
    payload = json.loads(json.dumps(one.handed.envelope.payload))
    edit(payload)
    data = sign(payload, load_key(office.key("office"), None))
    with pytest.raises(VerificationError, match=why):
        handed(data, load_trust(office.trust).keys)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("vendor", "is trusted as vendor, and not for"),
        ("laboratory", "is trusted as laboratory, and not for"),
        ("lin", "is trusted as office, and not for"),
        ("stranger", "which is not trusted"),
    ],
)
def test_only_the_offices_key_for_challenges_signs_one(key: str, why: str, office: Office, one: Challenged) -> None:
    from conformance.attest import generate_key

    if key == "stranger" and not office.key(key).exists():
        generate_key(office.key(key), "ecdsa", None)
    data = sign(one.handed.envelope.payload, load_key(office.key(key), None))
    with pytest.raises(VerificationError, match=why):
        handed(data, load_trust(office.trust).keys)
    spoilt = one.document.replace(b'"sig":"', b'"sig":"A', 1)
    with pytest.raises(VerificationError, match=r"canonical base64|does not fit"):
        handed(spoilt, load_trust(office.trust).keys)


# ------------------------------------------------------------------------------------------ what it is for, and until when


@pytest.mark.parametrize("name", vars(BINDING))
def test_it_is_answered_with_what_it_is_for_and_nothing_else(name: str, one: Challenged) -> None:
    refuse_unanswered(one.handed, one.handed.binding, BEGAN)
    with pytest.raises(VerificationError, match=r"is for the .* and the run is of 'another'"):
        refuse_unanswered(one.handed, replace(one.handed.binding, **{name: "another"}), BEGAN)


def test_it_is_answered_in_time(one: Challenged) -> None:
    for when in (BEGAN - timedelta(hours=1), ENDS + timedelta(seconds=1)):
        with pytest.raises(VerificationError, match="is to be answered from"):
            refuse_unanswered(one.handed, one.handed.binding, when)


def test_only_a_challenged_run_says_so() -> None:
    claim, plan = Claim("challenge", "parcels", "2.4.1", "Parcel Ltd"), planned()
    told = Challenge(BINDING.challenge, NONCE, "2026-10-01T00:00:00Z", DERIVATION)
    refuse_underived(plan, claim, told)
    for changed, said, challenge, why in (
        (plan, replace(claim, purpose="self-test"), told, "was begun as self-test"),
        (plan, replace(claim, purpose="certification"), told, "was begun as certification"),
        (plan, claim, None, "answers no challenge"),
        (replace(plan, seed=plan.seed + 1), claim, told, "does not follow from the nonce"),
        (plan, claim, replace(told, nonce="5b" * 32), "does not follow from the nonce"),
        (plan, claim, replace(told, id="C-000000000000"), "does not follow from the nonce"),
        (plan, replace(claim, solution_version="2.4.2"), told, "does not follow from the nonce"),
        (plan, replace(claim, vendor="Other Ltd"), told, "does not follow from the nonce"),
        (replace(plan, profile_digest="sha256:" + "4" * 64), claim, told, "does not follow from the nonce"),
        (replace(plan, rows_digest="sha256:" + "4" * 64), claim, told, "does not follow from the nonce"),
        (plan, claim, replace(told, derivation="HKDF-MD5"), "is said to follow by"),
        (plan, claim, replace(told, nonce="x"), "64 hexadecimal digits"),
    ):
        with pytest.raises(VerificationError, match=why):
            refuse_underived(changed, said, challenge)


def planned() -> Plan:
    b = BINDING
    seed = derived(NONCE, b).seed
    return Plan(b.domain, b.spec, b.spec_digest, b.profile, b.profile_digest, seed, True, (), "", "", b.rows_digest)


def test_where_it_is_answered_is_noted_and_held(one: Challenged, tmp_path: Path) -> None:
    file, first, second = tmp_path / "challenge.json", RunFolder(tmp_path / "a"), RunFolder(tmp_path / "b")
    answer = Handing(one.handed, one.document, file)
    with claimed(answer, first), pytest.raises(UsageError, match="another run is just answering"), claimed(answer, second):
        pass
    with claimed(answer, second):  # nothing was asked in the first
        second.path.mkdir()
        second.evidence_file.write_bytes(b"begun")
    with claimed(answer, second):
        pass
    with pytest.raises(UsageError, match="was begun with this challenge"), claimed(answer, first):
        pass
    with claimed(None, first):
        pass


# ------------------------------------------------------------------------------------------ the registry


def test_the_log_has_the_hash_and_nobody_sees_the_nonce(
    office: Office, registry: Registry, one: Challenged, tmp_path: Path
) -> None:
    event = registry.state().challenges[one.handed.challenge.id].event
    nonce = one.handed.challenge.nonce
    assert event.draft.entry["nonceSha256"] == nonce_digest(nonce)
    assert nonce.encode() not in b"".join(registry.store.lines())
    database = Path(registry.store.url.removeprefix("sqlite:///"))
    keys = ("--registry", database, "--trust", office.trust)
    yance("registry", "export", tmp_path / "public", *keys, "--office-key", office.key("office"))
    yance("site", tmp_path / "public", "--trust", office.trust)
    public = [path.read_bytes() for path in (tmp_path / "public").rglob("*") if path.is_file()]
    assert not any(nonce.encode() in content for content in public)
    page = (tmp_path / "public" / "challenges.html").read_text()
    assert one.handed.challenge.id in page
    index = json.loads((tmp_path / "public" / "index.json").read_bytes())
    assert [row["challenge"] for row in index["challenges"]] == [one.handed.challenge.id]
    assert sum(index["stats"]["challenges"].values()) == 1


def test_what_nobody_answers_counts_as_abandoned(office: Office, registry: Registry, one: Challenged) -> None:
    other = challenged.opened(office, registry)
    name = one.handed.challenge.id
    assert registry.state().challenges[name].status(ENDS) is Answer.OPEN
    assert registry.state().challenges[name].status(ENDS + timedelta(seconds=1)) is Answer.ABANDONED
    abandon_challenge(registry, other.handed.challenge.id, "the vendor withdrew", now=BEGAN)
    assert registry.state().challenges[other.handed.challenge.id].status(BEGAN) is Answer.ABANDONED
    with pytest.raises(UsageError, match="was closed on"):
        abandon_challenge(registry, other.handed.challenge.id, "again", now=BEGAN)
    with pytest.raises(UsageError, match="has no challenge"):
        abandon_challenge(registry, "C-000000000000", "none", now=BEGAN)
    assert registry.stats(ENDS + timedelta(days=1)).challenges == {"open": 0, "answered": 0, "abandoned": 2}
    listed = json.loads(yance("challenge", "list", "--registry", registry.store.url, "--status", "abandoned", "--json").output)
    assert "the vendor withdrew" in [row.get("reason") for row in listed]


def test_an_office_opens_shows_and_hands_over_by_the_command(office: Office, tmp_path: Path) -> None:
    where = ("--registry", tmp_path / "r.sqlite")
    yance("registry", "new", *where, "--uri", "https://registry.example")
    trust, out = ("--trust", office.trust), tmp_path / "challenge.json"
    words = ("challenge", "open", "logistics", *where, *trust, "--holder", "Parcel Ltd", "--out", out)
    key = ("--office-key", office.key("office"))
    said = json.loads(yance(*words, *key, "--solution", "parcels@2.4.1", "--profile", "tracking", "--json").output)
    assert "nonce" not in said
    assert out.stat().st_mode & 0o077 == 0
    shown = json.loads(yance("challenge", "show", out, *trust, "--json").output)
    assert shown["control"]["path"] == f"/.well-known/yance/{shown['control']['token'].partition('.')[0]}"
    assert shown["control"]["token"] in yance("challenge", "show", out, *trust, "--lang", "zh-Hant").output
    again = tmp_path / "again.json"
    yance("challenge", "show", said["challenge"], *where, "--out", again)
    assert again.read_bytes() == out.read_bytes()
    for more, why, code in (
        (("--solution", "parcels@2.4.1"), "exists; a challenge is never written over", 2),
        (("--solution", "parcels"), "expected an id and a version", 2),
        (("--solution", "parcels@1", "--until", "2020-01-01T00:00:00Z"), "begins before it ends", 2),
        (("--solution", "parcels@1", "--until", "soon"), "is no time", 2),
    ):
        assert why in yance(*words, *key, *more, expected=code).output
    wrong = ("--office-key", office.key("lin"), "--solution", "parcels@1")
    assert "not the office's for challenges" in yance(*words[:-1], tmp_path / "c.json", *wrong, expected=6).output
    yance("challenge", "close", said["challenge"], *where, "--abandoned", "withdrawn")
    refused = yance("challenge", "show", said["challenge"], *where, "--out", tmp_path / "d.json", expected=2).output
    assert "only an open one is handed over" in refused


# ------------------------------------------------------------------------------------------ who closes it

SHOWN = {
    "complete": True,
    "result": "PASSED",
    "target": {"baseUrl": "https://x.example", "control": {}},
    "challenge": {
        "canaries": {"planted": 3, "returned": 2},
        "sample": {"outcome": "pass", "reads": 4, "exchanges": 16, "findings": []},
    },
}


def verified(one: Challenged, digest: str = "a" * 64, **report: Any) -> VerifiedRun:
    """What a verification comes to that found all as it should be, but for what is said of the report."""
    envelope = Verified({"predicate": {}}, f"sha256:{digest}", "key", "vendor", Held.UNBOUNDED)
    return VerifiedRun(envelope, {**SHOWN, **report}, (), (), cast(Standing, None), one.handed)


def test_a_challenge_is_answered_once(registry: Registry, one: Challenged) -> None:
    closed = close_challenge(registry, verified(one), now=BEGAN + timedelta(hours=1))
    assert closed.closed is not None
    assert closed.closed.draft.entry["level"] == "challenged"
    state = registry.state()
    assert state.challenges[one.handed.challenge.id].status(ENDS + timedelta(days=9)) is Answer.ANSWERED
    assert established(verified(one), state).level == "challenged"
    for run in (verified(one), verified(one, "b" * 64)):
        with pytest.raises(VerificationError, match="a challenge is answered once"):
            close_challenge(registry, run, now=BEGAN + timedelta(hours=2))
    with pytest.raises(VerificationError, match="was answered by another run"):
        established(verified(one, "b" * 64), state)


def test_of_two_who_close_it_at_once_one_does(registry: Registry, one: Challenged) -> None:
    came: list[str] = []
    gate = threading.Barrier(2)

    def close(digest: str) -> None:
        mine = Registry.open(registry.store.url)
        gate.wait()
        try:
            close_challenge(mine, verified(one, digest), now=BEGAN + timedelta(hours=1))
            came.append("closed")
        except VerificationError as error:
            came.append("refused" if "answered once" in str(error) else str(error))
        finally:
            mine.close()

    both = [threading.Thread(target=close, args=(digest * 64,)) for digest in "ab"]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(came) == ["closed", "refused"]


def test_it_is_closed_in_time_or_with_a_time_stamp(registry: Registry, one: Challenged) -> None:
    late = ENDS + timedelta(hours=1)
    with pytest.raises(VerificationError, match="is its signer's word alone"):
        close_challenge(registry, verified(one), now=late)
    run = verified(one)
    too_late = replace(run, envelope=replace(run.envelope, proven=late))
    with pytest.raises(VerificationError, match="is its signer's word alone"):
        close_challenge(registry, too_late, now=late)
    stamped = replace(run, envelope=replace(run.envelope, proven=ENDS - timedelta(hours=1)))
    close_challenge(registry, stamped, now=late)
    assert established(stamped, registry.state()).level == "challenged"
    assert [text["en"] for text in established(run, registry.state()).missing] == [
        f"that it was answered by {ENDS:%Y-%m-%dT%H:%M:%SZ} is its signer's word alone"
    ]


@pytest.mark.parametrize(
    ("report", "why"),
    [
        ({"complete": False}, "the run is not complete"),
        ({"target": {"baseUrl": "https://x.example"}}, "who governs https://x.example was not shown"),
        ({"challenge": SHOWN["challenge"] | {"canaries": {"planted": 3, "returned": 0}}}, "no text that follows from the nonce"),  # type: ignore[operator] # a mapping
        ({"challenge": SHOWN["challenge"] | {"sample": {"outcome": "fail"}}}, "were not answered alike"),  # type: ignore[operator] # likewise
        ({"challenge": SHOWN["challenge"] | {"sample": {"outcome": "inconclusive"}}}, "could not be compared"),  # type: ignore[operator] # likewise
        ({"challenge": SHOWN["challenge"] | {"sample": {"outcome": "not_tested"}}}, "could not be compared"),  # type: ignore[operator] # likewise
    ],
)
def test_a_run_that_lacks_something_is_not_challenged(
    registry: Registry, one: Challenged, report: dict[str, Any], why: str
) -> None:
    run = verified(one, **report)
    closed = close_challenge(registry, run, now=BEGAN + timedelta(hours=1)).closed
    assert closed is not None
    assert closed.draft.entry["level"] == "self-attested"
    reached = established(run, registry.state())
    assert reached.level == "self-attested"
    assert why in "".join(text["en"] for text in reached.missing)
    assert all(text["zh-Hant"] for text in reached.missing)


def test_what_the_log_contradicts_is_refused(office: Office, registry: Registry, one: Challenged, tmp_path: Path) -> None:
    run = verified(one)
    assert "is not closed" in established(run, registry.state()).missing[0]["en"]
    told = one.handed
    for changed, why in (
        (replace(told, challenge=replace(told.challenge, id="C-000000000000")), "knows no challenge"),
        (replace(told, challenge=replace(told.challenge, nonce="5b" * 32)), "not the one whose hash"),
        (
            replace(told, envelope=replace(told.envelope, digest="sha256:" + "0" * 64)),
            "not the one that the registry's log names",
        ),
    ):
        for asked in (lambda run: established(run, registry.state()), lambda run: close_challenge(registry, run, now=BEGAN)):
            with pytest.raises(VerificationError, match=why):
                asked(replace(run, challenge=changed))
    elsewhere = Registry.create(str(tmp_path / "other.sqlite"), scheme="TW", uri="https://other.example", now=BEGAN)
    with pytest.raises(VerificationError, match="is of registry"):
        established(run, elsewhere.state())
    elsewhere.close()
    with pytest.raises(VerificationError, match="answers no challenge"):
        close_challenge(registry, replace(run, challenge=None), now=BEGAN)
    abandon_challenge(registry, told.challenge.id, "withdrawn", now=BEGAN)
    with pytest.raises(VerificationError, match="was abandoned on"):
        established(run, registry.state())


# ------------------------------------------------------------------------------------------ who governs the target


@pytest.fixture
def served() -> Iterator[Callable[[Any], str]]:
    running: list[tuple[uvicorn.Server, threading.Thread, Any]] = []

    def serve(app: Any) -> str:
        server, bound, url = uvicorn_server("logistics", control=derived(NONCE, BINDING).token)
        if app is not None:
            server.config.app = app
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
        running.append((server, thread, bound))
        return url

    yield serve
    for server, thread, bound in running:
        server.should_exit = True
        thread.join(5)
        bound.close()


def proven(url: str, *, allow_private: bool = True) -> str:
    ixit = Ixit(url, limits=Limits(timeout=5))
    token = derived(NONCE, BINDING).token
    return asyncio.run(prove_control(ixit, token, user_agent="curl/8.1.0", allow_private=allow_private))


def test_whoever_serves_the_token_at_the_origin_governs_it(served: Callable[[Any], str]) -> None:
    url = served(None)
    assert proven(url).startswith(url.removesuffix("/v1") + "/.well-known/yance/")
    for place in (url, url.replace("127.0.0.1", "localhost")):
        with pytest.raises(UsageError, match="not on the public network"):
            proven(place, allow_private=False)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "224.0.0.1"]
)
def test_an_address_that_is_not_public_is_refused_before_anything_is_sent(host: str) -> None:
    with pytest.raises(UsageError, match="not on the public network"):
        proven(f"http://{host}/v1", allow_private=False)


def test_what_is_no_proof_is_refused(served: Callable[[Any], str]) -> None:
    answers = {
        "a redirect, which proves nothing": (302, [(b"location", b"/elsewhere")], b""),
        "was answered 404": (404, [], b""),
        "answered with another text": (
            200,
            [],
            derived(NONCE, BINDING).token.partition(".")[0].encode(),
        ),  # what it was asked for
    }
    turns = iter(answers.values())

    async def wrong(_scope: Any, _receive: Any, send: Any) -> None:
        status, headers, body = next(turns)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    url = served(wrong)
    for why in answers:
        with pytest.raises(TargetError, match=why):
            proven(url)
    with pytest.raises(TargetError, match="failed"):
        proven("http://127.0.0.1:9/v1")


def test_the_origin_of_a_served_reference_has_the_token() -> None:
    app = reference.controlled(reference.application("logistics"), "name.proof")

    async def asked(path: str) -> tuple[int, bytes]:
        sent: list[Any] = []

        async def send(event: Any) -> None:
            sent.append(event)

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [], "scheme": "http", "server": ("x", 80)}  # fmt: skip
        await app(scope, receive, send)
        return sent[0]["status"], b"".join(one.get("body", b"") for one in sent)

    assert asyncio.run(asked("/.well-known/yance/name")) == (200, b"name.proof")
    assert asyncio.run(asked("/.well-known/yance/other"))[0] == 404


# ------------------------------------------------------------------------------------------ the statement


def test_nobody_states_a_challenged_run_that_was_not() -> None:
    report = json.loads(json.dumps(REPORT)) | {"purpose": "challenge", "challenge": SHOWN["challenge"]}
    told = {"id": "C-0123456789ab", "nonce": NONCE, "notAfter": "2026-10-01T00:00:00Z", "seedDerivation": DERIVATION}
    report["plan"] |= {"challenge": told}
    report["target"]["control"] = {"method": "well-known", "validatedAt": "2026-09-21T00:00:00Z"}
    made = statement(report)
    assert "seed" not in made["predicate"]["plan"]
    assert made["predicate"]["challenge"]["sample"]["findings"] == 0
    for edit in (
        put("purpose", "self-test"),
        put("purpose", "certification"),
        gone("plan/challenge"),
        gone("challenge"),
        gone("plan/challenge/nonce"),
        put("plan/challenge/waived", "x"),
        put("target/control", {"method": "word"}),
    ):
        changed = json.loads(json.dumps(report))
        edit(changed)
        with pytest.raises((SuiteError, YanceError)):
            statement(changed)
