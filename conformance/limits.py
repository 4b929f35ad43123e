"""How much is read, parsed, judged, recorded and shown, whoever hands it over. Each bound ends in a verdict, a word in the evidence or an exit code.

    what comes from a target   its header, its body and its time are limited by `yance.toml` ([limits], `model.Limits`); below is what
                               holds beside that. A body beyond a bound is no witness and no finding: what rests on it is inconclusive.
    what a folder holds        exit 6, or 2 where it is no file at all
    what a user hands over     exit 2, with file and line

Sizes are in bytes. Work is bounded by counting, never by a clock: the same evidence gives the same verdicts on every machine.
"""

from __future__ import annotations

from typing import Final

# ------------------------------------------------------------------------------------------ one body
DEPTH: Final = 200  # levels of arrays and objects in one another; a reader's own affair (RFC 8259 section 9), so it is ours
VALUES: Final = 100_000  # brackets and commas in a body that is judged: a page of 1,000 things with 99 members each has as many
ERRORS: Final = 200  # of a document under a schema that are looked at; a case keeps 20 findings
ERRORS_AT_ONCE: Final = (
    10_000  # values in a document of which all errors are found; in a larger one, the first is enough, or nothing is told
)
JUDGED: Final = (
    20_000_000  # brackets and commas of all bodies of a run that are judged, 33 µs each at worst; a full run has half a million
)
COUNTED_ONCE: Final = 1_000  # a body with more of them is counted once, however often it comes
CODES: Final = 1_000  # codes that a target issued and that are looked for in what it says later; the oldest is forgotten first
MARKS: Final = 10_000  # replacements that are noted of one exchange; a body with more of them is withheld

# ------------------------------------------------------------------------------------------ evidence
LINE: Final = 16 * 1024 * 1024  # one line
LINE_VALUES: Final = 250_000  # brackets and commas of a line, those of its texts left out
ENTRIES: Final = 1_000_000  # lines of a run
EVIDENCE: Final = 1024 * 1024 * 1024  # all lines of a run; beyond it, bodies are withheld
OPEN: Final = 64 * 1024 * 1024  # the lines of all cases that have not ended; beyond it, too
CASE: Final = 20_000  # exchanges of one case
RESUMED: Final = 1_000  # times that a run was gone on with
UNPACKED: Final = 2 * EVIDENCE  # what an evidence file may unpack to: lines without bodies come on top

# ------------------------------------------------------------------------------------------ a screening (`--effort quick`)
QUICK: Final = 600  # requests of a run, preflight aside; beyond them, what was not asked is not tested
QUICK_ASKED: Final = 480  # for which cases are chosen, by what they ask of a small target: a list that is longer takes more

# ------------------------------------------------------------------------------------------ a plan
DRAWN: Final = 7_500  # choices of the drawing engine for each input of a kind that an operation is to have; the house's logistics 1.1 take 7,100
DRAWN_EACH: Final = 1_000  # of them that an operation counts for before its first: the engine compiles it, whatever comes of that

# ------------------------------------------------------------------------------------------ files
PLAN: Final = 32 * 1024 * 1024  # plan.json; that of a full run has 200 kB
REPORT: Final = 64 * 1024 * 1024  # report.json, likewise
DOCUMENT: Final = 16 * 1024 * 1024  # a spec, a profile, settings
ENVELOPE: Final = 4 * 1024 * 1024
KEY: Final = 64 * 1024
SECRET: Final = 64 * 1024  # a file with one secret in it
POLICY: Final = 4 * 1024 * 1024
TIMESTAMP: Final = 64 * 1024  # an answer of a time-stamp authority; one has 5 kB
FILE_VALUES: Final = 2_000_000  # values in a file, with those that an alias or a reference repeats
NODES: Final = 500_000  # of a YAML file, as it is written

# ------------------------------------------------------------------------------------------ an archive that is uploaded to the desk
UPLOAD: Final = 64 * 1024 * 1024  # as it comes; that of a full run has 2 MB
UPLOAD_UNPACKED: Final = 512 * 1024 * 1024  # what all its members come to
UPLOAD_RATIO: Final = 200  # times that a member may be larger than it is packed, beyond the first MiB
UPLOAD_MEMBERS: Final = 64  # a run folder has a dozen files
UPLOADS_WAITING: Final = 4  # of one person that are not verified yet
UPLOADS_KEPT: Final = 200  # of one person, refused ones included
FORM: Final = 64 * 1024  # what any other form may hold
