"""How much is drawn is counted, and where it is drawn does not matter: other processes, that end when they are to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import SuiteError, UsageError
from conformance.interface.compiled import alone
from conformance.interface.references import deref
from conformance.load import data_folders, load_spec
from conformance.model import Draw, Spec
from conformance.plan import beside, drawable, engine, generate
from conformance.plan.beside import drawn_beside
from conformance.plan.drawable import portion
from conformance.plan.engine import Drawn, drawn
from conformance.plan.generate import draw
from conformance.plan.small import MOST, small_enough
from tests.large import data_folder, document

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).resolve().parents[1]
NAMES = ["listStops", "listRoutes", "createReservation", "updateReservation"]


@pytest.fixture(scope="module")
def transport() -> Spec:
    return load_spec(data_folders(()), "transport")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_spec(data_folders([data_folder(tmp_path_factory.mktemp("large"), document(8, 30))]), "large")


# ------------------------------------------------------------------------------------------ in processes of their own


def test_whoever_draws_draws_the_same(transport: Spec) -> None:
    here = {name: drawn(transport.operations[name], 3, 4) for name in NAMES}
    assert all(one.kinds[0] and one.choices > len(NAMES) for one in here.values())
    small = portion(transport, NAMES)
    assert {name: drawn(one, 3, 4) for name, one in small.operations.items()} == here
    assert len(str(small.document)) < len(str(transport.document)) / 3
    for workers in (1, 2):
        assert dict(drawn_beside(transport, NAMES, 3, 4, workers=workers)) == here


def test_many_operations_are_drawn_beside_and_told_of(transport: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def noted(spec: Spec, names: Iterable[str], seed: int, count: int, *, workers: int) -> Any:
        pending = list(names)
        asked.append(len(pending))
        return ((name, drawn(spec.operations[name], seed, count)) for name in reversed(pending))

    monkeypatch.setattr(generate, "drawn_beside", noted)
    heard: list[tuple[int, int]] = []
    found = draw(transport, NAMES, seed=3, count=2, cache=tmp_path, told=lambda done, total: heard.append((done, total)))
    assert (list(found), asked) == (NAMES, [4])
    assert heard == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    heard.clear()
    assert draw(transport, NAMES, seed=3, count=2, cache=tmp_path, told=lambda *one: heard.append(one)) == found
    assert draw(transport, NAMES[:3], seed=4, count=1, cache=tmp_path)  # a few are drawn here
    assert (heard, asked) == ([], [4])


def test_none_are_drawn_where_none_are_asked_for(transport: Spec, tmp_path: Path) -> None:
    assert draw(transport, ["listStops", "getStop"], seed=3, count=0, cache=tmp_path)["listStops"] == ((), ())
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_ends_or_fails_is_the_suites_failure(transport: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SuiteError, match=r"drawing inputs for nothing failed: KeyError: 'nothing'"):
        list(drawn_beside(transport, ["nothing"], 3, 4, workers=1))
    monkeypatch.setattr(beside, "_START", "import sys; sys.exit(7)  # {path!r}")
    with pytest.raises(SuiteError, match="the process that drew inputs for listStops ended with 7"):
        list(drawn_beside(transport, ["listStops"], 3, 4, workers=1))


def test_waiting_has_an_end_that_says_so_and_no_process_is_left(transport: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            begun.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    with pytest.raises(UsageError, match="inputs for listStops were not drawn within 0 seconds; leave the operation out"):
        list(drawn_beside(transport, NAMES, 3, 4, workers=2, patience=0.0))
    assert [one.poll() for one in begun] == [-signal.SIGKILL] * 2


# The pattern takes longer than anybody waits. Whoever kills this test leaves nothing behind for good: the alarm ends what is stuck, also
# in C code, and then the command beside it.
# A shell that runs the tests behind it has SIGINT ignored, and whoever begins so hears no SIGINT.
STUCK = """\
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {root!r})
from conformance.plan import beside
from conformance.commands.main import main
beside._START = "print(end='', flush=True); import re, signal; signal.alarm(120); re.match('(a*)*b', 'a' * 34)  # {{path!r}}"
sys.argv = ["yance", "plan", "transport"]
main()
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_command_that_draws_ends_when_it_is_told_to_whatever_the_engines_are_in(tmp_path: Path, sent: signal.Signals) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", STUCK.format(root=str(ROOT))]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline() for _ in range(3)]
        assert "inputs drawn for 0 of" in lines[-1]
        process.send_signal(sent)
        rest = process.stderr.read()
        assert process.wait() == {signal.SIGTERM: 143, signal.SIGINT: 130}[sent]
    assert rest.strip() in ("yance: stopped by SIGTERM", "yance: interrupted")


# ------------------------------------------------------------------------------------------ counted


def size(schema: Any) -> int:
    inner = (
        [*schema.get("properties", {}).values(), *([schema["items"]] if schema.get("items") else [])]
        if isinstance(schema, dict)
        else []
    )
    return 1 + sum(map(size, inner))


def test_a_small_schema_is_given_as_it_is(transport: Spec) -> None:
    for operation in transport.operations.values():
        for body in operation.bodies.values():
            assert small_enough(transport.document, body) is body


