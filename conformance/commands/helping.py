"""`--help` in the language that is spoken: what click writes in English is looked up, and Chinese is laid out by the cells that it fills.

Click knows no width of a character but one, and breaks lines at spaces, of which Chinese has none. So the formatter of a context whose
language is zh-Hant writes headings, paragraphs and the two columns of options itself; in English everything stays click's.
"""

from __future__ import annotations

import importlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click

from conformance.load.kept import keep, recalled
from conformance.load.sentences import told

__all__ = ["SpokenGroup", "cells", "laid_out", "speaking"]

_UNIT = r"\s+|[⺀-￯]|[^\s⺀-￯]+"  # what a line may end behind: a blank, one Chinese character, a Latin word; only who lays out compiles it
_STANDING_IN = ("[OPTIONS]", "COMMAND", "[ARGS]...")
_OPENING = "（「『《"  # no line ends with these
_CLOSING = "，。、；：！？）」』》"  # no line begins with these
_KINDS = re.compile(r"(?<= )[A-Z]{3,}(?: [A-Z]+)?$")  # what an option takes, as click writes it: `--out PATH`
_KEPT = "help"  # the folder of what commands say of themselves
_WIDEST = 34  # cells of the column of names


class _Help(click.HelpFormatter):
    """A formatter that writes zh-Hant."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002 - click's own
        """`Usage: yance run [OPTIONS]`, with what stands for options and commands in words of the language."""
        words = " ".join(_told(word) if word in _STANDING_IN else word for word in args.split())
        super().write_usage(prog, words, _told("Usage:"))

    def write_heading(self, heading: str) -> None:
        """The heading of a section."""
        self.write(f"{'':>{self.current_indent}}{_told(heading)}：\n")

    def write_text(self, text: str) -> None:
        """Paragraphs, each looked up as one."""
        room = max(self.width - self.current_indent, 11)
        for nth, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
            if nth:
                self.write("\n")
            for line in laid_out(_told(" ".join(paragraph.split())), room):
                self.write(f"{'':>{self.current_indent}}{line}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = _WIDEST, col_spacing: int = 2) -> None:
        """Two columns: names, and what they mean."""
        spoken = [(_KINDS.sub(lambda kind: _told(kind[0]), name), _told(text)) for name, text in rows]
        first = min(max((cells(name) for name, _ in spoken), default=0), col_max) + col_spacing
        indent = self.current_indent + first
        for name, text in spoken:
            lines = list(laid_out(text, max(self.width - indent - 2, 10)))
            self.write(f"{'':>{self.current_indent}}{name}")
            if cells(name) > col_max or not lines:
                self.write("\n")
            else:
                self.write(" " * (first - cells(name)) + lines.pop(0) + "\n")
            for line in lines:
                self.write(f"{'':>{indent}}{line}\n")


class Spoken(click.Context):
    """A context whose `obj` is the language in which its command speaks of itself."""

    def make_formatter(self) -> click.HelpFormatter:
        """Click's own formatter for English, else one that looks up what it writes."""
        kind = click.HelpFormatter if self.obj in (None, "en") else _Help
        return kind(width=self.terminal_width, max_width=self.max_content_width)


class SpokenGroup(click.Group):
    """A group that lists its commands in the language of its context. Some of them may lie in modules of this package, of which `modules` says
    the names of their commands: a module is imported when one of them is asked for, so that nobody pays for his neighbour's.
    """

    context_class = Spoken

    def __init__(self, *args: Any, modules: Mapping[str, tuple[str, ...]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modules = modules or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in their order."""
        return sorted({*super().list_commands(ctx), *(name for names in self.modules.values() for name in names)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by name, or None."""
        module = self._module(cmd_name)
        if module is None:
            return super().get_command(ctx, cmd_name)
        return next((speaking(command) for command in _commands(module) if command.name == cmd_name), None)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, each with what it does. In English as click has it, which cuts a sentence short; that, nobody could look up."""
        said = {name: self._said(ctx, name) for name in self.list_commands(ctx)}
        room = formatter.width - 6 - max(map(len, said))
        english = ctx.obj in (None, "en")
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, click.Command(name, help=text).get_short_help_str(room) if english else _told(text).partition("。")[0])
                    for name, text in said.items()
                ]
            )

    def _module(self, name: str) -> str | None:
        """The module of a command, where it lies in one."""
        return next((module for module, names in self.modules.items() if name in names), None)

    def _said(self, ctx: click.Context, name: str) -> str:
        """What a command does, in the first paragraph of its help."""
        module = self._module(name)
        return _first_paragraph(super().get_command(ctx, name)) if module is None else _said_in(module)[name]


def _commands(module: str) -> tuple[click.Command, ...]:
    """The commands of a module of this package."""
    found: tuple[click.Command, ...] = importlib.import_module(f"conformance.commands.{module}").COMMANDS
    return found


@cache
def _said_in(module: str) -> Mapping[str, str]:
    """What each command of a module does; kept under the module's own text, since to import all of them takes a second."""
    source = Path(__file__).with_name(f"{module}.py").read_bytes()
    if (kept := recalled(_KEPT, source)) is not None:
        found: Mapping[str, str] = json.loads(kept)
        return found
    found = {str(command.name): _first_paragraph(command) for command in _commands(module)}
    keep(_KEPT, source, json.dumps(found).encode())
    return found


def _first_paragraph(command: click.Command | None) -> str:
    return " ".join(((command and command.help) or "").strip().split("\n\n")[0].split())


def speaking(command: click.Command) -> click.Command:
    """A command, and what is under it, whose help is in the language of its context."""
    command.context_class = Spoken
    for one in command.commands.values() if isinstance(command, click.Group) else ():
        speaking(one)
    return command


def cells(text: str) -> int:
    """How much room a text takes on a terminal: a Chinese character fills two cells."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _told(text: str) -> str:
    return told(text, "zh-Hant")


def laid_out(text: str, room: int) -> Iterator[str]:
    """A text in lines of at most so many cells; a word that is longer stands alone."""
    line = ""
    for unit in _units(text):
        if line and cells(line + unit.rstrip()) > room:
            yield line.rstrip()
            line = ""
        line += unit if line else unit.lstrip()
    if line:
        yield line.rstrip()


def _units(text: str) -> Iterator[str]:
    """What lines are made of; punctuation belongs to what it opens or closes."""
    held = ""
    for unit in re.findall(_UNIT, text):
        if held and unit not in _CLOSING and held not in _OPENING:
            yield held
            held = ""
        held += unit
    if held:
        yield held
