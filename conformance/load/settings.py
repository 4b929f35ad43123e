"""The vendor's one file, yance.toml: ICS (what is claimed) and IXIT (what is needed to test it).

A secret is written as `env:NAME` or `file:PATH` and read here; written out in the file it works too, since a test credential of a
sandbox may be harmless. `file:` paths are relative to the file itself.
"""

from __future__ import annotations

import os
import re
import ssl
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance import checks, limits
from conformance.errors import DataError, UsageError, nearest
from conformance.interface.sending import OF
from conformance.load.data import Folders
from conformance.load.documents import Document, check, read_document
from conformance.model import Credential, Ics, Ixit, Limits, Reach, Spec, Written
from conformance.text import pointer
from conformance.text.handed import read_named

__all__ = ["Settings", "base_url", "load_settings", "refuse_strangers", "strangers"]

_VARIABLE = re.compile(r"[A-Z]{1,16}(?:_[A-Z]{1,16})+")
_PARTS = (
    "/target",
    "/target/url",
    "/target/sandbox",
    "/actors",
    "/seed",
    "/limits",
    "/receiver",
    "/ics",
)  # as a finding may need them
_UNFIT = re.compile(r"[\s\x00-\x1f\x7f]")  # no URL has any of these in it


@dataclass(frozen=True)
class Settings:
    """What a yance.toml says: the claim, the target, and which domain and profile are meant."""

    ics: Ics
    ixit: Ixit
    domain: str | None
    profile: str | None
    version: str | None
    document: Document | None = None


def load_settings(folders: Folders, path: Path) -> Settings:
    """Read a yance.toml. Raises UsageError or DataError with the line and what to do."""
    document = read_document(path)
    check(document, folders.schema("yance"), quiet=True)
    content = document.content
    target, solution, limits = content["target"], content.get("solution", {}), content.get("limits", {})
    actors = {name: _credential(document, path.parent, name, entry) for name, entry in content.get("actors", {}).items()}
    headers = tuple(_headers(document, path.parent, target.get("headers", {})))
    renamed = {"longestWait": "longest_wait", "longestPause": "longest_pause"}
    ixit = Ixit(
        base_url=_url(document, path.parent, "/target/url", target["url"]),
        sandbox=target.get("sandbox", False),
        actors=actors,
        seeds=dict(_seeds(content.get("seed", {}))),
        limits=Limits(**{renamed.get(key, key): value for key, value in limits.items()}),
        tls_verify=_authority(document, path.parent, target.get("tlsVerify", True)),
        headers=headers,
        secrets={f"header {name}": value for name, value in headers if _named(target["headers"][name])},
        receiver=_reach(document, path.parent, content["receiver"]) if "receiver" in content else None,
        written=_written(document, path),
    )
    ics = Ics(
        solution.get("id", "unnamed"),
        solution.get("version", "0"),
        solution.get("vendor", ""),
        content.get("ics", {}).get("unsupported", {}),
    )
    return Settings(ics, ixit, target.get("domain"), target.get("profile"), target.get("version"), document)


def _written(document: Document, path: Path) -> Written:
    """Where the parts of a file stand that a finding may be mended in. A file outside the working folder goes by its name alone."""
    here, there = Path.cwd(), path.absolute()
    file = there.relative_to(here).as_posix() if there.is_relative_to(here) else there.name
    return Written(file, {where: line for where in _PARTS if (line := document.lines.get(where))})


def strangers(spec: Spec, ics: Ics, ixit: Ixit) -> Iterator[tuple[str, str]]:
    """Where in a yance.toml (JSON Pointer) an actor, an operation or a parameter stands that the spec and its checks do not know, and
    what is to be said of it: a misspelt one would otherwise leave cases open without a word about the reason.
    """
    schemes = (spec.document.get("components") or {}).get("securitySchemes") or {}
    parameters = {one.name for operation in spec.operations.values() for one in operation.parameters}
    actors = {"a", *(name for one in checks.names() for name in checks.check(one).actors)}
    named: tuple[tuple[str, str, Iterable[str], Iterable[str]], ...] = (
        ("/actors", "actor", ixit.actors, actors),
        ("/ics/unsupported", f"operation of {spec.domain} {spec.version}", ics.unsupported, spec.operations),
        ("/seed", f"parameter of {spec.domain} {spec.version}", _places(ixit.seeds, alone=True), parameters),
    )
    of = {name: one.parameters for one in spec.operations.values() for name in (one.id, one.resource)}
    named = (*named, ("/seed", f"operation or resource of {spec.domain} {spec.version}", _places(ixit.seeds), of))
    for place in _places(ixit.seeds):
        own = {p.name for one in spec.operations.values() if place in (one.id, one.resource) for p in one.parameters}
        given_for = [key.removesuffix(OF + place) for key in ixit.seeds if key.endswith(OF + place)]
        named = (*named, (pointer.join("seed", place), f"parameter of {place}", given_for, own or given_for))
    for actor, credential in ixit.actors.items():
        where = pointer.join("actors", actor, "schemes")
        given_for = [one.scheme for one in credential.every if one.scheme]
        named = (*named, (where, f"security scheme of {spec.domain} {spec.version}", given_for, schemes))
    for where, kind, given, known in named:
        for name in given:
            if name not in known:
                yield (
                    where + pointer.join(name),
                    f"{name!r} is no {kind}{nearest(name, known)} (known: {', '.join(sorted(known))})",
                )


