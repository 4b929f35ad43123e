"""The suite as tests of a project: `pytest --yance transport --yance-url https://sandbox.example/v1`, or `--yance-app package.module:app`.

Every case of the plan is one item, `yance::COM-PAGE-01/listStops`, so that `-k`, `--lf`, `-x` and xdist choose among them. The cases that were
chosen are run together, once, when the first of them is due (with xdist by whichever worker is first; the others wait for it and read its
report), and each item says what its own case came to:

    passed     pass; and a failed SHOULD, with a warning
    failed     fail of a MUST; inconclusive, since it blocks conformity; error, which is the suite's own
    skipped    not applicable, not tested

An application is asked in this process, over ASGI. What is not chosen is not asked, and what is judged on the exchanges of all sees only
these: with everything chosen the verdicts are those of `yance run`.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import shutil
import sys
import warnings
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.text.shown import one_line

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None  # type: ignore[assignment] # see above

if TYPE_CHECKING:  # whoever does not ask for it pays nothing for it
    from conformance.run.conduct import Setting

_FOLDER = pytest.StashKey[Path]()
_SETTING = pytest.StashKey[Any]()
_REPORT = pytest.StashKey[dict[str, Any]]()
_APP_URL = "http://app.example/v1"  # where an application in this process is, unless --yance-url says otherwise


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("yance", "conformance to an exchange interface")
    group.addoption("--yance", metavar="DOMAIN", help="Test against this interface: one item for each case.")
    group.addoption("--yance-url", metavar="URL", help="The base URL of the target, ending with the major version.")
    group.addoption("--yance-app", metavar="MODULE:NAME", help="An ASGI application, asked in this process.")
    group.addoption("--yance-config", metavar="FILE", help="yance.toml (default: ./yance.toml, where there is one).")
    group.addoption("--yance-profile", metavar="PROFILE", help="The profile (default: that of the configuration, else full).")
    group.addoption("--yance-data", metavar="DIR", action="append", default=[], help="A folder with specs/ and profiles/.")


def pytest_configure(config: pytest.Config) -> None:
    """Where the run of this session lies: the same for all workers of xdist."""
    if config.getoption("--yance", None):
        runs = config.rootpath / ".pytest_cache" / "yance"
        if "PYTEST_XDIST_WORKER" not in os.environ:
            shutil.rmtree(runs, ignore_errors=True)  # of earlier sessions
        config.stash[_FOLDER] = runs / os.environ.get("PYTEST_XDIST_TESTRUNUID", "run")


def pytest_collection(session: pytest.Session) -> None:
    """Make the plan before anything is collected, so that a wrong word is said once."""
    if session.config.getoption("--yance", None):
        from conformance.errors import YanceError  # noqa: PLC0415 - see above

        try:
            session.config.stash[_SETTING] = _setting(session.config)
        except YanceError as error:
            raise pytest.UsageError(f"yance: {error}") from None


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> Generator[None]:
    """Add the cases to what is collected, before any of it is deselected."""
    if (setting := session.config.stash.get(_SETTING, None)) is not None:
        holder = Cases.from_parent(session, name="yance", nodeid="yance")
        cases = [CaseItem.from_parent(holder, name=case.id) for case in setting.plan.cases]
        items += cases
        told = pytest.CollectReport(nodeid="yance", outcome="passed", longrepr=None, result=list(cases))
        session.config.hook.pytest_collectreport(report=told)  # so that they are counted
    yield
    chosen = {item.name for item in items if isinstance(item, CaseItem)}
    if setting is not None:
        planned = tuple(case for case in setting.plan.cases if case.id in chosen)
        session.config.stash[_SETTING] = replace(setting, plan=replace(setting.plan, cases=planned))


class Cases(pytest.Collector):
    """What holds the cases; they are made of the plan, not of files."""

    def collect(self) -> Iterable[pytest.Item]:
        """Nothing: the plan is there already."""
        return ()


class CaseItem(pytest.Item):
    """One case of the plan."""

    def runtest(self) -> None:
        """Say what the case came to."""
        report = _reported(self.config)
        verdict = next(one for one in report["verdicts"] if one["case"] == self.name)
        row = next(one for one in report["requirements"] if one["id"] == verdict["requirement"])
        outcome, reason = verdict["outcome"], verdict.get("reason", {}).get("en", "")
        if outcome in ("not_applicable", "not_tested"):
            pytest.skip(f"{outcome.replace('_', ' ')}: {reason}")
        if outcome == "pass":
            return
        if outcome != "error" and row["level"] != "MUST":
            warnings.warn(one_line(f"{self.name}: {row['level']}: {_account(verdict, row)}"), stacklevel=1)
            return
        raise NotPassedError(f"{outcome}: {_account(verdict, row)}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected and what came; no traceback, since none of this code is the reader's."""
        if isinstance(excinfo.value, NotPassedError):
            return f"{self.name}\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it is said to come from: the interface's rows."""
        return Path("yance"), None, self.name


