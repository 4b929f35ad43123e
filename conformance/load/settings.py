"""The vendor's one file, yance.toml: ICS (what is claimed) and IXIT (what is needed to test it).

A secret is written as `env:NAME` or `file:PATH` and read here; written out in the file it works too, since a test credential of a
sandbox may be harmless. `file:` paths are relative to the file itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance import pointer
from conformance.errors import DataError, UsageError
from conformance.load.data import Folders
from conformance.load.documents import Document, check, read_document
from conformance.model import Credential, Ics, Ixit, Limits, Reach

__all__ = ["Settings", "base_url", "load_settings"]


@dataclass(frozen=True)
class Settings:
    """What a yance.toml says: the claim, the target, and which domain and profile are meant."""

    ics: Ics
    ixit: Ixit
    domain: str | None
    profile: str | None
    version: str | None


def load_settings(folders: Folders, path: Path) -> Settings:
    """Read a yance.toml. Raises UsageError or DataError with the line and what to do."""
    document = read_document(path)
    check(document, folders.schema("yance"))
    content = document.content
    target, solution, limits = content["target"], content.get("solution", {}), content.get("limits", {})
    actors = {name: _credential(document, path.parent, name, entry) for name, entry in content.get("actors", {}).items()}
    renamed = {"longestWait": "longest_wait", "longestPause": "longest_pause"}
    ixit = Ixit(
        base_url=base_url(_secret(document, path.parent, "/target/url", target["url"])),
        sandbox=target.get("sandbox", False),
        actors=actors,
        seeds={name: tuple(str(value) for value in values) for name, values in content.get("seed", {}).items()},
        limits=Limits(**{renamed.get(key, key): value for key, value in limits.items()}),
        tls_verify=target.get("tlsVerify", True),
        receiver=_reach(content["receiver"]) if "receiver" in content else None,
    )
    ics = Ics(
        solution.get("id", "unnamed"),
        solution.get("version", "0"),
        solution.get("vendor", ""),
        content.get("ics", {}).get("unsupported", {}),
    )
    return Settings(ics, ixit, target.get("domain"), target.get("profile"), target.get("version"))


def base_url(text: str) -> str:
    """A base URL without a trailing slash. Raises UsageError when it is not an absolute http(s) URL."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
        fine = fine and "@" not in parts.netloc  # credentials belong to actors; from a URL they would get into every report
        _ = parts.port
    except ValueError:
        fine = False
    if not fine:
        shown = re.sub(r"//[^/]*@", "//…@", text)
        expected = "https://api.example/v1 (no user, no query, no fragment)"
        raise UsageError(f"{shown!r} is not a base URL; expected something like {expected}")
    return text.rstrip("/")


def _reach(entry: Mapping[str, str]) -> Reach:
    host, _, port = entry["listen"].rpartition(":")
    return Reach(base_url(entry["url"]), host.strip("[]"), int(port))


def _credential(document: Document, folder: Path, name: str, entry: Mapping[str, Any]) -> Credential:
    where = pointer.join("actors", name)

    def text(member: str) -> str:
        return _secret(document, folder, where + pointer.join(member), entry.get(member, ""))

    kinds = [member for member in ("token", "apiKey", "user", "clientId") if member in entry]
    if len(kinds) > 1:
        said = f"actor {name!r} has several credentials ({', '.join(kinds)}): give one"
        raise DataError(said, file=document.file, line=document.line(where + pointer.join(kinds[1])))
    if "token" in entry:
        return Credential("bearer", text("token"))
    if "apiKey" in entry:
        return Credential("api-key", text("apiKey"), entry.get("name", "X-API-Key"), entry.get("in", "header"))
    if "user" in entry:
        return Credential("basic", f"{text('user')}:{text('password')}")
    if "clientId" in entry and "tokenUrl" in entry:
        return Credential("oauth2", text("clientSecret"), text("clientId"), "header", entry["tokenUrl"], entry.get("scopes", ""))
    raise DataError(
        f"actor {name!r} has no credentials: give token, apiKey, user and password, or clientId with clientSecret and tokenUrl",
        file=document.file,
        line=document.line(where),
    )


def _secret(document: Document, folder: Path, where: str, value: str) -> str:
    kind, _, rest = value.partition(":")
    if kind == "env":
        if rest not in os.environ:
            line = document.line(where)
            raise DataError(f"the environment variable {rest} is not set; export it first", file=document.file, line=line)
        return os.environ[rest]
    if kind == "file":
        try:
            return (folder / rest).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise UsageError(f"{folder / rest}: the secret cannot be read ({error.strerror})") from None
    return value
