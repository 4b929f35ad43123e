"""An archive that a stranger uploads, opened into a folder of ours: zip, tar or tar.gz, and nothing in it but the files of one run.

A name in it is never a path of ours. It has to be one of the names that a run folder may hold, alone or under one folder; the file is
made under that name, new and for its owner alone. So there is nothing to climb out of, and no link, device, second file of one name or
name in other letters is ever written. What an archive says of itself is not believed: bytes are counted as they come, members as they are
met, and a zip's own list of members is measured before it is read. Why one is refused names no text of the archive's.
"""

from __future__ import annotations

import gzip
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from conformance import formats, limits
from conformance.errors import VerificationError
from conformance.text.handed import PRIVATE, create, make_folder
from conformance.verdict.folder import RunFolder

__all__ = ["NAMES", "unpack"]

_OWN = ("plan.json", "evidence.ndjson.zst", "report.json", "statement.dsse.json", "bundle.sigstore.json", "challenge.dsse.json")
NAMES = frozenset({*_OWN, *(one.file for one in formats.FORMATS.values())})  # that a run folder may hold
_NEEDED = _OWN[:4]
_PIECE = 64 * 1024
_FREE = 1024 * 1024  # bytes of a member for which no ratio is looked at
_END, _END64, _END_SIZE, _LOCATOR = b"PK\x05\x06", b"PK\x06\x07", 22, 20
_ENTRY = 256  # bytes of a zip's own list for one member, at most


@dataclass(frozen=True)
class _Member:
    """One member: how it is called, how large it is packed (0: nobody can tell), and how it is read."""

    name: str
    packed: int
    opened: Callable[[], IO[bytes]]


def unpack(archive: Path, folder: Path) -> RunFolder:
    """The files of one run from an archive, in a new folder. Raises VerificationError for an archive that is anything else; then the
    folder may hold a part, and is to be thrown away.
    """
    make_folder(folder, private=True)
    with ExitStack() as opened, archive.open("rb") as file:
        begin = file.read(4)
        file.seek(0)
        if begin[:2] == b"PK":
            members = _zipped(file)
        elif begin[:2] == b"\x1f\x8b":
            members = _tarred(_gunzipped(file, opened))
        else:
            members = _tarred(file)
        try:
            _write(members, folder)
        except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
            raise VerificationError("the archive is damaged, or in a form that is not read; pack the run again") from None
    made = RunFolder(folder)
    if missing := [name for name in _NEEDED if not (folder / name).is_file()]:
        raise VerificationError(f"the archive lacks {missing[0]}; pack the whole folder of a run that was signed (yance sign)")
    return made


def _write(members: Iterator[_Member], folder: Path) -> None:
    total, tops = 0, set()
    for number, member in enumerate(members, 1):
        if number > limits.UPLOAD_MEMBERS:
            raise VerificationError(f"the archive has more than {limits.UPLOAD_MEMBERS} members; a run folder has a dozen files")
        top, name = _placed(member.name, number)
        tops.add(top)
        if len(tops) > 1:
            raise VerificationError("the archive has files in several folders; pack the folder of one run")
        try:
            with create(folder / name, PRIVATE) as out, member.opened() as source:
                total += _copy(source, out, member.packed, limits.UPLOAD_UNPACKED - total, number)
        except FileExistsError:
            raise VerificationError(f"member {number} of the archive has the name of an earlier one") from None


def _placed(name: str, number: int) -> tuple[str, str]:
    """The folder in which a member lies, empty for none, and the file of a run that it is."""
    top, _, file = name.removeprefix("./").rpartition("/")
    if file not in NAMES or "/" in top or "\\" in top or top in (".", "..") or ":" in top or (not top and name.startswith("/")):
        raise VerificationError(
            f"member {number} of the archive is no file of a run; pack plan.json, evidence.ndjson.zst, report.json, the signed statement "
            "and nothing else, alone or in one folder"
        )
    return top, file


