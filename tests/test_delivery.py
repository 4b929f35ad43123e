"""How the suite comes to a vendor: completion, the step for a CI, the action, the image."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from conformance import formats
from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from tests.hostile import free_port
from tests.test_published import readers, schemas  # noqa: F401 - fixtures

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
READING = ("--profile", "open-data", "--only", "COM-PAGE-07", "--skip-preflight")


def yance(*words: object, **environment: str) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], env={"LANG": "C.UTF-8", **environment})


def played(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A shell script, under which `yance` is this suite."""
    command = folder / "bin" / "yance"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT / "cli.py"}" "$@"\n')
    command.chmod(0o755)
    env = {"PATH": f"{command.parent}:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(folder), **environment}
    return subprocess.run(["bash", "-e", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False)


# ------------------------------------------------------------------------------------------ completion


@pytest.mark.parametrize(
    ("words", "place", "offered"),
    [
        ("yance ver", 1, {"verify"}),
        ("yance re", 1, {"replay", "report"}),
        ("yance verify --req", 2, {"--require"}),
        ("yance verify --require ", 3, {"official", "passed"}),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_options_and_their_words(words: str, place: int, offered: set[str], shell: str) -> None:
    current = words.split(" ")[place]
    given = {"COMP_WORDS": words, "COMP_CWORD": current if shell == "fish" else str(place)}
    told = yance(_YANCE_COMPLETE=f"{shell}_complete", **given)
    assert told.exit_code == 0
    known = {word for line in told.output.splitlines() for word in re.split(r"[,\t]", line)}
    assert offered <= known
    assert yance(_YANCE_COMPLETE=f"{shell}_source").output.count("_YANCE_COMPLETE") == 1
    assert "_YANCE_COMPLETE=bash_source yance" in README


# ------------------------------------------------------------------------------------------ the step for a CI


def readmes_step() -> str:
    (step,) = [
        block
        for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
        if "yance run -c yance.toml --out runs/today" in block
    ]
    return str(step)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with its report and every rendering of it."""
    out = tmp_path_factory.mktemp("earlier") / "run"
    with reference_server("transport") as target:
        assert yance("run", target.url, *READING, "--out", out).exit_code == 0
    assert yance("report", out, "--format", ",".join(formats.FORMATS)).exit_code == 0
    return out


@pytest.fixture
def earlier(whole: Path, tmp_path: Path) -> Path:
    """A folder in which an earlier run left all that."""
    shutil.copytree(whole, tmp_path / "runs" / "today")
    return tmp_path


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("more", "code"),
    [("", 4), ("sandbx = true\n", 2)],
    ids=["nobody answers", "a key is misspelt"],
)
def test_the_step_publishes_no_report_of_an_earlier_run(earlier: Path, more: str, code: int) -> None:
    (earlier / "yance.toml").write_text(f'[target]\nurl = "http://127.0.0.1:{free_port()}/v1"\n{more}')
    done = played(readmes_step(), earlier)
    assert done.returncode == code, done.stderr
    assert list((earlier / "runs" / "today").iterdir()) == []


# ------------------------------------------------------------------------------------------ the action


@pytest.mark.slow
def test_the_action_plays_a_run_and_shows_it(tmp_path: Path) -> None:
    step = ACTION["runs"]["steps"][-1]
    assert all(
        value in ("${{ inputs.config }}", "${{ inputs.out }}", "${{ inputs.arguments }}") for value in step["env"].values()
    )
    assert "${{" not in step["run"], "no input becomes a part of the script"
    with reference_server("transport", fault="DropsLastItemOfFullPage") as target:
        (tmp_path / "yance.toml").write_text(f'[target]\nurl = "{target.url}"\n')
        words = "--profile open-data --only COM-PAGE-01 --skip-preflight"
        given = {"CONFIG": "yance.toml", "OUT": "runs/ci", "ARGUMENTS": words, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
        done = played(step["run"], tmp_path, **given)
    assert done.returncode == 1, done.stderr
    assert "\n::error file=yance.toml,line=2,title=COM-PAGE-01::listStops: " in done.stdout
    assert (tmp_path / "summary").read_text().startswith("## ❌ ")
    assert json.loads((tmp_path / "runs/ci/report.sarif").read_text())["runs"]


def test_the_action_names_what_is_there() -> None:
    steps = ACTION["runs"]["steps"]
    named = {name for step in steps for name in re.findall(r"\$GITHUB_ACTION_PATH/([a-z.]+)", step.get("run", ""))}
    assert named == {"requirements.lock"}
    for step in steps:
        assert step["shell"] == "bash" if "run" in step else step["uses"].startswith("actions/")
    assert {name for value in ACTION["outputs"].values() for name in re.findall(r"inputs\.(\w+)", value["value"])} <= set(
        ACTION["inputs"]
    )


@pytest.mark.slow
def test_the_action_is_one_by_its_schema(schemas: Path, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    linter = schemas / ".bin" / "action-validator"
    subprocess.run([linter, ROOT / "action.yml"], check=True, capture_output=True)
    (tmp_path / "action.yml").write_text((ROOT / "action.yml").read_text().replace("steps:", "stepz:"))
    assert subprocess.run([linter, tmp_path / "action.yml"], check=False, capture_output=True).returncode != 0


# ------------------------------------------------------------------------------------------ the image


def test_the_image_takes_what_it_needs_and_nothing_else() -> None:
    taken = {name for words in re.findall(r"^COPY (.+) /src", CONTAINER, re.MULTILINE) for name in words.split()}
    assert taken == {
        "requirements.lock",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "conformance",
        "specs",
        "profiles",
        "reports",
        "examples",
    }
    assert all((ROOT / name).exists() for name in taken)
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_in == taken
    assert re.search(r"^USER [1-9]\d+$", CONTAINER, re.MULTILINE), "a number, so that it is known not to be root"


@pytest.mark.slow
def test_the_image_file_is_without_a_finding(readers: Path, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    linter = readers / "venv" / "bin" / "hadolint"
    assert subprocess.run([linter, ROOT / "Containerfile"], check=False, capture_output=True, text=True).stdout == ""
    (tmp_path / "Containerfile").write_text("FROM python\n")
    assert subprocess.run([linter, tmp_path / "Containerfile"], check=False, capture_output=True).returncode != 0


@pytest.mark.slow
def test_the_commands_of_the_image_make_a_suite_that_runs(tmp_path: Path) -> None:
    """What the image file runs, on what it copies, in an environment of its own; then its entry point, as somebody without a home."""
    source, home = tmp_path / "src", tmp_path / "venv"
    source.mkdir()
    for name in re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE):
        one = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(one, source / name, ignore=ignored) if one.is_dir() else shutil.copy(one, source / name)
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    commands = re.findall(r"^RUN (python -m pip .+)$", CONTAINER, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        _, *words = shlex.split(command.partition(" && ")[0].replace("/src", str(source)))
        done = subprocess.run([str(home / "bin" / "python"), *words], check=False, capture_output=True, text=True)
        if done.returncode and "requirements.lock" in command:
            pytest.skip(f"what the lock names could not be installed: {done.stderr.strip()[-200:]}")
        assert done.returncode == 0, done.stderr
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", CONTAINER, re.MULTILINE)
    (kept,) = re.findall(r"^ENV (XDG_CACHE_HOME)=", CONTAINER, re.MULTILINE)
    (work := tmp_path / "work").mkdir()
    bare = {"PATH": f"{home / 'bin'}:/usr/bin:/bin", kept: str(tmp_path / "cache"), "HOME": "/nonexistent"}

    def runs(*words: str) -> str:
        done = subprocess.run([*json.loads(entry), *words], cwd=work, env=bare, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    (command,) = re.findall(r"^CMD (.+)$", CONTAINER, re.MULTILINE)
    assert runs(*json.loads(command)).startswith("Usage: yance")
    with reference_server("transport") as target:
        words = ("--profile", "open-data", "--only", "TRN-018", "--skip-preflight", "--out", "runs/ci", "--force")
        assert "PART PASSED" in runs("run", "transport", target.url, *words)
    assert (work / "runs" / "ci" / "report.html").is_file()
