"""`--watch`: the same command again, when Enter is typed or the target is another build. It ends with q, Ctrl-C or the end of input."""

from __future__ import annotations

import asyncio
import functools
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TextIO, TypeVar

import click

from conformance.commands.choosing import target_of
from conformance.commands.front import Front, front_of, out
from conformance.errors import UsageError, YanceError
from conformance.model import PURPOSES, Ixit
from conformance.text.shown import one_line
from conformance.vendor.building import Build, look

__all__ = ["watchable"]

F = TypeVar("F", bound=Callable[..., int])

POLL = 2.0  # seconds between two looks at the target


def watchable(command: F) -> F:
    """Give a command that tests a target the option --watch."""

    @functools.wraps(command)
    def either(*, watch: bool, **words: Any) -> int:
        return _watched(command, words) if watch else command(**words)

    help_text = "Test again on Enter, or when the target is another build; q ends."
    return click.option("--watch", is_flag=True, help=help_text)(either)  # type: ignore[return-value] # it takes one word more


def _watched(command: Callable[..., int], words: Mapping[str, Any]) -> int:
    if words["resume"] or words["as_json"] or words["purpose"] != PURPOSES[0] or (words["out"] and not words["force"]):
        raise UsageError(
            "--watch is for self-tests, each in a folder of its own or in --out with --force, without --resume and --json"
        )
    front = front_of(words["lang"], as_json=False, data=words["data"])
    typed = _typed(sys.stdin)
    while True:
        code = _once(command, words)
        front.note("watch.waiting")
        try:
            if not _again(front, words, typed):
                return code
        except KeyboardInterrupt:
            return code


def _once(command: Callable[..., int], words: Mapping[str, Any]) -> int:
    """One run, and its exit code: what goes wrong with one does not end the watch."""
    try:
        return command(**words)
    except YanceError as error:
        out(f"yance: {one_line(str(error))}", err=True)
        return error.exit_code


def _again(front: Front, words: Mapping[str, Any], typed: queue.Queue[str]) -> bool:
    """Wait for a reason to test again; whether there is one, or the watch is over."""
    ixit = _target(front, words)
    known = _steady(ixit)
    while True:
        try:
            line = typed.get(timeout=POLL)
        except queue.Empty:
            now = asyncio.run(look(ixit)) if ixit else known
            if known.differs(now):
                front.note("watch.another")
                return True
            known = known if now.seen else now
        else:
            return line != "" and line.strip() != "q"


def _target(front: Front, words: Mapping[str, Any]) -> Ixit | None:
    """What is looked at; nothing while the settings cannot be read."""
    names = ("domain", "url", "config", "profile", "version")
    try:
        return target_of(replace(front, quiet=True), *(words[name] for name in names))[0].ixit
    except YanceError:
        return None


def _steady(ixit: Ixit | None) -> Build:
    """What the target says of itself, and says again when it is asked again."""
    if ixit is None:
        return Build({})
    return asyncio.run(look(ixit)).steady(asyncio.run(look(ixit)))


def _typed(source: TextIO) -> queue.Queue[str]:
    """The lines that are typed, as they are; an empty one at the end of input."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        while line := source.readline():
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True, name="typed").start()
    return lines
