"""The next version of an interface to begin with: everything as it is in the one before, and the places at which to write what changes.

    specs/DOMAIN/VERSION/overlay.yaml        an overlay that extends the document before; it says the new version and nothing else
    specs/DOMAIN/VERSION/requirements.yaml   every row of the version before, included
    profiles/DOMAIN/VERSION/NAME.yaml        each profile of the version before, for this one

A row that compares with the version before has none to compare with in the first version of a major number: there it is untested and says so. How far
the version has come is recorded beside these by whoever writes them, since it holds the digests of what they come to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.load.catalogue import both, say
from conformance.model import Profile, Spec
from conformance.text.yamltext import block, commented, flow

__all__ = ["Succession", "higher", "numbers", "succeeding"]

_NUMBERS = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_COMPARES = "calls_of_the_earlier_version_still_succeed"
_TEXTS = ("description", "x-description-zh-Hant")
_WIDER = 8  # characters by which a passage grows until it stands in its text once


@dataclass(frozen=True)
class Succession:
    """Which version comes after which. `extends`: the document of the one before, by its path from the new folder; `title`: the interface, in
    both languages; `language`: of the comments.
    """

    version: str
    before: Spec
    extends: str
    title: Mapping[str, str]
    language: str

    @property
    def name(self) -> str:
        """`domain@version`."""
        return f"{self.before.domain}@{self.version}"


def numbers(version: str) -> tuple[int, ...] | None:
    """The three numbers of a version; None for what is none."""
    found = _NUMBERS.fullmatch(version)
    return tuple(map(int, found.groups())) if found else None


def higher(version: str, than: str) -> bool:
    """Whether a version comes after another one; after one that is no version, any does."""
    return (numbers(version) or ()) > (numbers(than) or ())


def succeeding(one: Succession, profiles: Sequence[tuple[str, Profile]]) -> dict[str, str]:
    """The files by their relative paths. `profiles`: those of the version before, each with what it is called where it is extended."""
    domain = one.before.domain
    files = {
        f"specs/{domain}/{one.version}/overlay.yaml": _overlay(one),
        f"specs/{domain}/{one.version}/requirements.yaml": _requirements(one),
    }
    for called, profile in profiles:
        said = {"extends": called, "profile": profile.id, "version": one.version, "spec": f"{domain}/{one.version}"}
        files[f"profiles/{domain}/{one.version}/{profile.id}.yaml"] = _joined(block(said))
    return files


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"


def _said(one: Succession, key: str, **values: object) -> list[str]:
    known = {"version": one.version, "before": one.before.version, "name": one.name, **values}
    return commented(say(f"spec.new.{key}", one.language, **known).splitlines())


def _overlay(one: Succession) -> str:
    title = f"{one.title['en']} {one.version}, as it goes on from {one.before.version}"
    actions: list[dict[str, Any]] = [{"target": "$.info", "update": {"version": one.version}}]
    info: Mapping[str, Any] = one.before.document["info"]
    for member in _TEXTS:
        changes = list(_passages(str(info.get(member) or ""), f"`{one.before.version}`", f"`{one.version}`"))
        if changes:
            actions.append({"target": f"$.info['{member}']", "x-replace": changes})
    head = {"overlay": "1.0.0", "info": {"title": title, "version": one.version}, "extends": one.extends}
    return _joined([*_said(one, "overlay"), *block(head), "actions:", *block(actions, 2), *_said(one, "actions")])


def _passages(text: str, old: str, new: str) -> Iterator[dict[str, str]]:
    """Each place of a text at which it names the old version, with as much around it as makes it stand there once."""
    for found in re.finditer(re.escape(old), text):
        start, end = found.span()
        while text.count(text[start:end]) > 1:
            start, end = max(0, start - _WIDER), min(len(text), end + _WIDER)
        yield {"text": text[start:end], "by": text[start : found.start()] + new + text[found.end() : end]}


def _requirements(one: Succession) -> str:
    before = one.before
    entry: dict[str, Any] = {"from": f"{before.domain}/{before.version}"}
    first = numbers(one.version)
    if first and first[0] != (numbers(before.version) or (0,))[0]:
        compared = [row.id for row in before.requirements if row.binding is not None and row.binding.check == _COMPARES]
        if compared:
            why = both("spec.new.first", version=one.version)
            entry["rows"] = {id_: {"untested": why} for id_ in compared}
    lines = [*_said(one, "requirements"), f"interface: {flow(before.domain)}", f"version: {flow(one.version)}"]
    lines += ["title:", *block(dict(one.title), 2), "include:", *block([entry], 2)]
    waiting = [row.id for row in before.requirements if row.binding is None]
    lines += _said(one, "untested", rows=", ".join(waiting)) if waiting else []
    return _joined([*lines, "classes: {}", *_said(one, "rows"), "requirements: []"])
