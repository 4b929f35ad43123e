"""A secret that settings name and do not hold: in the environment, in a file, or in what a command prints.

    env:NAME        the variable
    file:PATH       the file, relative to the settings
    command:WORDS   the standard output of a program, run without a shell in the settings' folder, as `command:pass show yance/a`
    anything else   is the secret itself

None of them is echoed, in no error either: a command's words may say too much, so its program alone is named. Whoever hands over settings
with a command hands over a program, so these are refused where somebody else's settings are read (`refuse_commands`).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance import limits
from conformance.errors import DataError
from conformance.load.documents import Document
from conformance.text import pointer
from conformance.text.handed import read_named

__all__ = ["named", "refuse_commands", "refused", "secret", "source"]

_VARIABLE = re.compile(r"[A-Z]{1,16}(?:_[A-Z]{1,16})+")
_COMMAND = "command:"
_PATIENCE = 60.0  # seconds; a password store may ask its owner


def named(written: str) -> bool:
    """Whether a text names where a secret lies, and is none itself."""
    return written.startswith(("env:", "file:", _COMMAND))


def source(written: str, where: str) -> str:
    """Where a secret comes from, in words: the name that was written, without a command's arguments, or the place where it stands."""
    if written.startswith(_COMMAND):
        return _COMMAND + (_words(written) or [""])[0]
    return written if named(written) else f"{where.removeprefix('/').replace('/', '.')} in yance.toml"


def refuse_commands(document: Document) -> None:
    """Raises DataError for the first value that is to be had by a command."""
    for where, value in _values(document.content, ""):
        if value.startswith(_COMMAND):
            said = "commands are run for self-tests alone, since these settings may be another's; name a variable (env:) or a file (file:)"
            raise refused(document, where, said)


def secret(document: Document, folder: Path, where: str, value: str) -> str:
    """What a text stands for. Raises DataError when that is nothing, or cannot be had."""
    kind, _, rest = value.partition(":")
    found, told = value, "it"
    if kind == "env":
        if rest not in os.environ:
            name = rest if _VARIABLE.fullmatch(rest) else "that it names"  # what does not look like one may be the secret itself
            raise refused(document, where, f"the environment variable {name} is not set; export it first")
        found, told = os.environ[rest].strip(), f"the environment variable {rest}"
    elif kind == "file":
        told = "the file that it names"
        try:
            found = read_named(folder / rest, limits.SECRET).decode("utf-8").strip()
            told = str(folder / rest)  # a name that leads to a file is no secret
        except OSError as error:
            raise refused(document, where, f"{told} cannot be read ({error.strerror}); expected the secret in it") from None
        except UnicodeDecodeError:
            raise refused(document, where, f"{told} is not UTF-8 text; expected the secret in it") from None
    elif value.startswith(_COMMAND):
        found, told = _printed(document, folder, where, value)
    if not found:
        raise refused(document, where, f"{told} is empty; give a value, or leave the whole table out")
    if where.startswith("/actors"):
        _refuse_unseen(document, where, told, found)
    return found


def refused(document: Document, where: str, said: str) -> DataError:
    """What is wrong with a value of the settings, as an error to raise."""
    return DataError(f"{where.removeprefix('/').replace('/', '.')}: {said}", file=document.file, line=document.line(where))


def _printed(document: Document, folder: Path, where: str, value: str) -> tuple[str, str]:
    """What a command prints, and what it is called."""
    words = _words(value)
    if not words:
        raise refused(document, where, "no command could be read there; expected command: and its words, quoted as in a shell")
    told = f"what the command {words[0]} prints"
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE, check=False)  # noqa: S603 - words of the user's own settings
        text = done.stdout[: limits.SECRET].decode("utf-8").strip()
    except subprocess.TimeoutExpired:
        raise refused(document, where, f"the command {words[0]} printed nothing for {_PATIENCE:.0f} s") from None
    except UnicodeDecodeError:
        raise refused(document, where, f"{told} is not UTF-8 text; expected the secret") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its words cannot be"
        raise refused(document, where, f"the command {words[0]} cannot be run ({reason})") from None
    if done.returncode:
        raise refused(document, where, f"the command {words[0]} ended with {done.returncode}; run it by hand to see why")
    return text, told


def _words(value: str) -> list[str]:
    try:
        return shlex.split(value.removeprefix(_COMMAND))
    except ValueError:  # a quotation mark without its other half
        return []


def _values(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """The texts of a document, each with its place."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _values(member, where + pointer.join(name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _values(member, f"{where}/{index}")


def _refuse_unseen(document: Document, where: str, told: str, found: str) -> None:
    """Raises DataError for a secret with a character in it that nobody sees: an editor put it there, and no server expects it."""
    if "\n" in found or "\r" in found:
        raise refused(document, where, f"{told} has more than one line; expected the secret alone")
    for place, char in enumerate(found, 1):
        if char != " " and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Zs"):
            name = "a byte order mark" if char == "\ufeff" else unicodedata.name(char, "a control character").lower()
            said = f"{told} has an invisible character (U+{ord(char):04X}, {name}) as its character {place}"
            raise refused(document, where, f"{said}; save it as UTF-8 without a byte order mark, and type the secret anew")
