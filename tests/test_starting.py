"""`yance init` and `yance serve --config`: what is written is read again, and leads to a run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from conformance import reference
from conformance.commands.main import main
from conformance.load import data_folders, load_profile, load_settings
from conformance.load.catalogue import LANGUAGES
from conformance.load.profiles import profile_names
from conformance.vendor.starting import CI_FILES, Start, ci_text, needed_actors, settings_text, variable

FOLDERS = data_folders()
PROFILES = [(domain, name) for domain in reference.domains() for name in profile_names(FOLDERS, domain)]
README = (Path(__file__).parents[1] / "README.md").read_text()


def start(domain: str, profile: str, **more: object) -> Start:
    chosen, spec = load_profile(FOLDERS, domain, profile)
    return Start(spec, chosen, "https://sandbox.example/v1", **more)  # type: ignore[arg-type]


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("domain", "profile"), PROFILES)
def test_what_is_written_is_read_again(
    domain: str, profile: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = start(domain, profile, solution='a "b" \\', version="2.4.1", vendor="甲公司")
    path = tmp_path / "yance.toml"
    path.write_text(settings_text(begun, language))
    for actor in needed_actors(begun):
        monkeypatch.setenv(variable(actor), f"token-of-{actor}-0123456789")
    read = load_settings(FOLDERS, path)
    assert (read.domain, read.profile, read.ixit.base_url) == (domain, profile, begun.url)
    assert (read.ics.solution_id, read.ics.solution_version, read.ics.vendor) == ('a "b" \\', "2.4.1", "甲公司")
    assert list(read.ixit.actors) == needed_actors(begun)
    assert read.ixit.sandbox is False


@pytest.mark.parametrize(("domain", "profile"), PROFILES)
def test_what_stands_in_comments_is_right_too(domain: str, profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = start(domain, profile)
    for actor in needed_actors(begun):
        monkeypatch.setenv(variable(actor), f"token-of-{actor}-0123456789")
    lines = settings_text(begun, "en").splitlines()
    told = [
        line.removeprefix("# ") if line.startswith("# [") or (line.startswith("# ") and " = " in line) else line for line in lines
    ]
    (tmp_path / "yance.toml").write_text("\n".join(told))
    read = load_settings(FOLDERS, tmp_path / "yance.toml")
    assert read.ixit.limits.rate == 20
    assert len(read.ics.unsupported) == len(read.ixit.seeds) == 1


def test_a_profile_that_only_reads_asks_for_nobody() -> None:
    assert needed_actors(start("transport", "open-data")) == []
    assert "[actors" not in settings_text(start("transport", "open-data"), "en")
    assert needed_actors(start("transport", "full"))[:3] == ["a", "b", "limited"]


@pytest.mark.parametrize("kind", CI_FILES)
def test_the_step_for_a_ci_is_a_step_and_the_readmes(kind: str) -> None:
    begun = start("transport", "full")
    document = yaml.safe_load(ci_text(kind, begun, "yance.toml"))
    if kind == "github":
        steps = document["jobs"]["conformance"]["steps"]
        script = next(step for step in steps if "run" in step and "yance run" in step["run"])
        assert list(script["env"]) == [variable(actor) for actor in needed_actors(begun)]
        assert document["permissions"] == {"contents": "read"}
        text = script["run"]
    else:
        text = document["conformance"]["script"][1]
        assert document["conformance"]["artifacts"]["reports"]["junit"] == "runs/ci/junit.xml"
    subprocess.run(["sh", "-n"], input=text, text=True, check=True)
    assert "--force && code=0 || code=$?" in text
    assert text.rstrip().endswith("exit $code")
    assert "--force && code=0 || code=$?" in README


@pytest.mark.parametrize(("code", "report", "published"), [(1, True, True), (4, False, False)])
def test_the_step_ends_as_the_run_did_and_publishes_its_report_alone(
    tmp_path: Path, code: int, report: bool, published: bool
) -> None:
    text = yaml.safe_load(ci_text("gitlab", start("transport", "full"), "yance.toml"))["conformance"]["script"][1]
    played = tmp_path / "yance"
    made = "mkdir -p runs/ci && touch runs/ci/report.json" if report else "rm -rf runs/ci"
    played.write_text(f'#!/bin/sh\nif [ "$1" = report ]; then touch published; exit 0; fi\n{made}\nexit {code}\n')
    played.chmod(0o755)
    done = subprocess.run(["sh", "-e", "-c", text], cwd=tmp_path, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False)
    assert (done.returncode, (tmp_path / "published").exists()) == (code, published)


def test_init_writes_over_nothing_unless_it_is_told_to(tmp_path: Path) -> None:
    words = ("init", "transport", "https://sandbox.example/v1", "--ci", "github", "--out", tmp_path)
    first = yance(*words, "--json")
    assert first.exit_code == 0
    assert json.loads(first.stdout)["files"] == [str(tmp_path / "yance.toml"), str(tmp_path / ".github/workflows/yance.yml")]
    (tmp_path / "yance.toml").write_text("mine")
    again = yance(*words)
    assert (again.exit_code, "--force writes over it" in again.stderr) == (2, True)
    assert (tmp_path / "yance.toml").read_text() == "mine"
    assert yance(*words, "--force").exit_code == 0
    assert "mine" not in (tmp_path / "yance.toml").read_text()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("transprt",), "did you mean 'transport'"),
        (("transport", "sandbox.example"), "not a base URL"),
        (("transport", "--profile", "ful"), "did you mean 'full'"),
        (("transport", "--out", "/proc/nowhere"), "cannot be written"),
    ],
)
def test_words_that_are_wrong_are_one_line(words: tuple[str, ...], says: str) -> None:
    done = yance("init", *words)
    assert (done.exit_code, says in done.stderr, done.stderr.count("\n")) == (2, True, 1), done.output


@pytest.mark.parametrize("domain", reference.domains())
def test_the_settings_of_a_served_server_hold_all_that_tests_it(domain: str, tmp_path: Path) -> None:
    begun = start(domain, "full", tokens=reference.credentials(domain))
    (tmp_path / "yance.toml").write_text(settings_text(begun, "en"))
    read = load_settings(FOLDERS, tmp_path / "yance.toml")
    assert read.ixit.sandbox is True
    assert {name: one.value for name, one in read.ixit.actors.items()} == reference.credentials(domain)


@pytest.mark.parametrize("domain", reference.domains())
def test_every_server_in_the_list_says_what_it_does(domain: str) -> None:
    told = json.loads(yance("serve", domain, "--list", "--json").stdout)
    names = [*told["faults"], *told["variants"], *told["impostors"]]
    assert set(told["does"]) == set(names)
    assert all(len(told["does"][name]) > 10 for name in names)
    lines = yance("serve", domain, "--list").stdout.splitlines()
    assert len(lines) == len(names)
