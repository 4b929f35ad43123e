"""What travels: the wheel holds the data, the data folders hold no code, and every text has both languages."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from conformance.commands import registering, spec
from conformance.commands.main import MODULES

ROOT = Path(__file__).resolve().parents[1]


def test_data_folders_hold_no_python() -> None:
    for name in ("specs", "profiles", "reports", "examples"):
        assert list((ROOT / name).rglob("*.py")) == []


def test_the_wheel_holds_the_data_and_works_from_anywhere(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        wheel.extractall(tmp_path / "site")
    for name in (
        "specs/transport/1.0.0/openapi.yaml",
        "profiles/transport/full.yaml",
        "reports/messages.yaml",
        "reports/faults/transport.yaml",
        "reports/faults/impostors.yaml",
        "examples/library/library.toml",
        "examples/library/specs/library/1.0.0/requirements.yaml",
        "examples/kinto/specs/kinto/1.0.0/requirements.yaml",
        "reports/schemas/report.schema.json",
    ):
        assert f"conformance/_data/{name}" in names
    assert "conformance/published/openapi-3.1.schema.json" in names
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "from conformance.load.data import own_folder; from conformance.commands.main import main\n"
        "assert own_folder().name == '_data', own_folder()\n"
        "main(['explain', 'COM-PAGE-01'])\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "COM-PAGE-01" in ran.stdout


def test_each_command_lies_where_the_group_looks_for_it() -> None:
    for module, names in (MODULES | registering.MODULES | spec.MODULES).items():
        assert tuple(command.name for command in import_module(f"conformance.commands.{module}").COMMANDS) == names


def test_every_text_of_the_catalogue_has_both_languages_and_the_same_places() -> None:
    catalogue = yaml.safe_load((ROOT / "reports" / "messages.yaml").read_text())
    for key, entry in catalogue.items():
        assert set(entry) == {"en", "zh-Hant"}, key
        places = [set(re.findall(r"\{([a-zA-Z_]+)", entry[language])) for language in ("en", "zh-Hant")]
        if not key.startswith("reason.untested"):
            assert places[0] == places[1], key


def test_every_text_that_the_code_names_is_in_the_catalogue() -> None:
    catalogue = yaml.safe_load((ROOT / "reports" / "messages.yaml").read_text())
    named = set()
    for path in (ROOT / "conformance").rglob("*.py"):
        named |= set(re.findall(r'\bsay\(\s*"([a-z]+(?:\.[a-z-]+)+)"', path.read_text()))
    assert named
    assert named <= set(catalogue)


def test_the_lock_has_hashes_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = re.findall(r"^[a-z0-9][a-z0-9._\[\]-]*==\S+.*\\$", lock, re.MULTILINE)
    assert len(pinned) > 40
    assert "--index" not in lock
    assert "://" not in lock


@pytest.mark.parametrize("command", ["trust", "judging", "rendering", "explaining", "reading"])
def test_whoever_reads_a_run_loads_nothing_that_speaks_http_or_draws_or_keeps_a_registry(command: str) -> None:
    told = f"import sys, conformance.commands.{command}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    apart = {"httpx", "aiohttp", "hypothesis", "schemathesis", "uvicorn", "starlette", "rich", "sqlalchemy"}
    apart |= {"jinja2", "cryptography"} if command == "judging" else set()
    assert not apart & set(loaded)
