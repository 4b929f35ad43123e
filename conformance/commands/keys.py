"""`yance key new|show|list`, `yance stamp`: keys, who is trusted with which, and time-stamps; and the keys that other commands sign with."""

from __future__ import annotations

import getpass
import os
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance import attest, limits
from conformance.commands.front import common, front_of, spoken
from conformance.commands.helping import SpokenGroup
from conformance.errors import UsageError
from conformance.load.catalogue import say
from conformance.load.sentences import told
from conformance.text.handed import read_named, write
from conformance.verdict.folder import RunFolder

if TYPE_CHECKING:
    from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

__all__ = ["COMMANDS", "KEY_HELP", "OFFICE_PASSWORD", "signer_of", "trust_of"]

PASSWORD = "YANCE_KEY_PASSWORD"  # noqa: S105 - the name of a variable
OFFICE_PASSWORD = "YANCE_OFFICE_KEY_PASSWORD"  # noqa: S105 - likewise, where a person's key is there, too
KEY_HELP = "The private key: a file, or pkcs11:TOKEN/ID in a hardware module (PYKCS11LIB names its library)."
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def signer_of(key: str, variable: str = PASSWORD) -> Signer:
    """The signer of a --key option; the password or PIN comes from `variable`, or is asked for on a terminal."""
    if key.startswith(f"{attest.SCHEME}:"):
        return attest.token_signer(key, lambda: _password(variable))
    path = Path(key)
    return attest.load_key(path, _password_for(path, variable))


def trust_of(document: Path | None, keys: Iterable[Path] = ()) -> attest.Trust:
    """What --trust and --key make trusted. Raises UsageError when that is nothing."""
    listed = attest.load_trust(document) if document else attest.Trust()
    trusted = (*listed.keys, *map(attest.trusted_key, keys))
    if not trusted:
        raise UsageError(
            "no key is trusted, so nothing can be verified: give a trust document by --trust, or a public key by --key"
        )
    return attest.Trust(trusted, listed.authorities)


@click.group(cls=SpokenGroup)
@spoken
def key() -> None:
    """Keys for signing reports."""


