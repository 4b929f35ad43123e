"""Why the desk does not take a run is said without a word of the run, wherever in it a secret stands and whoever signed it."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from conformance.attest import Trust, bundle, load_key, load_trust, sign
from conformance.attest.verify import verify_run
from conformance.desk.discreet import discreet
from conformance.errors import YanceError
from conformance.load import data_folders
from conformance.verdict.folder import RunFolder
from tests import certified, forging

SECRET = "hunter2-Zx9 A123456789 0912345678"
PIECES = ("hunter2", "Zx9", "A123456789", "0912345678")
DIGITS = "0912345678901234"
Place = tuple[str | int, ...]


@pytest.fixture(scope="module")
def files(run: RunFolder) -> Mapping[str, bytes]:
    """The files of a run, by name."""
    return {path.name: path.read_bytes() for path in run.path.iterdir()}


def places(document: Any, at: Place = ()) -> Iterator[Place]:
    """Every member of a document; of a list its first one, since the others are alike."""
    if at:
        yield at
    if isinstance(document, dict):
        for name, value in document.items():
            yield from places(value, (*at, name))
    elif isinstance(document, list) and document:
        yield from places(document[0], (*at, 0))


def planted(document: Any, at: Place, value: object, *, name: bool = False) -> Any:
    """The document with a value in a place; with `name` the member is called that, and keeps its value."""
    made = json.loads(json.dumps(document))
    inner = made
    for step in at[:-1]:
        inner = inner[step]
    if name:
        inner[str(value)] = inner.pop(at[-1])
    else:
        inner[at[-1]] = value
    return made


def read(run: Mapping[str, bytes], what: str, folder: Path) -> Any:
    if what == "statement":
        return json.loads(b64decode(json.loads(run["statement.dsse.json"])["payload"]))
    if what == "evidence":
        (folder / "evidence.ndjson.zst").write_bytes(run["evidence.ndjson.zst"])
        return json.loads(forging.unpacked(folder)[0])
    return json.loads(run[f"{what}.json"])


def laid(run: Mapping[str, bytes], what: str, document: Any, folder: Path, key: Path) -> RunFolder:
    """The run with another document, its statement signed again with sums to match, so that all of it is read."""
    for name, content in run.items():
        (folder / name).write_bytes(content)
    statement = document if what == "statement" else read(run, "statement", folder)
    if what == "evidence":
        (folder / "evidence.ndjson.zst").write_bytes(run["evidence.ndjson.zst"])
        forging.repacked(folder, lambda lines: [forging.dense(document), *lines[1:]])
    elif what != "statement":
        (folder / f"{what}.json").write_bytes(forging.dense(document))
    if what != "statement":
        for subject in statement["subject"]:
            if (folder / subject["name"]).is_file():
                subject["digest"] = {"sha256": sha256((folder / subject["name"]).read_bytes()).hexdigest()}
    envelope = sign(statement, load_key(key, None))
    (folder / "statement.dsse.json").write_bytes(envelope)
    (folder / "bundle.sigstore.json").write_bytes(bundle(envelope))
    return RunFolder(folder)


def outcome(folder: RunFolder, trust: Trust) -> str:
    """All that the desk would say of it."""
    told: list[Mapping[str, str]] = []
    try:
        found = verify_run(data_folders(), folder, trust.keys, authorities=trust.authorities, told=told.append)
    except YanceError as error:
        return discreet(str(error), folder.path) + json.dumps(told)
    return json.dumps([found.steps, found.unverified])


WAYS = (
    ("laboratory", SECRET, False),
    ("vendor", SECRET, False),
    ("laboratory", SECRET, True),
    ("laboratory", int(DIGITS), False),
)


def shown(what: str, office: certified.Office, files: Mapping[str, bytes], tmp_path: Path, every: int) -> list[str]:
    """What is said of runs with a secret in a place of theirs, one way at each place in turn; none of it may be the secret."""
    document, trust, found = read(files, what, tmp_path), load_trust(office.trust), []
    for number, at in enumerate(list(places(document))[::every]):
        key, value, name = WAYS[number % len(WAYS)]
        made = planted(document, at, value, name=name and isinstance(at[-1], str))
        said = outcome(laid(files, what, made, tmp_path, office.key(key)), trust)
        assert not [piece for piece in (*PIECES, DIGITS) if piece in said], (at, said)
        assert str(tmp_path) not in said
        found.append(said)
    return found


@pytest.mark.parametrize(("what", "every"), [("statement", 17), ("plan", 11), ("report", 70), ("evidence", 5)])
def test_no_word_of_a_run_is_in_what_is_said_of_it(
    what: str, every: int, office: certified.Office, files: Mapping[str, bytes], tmp_path: Path
) -> None:
    assert all(shown(what, office, files, tmp_path, every))


@pytest.mark.slow
@pytest.mark.parametrize("what", ["statement", "plan", "report", "evidence"])
def test_no_place_of_a_run_is_forgotten(what: str, office: certified.Office, files: Mapping[str, bytes], tmp_path: Path) -> None:
    said = shown(what, office, files, tmp_path, 1)
    assert len(said) > 10
    assert what == "report" or any("…" in one for one in said), "whoever verifies their own run sees what stands there"


def test_a_refusal_keeps_the_words_of_the_suite() -> None:
    said = "/desk/uploads/1/run/report.json: not the file that was signed; ask for the original, or sign the run again"
    assert discreet(said, Path("/desk/uploads/1/run")) == said.removeprefix("/desk/uploads/1/run/")
    quoted = discreet("a vendor's key states a run for 'hunter2 A123', which is the office's to state", Path("/x"))
    assert quoted == "a vendor's key states a run for '…', which is the office's to state"
    assert (
        discreet("/predicate/result of COM-DOC-05, 3 differences", Path("/x")) == "/predicate/result of COM-DOC-05, 3 differences"
    )
