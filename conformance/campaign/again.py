"""A finished run judged or verified again, told in small: what a runner is asked for when there are many of them.

Neither raises for what a run is: an error is its answer, with the exit code of its kind, so that one folder that does not verify ends nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conformance.attest import Trust, load_trust, trusted_key
from conformance.attest.verify import refuse_unofficial, verify_run
from conformance.errors import YanceError
from conformance.load import data_folders
from conformance.run.finished import rejudge, setting_of
from conformance.verdict.folder import RunFolder, report_bytes
from conformance.verdict.report import EXIT_CODES

__all__ = ["Answer", "Policy", "rejudged", "verified"]

_DIFFERS = 6


@dataclass(frozen=True)
class Answer:
    """What came of a run: its result (empty where there is none), the exit code of `yance judge` or `verify`, and what was wrong with it."""

    run: str
    result: str = ""
    code: int = 0
    said: str = ""
    same: bool | None = None  # judged again: whether the report is the folder's own, byte for byte
    digest: str = ""


@dataclass(frozen=True)
class Policy:
    """Whom a verifier trusts, by paths, and what is required of a run beside that it verifies: `official`, `passed`."""

    trust: str = ""
    keys: tuple[str, ...] = ()
    require: tuple[str, ...] = ()

    def trusted(self) -> Trust:
        """Keys and authorities. Raises UsageError or DataError for files that hold none."""
        listed = load_trust(Path(self.trust)) if self.trust else Trust()
        return Trust((*listed.keys, *(trusted_key(Path(one)) for one in self.keys)), listed.authorities)


def rejudged(run: str, data: tuple[str, ...], version: str | None) -> Answer:
    """The verdicts of a run again, from its evidence; held against its own report unless another `version` of the spec is asked for."""

    def judged() -> Answer:
        folder = RunFolder(Path(run))
        report = rejudge(setting_of(data_folders(data), folder, version=version))
        same = None if version else report_bytes(report) == folder.report_content()
        code = _DIFFERS if same is False else EXIT_CODES[report["result"]]
        return Answer(run, report["result"], code, same=same, digest=report["digest"])

    return _answered(run, judged)


def verified(run: str, data: tuple[str, ...], policy: Policy) -> Answer:
    """A signed run verified: signature, evidence, every request and verdict."""

    def looked() -> Answer:
        trust = policy.trusted()
        found = verify_run(data_folders(data), RunFolder(Path(run)), trust.keys, authorities=trust.authorities)
        if "official" in policy.require:
            refuse_unofficial(found)
        result = str(found.report["result"])
        return Answer(run, result, EXIT_CODES[result] if "passed" in policy.require else 0, digest=found.envelope.digest)

    return _answered(run, looked)


def _answered(run: str, look: Callable[[], Answer]) -> Answer:
    try:
        return look()
    except YanceError as error:
        return Answer(run, code=error.exit_code, said=str(error))
