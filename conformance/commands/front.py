"""The front door: options that every command takes, and what becomes of an error.

Exit codes: 0 conformant, 1 not conformant, 2 usage or configuration, 3 inconclusive, 4 target unreachable, 5 the suite itself
failed, 6 a signature, digest or chain did not verify.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from click.exceptions import NoArgsIsHelpError

from conformance import __version__
from conformance.errors import SuiteError, YanceError
from conformance.load import Folders, data_folders
from conformance.load.catalogue import LANGUAGES, say

__all__ = ["Front", "common", "main"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Front:
    """What every command knows: the language, whether to speak JSON, and where the data lie."""

    language: str
    as_json: bool
    folders: Folders

    def say(self, key: str, /, **values: object) -> None:
        """Print a text of the catalogue, unless JSON is spoken."""
        if not self.as_json:
            _out(say(key, self.language, **values))

    def line(self, text: str = "") -> None:
        """Print a line of data, unless JSON is spoken."""
        if not self.as_json:
            _out(text)

    def note(self, key: str, /, **values: object) -> None:
        """Print a text of the catalogue about what is going on, beside the result, unless JSON is spoken."""
        if not self.as_json:
            _out(say(key, self.language, **values), err=True)

    def result(self, document: Any) -> None:
        """Print the JSON result, when JSON is spoken."""
        if self.as_json:
            _out(json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace").decode())

    def text(self, both: Any) -> str:
        """The text of this language."""
        return str(both[self.language])


def _out(text: str, *, err: bool = False) -> None:
    """A line on standard output (or error). Once nobody reads it any more (`yance … | head`), the command goes on in silence, so
    that its exit code still says what it came to.
    """
    try:
        click.echo(text, err=err)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (sys.stderr if err else sys.stdout).fileno())
        os.close(nowhere)


def _language() -> str:
    """zh-Hant where the environment speaks Traditional Chinese, else English."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh-Hant" if spoken.startswith(("zh_TW", "zh_HK", "zh_MO")) else "en"


def common(command: F) -> F:
    """The options that every command takes: --lang, --json, --data."""
    command = click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="Language of the output.")(command)
    command = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")(command)
    return click.option(
        "--data", multiple=True, type=click.Path(path_type=Path), help="A folder with specs/ and profiles/ of yours (repeatable)."
    )(command)


def front_of(lang: str | None, as_json: bool, data: tuple[Path, ...]) -> Front:
    """The front for a command's options."""
    return Front(lang or _language(), as_json, data_folders(data))


class _Group(click.Group):
    """A group whose commands end in one line and an exit code, never in a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs |= {"standalone_mode": False, "prog_name": "yance"}
        try:
            with _stoppable():
                code = super().main(*args, **kwargs)
        except NoArgsIsHelpError as error:
            error.show()
            sys.exit(2)
        except click.ClickException as error:
            where = getattr(error, "ctx", None)
            see = f"; see {where.command_path} --help" if where else ""
            _end(error.format_message().replace("\n", " ").rstrip(".") + see, 2)
        except click.Abort:
            _end("interrupted", 130)
        except _Terminated:
            _end("stopped by SIGTERM", 143)
        except YanceError as error:
            _end(str(error), error.exit_code)
        except OSError as error:
            _unforeseen(error, f"the system refused it: {error}")
        except Exception as error:  # noqa: BLE001 - whatever comes here is the suite's own failure, and must not look like a verdict
            _unforeseen(error, f"the suite itself failed: {type(error).__name__}: {error}")
        sys.exit(code if isinstance(code, int) else 0)


class _Terminated(BaseException):
    """SIGTERM came."""


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does: what is under way is wound up and files are closed."""
    asked = False

    def stop(*_: object) -> None:
        nonlocal asked
        asked = True
        signal.raise_signal(signal.SIGINT)

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    except click.Abort:
        if asked:
            raise _Terminated from None
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(said: str, code: int) -> NoReturn:
    """Say in one line why a command ends, and end."""
    _out(f"yance: {said}", err=True)
    sys.exit(code)


def _unforeseen(error: Exception, said: str) -> NoReturn:
    """End for a reason that no error of the tree stands for. YANCE_TRACEBACK=1 shows where it came from."""
    if os.environ.get("YANCE_TRACEBACK"):
        traceback.print_exception(error)
    _end(f"{' '.join(said.split())} (YANCE_TRACEBACK=1 shows where; please report it)", SuiteError.exit_code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="yance")
def main() -> None:
    """Yance 驗測: test an API against a versioned exchange interface and certify what it does.

    Start with `yance demo`; then `yance run transport https://api.example/v1 -c yance.toml`.
    """


def register() -> None:
    """Add every command to the group."""
    from conformance.commands import files, running, sandbox, trust  # noqa: PLC0415 - they import this module

    for module in (running, files, trust, sandbox):
        for command in module.COMMANDS:
            main.add_command(command)


register()
