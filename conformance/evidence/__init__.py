"""Evidence: the ordered record of every exchange of a run, from which verdicts are derived and derived again.

The file `evidence.ndjson.zst` is NDJSON in zstd (`zstd -dc` shows it): a header, numbered exchanges, the end of each case,
and a footer with counts, SHA-256 and RFC 6962 Merkle root. Writer and reader stream; neither grows with the run.

    with EvidenceWriter.open(path, header, redactor) as evidence:
        recorded = evidence.append(exchange)        # redacted, numbered, swept, on its way to the disk
        evidence.end_case(case, "complete")
        footer = evidence.finish()
    for end, exchanges in attempts(read_evidence(path)): …
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.deferred import deferred

if TYPE_CHECKING:
    from conformance.evidence.glimpse import Glimpse
    from conformance.evidence.merkle import MerkleTree
    from conformance.evidence.reader import attempts, check_evidence, glimpse_evidence, read_evidence, sealed
    from conformance.evidence.records import CaseEnd, Ended, Footer, Header, Record, Resumed
    from conformance.evidence.writer import EvidenceWriter
else:
    __getattr__ = deferred(
        __name__,
        {
            "glimpse": ("Glimpse",),
            "merkle": ("MerkleTree",),
            "reader": ("attempts", "check_evidence", "glimpse_evidence", "read_evidence", "sealed"),
            "records": ("CaseEnd", "Ended", "Footer", "Header", "Record", "Resumed"),
            "writer": ("EvidenceWriter",),
        },
    )

__all__ = [
    "CaseEnd",
    "Ended",
    "EvidenceWriter",
    "Footer",
    "Glimpse",
    "Header",
    "MerkleTree",
    "Record",
    "Resumed",
    "attempts",
    "check_evidence",
    "glimpse_evidence",
    "read_evidence",
    "sealed",
]
