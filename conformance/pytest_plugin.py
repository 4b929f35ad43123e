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

import importlib
import os
import shutil
import warnings
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import YanceError
from conformance.text.shown import one_line

_FOLDER = pytest.StashKey[Path]()
_SETTING = pytest.StashKey[Any]()
_REPORT = pytest.StashKey[dict[str, Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("yance", "conformance to an exchange interface")
    group.addoption("--yance", metavar="DOMAIN", help="Test against this interface: one item for each case.")
    group.addoption("--yance-url", metavar="URL", help="The base URL of the target, ending with the major version.")
    group.addoption("--yance-app", metavar="MODULE:NAME", help="An ASGI application, asked in this process.")
    group.addoption("--yance-config", metavar="FILE", help="yance.toml (default: ./yance.toml, where there is one).")
    group.addoption("--yance-profile", metavar="PROFILE", help="The profile (default: that of the configuration, else full).")
    group.addoption("--yance-effort", metavar="EFFORT", help="quick, standard or thorough (default: the profile's own).")
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
        suite = _session()
        option = session.config.getoption
        words = suite.Words(
            domain=str(option("--yance")),
            url=option("--yance-url"),
            app=option("--yance-app"),
            config=Path(option("--yance-config")) if option("--yance-config") else None,
            profile=option("--yance-profile"),
            effort=option("--yance-effort"),
            data=tuple(option("--yance-data")),
        )
        try:
            session.config.stash[_SETTING] = suite.planned(words, session.config.rootpath, session.config.stash[_FOLDER])
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


def _reported(config: pytest.Config) -> dict[str, Any]:
    """The report of the session's run, which is made the first time that it is asked for."""
    if _REPORT not in config.stash:
        try:
            config.stash[_REPORT] = _session().reported(config.stash[_SETTING])
        except YanceError as error:
            pytest.exit(f"yance: {error}", returncode=error.exit_code)
    return config.stash[_REPORT]


def _session() -> Any:
    """What plans and runs: the suite is loaded where it is asked for, and whoever has no such tests pays nothing for it."""
    return importlib.import_module("conformance.vendor.session")
