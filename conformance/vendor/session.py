"""The run behind the tests of a project (`conformance.pytest_plugin`): planned once, made once, read by every worker of the session."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.errors import UsageError, nearest
from conformance.load import Settings, data_folders, load_profile, load_settings
from conformance.load.settings import base_url
from conformance.model import Effort, Ics, Ixit
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct
from conformance.text import handed
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process

__all__ = ["Words", "planned", "reported"]

_APP_URL = "http://app.example/v1"  # where an application in this process is, unless a URL says otherwise


@dataclass(frozen=True)
class Words:
    """What the user said: the interface, and where and how it is tested."""

    domain: str
    url: str | None = None
    app: str | None = None
    config: Path | None = None
    profile: str | None = None
    effort: str | None = None
    data: tuple[str, ...] = ()


def planned(words: Words, root: Path, folder: Path) -> Setting:
    """The run of a project at `root`, planned. Raises UsageError or DataError with what to do."""
    folders = data_folders(words.data)
    file = words.config or root / "yance.toml"
    known = words.config is not None or file.is_file()
    settings = load_settings(folders, file) if known else Settings(Ics(), Ixit(""), None, None, None)
    where = base_url(words.url) if words.url else settings.ixit.base_url or (_APP_URL if words.app else "")
    if not where:
        raise UsageError("there is no target: give --yance-url, --yance-app, or a yance.toml with [target] url")
    ixit = replace(settings.ixit, base_url=where)
    transport = in_process(_application(words.app)) if words.app else None
    profile, spec = load_profile(folders, words.domain, words.profile or settings.profile)
    plan = make_plan(spec, profile, settings.ics, ixit, effort=_effort(words.effort))
    return Setting(plan, spec, profile, settings.ics, ixit, RunFolder(folder), transport=transport)


def _effort(word: str | None) -> Effort | None:
    """The effort that a word says. Raises UsageError for another word."""
    known = [str(one) for one in Effort]
    if word is not None and word not in known:
        raise UsageError(f"--yance-effort {word}: expected one of {', '.join(known)}{nearest(word, known)}")
    return None if word is None else Effort(word)


def _application(name: str) -> Any:
    """The application that `module:name` is. Raises UsageError when there is none."""
    module, colon, attribute = name.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:  # as `python -m` does
        sys.path.insert(0, here)
    try:
        found = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"--yance-app {name}: there is no such application ({error}); expected module:name") from None
    if not colon:
        raise UsageError(f"--yance-app {name}: expected module:name, such as shop.main:app")
    return found


def reported(setting: Setting) -> dict[str, Any]:
    """The report of the run, made by whoever asks first; the others wait for it. Raises what `conduct` raises."""
    folder = setting.folder
    with _alone(folder.path.with_suffix(".lock")):
        if not folder.report_file.is_file():
            asyncio.run(conduct(setting))
    found: dict[str, Any] = json.loads(folder.report_file.read_bytes())
    return found


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time; the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        handed.lock(file.fileno(), wait=True)
        yield
