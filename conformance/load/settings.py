"""The vendor's one file, yance.toml: ICS (what is claimed) and IXIT (what is needed to test it).

A secret is written as `env:NAME`, `file:PATH` or `command:WORDS` and read here (`secrets`); written out in the file it works too, since a
test credential of a sandbox may be harmless. Paths are relative to the file itself.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance import checks
from conformance.errors import DataError, UsageError, nearest
from conformance.interface.sending import OF
from conformance.load.data import Folders
from conformance.load.documents import Document, check, read_document
from conformance.load.secrets import named, refuse_commands, refused, secret, source
from conformance.model import ClientCertificate, Credential, Ics, Ixit, Limits, Reach, Spec, Written
from conformance.text import pointer

__all__ = ["Settings", "base_url", "load_settings", "refuse_strangers", "settings_in", "strangers"]

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


def load_settings(folders: Folders, path: Path, *, commands: bool = True) -> Settings:
    """Read a yance.toml; `commands`: a secret may come from one. Raises UsageError or DataError with the line and what to do."""
    return settings_in(folders, read_document(path), path, commands=commands)


def settings_in(folders: Folders, document: Document, path: Path, *, commands: bool = True) -> Settings:
    """The settings that a document holds: a yance.toml, or a row of a file at `path`. Raises as `load_settings` does."""
    check(document, folders.schema("yance"), quiet=True)
    if not commands:
        refuse_commands(document)
    content = document.content
    target, solution, limits = content["target"], content.get("solution", {}), content.get("limits", {})
    actors = {name: _credential(document, path.parent, name, entry) for name, entry in content.get("actors", {}).items()}
    headers = tuple(_headers(document, path.parent, target.get("headers", {})))
    client = _certificate(document, path.parent, target)
    renamed = {"longestWait": "longest_wait", "longestPause": "longest_pause"}
    ixit = Ixit(
        base_url=_url(document, path.parent, "/target/url", target["url"]),
        sandbox=target.get("sandbox", False),
        actors=actors,
        seeds=dict(_seeds(content.get("seed", {}))),
        limits=Limits(**{renamed.get(key, key): value for key, value in limits.items()}),
        tls_verify=_authority(document, path.parent, target.get("tlsVerify", True)),
        tls_client=client,
        headers=headers,
        secrets={
            **{f"header {name}": value for name, value in headers if named(target["headers"][name])},
            **({"tlsPassword": client.password} if client and client.password else {}),
        },
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
    here, there = Path.cwd(), Path(os.path.abspath(path))  # noqa: PTH100 - without `..`, and without following a link
    file = there.relative_to(here).as_posix() if there.is_relative_to(here) else there.name
    return Written(file, {where: line for where in _PARTS if (line := document.lines.get(where))})


def _acting(names: Iterable[str]) -> Iterator[str]:
    """The actors that some checks need."""
    return (actor for name in names for actor in checks.check(name).actors)


def strangers(spec: Spec, ics: Ics, ixit: Ixit) -> Iterator[tuple[str, str]]:
    """Where in a yance.toml (JSON Pointer) an actor, an operation or a parameter stands that the spec and its checks do not know, and
    what is to be said of it: a misspelt one would otherwise leave cases open without a word about the reason.
    """
    schemes = (spec.document.get("components") or {}).get("securitySchemes") or {}
    parameters = {one.name for operation in spec.operations.values() for one in operation.parameters}
    actors = {"a", *_acting(row.binding.check for row in spec.requirements if row.binding is not None)}
    if not actors.issuperset(ixit.actors):  # what no row of this spec asks for may be for another one
        actors.update(_acting(checks.names()))
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
        return base_url(secret(document, folder, where, value))
    except DataError:
        raise
    except UsageError as error:
        said = (
            str(error) if value.startswith(("http://", "https://")) else "what stands there is not a base URL (https://host/path)"
        )
        raise refused(document, where, said) from None


def _authority(document: Document, folder: Path, verify: bool | str) -> bool | str:
    """Which certificates are believed: `tlsVerify`, a file of authorities by its path. Raises DataError when it holds none."""
    if isinstance(verify, bool):
        return verify
    path = folder / verify
    try:
        ssl.create_default_context(cafile=str(path))
    except (ssl.SSLError, ValueError):
        said = f"{path} holds no certificate; expected certificates in PEM form (-----BEGIN CERTIFICATE-----)"
        raise refused(document, "/target/tlsVerify", said) from None
    except OSError as error:
        said = f"{path} cannot be read ({error.strerror}); expected the certificate of an authority, or true or false"
        raise refused(document, "/target/tlsVerify", said) from None
    return str(path)


def _certificate(document: Document, folder: Path, target: Mapping[str, Any]) -> ClientCertificate | None:
    """What the suite shows to a server that asks for a certificate. Raises DataError for files that hold none, or not its key."""
    if "tlsCertificate" not in target:
        return None
    where = "/target/tlsCertificate"
    password = secret(document, folder, "/target/tlsPassword", target["tlsPassword"]) if "tlsPassword" in target else ""
    key = str(folder / target["tlsKey"]) if "tlsKey" in target else ""
    found = ClientCertificate(str(folder / target["tlsCertificate"]), key, password)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(found.file, found.key or None, found.password)
    except ssl.SSLError:
        said = "expected a certificate and its own private key in PEM form, the key there or in tlsKey, its password, if any, in tlsPassword"
        raise refused(document, where, f"{found.file} cannot be used; {said}") from None
    except OSError as error:
        raise refused(document, where, f"{key or found.file} cannot be read ({error.strerror}); expected PEM files") from None
    return found


def _headers(document: Document, folder: Path, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Header fields for every request. Raises DataError for one that says who asks, or how long a body is."""
    for name, value in given.items():
        where = pointer.join("target", "headers", name)
        if name.lower() in ("authorization", "content-length", "transfer-encoding", "host", "connection", "accept-encoding"):
            raise refused(document, where, f"{name} is not sent with every request; credentials belong under [actors.a]")
        yield name, secret(document, folder, where, value)


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
            raise refused(document, below, f"the scheme {scheme!r} has no credentials; {_EXPECTED}")
        found += meant
    if not found:
        raise DataError(f"actor {name!r} has no credentials: {_EXPECTED}", file=document.file, line=document.line(where))
    return replace(found[0], also=tuple(found[1:]))


