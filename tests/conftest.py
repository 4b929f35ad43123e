"""What all tests share: drawn examples have no deadline of their own, since a busy machine is not a fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from conformance.attest import generate_key, load_key, sign_run
from tests import forging

pytest.register_assert_rewrite("tests.second")
settings.register_profile("yance", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("yance")


@pytest.fixture(scope="session")
def draws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where drawn inputs are kept for the session."""
    return tmp_path_factory.mktemp("draws")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a signed run, `run`, and the key that signed it, `one.pem`: for those who forge runs (`forging`)."""
    folder = tmp_path_factory.mktemp("home")
    setting = forging.made(folder / "run")
    generate_key(folder / "one.pem", "ed25519", None)
    sign_run(setting.folder, load_key(folder / "one.pem", None))
    return folder
