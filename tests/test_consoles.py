"""A console that lacks a character shows another in its place; the exit code stays right, and nothing said by a target acts on it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from conformance.commands.front import Front
from conformance.load import data_folders

pytestmark = pytest.mark.heavy

YANCE = [sys.executable, "-c", "from conformance.commands.main import main; main()"]


def said(*words: str, coding: str, locale: str = "C.UTF-8") -> tuple[int, bytes, bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": coding, "LC_ALL": locale, "PYTHONUTF8": "0"}
    done = subprocess.run([*YANCE, *words], env=environment, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("coding", ["ascii", "cp1252", "cp950", "big5", "utf-8"])
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_a_requirement_is_explained_on_any_console(coding: str, language: str) -> None:
    code, shown, complaint = said("explain", "COM-DOC-02", "--lang", language, coding=coding)
    assert (code, complaint) == (0, b"")
    assert b"COM-DOC-02" in shown
    if (language, coding) in (("zh-Hant", "cp950"), ("zh-Hant", "utf-8")):
        assert "狀態碼" in shown.decode(coding)


@pytest.mark.parametrize("coding", ["ascii", "cp950"])
def test_a_mistake_is_said_on_any_console(coding: str) -> None:
    code, shown, complaint = said("explain", "COM-DOC-99", "--lang", "zh-Hant", coding=coding)
    assert (code, shown) == (2, b"")
    assert complaint.startswith(b"yance: ")
    assert b"Traceback" not in complaint


def test_json_is_whole_on_a_console_without_letters() -> None:
    code, shown, _ = said("explain", "COM-DOC-02", "--json", coding="ascii")
    assert code == 0
    assert b"COM-DOC-02" in shown


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028", "\u2029"])
def test_what_a_target_said_stays_on_its_line(end: str, capsys: pytest.CaptureFixture[str]) -> None:
    front = Front("en", as_json=False, folders=data_folders())
    front.line(f"the target said{end}::error::boo\x1b[31m\u202e")
    front.say("run.astray", url="u", came=f"x{end}::error::boo")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert not any(line.startswith("::") or "\x1b" in line or "\u202e" in line for line in lines)
