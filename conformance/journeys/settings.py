"""Whose targets journeys are run across: one file that names the yance.toml of each domain's target, and what each solution rests on.

    [targets.transport]
    settings = "stops/yance.toml"                     # as `yance run` takes it, with its actors a and b
    certificate = "certificates/TW-2027-0001.json"    # or: run = "runs/stops", a signed run folder
    [targets.logistics]
    settings = "parcels/yance.toml"
    [inputs]                                          # the shared places of these targets, where they are not those of the journeys
    stopUid = "TPE10208"

Paths are relative to the file. What a solution rests on is cited by the digest of its statement; it has to be about that very solution.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from conformance.attest import CERTIFICATE, LARGEST, RUN, envelope_of
from conformance.errors import DataError, UsageError, VerificationError, nearest
from conformance.journeys.documents import Journey, Journeys
from conformance.load import Folders, load_settings
from conformance.load.documents import Document, check, read_document
from conformance.model import Ics, Ixit
from conformance.text import pointer, strictjson
from conformance.text.handed import read_file
from conformance.verdict.folder import RunFolder

__all__ = ["Crossing", "Rests", "Target", "cited", "read_crossing"]


@dataclass(frozen=True)
class Rests:
    """The statement that a solution rests on: of which kind, known by which digest, what it says."""

    kind: str
    digest: str
    result: str
    certificate: str = ""

    def document(self) -> dict[str, str]:
        """The same as plan, report and statement have it."""
        more = {"certificate": self.certificate} if self.certificate else {}
        return {"kind": self.kind, "digest": self.digest, "result": self.result, **more}


@dataclass(frozen=True)
class Target:
    """One party of journeys: its solution, how it is reached, what it rests on."""

    ics: Ics
    ixit: Ixit = field(repr=False)
    rests: Rests | None = None


@dataclass(frozen=True)
class Crossing:
    """Which journeys go across which targets, by domain, with which inputs of their own."""

    journeys: tuple[Journey, ...]
    targets: Mapping[str, Target]
    inputs: Mapping[str, Any] = field(default_factory=dict)


def read_crossing(
    folders: Folders, path: Path, known: Journeys, names: tuple[str, ...] = (), *, commands: bool = True
) -> Crossing:
    """Read such a file. Without names in it or in `names`, all journeys are meant whose domains have a target. Raises UsageError or
    DataError with the line.
    """
    document = read_document(path)
    check(document, folders.schema("journeys"), quiet=True)
    content = document.content
    domains = sorted({domain for one in known.journeys for domain in one.specs})
    targets = {}
    for domain, told in content["targets"].items():
        where = pointer.join("targets", domain)
        if domain not in domains:
            raise document.wrong(
                where, f"no journey goes across {domain!r}{nearest(domain, domains)} (known: {', '.join(domains)})"
            )
        targets[domain] = _target(folders, document, path, where, told, commands=commands)
    chosen = _chosen(document, known, names or tuple(content.get("journeys", ())), targets)
    inputs = content.get("inputs", {})
    taken = sorted({name for one in chosen for workflow in one.workflows for name in workflow.inputs})
    for name in inputs:
        if name not in taken:
            raise document.wrong(pointer.join("inputs", name), f"no journey has an input {name!r}{nearest(name, taken)}")
    return Crossing(chosen, targets, inputs)


def _chosen(document: Document, known: Journeys, names: tuple[str, ...], targets: Mapping[str, Target]) -> tuple[Journey, ...]:
    chosen = known.chosen(names)
    if names:
        for one in chosen:
            for domain in one.specs:
                if domain not in targets:
                    raise document.wrong("/targets", f"the journey {one.id} goes across {domain}, and no target of it is given")
        return chosen
    possible = tuple(one for one in chosen if one.specs.keys() <= targets.keys())
    if not possible:
        raise document.wrong("/targets", "no journey goes across these targets alone; give targets of more domains")
    return possible


def _target(folders: Folders, document: Document, path: Path, where: str, told: Mapping[str, str], *, commands: bool) -> Target:
    settings = load_settings(folders, path.parent / told["settings"], commands=commands)
    if "certificate" in told and "run" in told:
        raise document.wrong(f"{where}/run", "a solution rests on a certificate or on a run; give one of them")
    if not settings.ixit.sandbox:
        raise document.wrong(
            where, "a journey writes, and its target is not declared a sandbox (sandbox = true in its yance.toml)"
        )
    rests = None
    for member in ("certificate", "run"):
        if member in told:
            file = path.parent / told[member]
            try:
                rests = cited(RunFolder(file).envelope_file if member == "run" else file, settings.ics)
            except (UsageError, VerificationError) as error:
                raise DataError(str(error), file=document.file, line=document.line(f"{where}/{member}")) from None
    return Target(settings.ics, settings.ixit, rests)


def cited(path: Path, ics: Ics) -> Rests:
    """The statement in a file, about this solution. Whose signature it bears is looked at when it is verified. Raises VerificationError."""
    payload = b64decode(strictjson.parse(envelope_of(read_file(path, LARGEST)), str(path))["payload"])
    statement = strictjson.parse(payload, str(path))
    kind = statement.get("predicateType") if isinstance(statement, dict) else None
    said = statement.get("predicate", {}) if isinstance(statement, dict) else {}
    try:
        if kind == CERTIFICATE:
            about, number = (said["solution"]["id"], said["solution"]["version"]), str(said["certificateId"])
        elif kind == RUN:
            about, number = (said["target"]["solutionId"], said["target"]["solutionVersion"]), ""
        else:
            raise VerificationError(f"{path}: a certificate or the statement of a run was expected; it is {kind!r:.80}")
        result = str(said["result"])
    except (KeyError, TypeError):
        raise VerificationError(f"{path}: the statement lacks members that one has; ask for the original") from None
    if about != (ics.solution_id, ics.solution_version):
        named = f"{ics.solution_id} {ics.solution_version}"
        raise VerificationError(f"{path}: the statement is about {about[0]:.60} {about[1]:.40}, and the target is {named}")
    return Rests("certificate" if number else "run", f"sha256:{sha256(payload).hexdigest()}", result, number)
