"""`yance spec new`: the next version of an interface, as a draft that changes nothing yet."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.commands.front import Front, common, front_of
from conformance.commands.placing import written
from conformance.committee.succeeding import Succession, higher, numbers, succeeding
from conformance.errors import UsageError
from conformance.load import Folders, data_folders, load_profile, load_spec, profile_names
from conformance.load.data import own_folder
from conformance.load.digests import demands_digest
from conformance.load.documents import read_document
from conformance.load.lifecycle import LIFECYCLE, Step, record_of
from conformance.load.profiles import written_for
from conformance.load.specs import versions
from conformance.model import Profile, Spec

__all__ = ["COMMANDS"]

_NOBODY = "-"


@click.command()
@click.argument("domain", metavar="DOMAIN", help="A domain of the data.")
@click.argument("version", metavar="VERSION", help="The version to begin, higher than the one that it goes on from.")
@click.option("--from", "before", metavar="VERSION", help="The version that it goes on from (default: the highest).")
@click.option("--by", metavar="NAME", help="Who begins it (default: whoever began the one before).")
@common
def new(
    domain: str, version: str, before: str | None, by: str | None, lang: str | None, as_json: bool, data: tuple[Path, ...]
) -> int:
    """Begin the next version of an interface: an overlay that extends the document before, all its requirements and profiles, and a record that
    says draft. It is written into the first folder of --data, or beside the other versions.

    Example: yance spec new transport 2.1.0 --data drafts
    """
    front = front_of(lang, as_json, _there(data))
    target = data[0] if data else _own()
    spec = load_spec(front.folders, domain, before or _last(front.folders, domain))
    _refuse(front.folders, spec, version, target)
    title = _title(spec)
    made = Succession(version, spec, _extends(spec, target, version), title, front.language)
    files = succeeding(made, _profiles(front.folders, spec))
    for name, text in files.items():
        written(target / name, text)
    folders = data_folders((target, *data[1:])) if data else data_folders()
    record = target / "specs" / spec.domain / version / LIFECYCLE
    written(record, _record(folders, spec, version, by))
    _tell(front, made, [target / name for name in files] + [record], target if data else None)
    return 0


def _there(data: tuple[Path, ...]) -> tuple[Path, ...]:
    """The data folders, the first only where it is one already."""
    shaped = [path for path in data[:1] if (path / "specs").is_dir() or (path / "profiles").is_dir()]
    return (*shaped, *data[1:])


def _own() -> Path:
    """The suite's own folder. Raises UsageError where it is part of an installation, in which nobody looks for a draft."""
    own = own_folder()
    if own.name == "_data":
        raise UsageError("say by --data DIR where the draft is written; the suite's own data are part of its installation")
    return own


def _last(folders: Folders, domain: str) -> str | None:
    known = versions(folders, domain)
    return known[-1] if known else None


def _refuse(folders: Folders, before: Spec, version: str, target: Path) -> None:
    """Raises UsageError for a version that cannot be begun."""
    known = versions(folders, before.domain)
    if numbers(version) is None:
        raise UsageError(f"{version!r} is no version; expected MAJOR.MINOR.PATCH, three numbers")
    if version in known:
        raise UsageError(f"{before.domain}@{version} is there already (known: {', '.join(known)})")
    if not higher(version, before.version):
        raise UsageError(
            f"{version} is not higher than {before.version}, from which it would go on; choose a higher one, or say by --from "
            f"which version it goes on from (known: {', '.join(known)})"
        )
    for kind in ("specs", "profiles"):
        if (place := target / kind / before.domain / version).exists():
            raise UsageError(f"{place} is there already, and what you wrote in it would be lost; take it away first")


def _title(spec: Spec) -> dict[str, str]:
    """What the interface is called, by its rows or by its document."""
    rows = read_document(Path(spec.source).with_name("requirements.yaml")).content
    info = spec.document["info"]
    return dict(rows.get("title") or {"en": info["title"], "zh-Hant": info.get("x-title-zh-Hant", info["title"])})


def _extends(spec: Spec, target: Path, version: str) -> str:
    """The document of the version before, by its path from the folder of the new one; the suite's own as if it lay in the same folder."""
    source = Path(spec.source).resolve()
    for root in (target.resolve(), own_folder().resolve()):
        if source.is_relative_to(root / "specs" / spec.domain):
            return f"../{spec.version}/{source.name}"
    try:
        return Path(os.path.relpath(source, target.resolve() / "specs" / spec.domain / version)).as_posix()
    except ValueError:  # another drive of Windows
        return source.as_posix()


def _profiles(folders: Folders, spec: Spec) -> list[tuple[str, Profile]]:
    """The profiles of the version before, each with what it is called where another extends it."""
    own = written_for(folders, spec.domain, spec.version)
    start = f"{spec.domain}/{own}" if own else spec.domain
    names = profile_names(folders, spec.domain, spec.version)
    return [(f"{start}/{name}", load_profile(folders, spec.domain, name, own or spec.version)[0]) for name in names]


def _record(folders: Folders, before: Spec, version: str, by: str | None) -> str:
    made = load_spec(folders, before.domain, version)
    earlier = record_of(folders, before.domain, before.version).steps
    whose = by or (earlier[0].by if earlier else _NOBODY)
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    step = Step("draft", at, whose, made.digest, demands_digest(made))
    content = {"domain": before.domain, "version": version, "steps": [step.as_json()]}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _tell(front: Front, made: Succession, files: list[Path], place: Path | None) -> None:
    for path in files:
        front.say("spec.draft.wrote", path=path)
    said = {"name": made.name, "before": made.before.version, "data": f" --data {place}" if place else ""}
    front.say("spec.new.next", **said)
    if place is None:
        front.say("spec.new.official")
    front.result({"version": made.name, "from": made.before.version, "files": [str(path) for path in files]})


COMMANDS = (new,)
