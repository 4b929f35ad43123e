"""Files of a run that somebody handed over: opened without waiting, and read only as far as agreed."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

from conformance.errors import UsageError, VerificationError

__all__ = ["open_file", "read_file"]


_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_file(path: Path) -> BufferedReader:
    """A file, to be read. Raises UsageError when it is not there, or no regular file: a pipe or a device may never end."""
    try:
        handle = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file; {path.parent} is not the folder of a finished run") from None
    except OSError as error:
        raise UsageError(f"{path}: the file cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UsageError(f"{path}: a regular file was expected; this is a folder, a pipe or a device")
    return os.fdopen(handle, "rb")


def read_file(path: Path, limit: int) -> bytes:
    """What is in a file. Raises UsageError as `open_file` does, VerificationError when there is more than `limit` bytes."""
    with open_file(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise VerificationError(f"{path}: the file has more than the {limit} bytes allowed; it is not read")
    return content