def _seeds(told: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The values of `[seed]` by parameter, and those of `[seed.getThing]` by `parameter of getThing`."""
    for name, values in told.items():
        if isinstance(values, Mapping):
            yield from ((f"{parameter}{OF}{name}", one) for parameter, one in _seeds(values))
        else:
            yield name, tuple(str(value) for value in values)


def _places(seeds: Iterable[str], *, alone: bool = False) -> list[str]:
    """The operations and resources for which values are named; or, `alone`, the parameters that stand for themselves."""
    return list(dict.fromkeys(key.rpartition(OF)[2] for key in seeds if (OF not in key) is alone))


def refuse_strangers(settings: Settings, spec: Spec) -> None:
    """Raises DataError, with its line, for the first name in the file that is a stranger to the spec."""
    for where, said in strangers(spec, settings.ics, settings.ixit):
        if settings.document is not None:
            raise DataError(said, file=settings.document.file, line=settings.document.line(where))


def base_url(text: str) -> str:
    """A base URL without a trailing slash. Raises UsageError when it is not an absolute http(s) URL, or names a user."""
    given = text.strip()
    shown = _without_secrets(given)
    try:
        parts = urlsplit(given)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
        _ = parts.port
    except ValueError:
        fine, parts = False, None
    if parts is not None and "@" in parts.netloc:  # from a URL they would get into every report
        raise UsageError(f"the base URL {shown} names a user or a password; give credentials in yance.toml, under [actors.a]")
    if not fine or _UNFIT.search(given):
        expected = "https://api.example/v1 (http or https, no query, no fragment)"
        raise UsageError(f"{shown!r} is not a base URL; expected something like {expected}")
    return given.rstrip("/")


def _without_secrets(url: str) -> str:
    """A text that was to be a base URL, without what may let somebody in: user and password, matrix parameters, query, fragment."""
    end = url.rpartition("@")[2]
    begin = url[: url.find("//") + 2] if "//" in url else ""
    named = f"{begin}…@{end}" if "@" in url else url
    named = re.sub(r"(?<=//)([^/:]*):(?![0-9]{1,5}(?:/|$)).*", r"\1:…", named, flags=re.DOTALL)  # no port: half of user:password
    return re.sub(r"[?#;].*", "…", named, flags=re.DOTALL)


def _url(document: Document, folder: Path, where: str, value: str) -> str:
    try:
        return base_url(_secret(document, folder, where, value))
    except DataError:
        raise
    except UsageError as error:
        said = (
            str(error) if value.startswith(("http://", "https://")) else "what stands there is not a base URL (https://host/path)"
        )
        raise _refused(document, where, said) from None


def _authority(document: Document, folder: Path, verify: bool | str) -> bool | str:
    """Which certificates are believed: `tlsVerify`, a file of authorities by its path. Raises DataError when it holds none."""
    if isinstance(verify, bool):
        return verify
    path = folder / verify
    try:
        ssl.create_default_context(cafile=str(path))
    except (ssl.SSLError, ValueError):
        said = f"{path} holds no certificate; expected certificates in PEM form (-----BEGIN CERTIFICATE-----)"
        raise _refused(document, "/target/tlsVerify", said) from None
    except OSError as error:
        said = f"{path} cannot be read ({error.strerror}); expected the certificate of an authority, or true or false"
        raise _refused(document, "/target/tlsVerify", said) from None
    return str(path)


def _headers(document: Document, folder: Path, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Header fields for every request. Raises DataError for one that says who asks, or how long a body is."""
    for name, value in given.items():
        where = pointer.join("target", "headers", name)
        if name.lower() in ("authorization", "content-length", "transfer-encoding", "host", "connection", "accept-encoding"):
            raise _refused(document, where, f"{name} is not sent with every request; credentials belong under [actors.a]")
        yield name, _secret(document, folder, where, value)


def _reach(document: Document, folder: Path, entry: Mapping[str, str]) -> Reach:
    host, _, port = entry["listen"].rpartition(":")
    return Reach(_url(document, folder, "/receiver/url", entry["url"]), host.strip("[]"), int(port))


_KINDS = ("token", "apiKey", "user", "clientId")


def _credential(document: Document, folder: Path, name: str, entry: Mapping[str, Any]) -> Credential:
    """The credentials of an actor: those in its table, and those in tables under `schemes`, each for a scheme of the document."""
    where = pointer.join("actors", name)
    found = list(_given(document, folder, where, entry, ""))
    for scheme, own in entry.get("schemes", {}).items():
        below = where + pointer.join("schemes", scheme)
        meant = list(_given(document, folder, below, own, scheme))
        if not meant:
            raise _refused(document, below, f"the scheme {scheme!r} has no credentials; {_EXPECTED}")
        found += meant
    if not found:
        raise DataError(f"actor {name!r} has no credentials: {_EXPECTED}", file=document.file, line=document.line(where))
    return replace(found[0], also=tuple(found[1:]))


_EXPECTED = "give token, apiKey, user and password, or clientId with clientSecret (and tokenUrl, unless the interface names it)"


def _given(document: Document, folder: Path, where: str, entry: Mapping[str, Any], scheme: str) -> Iterator[Credential]:
    """The credentials that one table gives; of what goes into Authorization it may give one."""

    def text(member: str) -> str:
        return _secret(document, folder, where + pointer.join(member), entry[member]) if member in entry else ""

    def source(member: str) -> str:
        written = str(entry.get(member, ""))
        return written if _named(written) else f"{where.removeprefix('/').replace('/', '.')}.{member} in yance.toml"

    kinds = [member for member in _KINDS if member in entry]
    if len(shared := [member for member in kinds if member != "apiKey"]) > 1:
        said = f"{' and '.join(shared)} would go into one header, Authorization: give one of them, or each for its scheme under schemes"
        raise _refused(document, where + pointer.join(shared[1]), said)
    if "apiKey" in entry:
        place = entry.get("name", "")
        yield Credential("api-key", text("apiKey"), place, entry.get("in", "header"), scheme=scheme, source=source("apiKey"))
    if "token" in entry:
        yield Credential("bearer", text("token"), scheme=scheme, source=source("token"))
    if "user" in entry:
        yield Credential("basic", f"{text('user')}:{text('password')}", scheme=scheme, source=source("password"))
    if "clientId" in entry:
        if "clientSecret" not in entry:
            raise _refused(document, where + "/clientId", "clientId needs clientSecret beside it")
        where_to, scopes = entry.get("tokenUrl", ""), entry.get("scopes", "")
        secret, client = text("clientSecret"), text("clientId")
        yield Credential("oauth2", secret, client, "header", where_to, scopes, scheme=scheme, source=source("clientSecret"))


def _named(written: str) -> bool:
    """Whether a text names where a secret lies, and is none itself."""
    return written.startswith(("env:", "file:"))


def _secret(document: Document, folder: Path, where: str, value: str) -> str:
    """What a text stands for: the variable or the file that it names, or itself. Raises DataError when that is nothing."""
    kind, _, rest = value.partition(":")
    found, source = value, "it"
    if kind == "env":
        if rest not in os.environ:
            named = rest if _VARIABLE.fullmatch(rest) else "that it names"  # what does not look like one may be the secret itself
            raise _refused(document, where, f"the environment variable {named} is not set; export it first")
        found, source = os.environ[rest].strip(), f"the environment variable {rest}"
    elif kind == "file":
        source = "the file that it names"
        try:
            found = read_named(folder / rest, limits.SECRET).decode("utf-8").strip()
            source = str(folder / rest)  # a name that leads to a file is no secret
        except OSError as error:
            raise _refused(document, where, f"{source} cannot be read ({error.strerror}); expected the secret in it") from None
        except UnicodeDecodeError:
            raise _refused(document, where, f"{source} is not UTF-8 text; expected the secret in it") from None
    if not found:
        raise _refused(document, where, f"{source} is empty; give a value, or leave the whole table out")
    if where.startswith("/actors"):
        _refuse_unseen(document, where, source, found)
    return found


def _refuse_unseen(document: Document, where: str, source: str, secret: str) -> None:
    """Raises DataError for a secret with a character in it that nobody sees: an editor put it there, and no server expects it."""
    if "\n" in secret or "\r" in secret:
        raise _refused(document, where, f"{source} has more than one line; expected the secret alone")
    for place, char in enumerate(secret, 1):
        if char != " " and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Zs"):
            name = "a byte order mark" if char == "\ufeff" else unicodedata.name(char, "a control character").lower()
            said = f"{source} has an invisible character (U+{ord(char):04X}, {name}) as its character {place}"
            raise _refused(document, where, f"{said}; save it as UTF-8 without a byte order mark, and type the secret anew")


def _refused(document: Document, where: str, said: str) -> DataError:
    return DataError(f"{where.removeprefix('/').replace('/', '.')}: {said}", file=document.file, line=document.line(where))