class NotPassedError(Exception):
    """A case that did not pass."""


def _account(verdict: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    lines = [
        f"  {one['text']['en']}" + (f" ({', '.join(one['references'][:3])})" if one["references"] else "")
        for one in verdict["findings"]
    ]
    said = [verdict["reason"]["en"]] if "reason" in verdict else []
    told = [*said, *lines, f"  {row['text']['en']} ({row['source']})", f"  {row['remedy']['en']}"]
    return "\n".join(map(one_line, told)).lstrip()


# ----------------------------------------------------------------------------------------- the run


def _setting(config: pytest.Config) -> Setting:
    """The run, planned. Raises UsageError or DataError with what to do."""
    from conformance.errors import UsageError  # noqa: PLC0415 - nothing of the suite is imported where it is not asked for
    from conformance.load import Settings, data_folders, load_profile, load_settings  # noqa: PLC0415
    from conformance.load.settings import base_url  # noqa: PLC0415
    from conformance.model import Ics, Ixit  # noqa: PLC0415
    from conformance.plan import make_plan  # noqa: PLC0415
    from conformance.run.conduct import Setting  # noqa: PLC0415
    from conformance.verdict.folder import RunFolder  # noqa: PLC0415
    from conformance.wire import in_process  # noqa: PLC0415

    folders, domain = data_folders(config.getoption("--yance-data")), str(config.getoption("--yance"))
    named, url = config.getoption("--yance-config"), config.getoption("--yance-url")
    file = Path(named) if named else config.rootpath / "yance.toml"
    settings = load_settings(folders, file) if named or file.is_file() else Settings(Ics(), Ixit(""), None, None, None)
    app = config.getoption("--yance-app")
    where = base_url(url) if url else settings.ixit.base_url or (_APP_URL if app else "")
    if not where:
        raise UsageError("there is no target: give --yance-url, --yance-app, or a yance.toml with [target] url")
    ixit = replace(settings.ixit, base_url=where)
    transport = in_process(_application(app)) if app else None
    profile, spec = load_profile(folders, domain, config.getoption("--yance-profile") or settings.profile)
    plan = make_plan(spec, profile, settings.ics, ixit)
    return Setting(plan, spec, profile, settings.ics, ixit, RunFolder(config.stash[_FOLDER]), transport=transport)


def _application(name: str) -> Any:
    """The application that `module:name` is. Raises UsageError when there is none."""
    from conformance.errors import UsageError  # noqa: PLC0415

    module, colon, attribute = name.partition(":")
    sys.path[:0] = [] if os.getcwd() in sys.path else [os.getcwd()]  # noqa: PTH109 - as `python -m` does
    try:
        found = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"--yance-app {name}: there is no such application ({error}); expected module:name") from None
    if not colon:
        raise UsageError(f"--yance-app {name}: expected module:name, such as shop.main:app")
    return found


def _reported(config: pytest.Config) -> dict[str, Any]:
    """The report of the session's run, which is made the first time that it is asked for."""
    if _REPORT not in config.stash:
        setting = config.stash[_SETTING]
        with _alone(config.stash[_FOLDER].with_suffix(".lock")):
            if not setting.folder.report_file.is_file():
                _conduct(setting)
        config.stash[_REPORT] = json.loads(setting.folder.report_file.read_bytes())
    return config.stash[_REPORT]


def _conduct(setting: Setting) -> None:
    from conformance.errors import YanceError  # noqa: PLC0415
    from conformance.run.conduct import conduct  # noqa: PLC0415

    try:
        asyncio.run(conduct(setting))
    except YanceError as error:
        pytest.exit(f"yance: {error}", returncode=error.exit_code)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time; the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