def test_of_a_schema_that_unfolds_without_end_the_engine_is_given_what_can_be_counted(large: Spec) -> None:
    (body,) = large.operations["post0"].bodies.values()
    small = small_enough(large.document, body)
    assert "$ref" not in str(small)
    assert 20 < size(small) <= MOST
    assert small_enough(large.document, body) == small
    instance = {"item": {"m0": "x", "next": {"m1": "y"}, "many": []}}
    assert alone(small).is_valid(instance)


def test_what_lies_too_deep_is_left_out_only_where_it_may_be() -> None:
    def to(name: str) -> dict[str, str]:
        return {"$ref": f"#/components/schemas/{name}"}

    leaf = {"type": "object", "properties": {f"p{nth}": {"type": "string"} for nth in range(90)}}
    schemas: dict[str, Any] = {
        "Leaf": leaf,
        "Wide": {"type": "object", "properties": {f"w{nth}": to("Wide" if nth else "Leaf") for nth in range(9)}},
        "Needed": {"type": "object", "properties": {f"n{nth}": to("Needed") for nth in range(30)}, "required": ["n7"]},
        "Either": {"anyOf": [{"type": "string"}, *[to("Either")] * 30]},
        "List": {"type": "array", "items": {"anyOf": [to("List"), to("Wide")]}},
        "Full": {"type": "array", "items": to("Full"), "minItems": 1},
        "Map": {"type": "object", "additionalProperties": to("Map"), "not": to("Wide")},
        "All": {"allOf": [to("All2"), {"type": "object"}]},
        "All2": {"type": "object", "properties": {"up": to("All")}, "required": ["up"]},
    }
    content = {"openapi": "3.1.0", "components": {"schemas": schemas}}
    found = {name: small_enough(content, to(name)) for name in schemas}
    assert found["Leaf"] == to("Leaf")
    assert [name for name, one in found.items() if one is None] == ["Needed", "Full", "All", "All2"]
    assert "w0" in found["Wide"]["properties"]
    assert {"type": "string"} in found["Either"]["anyOf"]
    assert found["List"]["type"] == "array"
    assert "not" not in found["Map"] or deref(content, found["Map"]["not"])


def test_inputs_of_a_dense_document_are_drawn_and_are_what_they_say(large: Spec) -> None:
    operation = large.operations["post0"]
    found = drawn(operation, 1, 2)
    valid, invalid = found.kinds
    assert len(valid) == 2
    assert found == drawn(operation, 1, 2)
    assert {one.note.split(":")[0] for one in (*valid, *invalid)} <= {"valid", "invalid"}


def test_a_body_that_is_too_large_to_draw_from_has_no_inputs(monkeypatch: pytest.MonkeyPatch, large: Spec) -> None:
    monkeypatch.setattr(drawable, "small_enough", lambda document, schema: None)
    assert drawn(large.operations["post0"], 1, 2) == Drawn(((), ()), 0)


def test_drawing_ends_when_its_choices_are_spent(monkeypatch: pytest.MonkeyPatch, transport: Spec) -> None:
    whole = drawn(transport.operations["listStops"], 3, 12).kinds
    monkeypatch.setattr(engine, "BYTES", 60)
    spent = drawn(transport.operations["listStops"], 3, 12).kinds
    for some, most in zip(spent, whole, strict=True):
        assert 0 < len(some) < len(most)
        assert most[: len(some)] == some


def test_what_leaves_nothing_to_draw_is_given_up_after_a_hundred_tries() -> None:
    import hypothesis.strategies as st

    tried: list[None] = []

    class Barren:
        def as_strategy(self, generation_mode: object) -> object:
            return st.integers().map(lambda _: tried.append(None)).filter(lambda _: False)

    operation: Any = None  # nothing is ever read of a case
    assert engine._cases(operation, Barren, "any", 1, 12, 6, lambda *_: None)[0] == ()
    assert 100 <= len(tried) <= 300  # a filter asks three times in a try; the engine itself would have ended at 459


def test_enough_ends_the_drawing_and_no_case_is_drawn_once_more_to_be_shown() -> None:
    import hypothesis.strategies as st

    tried: list[int] = []

    class Wholes:
        def as_strategy(self, generation_mode: object) -> object:
            return st.integers().map(lambda one: tried.append(one) or one)  # type: ignore[func-returns-value] # that it gives nothing back is used

    nothing_is_read_of_it: Any = None
    found, choices = engine._cases(
        nothing_is_read_of_it, Wholes, "any", 1, 12, 3, lambda _, one: Draw((("n", str(one)),), note="valid")
    )
    assert [one.query[0][1] for one in found] == [str(one) for one in dict.fromkeys(tried)]
    assert len(found) == 3
    assert choices == len(tried)


def test_the_engine_is_told_what_utf_8_has() -> None:
    from hypothesis.internal import charmap

    def encodes(codepoint: int) -> bool:
        try:
            return chr(codepoint).encode("utf-8").decode("utf-8") == chr(codepoint)
        except UnicodeError:
            return False

    before = charmap.intervals_from_codec
    with engine.alone():
        encoded, changed = charmap.intervals_from_codec("utf-8")
        ascii_alone = charmap.intervals_from_codec("ascii")
    assert charmap.intervals_from_codec is before
    assert ascii_alone == before("ascii")
    every = [nth for nth in range(0x110000) if encodes(nth)]
    assert (encoded.size, encoded[0], encoded[0xD800], encoded[-1]) == (len(every), every[0], every[0xD800], every[-1])
    assert (list(encoded) == every, changed.size) == (True, 0)
