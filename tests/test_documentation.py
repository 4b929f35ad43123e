"""The documentation holds: every step of the tutorials is played, every link leads somewhere, every verdict and code has its page."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance import checks
from conformance.commands.main import main
from conformance.model import Outcome
from conformance.verdict.report import EXIT_CODES
from tests import pages
from tests.test_published import installed, ran

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
TUTORIALS = {"tutorial.md": "en", "tutorial.zh-Hant.md": "zh-Hant"}
LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)(?:#[^)]*)?\)")


@dataclass(frozen=True)
class Step:
    """A command of a page, and the lines that it is to print."""

    words: tuple[str, ...]
    printed: tuple[str, ...]


def steps(page: str) -> Iterator[Step]:
    text = (DOCS / page).read_text("utf-8")
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            first, *rest = command.splitlines()
            yield Step(tuple(shlex.split(first)), tuple(rest))


def holds(printed: tuple[str, ...], output: str) -> bool:
    """Whether an output is as a page shows it: `…` on a line of its own stands for any lines, within one for any text."""
    pattern = ""
    for line in printed:
        pattern += r"(?:.*\n)*?" if line == "…" else r".*".join(map(re.escape, line.split("…"))) + r"\s*\n"
    return re.fullmatch(pattern, output if output.endswith("\n") else output + "\n") is not None


class Sample:
    """`yance serve` as a page starts it, on a port that is free: the page's own address stands for that."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = str(probe.getsockname()[1])
        self.process: subprocess.Popen[str] | None = None

    def start(self, words: tuple[str, ...], language: str) -> str:
        self.stop()
        command = [sys.executable, str(ROOT / "cli.py"), *words[1:], "--port", self.port, "--lang", language]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"}
        )
        assert self.process.stdout is not None
        said = ""
        while "yance run transport" not in said:
            line = self.process.stdout.readline()
            assert line, said
            said += line
        return said

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.communicate(timeout=20)


