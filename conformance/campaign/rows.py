"""The campaign file: its terms, and a row for each target. YAML or TOML, read as strictly as yance.toml, with the row and line of a mistake.

    campaign: spring-2027                    # what it is called
    defaults: {profile: full, effort: quick} # of rows that say nothing themselves
    limits: {seconds: 3600, attempts: 3}     # of one target, whatever it does
    hosts:                                   # of all targets behind one host name, on all workers together
      default: {targets: 4}
      gateway.example: {targets: 2, rate: 50, concurrency: 8}
    targets:
      - settings: acme/yance.toml            # a solution with a file of its own
      - name: stops-ltd                      # or all that would stand in one
        target: {url: "https://stops.example/v1", domain: transport, sandbox: true}
        actors: {a: {token: "env:STOPS_TOKEN"}}

A secret is named in a row as it is in yance.toml, and paths are relative to the file that they stand in. It is read where the campaign is
started, once, before anything is sent: a row that cannot be used ends the campaign before its first target.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.errors import DataError, UsageError
from conformance.load import Folders, Settings, load_profile, load_settings, refuse_strangers
from conformance.load.data import digest_of
from conformance.load.digests import rows_digest
from conformance.load.documents import Document, check, read_document
from conformance.load.settings import settings_in
from conformance.model import Profile, Spec
from conformance.text import pointer

__all__ = ["Host", "Row", "Rows", "Terms", "read_rows", "words_of"]

_OURS = ("name", "settings", "profile", "effort", "expect", "serves")  # what else stands in a row is as in yance.toml
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Host:
    """What all targets behind one host name bear together: targets at once, requests a second and requests at once (0: no limit)."""

    targets: int = 4
    rate: float = 0.0
    concurrency: int = 0


@dataclass(frozen=True)
class Terms:
    """What holds for every target: the seconds that it may take, those that judging may take after that, and how often it is begun again
    when the process or the machine was lost that tested it.
    """

    seconds: float = 3600.0
    grace: float = 300.0
    attempts: int = 3
    hosts: Mapping[str, Host] = field(default_factory=dict)

    def host(self, name: str) -> Host:
        """What a host bears."""
        return self.hosts.get(name) or self.hosts.get("default") or Host()


@dataclass(frozen=True)
class Row:
    """One target: how it is reached and tested. `digest` is that of all that was said of it, secrets left out, and of `words`, the digest of the
    specification and profile that it is tested by; `expect` is what should come of it.
    """

    name: str
    settings: Settings = field(repr=False)
    domain: str
    profile: str | None
    version: str | None
    effort: str | None
    digest: str
    expect: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""

    @property
    def host(self) -> str:
        """The host under whose limits it falls."""
        return urlsplit(self.settings.ixit.base_url).hostname or ""


@dataclass(frozen=True)
class Rows:
    """A whole campaign file."""

    name: str
    terms: Terms
    rows: tuple[Row, ...]


def read_rows(folders: Folders, path: Path, *, commands: bool = True) -> Rows:
    """Read a campaign file with all settings that it names; `commands`: a secret may come from one.

    Raises UsageError or DataError with file, row and line.
    """
    document = read_document(path)
    check(document, folders.schema("campaign"), quiet=True)
    content = document.content
    hosts = {name: Host(**told) for name, told in content.get("hosts", {}).items()}
    terms = Terms(hosts=hosts, **content.get("limits", {}))
    rows, seen, known = list[Row](), dict[str, int](), dict[tuple[Any, ...], tuple[Spec, str]]()
    for number in range(len(content["targets"])):
        where = pointer.join("targets", str(number))
        try:
            row = _row(folders, document, path, number, commands=commands)
            if (before := seen.setdefault(row.name.lower(), number)) != number:
                raise document.wrong(where, f"the name {row.name!r} is that of row {before + 1} as well; each needs its own")
            row = _worded(folders, row, known)
        except DataError as error:
            raise DataError(f"row {number + 1}: {_bare(error)}", file=error.file, line=error.line) from None
        except UsageError as error:
            raise document.wrong(where, f"row {number + 1}: {error}") from None
        rows.append(row)
    return Rows(content.get("campaign", path.stem), terms, tuple(rows))


def _bare(error: DataError) -> str:
    """What an error says, without its place."""
    return str(error).removeprefix(f"{error.file}:{error.line}: ").removeprefix(f"{error.file}: ")


def _row(folders: Folders, document: Document, path: Path, number: int, *, commands: bool) -> Row:
    where = pointer.join("targets", str(number))
    told, defaults = document.content["targets"][number], document.content.get("defaults", {})
    own = {name: value for name, value in told.items() if name not in _OURS}
    if "settings" in told:
        if own:
            beside = ", ".join(sorted(own))
            raise document.wrong(
                where, f"settings names a file, and {beside} stands beside it; what belongs to the target belongs there"
            )
        settings = load_settings(folders, path.parent / told["settings"], commands=commands)
        own = settings.document.content if settings.document else {}
    else:
        lines = {place.removeprefix(where): line for place, line in document.lines.items() if f"{place}/".startswith(f"{where}/")}
        settings = settings_in(folders, Document(own, document.file, lines), path, commands=commands)
    name = told.get("name") or settings.ics.solution_id
    if not _NAME.fullmatch(name) or name == "unnamed":
        said = f"{name!r:.90} cannot be the name of a folder; give the row a name of letters, digits, dots and hyphens"
        raise document.wrong(where, said)
    if not settings.ixit.base_url:
        raise document.wrong(where, "there is no target: give its url")
    domain = settings.domain or defaults.get("domain")
    if not domain:
        raise document.wrong(where, "there is no domain: give the row, or all by `defaults`, the one that its target serves")
    of = {one: told.get(one, defaults.get(one)) for one in ("profile", "effort")}
    return Row(
        name=name,
        settings=settings,
        domain=domain,
        profile=told.get("profile") or settings.profile or defaults.get("profile"),
        version=settings.version,
        effort=of["effort"],
        digest=digest_of({"own": own, **of}),
        expect=told.get("expect", {}),
    )


def _worded(folders: Folders, row: Row, known: dict[tuple[Any, ...], tuple[Spec, str]]) -> Row:
    """A row with the digest of the words that it is tested by; `known` remembers those.

    Raises DataError or UsageError for a domain or profile that is not there, and for names that the spec does not know.
    """
    key = (row.domain, row.profile, row.version)
    if key not in known:
        profile, spec = load_profile(folders, *key)
        known[key] = spec, words_of(spec, profile)
    spec, words = known[key]
    refuse_strangers(row.settings, spec)
    return replace(row, words=words, digest=digest_of([row.digest, words]))


def words_of(spec: Spec, profile: Profile) -> str:
    """The digest of the words that a target is tested by: document, rows and profile."""
    return digest_of([spec.digest, rows_digest(spec), profile.digest])
