"""What every fault, variant and impostor does is told in zh-Hant, and each file of `reports/faults/` names what there is and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from conformance import reference
from conformance.adequacy import Attempt
from conformance.commands import sandbox
from conformance.commands.main import main
from conformance.load import sentences
from tests.test_chinese import english, yance

FOLDER = Path(__file__).parent.parent / "reports" / "faults"
DOMAINS = (*reference.domains(), reference.EXAMPLE)
SERVED = (*reference.served(), reference.EXAMPLE)
CODE = re.compile(r"`([^`]+)`")


def translations(name: str) -> Mapping[str, str]:
    """A file as it is written. Names given twice are refused where the suite reads it."""
    found: Mapping[str, str] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return found


def does(domain: str) -> dict[str, set[str]]:
    """What the faults and variants of every version of a domain's server say in English, by name."""
    found: dict[str, set[str]] = {}
    for server in (one for one in SERVED if one.partition("@")[0] == domain):
        for name, kind in (reference.faults(server) | reference.variants(server)).items():
            found.setdefault(name, set()).add(" ".join((kind.__doc__ or "").split()))
    return found


def poor(said: Iterable[tuple[str, str]]) -> list[str]:
    """Translations that have English words left, no Chinese, no full stop, or another name or number in code than the English has."""
    return [
        chinese
        for text, chinese in said
        if english(chinese)
        or not re.search("[\u4e00-\u9fff]", chinese)
        or not chinese.endswith("。")
        or not set(CODE.findall(text)) <= set(CODE.findall(chinese))
        or not set(re.findall(r"\d+", text)) <= set(re.findall(r"\d+", chinese))
    ]


def test_there_is_a_file_for_each_domain_and_one_for_the_impostors() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.yaml" for name in (*DOMAINS, "impostors", "journeys")}


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_fault_and_variant_of_a_domain_is_told_in_chinese(domain: str) -> None:
    told, said = translations(domain), does(domain)
    assert list(told) == list(said)
    assert [name for name, texts in said.items() if len(texts) > 1] == []  # one name, one sentence: the name is the key
    assert poor((text, told[name]) for name, texts in said.items() for text in texts) == []
    assert translations("impostors").keys().isdisjoint(told)


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_differs_in_english_differs_in_chinese(domain: str) -> None:
    told, said = translations(domain), does(domain)
    chinese = {told[name]: texts for name, texts in said.items()}
    assert [(name, told[name]) for name, texts in said.items() if chinese[told[name]] != texts] == []


def test_every_impostor_is_told_in_chinese() -> None:
    told, said = translations("impostors"), reference.impostors("transport") | reference.cheats("transport")
    assert list(told) == list(said)
    assert poor((text, told[name]) for name, text in said.items()) == []


@pytest.mark.heavy
@pytest.mark.parametrize("server", SERVED)
def test_the_list_of_what_is_served_says_it_in_the_language_asked_for(server: str) -> None:
    told = translations(server.partition("@")[0]) | (translations("impostors") if server != reference.EXAMPLE else {})
    names = [*reference.faults(server), *reference.variants(server), *reference.impostors(server), *reference.cheats(server)]
    lines = yance("serve", server, "--list").splitlines()
    assert [line.endswith(f" {told[name]}") for name, line in zip(names, lines, strict=True)] == [True] * len(names)
    assert json.loads(yance("serve", server, "--list", "--json"))["does"] == {name: told[name] for name in names}
    listed = CliRunner().invoke(main, ["serve", server, "--list", "--lang", "en"])
    assert (listed.exit_code, re.search("[\u4e00-\u9fff]", listed.output)) == (0, None)


def test_no_file_is_read_until_somebody_asks_for_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences._done.cache_clear()
    monkeypatch.setattr(sentences, "read_document", None)
    assert sentences.done("transport", "BboxIsRounded", "It rounds.", "en") == "It rounds."
    monkeypatch.undo()
    assert sentences.done("transport@1.1.0", "NobodyKnowsThis", "It rounds.", "zh-Hant") == "It rounds."
    assert sentences._done.cache_info().currsize == 2


@pytest.mark.parametrize(
    ("survivor", "file"),
    [
        (Attempt(fault="TwoRoutesShareUid", declared=("TRN-001",)), "transport"),
        (Attempt(variant="RelativeLinks", failed=("TRN-001",)), "transport"),
        (Attempt(impostor="SaysNothing", conformant=True), "impostors"),
    ],
    ids=lambda one: getattr(one, "name", one),
)
def test_a_sweep_says_what_a_server_does_that_came_out_otherwise(
    survivor: Attempt, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "attempts", lambda _sweep, **_how: [Attempt(), survivor])
    said = yance("adequacy", "transport", "--only", "TRN-001").splitlines()
    place = max(number for number, line in enumerate(said) if survivor.name in line)
    assert said[place + 1].strip() == translations(file)[survivor.name]
    assert not any(line.isspace() for line in said)
