"""What was judged, in digests, and whether it is official.

build     every file of the suite that decides what is asked, judged and said: code, messages, templates, schemas
parts     of a spec: its document, each row as it is bound here (includes, arguments, texts), set-up recipes, dialect, classes
rows      all parts but the document
basis     the one digest over document, rows, profile and build: two runs of one basis were judged by the same words and the same code

Which parts are official lies in `reports/official.json`, beside the suite's own data. `yance official --write` makes it from them; a
test holds the two together. A run is official when all its parts are: who alters a row is named by it, wherever the row lies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.load.data import Folders, digest_of, own_folder
from conformance.load.documents import read_document
from conformance.load.profiles import load_profile, profile_names, written_for
from conformance.load.specs import domain_names, load_spec, versions
from conformance.model import Profile, Requirement, Spec

__all__ = [
    "Standing",
    "basis",
    "build_digest",
    "demands_digest",
    "documents_altered",
    "journey_parts",
    "journeys_altered",
    "official_bytes",
    "official_file",
    "parts",
    "rows_digest",
    "standing",
]

DOCUMENT, JOURNEYS = "openapi.yaml", "journeys"
_PACKAGE = Path(__file__).resolve().parents[1]


@cache
def build_digest() -> str:
    """The digest of this suite, from its files as they are installed; the same for a checkout and for the wheel made of it."""
    inside = [(path, path.relative_to(_PACKAGE)) for path in _PACKAGE.rglob("*") if path.suffix in (".py", ".json")]
    own = [(path, f"conformance/{name.as_posix()}") for path, name in inside if name.parts[0] != "_data"]
    reports = own_folder() / "reports"
    beside = [(path, f"reports/{path.relative_to(reports).as_posix()}") for path in reports.rglob("*") if path.is_file()]
    return digest_of({name: hashlib.sha256(path.read_bytes()).hexdigest() for path, name in [*own, *beside]})


def parts(spec: Spec) -> dict[str, str]:
    """The digest of each part of a spec, by its name: a row by its id."""
    named = {DOCUMENT: spec.digest, "set-up": digest_of(spec.setup), "dialect": digest_of(spec.dialect)}
    named |= {"earlier": digest_of(parts(spec.earlier))} if spec.earlier else {}
    return named | {"classes": digest_of(spec.classes)} | {row.id: digest_of(_row(row)) for row in spec.requirements}


def demands_digest(spec: Spec) -> str:
    """The digest of what is demanded of a vendor: id, level, class and text of each requirement. How it is tested is no part of it."""
    return digest_of({row.id: [str(row.level), row.conformance_class, dict(row.text)] for row in spec.requirements})


def rows_digest(spec: Spec) -> str:
    """The digest of all that is demanded: every part of a spec but its document."""
    return digest_of({name: digest for name, digest in parts(spec).items() if name != DOCUMENT})


def basis(document: str, rows: str, profile: str, build: str) -> str:
    """The one digest over what was judged, from the digests of its four parts."""
    return digest_of({"document": document, "rows": rows, "profile": profile, "build": build})


def _row(row: Requirement) -> Mapping[str, Any]:
    """All of a row that decides or says anything; where it stands in its file does neither."""
    bound = row.binding
    return {
        **row.stated(),
        "binding": [bound.check, bound.arguments, list(bound.operations)] if bound else None,
        "untested": dict(row.untested) if row.untested else None,
        "evidence": [row.evidence_min, row.evidence_per, row.unwitnessed],
    }


# ------------------------------------------------------------------------------------------ what is official


@dataclass(frozen=True)
class Standing:
    """What a spec and a profile are, held against the official ones. `altered` names the parts that differ, come first or are gone."""

    name: str  # domain and version
    profile: str
    known: bool  # there is an official spec of this name
    altered: tuple[str, ...] = ()

    @property
    def official(self) -> bool:
        """Whether both are official, to the last word."""
        return self.known and not self.altered


def official_file() -> Path:
    """Where the official digests lie."""
    return own_folder() / "reports" / "official.json"


def official_bytes(folders: Folders) -> bytes:
    """The digests of every spec and profile in the data folders, as the file holds them."""
    found: dict[str, Any] = {}
    for domain in domain_names(folders):
        for version in versions(folders, domain):
            profiles = {
                name: profile.digest
                for name in profile_names(folders, domain, version)
                for profile, spec in [load_profile(folders, domain, name, written_for(folders, domain, version))]
                if spec.version == version
            }
            found.setdefault(domain, {})[version] = {"parts": parts(load_spec(folders, domain, version)), "profiles": profiles}
    found |= {JOURNEYS: journey_parts(folders)}
    return json.dumps(found, indent=1, sort_keys=True).encode() + b"\n"


def journey_parts(folders: Folders) -> dict[str, dict[str, str]]:
    """The digest of each file of the journeys, documents and rows, by version."""
    versions_of = {one.name: one for one in reversed(list(folders.children("specs", JOURNEYS))) if one.is_dir()}
    return {
        version: {file.name: digest_of(read_document(file).content) for file in sorted(folder.glob("*.yaml"))}
        for version, folder in sorted(versions_of.items())
    }


def journeys_altered(folders: Folders, version: str) -> list[str]:
    """The files of a version of the journeys that are not the official ones: other ones, new ones, and those that are gone."""
    official: Mapping[str, str] = json.loads(official_file().read_bytes()).get(JOURNEYS, {}).get(version, {})
    ours = journey_parts(folders).get(version, {})
    return [name for name in {**official, **ours} if official.get(name) != ours.get(name)]


def documents_altered(specifications: Iterable[Mapping[str, str]]) -> list[str]:
    """The interfaces, each by `domain`, `version` and `digest`, whose document is not the official one."""
    official: Mapping[str, Any] = json.loads(official_file().read_bytes())
    return [
        f"{one['domain']} {one['version']}"
        for one in specifications
        if official.get(one["domain"], {}).get(one["version"], {}).get("parts", {}).get(DOCUMENT) != one["digest"]
    ]


def standing(spec: Spec, profile: Profile) -> Standing:
    """How a spec and a profile stand to the official ones."""
    listed: Mapping[str, Any] = json.loads(official_file().read_bytes()).get(spec.domain, {}).get(spec.version, {})
    name = f"{spec.domain} {spec.version}"
    if not listed:
        return Standing(name, profile.id, known=False)
    ours, theirs = parts(spec), listed["parts"]
    differing = [part for part in {**theirs, **ours} if ours.get(part) != theirs.get(part)]
    if listed["profiles"].get(profile.id) != profile.digest:
        differing.append(f"profile {profile.id}")
    return Standing(name, profile.id, True, tuple(differing))
