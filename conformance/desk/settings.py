"""The desk's settings, desk.toml: where things lie, who signs in where, and who of them may do what.

address = "https://desk.example"             # where browsers find it
registry = "registry.sqlite"                 # or postgresql://…
trust = "trust.toml"
public = "public"                            # the export and the site are written here
uploads = "uploads"

[office]
key = "office.pem"                           # or pkcs11:TOKEN/ID; signs certificates, and is never uploaded
password = "env:YANCE_OFFICE_KEY_PASSWORD"

[signIn]                                     # OpenID Connect
issuer = "https://id.example"
client = "yance-desk"
secret = "env:YANCE_DESK_SECRET"

[[persons]]
subject = "248289761001"                     # the claim `sub` of the identity provider
name = "Lin Mei-hua"                         # the holder of the key in the trust document
roles = ["officer"]                          # vendor, officer, approver, reader
key = "lin.pem"                              # without one, the desk shows the command with which this person signs at home
password = "env:YANCE_KEY_LIN"

[[persons]]
subject = "90342"
name = "Wang Ta-ming"
roles = ["vendor"]
vendor = "Stop Ltd"                          # of whose solutions this person may upload runs

Paths are relative to the file itself. Whoever holds this file and what it names can sign for every person in it: the rule of two persons
then rests on their signing in. Where that is too little, leave `key` out and let them sign with a key of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance.attest import load_key
from conformance.attest.tokens import SCHEME, token_signer
from conformance.load import Folders
from conformance.load.documents import Document, check, read_document
from conformance.load.secrets import refused, secret

__all__ = ["ROLES", "Person", "Settings", "SignIn", "load_settings"]

ROLES = ("vendor", "officer", "approver", "reader")
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


@dataclass(frozen=True)
class Person:
    """Who signs in: by which subject, under which name, with which roles. `vendor` is whose runs they may upload."""

    subject: str
    name: str
    roles: frozenset[str]
    vendor: str = ""
    signer: Signer | None = None

    def may(self, *roles: str) -> bool:
        """Whether they have one of these roles."""
        return bool(self.roles & set(roles))


@dataclass(frozen=True)
class SignIn:
    """The identity provider, and this desk's account there."""

    issuer: str
    client: str
    secret: str


@dataclass(frozen=True)
class Settings:
    """What a desk is started with."""

    address: str
    registry: str
    trust: Path
    public: Path
    uploads: Path
    office: Signer
    sign_in: SignIn
    persons: Mapping[str, Person]

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by TLS."""
        return self.address.startswith("https://")


def load_settings(folders: Folders, path: Path) -> Settings:
    """Read a desk.toml. Raises DataError with the line and what to do; UsageError for a key that cannot be opened."""
    document = read_document(path)
    check(document, folders.schema("desk"), quiet=True)
    content, folder = document.content, path.parent
    address, issuer = (content["address"].rstrip("/"), content["signIn"]["issuer"])
    for where, url in (("/address", address), ("/signIn/issuer", issuer)):
        _refuse_unprotected(document, where, url)
    persons = [_person(document, folder, number, entry) for number, entry in enumerate(content["persons"])]
    subjects = [one.subject for one in persons]
    for number, subject in enumerate(subjects):
        if subject in subjects[:number]:
            raise refused(document, f"/persons/{number}", "its subject is that of an earlier person; each is named once")
    registry = content["registry"]
    return Settings(
        address,
        registry if "://" in registry else str(folder / registry),
        folder / content["trust"],
        folder / content["public"],
        folder / content["uploads"],
        _signer(document, folder, "/office", content["office"]),
        SignIn(issuer, content["signIn"]["client"], secret(document, folder, "/signIn/secret", content["signIn"]["secret"])),
        {one.subject: one for one in persons},
    )


def _refuse_unprotected(document: Document, where: str, url: str) -> None:
    if not url.startswith("https://") and not url.startswith(_LOOPBACK):
        raise refused(document, where, "expected https://…; plain http is for this machine alone (http://127.0.0.1:8700)")


def _person(document: Document, folder: Path, number: int, entry: Mapping[str, Any]) -> Person:
    where = f"/persons/{number}"
    roles, vendor = frozenset(entry["roles"]), entry.get("vendor", "")
    if ("vendor" in roles) is not bool(vendor):
        raise refused(document, where, "a person with the role vendor, and no other, names the vendor whose runs they upload")
    signer = _signer(document, folder, where, entry) if "key" in entry else None
    return Person(entry["subject"], entry["name"], roles, vendor, signer)


def _signer(document: Document, folder: Path, where: str, entry: Mapping[str, Any]) -> Signer:
    password = secret(document, folder, f"{where}/password", entry["password"]) if "password" in entry else None
    if entry["key"].startswith(f"{SCHEME}:"):
        return token_signer(entry["key"], lambda: password or "")
    return load_key(folder / entry["key"], password)
