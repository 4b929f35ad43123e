"""What every command knows and takes: the language, whether to speak JSON, where the data lie. The only place that prints.

Whatever is printed goes through `out`, and with it through `text.shown`: a target, a key, a plan or a folder that somebody handed over
cannot move the cursor, clear a line or turn the direction of reading, and no value in a text of ours can begin a line of its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import click

from conformance.load.catalogue import LANGUAGES, say
from conformance.load.data import Folders, data_folders
from conformance.load.sentences import done, told
from conformance.text.shown import in_json, one_line, visible

__all__ = ["RESULTS", "Front", "common", "front_of", "language_of", "out", "spoken", "tone_of"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Front:
    """What every command knows: the language, whether to speak JSON, and where the data lie."""

    language: str
    as_json: bool
    folders: Folders
    quiet: bool = False  # nothing is said of what is going on

    def say(self, key: str, /, **values: object) -> None:
        """Print a text of the catalogue, unless JSON is spoken."""
        if not self.as_json:
            out(say(key, self.language, **self._tame(values)))

    def line(self, text: str = "", tone: str | None = None) -> None:
        """Print a line of data, unless JSON is spoken. It stays one line, whatever the data; on a terminal it has a tone, or that of its mark."""
        if not self.as_json:
            out(one_line(text), tone=tone or tone_of(text))

    def lines(self, texts: Iterable[str]) -> None:
        """Print many lines of data at once, unless JSON is spoken: a line each, whatever the data."""
        if not self.as_json and (told := "\n".join(map(one_line, texts))):
            out(told)

    def note(self, key: str, /, **values: object) -> None:
        """Print a text of the catalogue about what is going on, beside the result, unless JSON is spoken or quiet is wanted."""
        if not (self.as_json or self.quiet):
            out(say(key, self.language, **self._tame(values)), err=True)

    def result(self, document: Any) -> None:
        """Print the JSON result, when JSON is spoken."""
        if self.as_json:
            out(in_json(json.dumps(document, ensure_ascii=False, indent=2)))

    def text(self, both: Any) -> str:
        """The text of this language."""
        return str(both[self.language])

    def told(self, text: str) -> str:
        """A text that code says in English, in this language."""
        return told(text, self.language)

    def done(self, domain: str, name: str, english: str) -> str:
        """What a fault, a variant or an impostor of a domain's server does, in this language."""
        return done(domain, name, english, self.language)

    def _tame(self, values: Mapping[str, object]) -> dict[str, object]:
        """Values for a text, in its language where code says them; none ends a line."""
        return {
            name: value if isinstance(value, int | float) else one_line(self.told(str(value))) for name, value in values.items()
        }


RESULTS = {"PASSED": "green", "FAILED": "red", "ERROR": "red", "INCONCLUSIVE": "yellow"}  # the tone of a result
_TONES = {"✗ ": "red", "E ": "red", "! ": "yellow", "? ": "yellow", "✓ ": "green"}


def tone_of(line: str) -> str | None:
    """The colour of a line that begins with one of our marks."""
    return _TONES.get(line[:2])


def out(text: str, *, err: bool = False, tone: str | None = None) -> None:
    """A line on standard output (or error); on a terminal in a colour, unless NO_COLOR is set (no-color.org). Once nobody reads it any more (`yance … | head`), the command goes on in silence, so
    that its exit code still says what it came to.
    """
    try:
        shown = visible(text)
        click.echo(click.style(shown, fg=tone) if tone and not os.environ.get("NO_COLOR") else shown, err=err)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (sys.stderr if err else sys.stdout).fileno())
        os.close(nowhere)


def language_of(words: Sequence[str]) -> str:
    """The language that a command line speaks, before anything of it is understood: that of --lang, else of YANCE_LANG, else
    zh-Hant where the environment speaks Traditional Chinese, else English.
    """
    asked = [after for word, after in pairwise([*words, ""]) if word == "--lang"]
    asked += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    known = [one for one in (*reversed(asked), os.environ.get("YANCE_LANG")) if one in LANGUAGES]
    if known:
        return str(known[0])
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh-Hant" if spoken.startswith(("zh_TW", "zh_HK", "zh_MO")) else "en"


def spoken(command: F) -> F:
    """The option --lang of a group: it is read before anything else is (`language_of`), and here only known and refused if it is none."""
    return click.option("--lang", type=click.Choice(LANGUAGES), expose_value=False, help="Language of the output.")(command)


def common(command: F) -> F:
    """The options that every command takes: --lang, --json, --data."""
    command = click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        default=None,
        envvar="YANCE_LANG",
        show_envvar=True,
        help="Language of the output.",
    )(command)
    command = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")(command)
    return click.option(
        "--data", multiple=True, type=click.Path(path_type=Path), help="A folder with specs/ and profiles/ of yours (repeatable)."
    )(command)


def front_of(lang: str | None, as_json: bool, data: tuple[Path, ...]) -> Front:
    """The front for a command's options; the words before the command may have said its language."""
    context = click.get_current_context(silent=True)
    return Front(lang or (context.obj if context else None) or language_of(()), as_json, data_folders(data))
