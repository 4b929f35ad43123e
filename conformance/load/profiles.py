"""Profiles: which classes and operations of a spec are certified together, at which thresholds and with how much effort."""

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
from conformance.load.references import refuse_dangling
from conformance.load.specs import load_spec
from conformance.model import Effort, Profile, Spec
from conformance.text import pointer

__all__ = ["load_profile", "profile_names"]


def profile_names(folders: Folders, domain: str) -> list[str]:
    """The profiles of a domain, sorted."""
    return sorted({p.stem for p in folders.children("profiles", domain) if p.suffix == ".yaml"})


def load_profile(folders: Folders, domain: str, name: str | None = None, version: str | None = None) -> tuple[Profile, Spec]:
    """A profile by name (without one: `full`, or the only one there is) with its spec.

    `version` puts another spec version under the profile. Raises UsageError for an unknown profile, DataError for bad data.
    """
    known = profile_names(folders, domain)
    chosen = name or ("full" if "full" in known or len(known) != 1 else known[0])
    path: Path | None = folders.find("profiles", domain, f"{chosen}.yaml")
    if path is None:
        load_spec(folders, domain)  # an unknown domain is the better message
        raise UsageError(f"{domain} has no profile {chosen!r}{nearest(chosen, known)} (known: {', '.join(known) or 'none'})")
    document = read_document(path)
    check(document, folders.schema("profile"))
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
