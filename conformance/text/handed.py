"""Files that somebody handed over, and files of ours beside them.

Reading: opened without waiting, no link followed, and read only as far as agreed. A folder may have come from anywhere: a pipe never
ends, and a link leads to what its sender may not read.

Writing: what is written is a new file under a name that nobody knew, put in its place when it is whole. So a link that lies there
is replaced and not followed, and nobody sees half a file. A file is 0644 where the umask lets everybody read it, and 0600 elsewhere and
where it holds a secret: never writable by others, and never something between.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, BufferedWriter
from pathlib import Path

from conformance.errors import UsageError, VerificationError

try:
    import fcntl
except ImportError:  # Windows has none; there a folder cannot even be opened
    fcntl = None  # type: ignore[assignment] # what is None is not called

__all__ = [
    "PRIVATE",
    "PUBLIC",
    "create",
    "held",
    "lock",
    "make_folder",
    "open_end",
    "open_file",
    "read_file",
    "read_named",
    "write",
]

PUBLIC, PRIVATE = 0o644, 0o600
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_STAY = getattr(os, "O_NOFOLLOW", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _STAY | getattr(os, "O_BINARY", 0)


def open_file(path: Path, *, follow: bool = False) -> BufferedReader:
    """A file, to be read. Raises UsageError when it is not there, or no regular file: a pipe or a device may never end, and a link
    (unless `follow`) leads elsewhere.
    """
    try:
        handle = os.open(path, _FLAGS | (0 if follow else _STAY))
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file; {path.parent} is not the folder of a finished run") from None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK) and path.is_symlink():
            raise UsageError(f"{path}: a regular file was expected; this is a link, which is not followed") from None
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


def read_named(path: Path, limit: int) -> bytes:
    """What is in a file that the user named: a key, a policy, settings. A link is followed, for the user may have laid it; a pipe is
    not read. Raises OSError (also for what is no regular file), ValueError for a name that none can have, UsageError when there is
    more than `limit` bytes.
    """
    handle = os.open(path, _FLAGS)
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.ESPIPE
        raise OSError(number, "a regular file was expected; this is a folder, a pipe or a device")
    with os.fdopen(handle, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise UsageError(f"{path}: the file is larger than the {limit} bytes that are read; is it the right one?")
    return content


def create(path: Path, mode: int = PUBLIC) -> BufferedWriter:
    """A new file, to be written. Raises FileExistsError when there is one, or a link; OSError otherwise."""
    handle = os.open(path, _NEW, mode)
    if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(handle).st_mode) != mode:
        os.fchmod(handle, PRIVATE)
    return os.fdopen(handle, "wb")


def open_end(path: Path) -> BufferedWriter:
    """A file of ours, to be written on where it ends. Raises OSError, also for a link."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | _STAY | getattr(os, "O_BINARY", 0)), "ab")


def lock(handle: int, *, wait: bool = False) -> bool:
    """Hold what is open under a handle for this process alone, as long as it is open; whether it could be had at once, or at all.

    The lock is the system's and ends with the process, however that ends. Where the system or the file system has none, nothing is locked.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
    return True


@contextmanager
def held(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """A folder of several files, while they are read or written as one: whoever writes them holds it alone, those who read share it.

    It waits for whoever holds it otherwise. Raises OSError where there is no such folder; where folders cannot be locked, nothing is.
    """
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)) if fcntl is not None else None
    try:
        if handle is not None:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def make_folder(path: Path, *, private: bool = False) -> None:
    """Make a folder with those above it, each 0755 or, where it is `private` or the umask says so, 0700. Raises OSError."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(0o700 if private else 0o755, exist_ok=True)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


def write(path: Path, content: bytes, mode: int = PUBLIC) -> None:
    """Put a file in its place, whole or not at all. Raises OSError."""
    import secrets  # noqa: PLC0415 - who only reads makes up no name

    scratch = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with create(scratch, mode) as file:
            file.write(content)
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
