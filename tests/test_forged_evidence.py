"""Evidence survives liars: a file that was altered is refused, whatever was made to fit, and its reading is bounded."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import settings

from conformance.errors import VerificationError
from conformance.evidence import EvidenceWriter, Footer, check_evidence, read_evidence
from conformance.redaction import Redactor
from tests.recording import HEADER, exchange, packed, sealed, unpacked, written

calmly = settings(max_examples=100, deadline=None, database=None)


def test_any_flipped_byte_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.zst").read_bytes()
    path = tmp_path / "e.zst"
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1 << position % 8]) + whole[position + 1 :])
        with pytest.raises(VerificationError):
            check_evidence(path)


def test_any_cut_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.zst").read_bytes()
    path = tmp_path / "e.zst"
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with pytest.raises(VerificationError):
            check_evidence(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(VerificationError):
        check_evidence(path)


def test_a_flip_under_a_seal_made_anew_is_refused_or_changes_no_record(tmp_path: Path) -> None:
    original = written(tmp_path / "whole.zst")
    content, records = original.read_bytes()[:-40], list(read_evidence(original))
    path = tmp_path / "e.zst"
    harmless = 0
    for position in range(len(content)):
        path.write_bytes(sealed(content[:position] + bytes([content[position] ^ 0x10]) + content[position + 1 :]))
        try:
            assert list(read_evidence(path)) == records
            harmless += 1
        except VerificationError:
            pass
    assert harmless < 20


def forgeries(lines: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    *body, footer = lines
    yield "dropped", [*body[:2], *body[3:], footer]
    yield "repeated", [*body[:2], body[1], *body[2:], footer]
    yield "swapped", [body[0], body[2], body[1], *body[3:], footer]
    yield "changed", [body[0], body[1].replace(b'"status":200', b'"status":201'), *body[2:], footer]
    yield "no end of a case", [*body[:3], *body[4:], footer]
    yield "an end too many", [*body, b'{"case":"x","ended":"complete","exchanges":0,"kind":"case","reason":""}', footer]
    yield "no footer", body
    yield "no header", [*body[1:], footer]
    yield "two headers", [body[0], *body, footer]
    yield "two footers", [*lines, footer]
    yield "more after the footer", [*lines, body[1]]
    yield "other counts", [*body, footer.replace(b'"exchanges":6', b'"exchanges":7')]
    yield "other root", [*body, footer.replace(b'"rfc6962Root":"', b'"rfc6962Root":"0')]
    yield "other replacements", [*body, footer.replace(b'"replacements":0', b'"replacements":1')]
    yield "spaces", [body[0], body[1].replace(b":", b": ", 1), *body[2:], footer]
    yield "later version", [body[0].replace(b'"version":1}', b'"version":2}'), *body[1:], footer]


def test_a_forged_file_is_refused_though_its_seal_is_right(tmp_path: Path) -> None:
    lines = unpacked(written(tmp_path / "e.zst"))
    path = tmp_path / "forged.zst"
    path.write_bytes(packed(lines))
    assert check_evidence(path).exchanges == 6
    for name, forged in forgeries(lines):
        assert forged != lines, name
        path.write_bytes(packed(forged))
        try:
            check_evidence(path)
        except VerificationError:
            continue
        pytest.fail(f"{name}: accepted")


def test_who_reads_beside_another_reads_no_other_lines(tmp_path: Path) -> None:
    """The root is left to whoever verifies the file meanwhile, and compared with what that found; every other forgery is refused here, too."""
    original = written(tmp_path / "e.zst")
    assert list(read_evidence(original, beside=True)) == list(read_evidence(original))
    path = tmp_path / "forged.zst"
    for name, forged in forgeries(unpacked(original)):
        path.write_bytes(packed(forged))
        if name == "other root":
            *_, footer = read_evidence(path, beside=True)
            assert isinstance(footer, Footer)
            assert footer.root != check_evidence(original).root
            continue
        with pytest.raises(VerificationError):
            list(read_evidence(path, beside=True))


def test_the_footer_error_names_what_differs(tmp_path: Path) -> None:
    *body, footer = unpacked(written(tmp_path / "e.zst"))
    path = tmp_path / "forged.zst"
    path.write_bytes(packed([*body, footer.replace(b'"replacements":0', b'"replacements":3')]))
    with pytest.raises(VerificationError, match=r"redaction.replacements \(footer 3, computed 0\); do not"):
        check_evidence(path)


def test_a_decompression_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "e.zst"
    compressor = zstandard.ZstdCompressor(level=3).compressobj()
    content = b"".join(compressor.compress(bytes(1 << 20)) for _ in range(80)) + compressor.flush()
    path.write_bytes(sealed(content))
    assert len(content) < 20_000
    tracemalloc.start()
    with pytest.raises(VerificationError, match="more than 1000000 bytes"):
        check_evidence(path, limit=1_000_000)
    with pytest.raises(VerificationError, match="a line of more than"):
        check_evidence(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 * 1024 * 1024


def test_a_frame_that_asks_for_a_huge_window_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.zst"
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path.write_bytes(sealed(compressor.compress(b"{}\n") + compressor.flush()))
    with pytest.raises(VerificationError, match="not an intact zstd stream"):
        check_evidence(path)


@pytest.mark.heavy
def test_memory_does_not_grow_with_the_run(tmp_path: Path) -> None:
    def peak(exchanges: int) -> int:
        path = tmp_path / f"{exchanges}.zst"
        tracemalloc.start()
        with EvidenceWriter.open(path, HEADER, Redactor({})) as evidence:
            for number in range(exchanges):
                evidence.append(exchange("x", b'{"number":%d}' % number * 40))
            evidence.end_case("x", "complete")
            evidence.finish()
        for _ in read_evidence(path):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few = peak(500)
    assert peak(2000) < few * 1.3 + 100_000