@key.command("new")
@click.argument("path", type=click.Path(path_type=Path), help="The file of the private key.")
@click.option("--scheme", type=click.Choice(["ecdsa", "ed25519"]), default="ecdsa", show_default=True, help="ECDSA is on P-256.")
@click.option("--no-password", is_flag=True, help="Write the private key unencrypted (for tests).")
@common
def new(path: Path, scheme: str, no_password: bool, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Make a key pair: an encrypted private key, and beside it the public key to be given to verifiers.

    The password comes from YANCE_KEY_PASSWORD, or is asked for on a terminal.

    Example: yance key new office.pem
    """
    front = front_of(lang, as_json, data)
    password = None if no_password else _password(confirm=True)
    made = attest.generate_key(path, scheme, password)
    front.say("key.made", private=path, public=attest.public_file(path), keyid=made.keyid)
    front.result({"private": str(path), "public": str(attest.public_file(path)), "keyid": made.keyid, "scheme": scheme})
    return 0


@key.command("show")
@click.argument("path", type=click.Path(path_type=Path), help="The file of a key.")
@common
def show(path: Path, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Show what a public key is known by. Beside a private key, its public half is shown.

    Example: yance key show office.pem
    """
    front = front_of(lang, as_json, data)
    half = attest.public_file(path)
    found = attest.trusted_key(half if half.exists() else path)
    scheme = str(found.key.scheme)
    front.say("key.shown", keyid=found.keyid, scheme=scheme)
    front.result({"keyid": found.keyid, "scheme": scheme, "public": found.key.keyval["public"]})
    return 0


@key.command("list")
@click.option("--trust", "document", type=click.Path(path_type=Path), required=True, help="A trust document (TOML or JSON).")
@common
def listed(document: Path, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """List the keys of a trust document: in whose name, for what and how long each is trusted, and whether it is now.

    Example: yance key list --trust trust.toml
    """
    front = front_of(lang, as_json, data)
    trust, now = attest.load_trust(document), datetime.now(UTC)
    shown = []
    for one in trust.keys:
        state = _state(one, now)
        types = sorted(kind.rsplit("/", 2)[1] for kind in one.predicate_types)
        window = " - ".join(f"{when:{_TIME}}" if when else "..." for when in (one.not_before, one.not_after))
        said = say(f"key.state.{state}", front.language)
        front.line(f"{one.keyid[:16]}  {one.role:<10}  {said}  {window}  {', '.join(types)}  {one.holder}".rstrip())
        shown.append(
            {
                "keyid": one.keyid,
                "role": one.role,
                "holder": one.holder,
                "state": state,
                "predicateTypes": sorted(one.predicate_types),
                "notBefore": f"{one.not_before:{_TIME}}" if one.not_before else None,
                "notAfter": f"{one.not_after:{_TIME}}" if one.not_after else None,
                "distrustAfter": f"{one.distrust_after:{_TIME}}" if one.distrust_after else None,
            }
        )
    front.result({"keys": shown, "authorities": [one.subject.rfc4514_string() for one in trust.authorities.certificates]})
    return 0


def _state(key: attest.TrustedKey, now: datetime) -> str:
    if key.distrust_after and now > key.distrust_after:
        return "distrusted"
    if key.not_before and now < key.not_before:
        return "early"
    return "expired" if key.not_after and now > key.not_after else "trusted"


@click.command()
@click.argument("path", type=click.Path(path_type=Path), help="A signed run folder, or a bundle.")
@click.option("--request", type=click.Path(path_type=Path), help="Write what an authority is to be asked (RFC 3161, DER).")
@click.option("--answer", type=click.Path(path_type=Path), help="Put the answer of an authority into the bundle.")
@common
def stamp(path: Path, request: Path | None, answer: Path | None, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Have a signature's time witnessed by an authority: write the request for it, then put its answer into the Sigstore bundle.

    PATH is a signed run folder, or a bundle. The request goes to the authority by whatever speaks to it:
    curl -H 'Content-Type: application/timestamp-query' --data-binary @run.tsq URL > run.tsr

    Example: yance stamp runs/today --request run.tsq
    """
    front = front_of(lang, as_json, data)
    if (request is None) is (answer is None):
        raise UsageError("say either --request FILE, to write what is to be asked, or --answer FILE, to take in what came back")
    file = RunFolder(path).bundle_file if path.is_dir() else path
    try:
        signed = read_named(file, attest.LARGEST)
        if request is not None:
            write(request, attest.stamp_request(attest.signature_of(signed)))
            front.say("stamp.request", file=request)
        else:
            assert answer is not None
            write(file, attest.bundle(attest.envelope_of(signed), [read_named(answer, limits.TIMESTAMP)]))
            front.say("stamp.answer", file=file)
    except OSError as error:
        raise UsageError(f"{error.filename or file}: {error.strerror}; expected a signed run, and a file beside it") from None
    front.result({"bundle": str(file), "request": str(request) if request else None})
    return 0


def _password(variable: str = PASSWORD, *, confirm: bool = False) -> str:
    if variable in os.environ:
        return os.environ[variable]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # no terminal: a password is not read where it would be shown
            asked, again = (
                told(text, click.get_current_context().obj or "en") for text in (f"Password ({variable})", "Repeat it")
            )
            return str(click.prompt(asked, hide_input=True, confirmation_prompt=again if confirm else False, err=True))
    except (click.Abort, getpass.GetPassWarning):
        raise UsageError(
            f"a password is needed: set {variable}, or answer the prompt (--no-password makes a key without)"
        ) from None


def _password_for(path: Path, variable: str) -> str | None:
    """The password of an encrypted key; None for a key that has none."""
    try:
        encrypted = b"ENCRYPTED" in read_named(path, limits.KEY)
    except OSError as error:
        raise UsageError(f"{path}: the key cannot be read ({error.strerror})") from None
    return _password(variable) if encrypted else None


COMMANDS = (key, stamp)