def _copy(source: IO[bytes] | gzip.GzipFile, out: IO[bytes], packed: int, left: int, number: int) -> int:
    written = 0
    while piece := source.read(_PIECE):
        written += len(piece)
        if written > left:
            raise VerificationError(
                f"the archive unpacks to more than the {limits.UPLOAD_UNPACKED} bytes allowed; it is not read on"
            )
        if packed and written > _FREE and written > packed * limits.UPLOAD_RATIO:
            raise VerificationError(
                f"member {number} of the archive unpacks to more than {limits.UPLOAD_RATIO} times its size; it is not read on"
            )
        out.write(piece)
    return written


# ------------------------------------------------------------------------------------------ zip


def _zipped(file: IO[bytes]) -> Iterator[_Member]:
    _refuse_long_list(file)
    with zipfile.ZipFile(file) as archive:
        for number, info in enumerate(archive.infolist(), 1):
            mode = info.external_attr >> 16
            kind = stat.S_IFMT(mode)
            if info.is_dir() and kind in (0, stat.S_IFDIR):
                continue
            if kind not in (0, stat.S_IFREG) or info.flag_bits & 0x1 or info.is_dir():
                raise VerificationError(f"member {number} of the archive is a link, a device, or encrypted; expected plain files")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or "\x00" in info.orig_filename:
                raise VerificationError(f"member {number} of the archive is packed in a way that is not read; expected deflate")
            yield _Member(info.filename, info.compress_size or 1, lambda info=info: archive.open(info))  # type: ignore[misc] # bound now


def _refuse_long_list(file: IO[bytes]) -> None:
    """Raises VerificationError unless the zip ends with its own list of members, short, and begins with its first: what comes before
    or after could be read as another archive by another program.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _LOCATOR))
    tail = file.read()
    end = tail[-_END_SIZE:]
    if len(end) < _END_SIZE or not end.startswith(_END) or end[20:] != b"\x00\x00" or _END64 in tail[:-_END_SIZE]:
        raise VerificationError("the archive does not end as a plain zip does, without a comment; pack the run again")
    entries, listed, begins = (int.from_bytes(end[at:to], "little") for at, to in ((10, 12), (12, 16), (16, 20)))
    if entries > limits.UPLOAD_MEMBERS or listed > limits.UPLOAD_MEMBERS * _ENTRY:
        raise VerificationError(f"the archive has more than {limits.UPLOAD_MEMBERS} members; a run folder has a dozen files")
    if begins + listed + _END_SIZE != size:
        raise VerificationError("the archive has something before or after its members; pack the run again")
    file.seek(0)


# ------------------------------------------------------------------------------------------ tar


class _Measured:
    """A tar file of which nothing is read at once that is longer than a header or a piece: a header may claim any length of itself."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        if not 0 <= size <= _FREE:
            raise VerificationError("the archive has a header that is longer than any of ours; it is not read")
        return self._file.read(size)

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place."""
        return self._file.seek(place, whence)

    def tell(self) -> int:
        """The present place."""
        return self._file.tell()


def _tarred(file: IO[bytes]) -> Iterator[_Member]:
    with tarfile.open(fileobj=_Measured(file), mode="r:", errors="strict") as archive:  # type: ignore[call-overload] # a reader is enough
        for number in range(1, 2 * limits.UPLOAD_MEMBERS + 1):
            info = archive.next()
            if info is None:
                return
            if info.isdir():
                continue
            if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or info.issparse():
                raise VerificationError(f"member {number} of the archive is a link, a device, or sparse; expected plain files")
            source = archive.extractfile(info)
            assert source is not None  # a regular file has a reader
            yield _Member(info.name, 0, lambda source=source: source)  # type: ignore[misc] # bound now
    raise VerificationError(f"the archive has more than {limits.UPLOAD_MEMBERS} members; a run folder has a dozen files")


def _gunzipped(file: IO[bytes], opened: ExitStack) -> IO[bytes]:
    """What a gzip file holds, in a file of ours that is gone when `opened` ends."""
    packed = file.seek(0, 2)
    file.seek(0)
    scratch = opened.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - `opened` ends it
    try:
        with gzip.GzipFile(fileobj=file) as source:
            _copy(source, scratch, packed, limits.UPLOAD_UNPACKED, 1)
    except (EOFError, OSError, zlib.error):
        raise VerificationError("the archive is damaged, or in a form that is not read; pack the run again") from None
    scratch.seek(0)
    return scratch
