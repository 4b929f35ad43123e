"""The front door: options that every command takes, and what becomes of an error.

Exit codes: 0 conformant, 1 not conformant, 2 usage or configuration, 3 inconclusive, 4 target unreachable, 5 the suite itself
failed, 6 a signature, digest or chain did not verify.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from conformance import __version__
from conformance.catalogue import LANGUAGES, say
from conformance.errors import YanceError
from conformance.load import Folders, data_folders

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
            click.echo(say(key, self.language, **values))

    def line(self, text: str = "") -> None:
        """Print a line of data, unless JSON is spoken."""
        if not self.as_json:
            click.echo(text)

    def result(self, document: Any) -> None:
        """Print the JSON result, when JSON is spoken."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False, indent=2))

    def text(self, both: Any) -> str:
        """The text of this language."""
        return str(both[self.language])


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
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except click.ClickException as error:
            error.show()
            sys.exit(2)
        except click.Abort:
            click.echo("yance: interrupted", err=True)
            sys.exit(130)
        except YanceError as error:
            click.echo(f"yance: {error}", err=True)
            sys.exit(error.exit_code)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        sys.exit(code if isinstance(code, int) else 0)


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
