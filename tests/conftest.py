"""What all tests share: drawn examples have no deadline of their own, since a busy machine is not a fault; and what is drawn is drawn once.

A process that has no test left takes some of another's, so what a module sets up may be set up twice in one process: it goes into a folder that is
made for it, never into one of the session.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from pathlib import Path

import coverage
import pytest
from hypothesis import HealthCheck, settings

from conformance.attest import generate_key, load_key, sign_run
from conformance.plan.generate import cache_folder
from conformance.verdict.folder import RunFolder
from tests import certified, forging

pytest.register_assert_rewrite("tests.second")
settings.register_profile("yance", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("yance")


def pytest_configure(config: pytest.Config) -> None:
    """What is drawn is kept beside what pytest keeps: all processes of a session draw once, and nothing of the user's is read or written."""
    os.environ["XDG_CACHE_HOME"] = str(config.rootpath / ".pytest_cache")


def pytest_collection_finish() -> None:
    """What was collected stays to the end: nobody need look for garbage in it, nor so often where documents are made by the thousand."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """What is heavy is measured by nobody: tracing would take as long as the test. What it sets up may serve other tests, whose threads are to be
    traced, so that is measured.
    """
    heavy, stopped = item.get_closest_marker("heavy") is not None, list[coverage.Coverage]()
    while heavy and (measuring := coverage.Coverage.current()) is not None:  # a worker of pytest-xdist has started it twice
        measuring.stop()
        stopped.append(measuring)
    try:
        return (yield)
    finally:
        for measuring in reversed(stopped):
            measuring.start()


@pytest.fixture(scope="session")
def cache() -> Path:
    """Where drawn inputs are kept."""
    return cache_folder()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a signed run, `run`, and the key that signed it, `one.pem`: for those who forge runs (`forging`)."""
    folder = tmp_path_factory.mktemp("home")
    setting = forging.made(folder / "run")
    generate_key(folder / "one.pem", "ed25519", None)
    sign_run(setting.folder, load_key(folder / "one.pem", None))
    return folder


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> certified.Office:
    """An office with its keys and its trust document."""
    return certified.office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="session")
def office(founded: certified.Office) -> certified.Office:
    """The office, for those who read it alone; who writes in its folder has a copy under this name."""
    return founded


@pytest.fixture(scope="session")
def run(founded: certified.Office) -> RunFolder:
    """A run that can be certified, of the office's laboratory: for those who change nothing in it."""
    return certified.certifiable(founded.folder / "run", founded.key("laboratory"))
