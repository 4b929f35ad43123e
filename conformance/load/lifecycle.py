"""How far a version of a spec has come: `specs/<domain>/<version>/lifecycle.json`, beside its document and its rows.

    draft        being written                                    candidate   frozen, to be tried by implementers
    published    in force: immutable, certificates rest on it     deprecated  in force until its sunset, with a successor
    retired      no longer certified; its tests are kept

The file holds a step for each state that was reached: when, by whom, over which digests, on what evidence. `yance spec advance` writes it
(`committee.lifecycle` has its rules). A version without one has no state: somebody's own, for which no committee speaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.load.data import Folders
from conformance.load.documents import check, read_document

__all__ = ["LIFECYCLE", "STATES", "Record", "Step", "preferred", "record_of"]

LIFECYCLE = "lifecycle.json"
STATES = ("draft", "candidate", "published", "deprecated", "retired")
_IN_FORCE = ("published", "deprecated")


@dataclass(frozen=True)
class Step:
    """A state that was reached. `document` and `demands` are digests of what it was reached with; `evidence` names, by kind, what it rests on.

    `basis`, in both languages, stands where there is no evidence to be named: why it is in this state all the same. `sunset` is the last day of a
    deprecated version, `successor` the version to go to.
    """

    state: str
    at: str
    by: str
    document: str
    demands: str
    evidence: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    basis: Mapping[str, str] = field(default_factory=dict)
    sunset: str = ""
    successor: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it stands in the file: what is empty is left out."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Record:
    """The steps of a version, the first one first. `file` is where they are kept, or would be."""

    domain: str
    version: str
    file: Path
    steps: tuple[Step, ...] = ()

    @property
    def state(self) -> str:
        """The present state; empty where nothing is recorded."""
        return self.steps[-1].state if self.steps else ""

    @property
    def reached(self) -> Step | None:
        """The step by which the present state was reached: corrections and evidence that came later are steps of the same state."""
        reached = None
        for step in self.steps:
            if reached is None or step.state != reached.state:
                reached = step
        return reached

    @property
    def frozen(self) -> Step | None:
        """The step whose digests bind: that of the publication, with its last correction; None for what was not published."""
        return next((step for step in reversed(self.steps) if step.state == "published"), None)


def record_of(folders: Folders, domain: str, version: str) -> Record:
    """What is recorded of a version. Raises DataError for a file of another form."""
    folder = folders.find("specs", domain, version)
    file = (folder or Path("specs") / domain / version) / LIFECYCLE
    if not file.is_file():
        return Record(domain, version, file)
    document = read_document(file)
    check(document, folders.schema("lifecycle"))
    for name, expected in (("domain", domain), ("version", version)):
        if document.content[name] != expected:
            raise document.wrong(f"/{name}", f"{name} must be {expected!r}, like the folder, got {document.content[name]!r}")
    return Record(domain, version, file, tuple(Step(**step) for step in document.content["steps"]))


def preferred(folders: Folders, domain: str, known: Sequence[str]) -> str:
    """The version that is meant where none is named, of `known` ones, oldest first: the newest in force or without a state, else the newest."""
    found = [one for one in known if record_of(folders, domain, one).state in (*_IN_FORCE, "")]
    return found[-1] if found else known[-1]