_EXPECTED = "give token, apiKey, user and password, or clientId with clientSecret (and tokenUrl, unless the interface names it)"


def _given(document: Document, folder: Path, where: str, entry: Mapping[str, Any], scheme: str) -> Iterator[Credential]:
    """The credentials that one table gives; of what goes into Authorization it may give one."""

    def text(member: str) -> str:
        return secret(document, folder, where + pointer.join(member), entry[member]) if member in entry else ""

    def place_of(member: str) -> str:
        return source(str(entry.get(member, "")), where + pointer.join(member))

    kinds = [member for member in _KINDS if member in entry]
    if len(shared := [member for member in kinds if member != "apiKey"]) > 1:
        said = f"{' and '.join(shared)} would go into one header, Authorization: give one of them, or each for its scheme under schemes"
        raise refused(document, where + pointer.join(shared[1]), said)
    if "apiKey" in entry:
        place = entry.get("name", "")
        yield Credential("api-key", text("apiKey"), place, entry.get("in", "header"), scheme=scheme, source=place_of("apiKey"))
    if "token" in entry:
        yield Credential("bearer", text("token"), scheme=scheme, source=place_of("token"))
    if "user" in entry:
        yield Credential("basic", f"{text('user')}:{text('password')}", scheme=scheme, source=place_of("password"))
    if "clientId" in entry:
        if "clientSecret" not in entry:
            raise refused(document, where + "/clientId", "clientId needs clientSecret beside it")
        where_to, scopes = entry.get("tokenUrl", ""), entry.get("scopes", "")
        held, client = text("clientSecret"), text("clientId")
        yield Credential("oauth2", held, client, "header", where_to, scopes, scheme=scheme, source=place_of("clientSecret"))
