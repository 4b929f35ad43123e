"""`yance sign`, `yance verify`: who says what about a run, and whether it holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from conformance import attest
from conformance.commands.abreast import on_the_engine, paths_of
from conformance.commands.front import RESULTS, Front, common, front_of
from conformance.commands.keys import KEY_HELP, signer_of, trust_of
from conformance.commands.verifying import Asked, certified, level_of, verify_alone
from conformance.errors import UsageError
from conformance.load.catalogue import say
from conformance.load.digests import standing
from conformance.model import PURPOSES, Ics
from conformance.verdict.folder import RunFolder
from conformance.verdict.report import EXIT_CODES

__all__ = ["COMMANDS"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path), help="The folder of a run.")
@click.option("--key", "key_file", metavar="KEY", help=f"{KEY_HELP} Without one, nothing is signed.")
@click.option(
    "--purpose", type=click.Choice(PURPOSES), default="self-test", show_default=True, help="For which the run is said to be."
)
@click.option("--solution", metavar="ID@VERSION", help="The solution that you expect; needed for more than a self-test.")
@click.option("--vendor", metavar="NAME", help="The vendor that you expect; needed for more than a self-test.")
@common
def sign(
    run: Path,
    key_file: str | None,
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
    signer = signer_of(key_file)
    folder.report_content()  # of a run, or there is no folder to be held
    with folder.held():
        setting = attest.refuse_altered(front.folders, folder, attest.Expected(purpose, solution, vendor))
        official = attest.stated(standing(setting.spec, setting.profile))
        attest.sign_run(folder, signer)
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
@click.argument(
    "paths",
    metavar="PATH...",
    type=click.Path(path_type=Path),
    nargs=-1,
    required=True,
    help="A run folder, an envelope or a certificate.",
)
@click.option("--trust", "policy", type=click.Path(path_type=Path), help="A trust document (TOML or JSON).")
@click.option("--key", "keys", multiple=True, type=click.Path(path_type=Path), help="A public key that is trusted (repeatable).")
@click.option("--received", metavar="TIME", help="Since when you hold the envelope, by your own records (2026-11-29T08:00:00Z).")
@click.option(
    "--registry", envvar="YANCE_REGISTRY", metavar="PATH|URL", help="An exported registry, or a database: is it so now?"
)
@click.option("--run", "rests_on", type=click.Path(path_type=Path), help="The run folder that a certificate rests on.")
@click.option(
    "--require",
    multiple=True,
    type=click.Choice(["official", "passed", "challenged", "certified"]),
    help="official: refuse altered rows, another build, and all that stays open. passed: end with the exit code of the run's result. challenged: refuse what is not shown to answer a challenge of the office. certified: refuse what has no valid certificate.",
)
@on_the_engine
@common
def verify(
    paths: tuple[Path, ...],
    policy: Path | None,
    keys: tuple[Path, ...],
    received: str | None,
    registry: str | None,
    rests_on: Path | None,
    require: tuple[str, ...],
    scheduler: str | None,
    workers: int | None,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Verify a signed run: signature, evidence, every request and verdict, counts, digests. Exit 6 when anything does not hold.

    That it holds says nothing of the result, which is named last: the run of a solution that does not conform verifies as well. A script
    that wants conformity asks for it by --require passed; it ends with 1 or 3, as the run did.

    PATH is a run folder, an envelope or Sigstore bundle beside its files or alone, or a certificate (with --registry and --run, all of it). A key is never taken from what is verified: name it by --trust or --key.

    Several run folders are verified side by side, on all cores or a Dask cluster; the exit code is then that of the worst.

    Example: yance verify runs/today --key office.pub.pem
    """
    front = front_of(lang, as_json, data)
    trust = trust_of(policy, keys)
    if len(paths) > 1:
        return _several(front, paths, policy, keys, (require, received, rests_on), paths_of(data), scheduler, workers)
    path = paths[0]
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder")
    if received is not None and attest.instant(received) is None:
        raise UsageError(f"--received {received!r:.60} is no time; expected RFC 3339 in UTC, as in 2026-11-29T08:00:00Z")
    asked = Asked(trust, attest.instant(received), registry, rests_on, require)
    if path.is_dir() and rests_on is not None:
        raise UsageError(f"{path} is a run; --run names the one that a certificate rests on, and PATH is then the certificate")
    if not path.is_dir() and (code := verify_alone(front, path, asked)) is not None:
        return code
    folder, envelope = (RunFolder(path), None) if path.is_dir() else (RunFolder(path.parent), path)
    found = attest.verify_run(
        front.folders, folder, trust.keys, envelope=envelope, received=attest.instant(received), authorities=trust.authorities
    )
    if "official" in require:
        attest.refuse_unofficial(found)
    by = certified(found, asked) if "certified" in require else None
    for step in (*found.steps, *(by.steps if by else ())):
        front.line(f"✓ {front.text(step)}")
    for left in found.unverified:
        front.line(f"! {say('verify.unverified', front.language, what=front.text(left))}")
    predicate, report = found.envelope.predicate, found.report
    reached, missing = level_of(front, found, asked)
    _say_what(front, report)
    if reached == "challenged" or found.envelope.role == "vendor" or predicate["purpose"] == "self-test":
        front.say("verify.challenged" if reached == "challenged" else "verify.self")
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
            "level": "certified" if by else reached,
            "challenge": report["plan"].get("challenge", {}).get("id"),
            "missing": [one["en"] for one in missing],
            "certificate": by.envelope.predicate["certificateId"] if by else None,
            "official": found.official.official,
            "altered": list(found.official.altered),
            "standing": attest.stated(found.official)["en"],
            "steps": [step["en"] for step in found.steps],
            "unverified": [left["en"] for left in found.unverified],
        }
    )
    return EXIT_CODES[report["result"]] if "passed" in require else 0


def _several(
    front: Front,
    paths: tuple[Path, ...],
    policy: Path | None,
    keys: tuple[Path, ...],
    asked: tuple[tuple[str, ...], str | None, Path | None],
    data: tuple[str, ...],
    scheduler: str | None,
    workers: int | None,
) -> int:
    """Verify many run folders; whoever verifies one needs no engine. `asked`: --require, --received and --run."""
    require, received, rests_on = asked
    if received or rests_on or {"certified", "challenged"} & set(require):
        raise UsageError("--received, --run and --require certified or challenged are about one run; verify that one by itself")
    from conformance.campaign.again import Policy  # noqa: PLC0415
    from conformance.commands.spreading import several  # noqa: PLC0415

    trusted = Policy(str(policy.absolute()) if policy else "", tuple(str(key.absolute()) for key in keys), require)
    return several(front, "conformance.campaign.again:verified", paths, (data, trusted), scheduler, workers)


def _say_what(front: Front, report: Mapping[str, Any]) -> None:
    """Of what a verified run was: solution, profile, endpoint and time."""
    target, specification, profile = report["target"], report["specification"], report["profile"]
    ics = Ics(target["solutionId"], target["solutionVersion"], target["vendor"])
    front.say("verify.solution", named=ics.named, url=target["baseUrl"])
    spec = f"{specification['domain']} {specification['version']}"
    title, version = front.text(profile["title"]), f"{profile['id']} {profile['version']}"
    front.say("verify.profile", spec=spec, profile=version, title=title)
    front.say("verify.when", began=report["startedOn"], ended=report["finishedOn"], run=report["runId"])


COMMANDS = (sign, verify)
