"""What an archive may be that is uploaded to the desk: the files of one run, and nothing that its sender would rather have."""

from __future__ import annotations

import gzip
import io
import random
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance import limits
from conformance.desk.archives import NAMES, unpack
from conformance.errors import VerificationError
from conformance.verdict.folder import RunFolder

RUN = {name: f"content of {name}".encode() for name in ("plan.json", "evidence.ndjson.zst", "report.json", "statement.dsse.json")}
CANARY = "AKIAIOSFODNN7EXAMPLE"


def a_zip(files: dict[str, bytes], *, comment: bytes = b"", edit: Callable[[zipfile.ZipInfo], None] = lambda _: None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            edit(info)
            archive.writestr(info, content)
        archive.comment = comment
    return out.getvalue()


def a_tar(files: dict[str, bytes], *extra: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1.5  # type: ignore[assignment] # Python writes a pax header for that
            archive.addfile(info, io.BytesIO(content))
        for info in extra:
            archive.addfile(info)
    return out.getvalue()


def member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def opened(archive: bytes, folder: Path) -> dict[str, bytes]:
    (folder / "archive").write_bytes(archive)
    unpack(folder / "archive", folder / "run")
    return {path.name: path.read_bytes() for path in (folder / "run").iterdir()}


@pytest.mark.parametrize("top", ["", "run/", "./", "./run/", "驗測 (1)/"])
@pytest.mark.parametrize("pack", [a_zip, a_tar, lambda files: gzip.compress(a_tar(files))])
def test_a_run_is_opened_alone_or_in_one_folder(pack: Callable[[dict[str, bytes]], bytes], top: str, tmp_path: Path) -> None:
    found = opened(pack({top + name: content for name, content in RUN.items()}), tmp_path)
    assert found == RUN
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "run").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


def linked(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def device(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFCHR | 0o777) << 16


NAMES_REFUSED = [
    "../plan.json", "run/../plan.json", "/plan.json", "/etc/plan.json", "../../etc/passwd", "..\\plan.json", "C:plan.json", "C:\\run/plan.json",
    "a/b/plan.json", "Plan.json", "PLAN.JSON", "plan.json.", "plan.json ", "plan.json/x", "yance.toml", ".env", f"{CANARY}.txt", "plan\u202e.json", "ｐlan.json",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES_REFUSED)
@pytest.mark.parametrize("pack", [a_zip, a_tar])
def test_no_name_leads_out_or_beside(pack: Callable[[dict[str, bytes]], bytes], name: str, tmp_path: Path) -> None:
    before = {path.name for path in tmp_path.parent.iterdir()}
    with pytest.raises(VerificationError) as refused:
        opened(pack({**RUN, name: b"x"}), tmp_path)
    assert CANARY not in str(refused.value)
    assert {path.name for path in tmp_path.parent.iterdir()} == before
    assert {path.name for path in (tmp_path / "run").iterdir()} <= NAMES
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "run"}


def repeated(count: int) -> bytes:
    """A zip whose list has so many members, all of one file."""
    one = a_zip({"plan.json": b"x"})
    begins = struct.unpack("<I", one[-6:-2])[0]
    listed = one[begins:-22] * count
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, min(count, 65535), min(count, 65535), len(listed), begins, 0)
    return one[:begins] + listed + end


def huge_header() -> bytes:
    """A tar whose first header says that a gigabyte of names comes before the first file."""
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = tarfile.XHDTYPE, 1 << 30
    return info.tobuf(tarfile.USTAR_FORMAT) + b"0" * 65536


def wrong_sum(archive: bytes) -> bytes:
    at = archive.index(b"PK\x01\x02") + 16
    return archive[:at] + bytes([archive[at] ^ 1]) + archive[at + 1 :]


def sparse() -> bytes:
    return a_tar(RUN, member("report.html", tarfile.GNUTYPE_SPARSE))


