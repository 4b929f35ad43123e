"""Renderings under the schemas that their formats' authors published, and in programs that others wrote to read them.

The schemas come with packages of npm and PyPI, of pinned versions: CTRF's own, `har-schema` for HAR 1.2, that of SARIF 2.1.0 with
Microsoft's matchers, and that of Jenkins' xUnit plugin with the source of pytest. `rdflib` reads EARL, `junitparser` JUnit, and
GitHub's own parser of Markdown the summary.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT6

from conformance import formats
from tests.sample_report import EXCHANGES, large, passed, sample
from tests.test_formats import attacked

pytestmark = pytest.mark.slow

PINNED = Path(__file__).parent / "renderings"
REPORTS = {"sample": sample(), "passed": passed(), "large": large(60), "attacked": attacked(sample())}
PYTEST = "pytest==8.3.5"  # its source holds the schema of Jenkins' xUnit plugin


def installed(request: pytest.FixtureRequest, kind: str, file: str, install: Callable[[Path], None]) -> Path:
    """A folder into which a lock file's packages were installed, once for each content of that file."""
    digest = hashlib.sha256((PINNED / file).read_bytes()).hexdigest()[:12]
    home = Path(request.config.cache.mkdir(f"{kind}-{digest}"))
    if not (home / "whole").exists():
        try:
            install(home)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            said = error.stderr.strip()[-300:] if isinstance(error.stderr, str) else error
            pytest.skip(f"what is pinned in {file} could not be installed: {said}")
        (home / "whole").touch()
    return home


def ran(*words: object, cwd: Path) -> None:
    subprocess.run([str(word) for word in words], cwd=cwd, check=True, capture_output=True, timeout=300, text=True)


@pytest.fixture(scope="module")
def schemas(request: pytest.FixtureRequest) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm, to install the schemas")

    def install(home: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINNED / name, home)
        ran(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=home)

    return installed(request, "schemas", "package-lock.json", install) / "node_modules"


@pytest.fixture(scope="module")
def readers(request: pytest.FixtureRequest) -> Path:
    def install(home: Path) -> None:
        ran(sys.executable, "-m", "venv", home / "venv", cwd=home)
        pip = (home / "venv" / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
        ran(*pip, "install", "--require-hashes", "-r", PINNED / "requirements.txt", cwd=home)
        ran(*pip, "download", "--no-deps", "--no-binary", ":all:", PYTEST, cwd=home)
        (source,) = home.glob("pytest-*.tar.gz")
        with tarfile.open(source) as archive:
            member = archive.extractfile(f"{source.name.removesuffix('.tar.gz')}/testing/example_scripts/junit-10.xsd")
            assert member is not None
            (home / "junit-10.xsd").write_bytes(member.read())

    return installed(request, "readers", "requirements.txt", install)


def ctrf_schema(schemas: Path) -> Any:
    return jsonschema.validators.validator_for(document := read(schemas / "ctrf/dist/ctrf-schema-0.0.json"))(
        document, format_checker=jsonschema.FormatChecker()
    )


def sarif_schema(schemas: Path) -> Any:
    document = read(schemas / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")
    return jsonschema.Draft7Validator(document, format_checker=jsonschema.FormatChecker())


def har_schema(schemas: Path) -> Any:
    documents = [read(path) for path in sorted((schemas / "har-schema/lib").glob("*.json"))]
    registry = Registry().with_resources([(one["$id"], Resource(one, DRAFT6)) for one in documents])
    whole = next(one for one in documents if one["$id"] == "har.json#")
    return jsonschema.Draft6Validator(whole, registry=registry, format_checker=jsonschema.FormatChecker())


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize(
    ("name", "schema", "needed"),
    [
        ("ctrf", ctrf_schema, ("results", "summary", "tests")),
        ("sarif", sarif_schema, ("runs", 0, "tool", "driver", "name")),
        ("har", har_schema, ("log", "entries", 0, "request", "method")),
    ],
)
def test_a_rendering_fits_its_published_schema(
    schemas: Path, name: str, schema: Callable[[Path], Any], needed: tuple[Any, ...], report: str
) -> None:
    document = json.loads(formats.render(name, REPORTS[report], "zh-Hant", exchanges=lambda: EXCHANGES))
    validator = schema(schemas)
    assert [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)] == []
    lacking = inner = deepcopy(document)
    for step in needed[:-1]:
        inner = inner[step]
    del inner[needed[-1]]
    assert not validator.is_valid(lacking), "the schema was applied"


@pytest.mark.parametrize("report", REPORTS)
def test_microsofts_reader_of_sarif_finds_nothing_wrong(schemas: Path, tmp_path: Path, report: str) -> None:
    program = schemas / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    if not program.exists() or sys.platform != "linux":
        pytest.skip("there is none for this system")
    program.chmod(0o755)
    (tmp_path / "report.sarif").write_bytes(formats.render("sarif", REPORTS[report]))
    words = [program, "validate", tmp_path / "report.sarif", "--output", tmp_path / "found.sarif"]
    env = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    subprocess.run(list(map(str, words)), check=True, capture_output=True, env=env, timeout=300)
    (run,) = json.loads((tmp_path / "found.sarif").read_text(encoding="utf-8-sig"))["runs"]
    # SARIF2005: the suite names no page about itself, for it has none
    assert [(one["ruleId"], one["message"]) for one in run.get("results", ()) if one["ruleId"] != "SARIF2005"] == []


class Page(HTMLParser):
    """Elements and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("report", REPORTS)
def test_programs_of_others_read_what_the_report_says(readers: Path, tmp_path: Path, report: str) -> None:
    content = REPORTS[report]
    for name in ("junit", "earl", "github"):
        (tmp_path / formats.file_name(name)).write_bytes(formats.render(name, content))
    words = [readers / "venv" / "bin" / "python", PINNED / "readers.py", tmp_path, readers / "junit-10.xsd"]
    said = json.loads(subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True).stdout)

    assert (said["jenkins"], said["refused"]) == ([], True)
    verdicts = content["verdicts"]
    assert len(said["junit"]) == len(verdicts)
    assert sum(time for time, _ in said["junit"].values()) == pytest.approx(sum(one.get("took", 0) for one in verdicts) / 1000)
    assert sum(result[:7] == "Failure" for _, results in said["junit"].values() for result in results) == sum(
        one["outcome"] in ("fail", "inconclusive") and "COM-CACHE" not in one["case"] for one in verdicts
    )
    named = {"pass": "passed", "fail": "failed", "not_applicable": "inapplicable", "not_tested": "untested"}
    assert said["earl"] == Counter(named.get(one["outcome"], "cantTell") for one in verdicts)
    page = Page(said["summary"])
    assert page.elements.count("table") == page.elements.count("h2") == 1
    assert set(page.elements) <= {
        "h2",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "b",
        "pre",
        "sub",
        "strong",
    }
    assert content["target"]["baseUrl"].partition('"')[0] in page.words
