"""How a command ends: one line on standard error and the exit code of its kind, never a traceback.

Exit codes: 0 conformant, 1 not conformant, 2 usage or configuration, 3 inconclusive, 4 target unreachable, 5 the suite itself
failed, 6 a signature, digest or chain did not verify.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from conformance.commands.front import language_of, out
from conformance.commands.helping import SpokenGroup
from conformance.cycles import seldom_collected
from conformance.errors import SuiteError, YanceError
from conformance.load.sentences import told
from conformance.text.shown import one_line

__all__ = ["Group"]


class Group(SpokenGroup):
    """A group whose commands end in one line and an exit code, never in a traceback."""

    def main(self, args: Sequence[str] | None = None, **kwargs: Any) -> Any:  # type: ignore[override] # the words, and click's rest
        """Run a command and leave the process with its exit code."""
        words = list(sys.argv[1:] if args is None else args)
        language = language_of(words)
        kwargs |= {"standalone_mode": False, "prog_name": "yance", "obj": language}
        _lenient()
        try:
            with seldom_collected(), _stoppable():
                code = super().main(words, **kwargs)
        except NoArgsIsHelpError as error:
            out(error.format_message(), err=True)
            sys.exit(2)
        except click.ClickException as error:
            where = getattr(error, "ctx", None)
            said = told(" ".join(error.format_message().split()), language).rstrip(".。")
            _end(said + (told(f"; see {where.command_path} --help", language) if where else ""), 2)
        except click.Abort:
            _end(told("interrupted", language), 130)
        except _Terminated:
            _end(told("stopped by SIGTERM", language), 143)
        except YanceError as error:
            _end(told(str(error), language), error.exit_code)
        except OSError as error:
            _unforeseen(error, f"the system refused it: {error}", language)
        except Exception as error:  # noqa: BLE001 - whatever comes here is the suite's own failure, and must not look like a verdict
            _unforeseen(error, f"the suite itself failed: {type(error).__name__}: {error}", language)
        sys.exit(code if isinstance(code, int) else 0)


def _lenient() -> None:
    """A console that lacks a character (`✗` in cp1252, a station's name in ASCII) shows `?` in its place; the exit code stays right."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


class _Terminated(BaseException):
    """SIGTERM came."""


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does: what is under way is wound up and files are closed."""
    asked = False

    def stop(*_: object) -> None:
        nonlocal asked
        asked = True
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun by a shell in the background, which keeps Ctrl-C from it
            raise KeyboardInterrupt
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
    out(f"yance: {one_line(said)}", err=True)
    sys.exit(code)


def _unforeseen(error: Exception, said: str, language: str) -> NoReturn:
    """End for a reason that no error of the tree stands for. YANCE_TRACEBACK=1 shows where it came from."""
    if os.environ.get("YANCE_TRACEBACK"):
        out("".join(traceback.format_exception(error)), err=True)
    whole = f"{' '.join(said.split())} (YANCE_TRACEBACK=1 shows where; please report it)"
    _end(told(whole, language), SuiteError.exit_code)
