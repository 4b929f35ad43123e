"""`yance key new`, `yance sign`, `yance verify`: who says what about a run, and whether it holds."""

from __future__ import annotations

import getpass
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from conformance import limits
from conformance.attest import (
    Expected,
    TrustedKey,
    generate_key,
    instant,
    load_key,
    load_trust,
    public_file,
    sign_run,
    trusted_key,
)
from conformance.attest.verify import refuse_altered, refuse_unofficial, stated, verify_run
from conformance.commands.front import RESULTS, Front, common, front_of, spoken
from conformance.commands.helping import SpokenGroup
from conformance.errors import UsageError
from conformance.load.catalogue import say
from conformance.load.digests import standing
from conformance.model import PURPOSES, Ics
from conformance.text.handed import read_named
from conformance.verdict.folder import RunFolder
from conformance.verdict.report import EXIT_CODES

__all__ = ["COMMANDS"]

PASSWORD = "YANCE_KEY_PASSWORD"  # noqa: S105 - the name of a variable


@click.group(cls=SpokenGroup)
@spoken
def key() -> None:
    """Keys for signing reports."""


@key.command("new")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--scheme", type=click.Choice(["ecdsa", "ed25519"]), default="ecdsa", show_default=True, help="ECDSA is on P-256.")
@click.option("--no-password", is_flag=True, help="Write the private key unencrypted (for tests).")
@common
def new(path: Path, scheme: str, no_password: bool, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Make a key pair: an encrypted private key, and beside it the public key to be given to verifiers.

    The password comes from YANCE_KEY_PASSWORD, or is asked for on a terminal.

    Example: yance key new office.pem
    """
    front = front_of(lang, as_json, data)
    password = None if no_password else _password(front, confirm=True)
    made = generate_key(path, scheme, password)
    front.say("key.made", private=path, public=public_file(path), keyid=made.keyid)
    front.result({"private": str(path), "public": str(public_file(path)), "keyid": made.keyid, "scheme": scheme})
    return 0


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The private key. Without one, nothing is signed.")
@click.option(
    "--purpose", type=click.Choice(PURPOSES), default="self-test", show_default=True, help="For which the run is said to be."
)
@click.option("--solution", metavar="ID@VERSION", help="The solution that you expect; needed for more than a self-test.")
@click.option("--vendor", metavar="NAME", help="The vendor that you expect; needed for more than a self-test.")
@common
def sign(
    run: Path,
    key_file: Path | None,
    purpose: str,
    solution: str | None,
    vendor: str | None,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Sign the report of a run folder: a DSSE envelope, and the same as a Sigstore bundle.

    The verdicts are derived from the evidence again first, and every script is driven again: what does not follow is not signed. What
    the run is for, and of which solution, is what you say; a folder that says something else is refused.

    Example: yance sign runs/today --key office.pem --purpose certification --solution stops@2.4.1 --vendor "Stop Ltd"
    """
    front = front_of(lang, as_json, data)
    if key_file is None:
        raise UsageError("there is no key to sign with: give one by --key (yance key new makes one)")
    folder = RunFolder(run)
    signer = load_key(key_file, _password_for(front, key_file))
    folder.report_content()  # of a run, or there is no folder to be held
    with folder.held():
        setting = refuse_altered(front.folders, folder, Expected(purpose, solution, vendor))
        official = stated(standing(setting.spec, setting.profile))
        sign_run(folder, signer)
    front.say("sign.what", run=setting.claim.named, url=setting.ixit.base_url, official=front.text(official))
    front.say("sign.done", envelope=folder.envelope_file, bundle=folder.bundle_file)
    front.result(
        {
            "envelope": str(folder.envelope_file),
            "bundle": str(folder.bundle_file),
            "keyid": signer.public_key.keyid,
            "purpose": setting.purpose,
            "solution": f"{setting.ics.solution_id}@{setting.ics.solution_version}",
            "vendor": setting.ics.vendor,
            "official": official["en"],
        }
    )
    return 0


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--trust", "policy", type=click.Path(path_type=Path), help="A trust policy (TOML or JSON).")
@click.option("--key", "keys", multiple=True, type=click.Path(path_type=Path), help="A public key that is trusted (repeatable).")
@click.option("--received", metavar="TIME", help="Since when you hold the envelope, by your own records (2026-11-29T08:00:00Z).")
@click.option(
    "--require",
    multiple=True,
    type=click.Choice(["official", "passed"]),
    help="official: refuse altered rows, another build, and all that stays open. passed: end with the exit code of the run's result.",
)
@common
def verify(
    path: Path,
    policy: Path | None,
    keys: tuple[Path, ...],
    received: str | None,
    require: tuple[str, ...],
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Verify a signed run: signature, evidence, every request and verdict, counts, digests. Exit 6 when anything does not hold.

    That it holds says nothing of the result, which is named last: the run of a solution that does not conform verifies as well. A script
    that wants conformity asks for it by --require passed; it ends with 1 or 3, as the run did.

    PATH is a run folder, or an envelope or Sigstore bundle beside its files. A key is never taken from what is verified: name it by --trust or --key.

    Example: yance verify runs/today --key office.pub.pem
    """
    front = front_of(lang, as_json, data)
    trusted: list[TrustedKey] = list(load_trust(policy)) if policy else []
    trusted += [trusted_key(one) for one in keys]
    if not trusted:
        raise UsageError(
            "no key is trusted, so nothing can be verified: give a trust policy by --trust, or a public key by --key"
        )
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder")
    folder, envelope = (RunFolder(path), None) if path.is_dir() else (RunFolder(path.parent), path)
    if received is not None and instant(received) is None:
        raise UsageError(f"--received {received!r:.60} is no time; expected RFC 3339 in UTC, as in 2026-11-29T08:00:00Z")
    found = verify_run(front.folders, folder, trusted, envelope=envelope, received=instant(received))
    if "official" in require:
        refuse_unofficial(found)
    for step in found.steps:
        front.line(f"✓ {front.text(step)}")
    for left in found.unverified:
        front.line(f"! {say('verify.unverified', front.language, what=front.text(left))}")
    predicate, report = found.envelope.predicate, found.report
    _say_what(front, report)
    if found.envelope.role == "vendor" or predicate["purpose"] == "self-test":
        front.say("verify.self")
    result = say(f"result.{report['result']}", front.language)
    front.line(say("verify.done", front.language, result=result), RESULTS[report["result"]])
    front.result(
        {
            "verified": True,
            "payloadSha256": found.envelope.digest,
            "keyid": found.envelope.keyid,
            "role": str(found.envelope.role),
            "result": report["result"],
            "conformant": report["conformant"],
            "run": report["runId"],
            "solution": f"{report['target']['solutionId']}@{report['target']['solutionVersion']}",
            "vendor": report["target"]["vendor"],
            "endpoint": report["target"]["baseUrl"],
            "specification": f"{report['specification']['domain']}@{report['specification']['version']}",
            "profile": f"{report['profile']['id']}@{report['profile']['version']}",
            "startedOn": report["startedOn"],
            "finishedOn": report["finishedOn"],
            "purpose": predicate["purpose"],
            "time": str(found.envelope.held),
            "official": found.official.official,
            "altered": list(found.official.altered),
            "standing": stated(found.official)["en"],
            "steps": [step["en"] for step in found.steps],
            "unverified": [left["en"] for left in found.unverified],
        }
    )
    return EXIT_CODES[report["result"]] if "passed" in require else 0


def _say_what(front: Front, report: Mapping[str, Any]) -> None:
    """Of what a verified run was: solution, profile, endpoint and time."""
    target, specification, profile = report["target"], report["specification"], report["profile"]
    ics = Ics(target["solutionId"], target["solutionVersion"], target["vendor"])
    front.say("verify.solution", named=ics.named, url=target["baseUrl"])
    spec = f"{specification['domain']} {specification['version']}"
    title, version = front.text(profile["title"]), f"{profile['id']} {profile['version']}"
    front.say("verify.profile", spec=spec, profile=version, title=title)
    front.say("verify.when", began=report["startedOn"], ended=report["finishedOn"], run=report["runId"])


def _password(front: Front, *, confirm: bool = False) -> str:
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # no terminal: a password is not read where it would be shown
            asked, again = front.told(f"Password ({PASSWORD})"), front.told("Repeat it")
            return str(click.prompt(asked, hide_input=True, confirmation_prompt=again if confirm else False, err=True))
    except (click.Abort, getpass.GetPassWarning):
        raise UsageError(
            f"a password is needed: set {PASSWORD}, or answer the prompt (--no-password makes a key without)"
        ) from None


def _password_for(front: Front, path: Path) -> str | None:
    """The password of an encrypted key; None for a key that has none."""
    try:
        encrypted = b"ENCRYPTED" in read_named(path, limits.KEY)
    except OSError as error:
        raise UsageError(f"{path}: the key cannot be read ({error.strerror})") from None
    return _password(front) if encrypted else None


COMMANDS = (key, sign, verify)
