"""Profiles: which classes and operations of a spec are certified together, at which thresholds and with how much effort.

    profiles/<domain>/<name>.yaml               of the version that it names
    profiles/<domain>/<version>/<name>.yaml     of another version, which goes before it when that version is asked for

One that `extends: <domain>/<name>` is written as what it changes: lists have its members added, other members are its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from conformance.checks import check as named_check
from conformance.checks import refuse_other_kinds
from conformance.errors import DataError, UsageError, nearest
from conformance.load.catalogue import in_every_language
from conformance.load.data import Folders, digest_of
from conformance.load.documents import Document, check, read_document
from conformance.load.interfaces import refuse_untestable
from conformance.load.lifecycle import preferred
from conformance.load.references import refuse_dangling
from conformance.load.specs import load_spec, named, versions
from conformance.model import Effort, Profile, Spec
from conformance.text import pointer

__all__ = ["load_profile", "profile_names", "written_for"]


def profile_names(folders: Folders, domain: str, version: str | None = None) -> list[str]:
    """The profiles of a domain, sorted: of a version those that are written for it, where there are any."""
    domain, version = _asked(folders, domain, version)
    own = {p.stem for p in folders.children("profiles", domain, version) if p.suffix == ".yaml"} if version else set()
    return sorted(own or {p.stem for p in folders.children("profiles", domain) if p.suffix == ".yaml"})


def written_for(folders: Folders, domain: str, version: str) -> str | None:
    """The version to ask for a version's profiles by: None where none is written for it, since profiles say themselves which one they are of."""
    return version if folders.find("profiles", domain, version) else None


def load_profile(folders: Folders, domain: str, name: str | None = None, version: str | None = None) -> tuple[Profile, Spec]:
    """A profile by name (without one: `full`, or the only one there is) with its spec.

    `version`, or that of `domain@version`, is the one that it is for: it has profiles of its own, or is put under those of the domain.
    Raises UsageError for an unknown profile, DataError for bad data.
    """
    domain, version = _asked(folders, domain, version)
    known = profile_names(folders, domain, version)
    chosen = name or ("full" if "full" in known or len(known) != 1 else known[0])
    path = folders.find("profiles", domain, version, f"{chosen}.yaml") if version else None
    path = path or folders.find("profiles", domain, f"{chosen}.yaml")
    if path is None:
        load_spec(folders, domain)  # an unknown domain is the better message
        raise UsageError(f"{domain} has no profile {chosen!r}{nearest(chosen, known)} (known: {', '.join(known) or 'none'})")
    document = _read(folders, path)
    content = document.content
    if content["profile"] != chosen:
        said = f"profile must be {chosen!r}, like the name of the file"
        raise DataError(f"{said}, got {content['profile']!r}", file=str(path), line=document.line("/profile"))
    spec_domain, _, spec_version = content["spec"].partition("/")
    spec = load_spec(folders, spec_domain, version or spec_version)
    _refuse_unknown(spec, document, "class", "/classes", spec.classes)
    operations = _operations(spec, document)
    _refuse_parameters(spec, document)
    refuse_untestable(spec, operations)
    return (
        Profile(
            id=content["profile"],
            version=content["version"],
            domain=spec_domain,
            spec_version=spec.version,
            title=in_every_language(content["title"]),
            classes=tuple(content["classes"]),
            operations=operations,
            parameters=content.get("parameters", {}),
            draws=content.get("effort", {}).get("draws", 12),
            effort=Effort(content.get("effort", {}).get("default", Effort.STANDARD)),
            digest=digest_of(content),
        ),
        spec,
    )


def _asked(folders: Folders, domain: str, version: str | None) -> tuple[str, str | None]:
    """Domain and version of which profiles are asked for: without a version the one in force, where profiles are written for it."""
    domain, version = named(domain, version)
    known = versions(folders, domain) if version is None else []
    return domain, written_for(folders, domain, preferred(folders, domain, known)) if known else version


def _read(folders: Folders, path: Path, above: tuple[Path, ...] = ()) -> Document:
    """A profile, whole with what it extends."""
    own = read_document(path)
    if not isinstance(own.content, dict) or "extends" not in own.content:
        check(own, folders.schema("profile"))
        return own
    found = folders.find("profiles", *f"{own.content['extends']}.yaml".split("/"))
    if found is None or found.resolve() in (*above, path.resolve()):
        raise own.wrong("/extends", f"there is no profile {own.content['extends']!r} to extend; expected DOMAIN/NAME")
    base = _read(folders, found, (*above, path.resolve()))
    content, origins = dict(base.content), {f"/{name}": (base, f"/{name}") for name in base.content}
    for name, value in own.content.items():
        both = isinstance(value, list) and isinstance(content.get(name), list)
        content[name] = [*content[name], *value] if both else value
        origins[f"/{name}"] = (own, f"/{name}")
    del content["extends"]
    whole = Document(content, own.file, own.lines, origins)
    check(whole, folders.schema("profile"))
    return whole


def _refuse_unknown(spec: Spec, document: Document, kind: str, where: str, known: Iterable[str]) -> list[str]:
    """The names in a list of the profile. Raises DataError for the first that is none."""
    names: list[str] = pointer.first(document.content, where)
    for index, name in enumerate(names):
        if name not in (offered := list(known)):
            raise document.wrong(f"{where}/{index}", f"{spec.domain} has no {kind} {name!r}{nearest(name, offered)}")
    return names


def _operations(spec: Spec, document: Document) -> tuple[str, ...]:
    """The operations that a profile names: all, all but some, or these."""
    wanted = document.content["operations"]
    if wanted == "all":
        return tuple(spec.operations)
    if isinstance(wanted, dict):
        left_out = _refuse_unknown(spec, document, "operation", "/operations/except", spec.operations)
        kept = tuple(name for name in spec.operations if name not in left_out)
        if not kept:
            raise document.wrong("/operations/except", "this leaves out every operation; a profile needs one at least")
        return kept
    return tuple(_refuse_unknown(spec, document, "operation", "/operations", spec.operations))


def _refuse_parameters(spec: Spec, document: Document) -> None:
    for row, arguments in document.content.get("parameters", {}).items():
        requirement = spec.requirement(row)
        line = document.line(pointer.join("parameters", row))
        if requirement is None or requirement.binding is None:
            hint = nearest(row, [r.id for r in spec.requirements])
            raise DataError(f"there is no tested requirement {row!r}{hint}", file=document.file, line=line)
        allowed = named_check(requirement.binding.check).parameters()
        for argument in arguments:
            if argument not in allowed:
                hint = nearest(argument, allowed)
                raise DataError(f"{row} takes no parameter {argument!r}{hint}", file=document.file, line=line)
        refuse_other_kinds(requirement.binding.check, arguments, file=document.file, line=line)
        refuse_dangling(spec, document, pointer.join("parameters", row), arguments)