@pytest.fixture
def sample() -> Iterator[Sample]:
    server = Sample()
    yield server
    server.stop()


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS)
def test_every_step_of_the_tutorial_prints_what_the_page_shows(
    page: str, sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YANCE_LANG", TUTORIALS[page])
    code = 0
    for step in steps(page):
        if step.words[:2] == ("echo", "$?"):
            output = f"{code}\n"
        elif step.words[1] == "serve":
            output = sample.start(step.words, TUTORIALS[page])
        else:
            result = CliRunner().invoke(main, [word.replace("8731", sample.port) for word in step.words[1:]])
            output, code = result.output, result.exit_code
        assert holds(step.printed, output.replace(sample.port, "8731")), f"{' '.join(step.words)} printed\n{output}"


def test_both_tutorials_take_the_same_steps() -> None:
    english, chinese = ([step.words for step in steps(page)] for page in TUTORIALS)
    assert english == chinese
    assert len(english) > 10
    faults = {word for words in english for before, word in pairwise(words) if before == "--fault"}
    assert len(faults) == 3


@pytest.mark.parametrize(
    ("printed", "output", "fits"),
    [
        (("a", "…", "z"), "a\nb\nc\nz\n", True),
        (("a", "…", "z"), "a\nz\n", True),
        (("a … z",), "a b z\n", True),
        (("a",), "a\nb\n", False),
        (("…", "b"), "a\nc\n", False),
        (("a … z",), "a b\n", False),
    ],
)
def test_an_output_is_held_against_its_page(printed: tuple[str, ...], output: str, fits: bool) -> None:
    assert holds(printed, output) is fits


def written() -> dict[str, str]:
    """Every page, those that are made among them, by its path under docs/."""
    kept = {str(path.relative_to(DOCS)): path.read_text("utf-8") for path in DOCS.rglob("*.md")}
    made = {f"reference/{name}": text for name, text in pages.reference().items()}
    return kept | made | {f"checks/{name}": text for name, text in pages.pages().items()}


def test_every_link_of_a_page_leads_to_a_page() -> None:
    found = written()
    for name, text in found.items():
        for target in LINK.findall(text):
            if not target.startswith("http"):
                assert os.path.normpath(Path(name).parent / target) in found, f"{name} → {target}"


@pytest.mark.parametrize("name", ["README.md", "README.zh-Hant.md", "CONTRIBUTING.md"])
def test_every_link_of_a_readme_leads_to_a_file(name: str) -> None:
    for target in LINK.findall((ROOT / name).read_text("utf-8")):
        assert target.startswith("http") or (ROOT / target).is_file(), target


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_asks_no_other_host(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    def install(home: Path) -> None:
        ran(sys.executable, "-m", "venv", home / "venv", cwd=home)
        pip = (home / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        ran(*pip, "--require-hashes", "-r", ROOT / "docs.lock", cwd=home)

    home = installed(request, "docs", "../../docs.lock", install)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    for name, text in written().items():
        (tmp_path / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs" / name).write_text(text, "utf-8")
    build = [home / "venv" / "bin" / "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"]
    done = subprocess.run(list(map(str, build)), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "WARNING" not in done.stderr
    made = {str(path.relative_to(tmp_path / "site")): path.read_text("utf-8") for path in (tmp_path / "site").rglob("*.html")}
    assert {f"{name.removesuffix('.md')}.html" for name in written()} <= made.keys()
    for name, text in made.items():
        assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"https?:", text), name


def test_every_verdict_and_every_exit_code_has_its_page() -> None:
    found = written()
    assert {f"verdicts/{outcome.value.replace('_', '-')}.md" for outcome in Outcome} <= found.keys()
    assert {f"exit-codes/{code}.md" for code in (*EXIT_CODES.values(), 2, 4, 6, 130)} <= found.keys()
    kept = {
        path.name.removesuffix(".md") for path in DOCS.rglob("*.md") if "checks" not in path.parts and path.name != "index.md"
    }
    assert {name for name in kept if "." not in name} == {name.removesuffix(".zh-Hant") for name in kept if "." in name}
    for name in found:
        assert found[name].startswith("# ") or name == "index.md", name
    nav = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert all(name in nav for name in found if not name.startswith("checks/"))


def test_each_check_has_a_page_that_says_all_that_its_docstring_says() -> None:
    made = pages.pages()
    assert made.keys() == {"index.md", *(f"{name}.md" for name in checks.names())}
    for name in checks.names():
        words = " ".join(made[f"{name}.md"].replace("**", "").replace("```text", "").replace("```", "").split())
        for sentence in re.split(r"(?<=\.)\s+", checks.check(name).doc.strip()):
            assert " ".join(sentence.split()) in words, name
    assert "COM-PAGE-01" in made["pages_cover_every_item_once.md"]


def test_every_argument_and_every_member_of_a_data_folder_is_in_the_reference() -> None:
    made = pages.pages()
    for name in checks.names():
        assert all(f"* `{argument}` (" in made[f"{name}.md"] for argument in checks.check(name).parameters()), name
    told = pages.reference()
    assert all(word in told["annotations.md"] for word in ("`x-collection`", "`alone`", "`x-filter`", "`readable`"))
    assert "| `next_header` |" in told["dialect.md"]
    assert "| `listed` |" in told["recipes.md"]


@pytest.mark.parametrize("page", ["any-api.md", "any-api.zh-Hant.md"])
def test_what_a_page_shows_of_the_example_is_what_the_example_holds(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    folder = ROOT / "examples" / "library"
    rows = (folder / "specs/library/1.0.0/requirements.yaml").read_text("utf-8")
    profile = (folder / "profiles/library/full.yaml").read_text("utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        for line in re.sub(r"\s+#.*", "", block).splitlines():
            assert line in rows.splitlines() or line in profile.splitlines(), line
    for name in ("library.toml", "profiles/library/full.yaml", "specs/library/1.0.0/openapi.yaml"):
        assert (folder / name).is_file()
        assert Path(name).name in text
