"""Every error that Yance raises on purpose, as one tree.

    YanceError                      exit code
    ├── UsageError                      2     the user's words: an unknown name, a bad option, a missing file
    │   ├── AbsentError                 2     what was named is not there
    │   └── DataError                   2     a file of the user's or the committee's is wrong; names file, line, nearest name
    ├── TargetError                     4     the endpoint under test cannot be reached or is not ready to be tested
    ├── VerificationError               6     a signature, a digest or a chain does not verify
    └── SuiteError                      5     a fault of our own; never the vendor's
        └── DisagreementError           5     two validators disagree on an instance; says both answers
            └── UntoldError             5     too much may be wrong with an instance to be told apart from what was redacted

Only `conformance.commands` catches these and turns them into an exit code; everything else lets them pass.
The text of each says what was expected, what came, and what to do, in one line.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "AbsentError",
    "DataError",
    "DisagreementError",
    "SuiteError",
    "TargetError",
    "UntoldError",
    "UsageError",
    "VerificationError",
    "YanceError",
    "nearest",
]


class YanceError(Exception):
    """The root of the tree; `exit_code` is what the command ends with."""

    exit_code = 5


class UsageError(YanceError):
    """The user asked for something that cannot be done as asked."""

    exit_code = 2


class AbsentError(UsageError):
    """What was named is not there: a certificate, a proposal, an upload."""


class DataError(UsageError):
    """A data file is wrong. `file` and `line` say where (line 0: the file as a whole)."""

    def __init__(self, message: str, *, file: str = "", line: int = 0) -> None:
        self.file, self.line = file, line
        where = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(where + message)


class TargetError(YanceError):
    """The endpoint under test cannot be reached, or is not ready to be tested."""

    exit_code = 4


class SuiteError(YanceError):
    """A fault of the suite itself."""

    exit_code = 5


class DisagreementError(SuiteError):
    """Two validators disagree on an instance, so nothing is known of it. The text says both answers."""


class UntoldError(DisagreementError):
    """So much may be wrong with an instance, beside what was redacted, that it is not told: nothing is known of it either."""


class VerificationError(YanceError):
    """A signature, a digest or a chain does not verify."""

    exit_code = 6


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.5) -> str:
    """`; did you mean 'x'?` for the known name closest to `name`, or an empty text when none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a name that is none is held against the others

    matches = get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    return f"; did you mean {matches[0]!r}?" if matches else ""
