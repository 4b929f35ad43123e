"""Challenged runs of whole profiles: an honest target reaches the level in every domain, and what two of them say has nothing of the suite's."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from conformance import reference
from conformance.adequacy import reference_ixit
from conformance.attest import load_trust
from conformance.attest.verify import verify_run
from conformance.load import data_folders
from conformance.office import Registry, challenges
from conformance.office.challenges import close_challenge
from conformance.verdict.folder import RunFolder
from tests import challenged
from tests.certified import Office, yance
from tests.challenged import BEGAN
from tests.overheard import EXCEPT, Overheard, leaves, recurring, texts

NONCES = ("7", "8")  # a digit of each, 64 times: what follows from it was drawn before


@pytest.mark.slow
@pytest.mark.parametrize("domain", reference.domains())
def test_a_whole_profile_is_challenged_and_two_runs_of_it_share_no_word_of_the_suites(
    domain: str, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry.create(str(tmp_path / "r.sqlite"), scheme="TW", uri="https://registry.example", now=BEGAN)
    heard: list[Overheard] = []

    def spy(app: object) -> Overheard:
        heard.append(Overheard(app))
        return heard[-1]

    for digit in NONCES:
        monkeypatch.setattr(challenges.secrets, "token_hex", lambda length, digit=digit: digit * (2 * length))
        one, run = challenged.opened(office, registry, domain), tmp_path / digit
        report = challenged.answered(one, run, key=office.key("vendor"), spy=spy)
        wrong = [row["id"] for row in report["requirements"] if row["outcome"] not in ("pass", "not_applicable", "not_tested")]
        assert (report["result"], report["complete"], wrong) == ("PASSED", True, [])
        assert report["challenge"]["sample"]["outcome"] == "pass"
        assert report["challenge"]["canaries"]["returned"] > 3
    found = verify_run(data_folders(), RunFolder(run), load_trust(office.trust).keys)
    close_challenge(registry, found, now=BEGAN + timedelta(hours=1))
    words = ("--trust", office.trust, "--registry", registry.store.url, "--require", "challenged", "--require", "passed")
    assert json.loads(yance("verify", run, *words, "--json").output)["level"] == "challenged"
    registry.close()

    first, second = heard
    assert len(first.answers) > 1000 < len(second.answers)
    assert recurring(first, second, one.spec, reference_ixit(domain)) == []
    everything = first.said.keys() | second.said.keys()
    assert [text for text in everything if re.match(r"[\[{(]+'", text) or text in ("None", "True", "False")] == [], (
        "a document is written as any client writes it, not as the suite's language does"
    )


# ------------------------------------------------------------------------------------------ that it would be noticed


def run_of(*said: tuple[str, str]) -> Overheard:
    """What was heard of a run: each text with the answer that it got."""
    one = Overheard(None)
    for text, answer in said:
        one.said.setdefault(text, len(one.answers))
        one.answers.append(answer)
    return one


@pytest.mark.parametrize(
    ("text", "answer", "tells"),
    [
        ("RC-PRIVATE", "{}", True),
        ("RC-PRIVATE", '{"reasonCode":"RC-PRIVATE"}', True),  # an echo is no word of the target's
        ("teleporting", '{"bizStep":"teleported"}', True),
        ("{'amount': 20000}", "{}", True),
        ("things", "{}", False),  # of the document
        ("Accept-Language", "{}", False),
        ("2147483648", "{}", False),
    ],
)
def test_what_two_runs_say_alike_is_noticed(text: str, answer: str, tells: bool) -> None:
    from conformance.checks._example import shop

    spec, ixit = shop(), reference_ixit("transport")
    one, other = run_of((text, answer)), run_of(("other", "{}"), (text, answer))
    assert recurring(one, other, spec, ixit) == ([text] if tells else [])
    assert recurring(one, run_of(("other", "{}")), spec, ixit) == [], "said in one run alone"
    shown = run_of(("one", json.dumps({"code": text})), (text, answer))
    assert recurring(shown, shown, spec, ixit) == [], "the target said so itself before"


def test_all_of_a_request_is_heard() -> None:
    scope = {
        "raw_path": b"/things/a%20b",
        "query_string": b"limit=5&q=%7Bx",
        "headers": [(b"accept", b"a/b"), (b"authorization", b"Bearer token")],
    }
    said = set(texts(scope, b'{"name": ["x", 7, {"deep": true}]}'))
    assert said == {"", "things", "a b", "limit", "5", "q", "{x", "accept", "a/b", "authorization", "Bearer", "token", "name", "x", "7", "deep"}  # fmt: skip
    assert list(leaves([1, None, False, "a"])) == ["1", "a"]
    assert set(texts(scope, b"\xff{")) > {"\xff{"}


def test_no_exception_lets_a_word_through() -> None:
    ours = ("yance", "RC-PRIVATE", "NOBODY-IN", "teleporting", "no-such-number", "{'a': 1}", "None", "https://10.1.2.3/a")
    assert [text for text in ours if any(re.fullmatch(one, text) for one in EXCEPT)] == []
    assert all(re.compile(pattern) and len(why) > 10 for pattern, why in EXCEPT.items())