def twice() -> bytes:
    out = io.BytesIO(a_zip(RUN))
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("plan.json", b"another")
    return out.getvalue()


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a link in a zip": (lambda: a_zip(RUN, edit=linked), "is a link, a device"),
    "a device in a zip": (lambda: a_zip(RUN, edit=device), "is a link, a device"),
    "a link in a tar": (lambda: a_tar(RUN, member("report.html", tarfile.SYMTYPE, "/etc/passwd")), "is a link, a device"),
    "a hard link": (lambda: a_tar(RUN, member("report.html", tarfile.LNKTYPE, "plan.json")), "is a link, a device"),
    "a device in a tar": (lambda: a_tar(RUN, member("report.html", tarfile.CHRTYPE)), "is a link, a device"),
    "a pipe": (lambda: a_tar(RUN, member("report.html", tarfile.FIFOTYPE)), "is a link, a device"),
    "a sparse file": (sparse, "sparse"),
    "a file twice in a zip": (twice, "the name of an earlier one"),
    "a file twice in a tar": (lambda: a_tar(RUN, member("plan.json", tarfile.REGTYPE)), "the name of an earlier one"),
    "a file twice, in two places": (lambda: a_zip({**RUN, "run/plan.json": b"x"}), "in several folders"),
    "files of two runs": (lambda: a_zip({f"{top}/{name}": b"x" for top in "ab" for name in RUN}), "in several folders"),
    "a bomb in a zip": (lambda: a_zip({**RUN, "report.html": bytes(1 << 26)}), "times its size"),
    "a bomb in a tar.gz": (lambda: gzip.compress(a_tar({**RUN, "report.html": bytes(1 << 26)})), "times its size"),
    "a hundred thousand members in a zip": (lambda: repeated(100_000), "more than 64 members"),
    "a list longer than it says": (lambda: repeated(100_000)[:-14] + b"\x01\x00\x01\x00" + repeated(100_000)[-10:], "more than 64 members"),
    "a hundred thousand folders in a tar": (lambda: member("run", tarfile.DIRTYPE).tobuf() * 100_000, "more than 64 members"),
    "a header of a gigabyte": (huge_header, "longer than any of ours"),
    "something before a zip": (lambda: b"PK junk" + a_zip(RUN), "before or after its members"),
    "something after a zip": (lambda: a_zip(RUN) + b"junk", "does not end as a plain zip does"),
    "a comment": (lambda: a_zip(RUN, comment=CANARY.encode()), "does not end as a plain zip does"),
    "half a zip": (lambda: a_zip(RUN)[:200], "does not end as a plain zip does"),
    "half a gzip": (lambda: gzip.compress(a_tar(RUN))[:150], "is damaged"),
    "a zip with a wrong sum": (lambda: wrong_sum(a_zip(RUN)), "is damaged"),
    "no archive": (lambda: b"<html>" * 100, "is damaged"),
    "nothing": (lambda: b"", "is damaged|lacks"),
    "a run that was not signed": (lambda: a_zip({name: RUN[name] for name in list(RUN)[:3]}), r"lacks statement\.dsse\.json"),
    "an empty zip": (lambda: a_zip({}), "lacks plan.json"),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_no_run_is_refused_for_its_own_reason(attack: str, tmp_path: Path) -> None:
    made, why = ATTACKS[attack]
    with pytest.raises(VerificationError, match=why) as refused:
        opened(made(), tmp_path)
    assert CANARY not in str(refused.value)
    assert sum(path.stat().st_size for path in tmp_path.rglob("run/*")) <= limits.UPLOAD_RATIO * (1 << 20)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    made = bytearray(a_zip(RUN))
    made[made.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(VerificationError, match="encrypted"):
        opened(bytes(made), tmp_path)


def test_no_byte_that_is_changed_ends_in_anything_but_a_refusal_or_a_run(tmp_path: Path) -> None:
    by, packs = random.Random(11), [a_zip(RUN), a_tar(RUN), gzip.compress(a_tar(RUN), mtime=0)]
    refused = 0
    for turn in range(400):
        made = bytearray(packs[turn % 3])
        for _ in range(by.randrange(1, 6)):
            made[by.randrange(len(made))] = by.randrange(256)
        folder = tmp_path / str(turn)
        folder.mkdir()
        try:
            found = opened(bytes(made), folder)
        except VerificationError:
            refused += 1
        else:
            assert found.keys() <= NAMES
        assert {path.name for path in folder.iterdir()} <= {"archive", "run"}
    assert refused > 100


def test_whatever_a_run_folder_vouches_for_may_be_uploaded() -> None:
    folder = RunFolder(Path("run"))
    files = (
        folder.plan_file,
        folder.evidence_file,
        folder.report_file,
        folder.envelope_file,
        folder.bundle_file,
        folder.challenge_file,
    )
    assert {one.name for one in files} <= NAMES
