"""`yance run`, `yance demo`: from a target to a report."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from conformance import formats
from conformance.attest import passing_key, sign_run
from conformance.attest.verify import verify_run
from conformance.commands.answering import Answer, answer_to, claimed
from conformance.commands.bearing import hold, read_baseline
from conformance.commands.choosing import about_a_target, effort_option, seeded, target_of
from conformance.commands.front import Front, common, front_of
from conformance.commands.journeys_demo import journeys_demo
from conformance.commands.live import Live
from conformance.commands.loopback import reference_server
from conformance.commands.office_demo import office_demo
from conformance.commands.parts import part_of, part_result
from conformance.commands.placing import forget, latest, placed, point_at
from conformance.commands.planning import planned
from conformance.commands.preparing import is_ready
from conformance.commands.summing import summary
from conformance.commands.watching import watchable
from conformance.errors import TargetError, UsageError
from conformance.evidence import Header, read_evidence
from conformance.load import Settings, load_profile
from conformance.model import CHALLENGE, FIXED_SEED, PURPOSES, Guise, Ics, Plan, Profile
from conformance.plan import Retest, plan_document, read_retest
from conformance.run.conduct import Setting, conduct, redactor_for, refuse_secrets
from conformance.verdict.folder import RunFolder
from conformance.verdict.report import EXIT_CODES

__all__ = ["COMMANDS"]

RENDERED = ("html", "junit")
DEMO_KEY = "demo-key.pub.pem"  # the public half; the private one is never written


class _Seed(click.ParamType[int | str]):
    """A whole number, or the word that asks for one that nobody could know."""

    name = "seed"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """The number, or `random`."""
        if value == "random":
            return "random"
        try:
            return int(str(value)[:32])
        except ValueError:
            self.fail(f"{value!r} is no seed; expected a whole number, or random", param, ctx)


SEED = _Seed()


@click.command()
@about_a_target
@click.option(
    "--seed",
    type=SEED,
    default=None,
    help=f"Fixes every drawn input: a number, or random (default: {FIXED_SEED} for a self-test, random for anything more).",
)
@click.option(
    "--purpose",
    type=click.Choice([one for one in PURPOSES if one != CHALLENGE]),
    default="self-test",
    show_default=True,
    help="For which the run is made.",
)
@click.option(
    "--challenge",
    "challenge_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Answer this challenge of the office: the seed follows from it.",
)
@click.option(
    "--trust",
    "document",
    envvar="YANCE_TRUST",
    type=click.Path(path_type=Path),
    help="Whose challenge it is: the trust document (YANCE_TRUST).",
)
@click.option("--allow-private", is_flag=True, help="A challenge may be answered on a host that the public does not reach.")
@effort_option()
@click.option("--only", multiple=True, metavar="ID", help="Only this requirement (repeatable).")
@click.option("--class", "classes", multiple=True, metavar="CLASS", help="Only the requirements of this class (repeatable).")
@click.option("--failed", type=click.Path(path_type=Path), metavar="RUN", help="Only what was not passed in that run.")
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What `yance spec impact --retest` says is to be tested again.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="The run folder (default: a dated one; runs/latest leads to it)."
)
@click.option("--force", is_flag=True, help="Take away the run that --out holds, before anything else.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run in --out, or in runs/latest.")
@click.option(
    "--baseline",
    "baseline_file",
    type=click.Path(path_type=Path),
    help="What is known not to pass: listed 0, unlisted 1, listed and passing 1.",
)
@click.option("-x", "stop", is_flag=True, help="End after the first case that fails.")
@click.option("--max-failures", type=click.IntRange(min=1), help="End after so many cases that fail.")
@click.option("-q", "--quiet", is_flag=True, help="Only what failed, and the result.")
@click.option("-v", "--verbose", is_flag=True, help="Every case as it ends, and every requirement in the summary.")
@click.option("--skip-preflight", is_flag=True, help="Test at once, whatever `yance preflight` would say.")
@watchable
@common
def run(
    domain: str | None,
    url: str | None,
    config: Path | None,
    profile: str | None,
    version: str | None,
    seed: int | str | None,
    purpose: str,
    challenge_file: Path | None,
    document: Path | None,
    allow_private: bool,
    effort: str | None,
    only: tuple[str, ...],
    classes: tuple[str, ...],
    failed: Path | None,
    plan_file: Path | None,
    out: Path | None,
    force: bool,
    resume: bool,
    baseline_file: Path | None,
    stop: bool,
    max_failures: int | None,
    quiet: bool,
    verbose: bool,
    skip_preflight: bool,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Test a target and write its report.

    Example: yance run transport https://sandbox.example/v1 -c yance.toml --profile open-data --out runs/today
    """
    if quiet and verbose:
        raise UsageError("--quiet and --verbose are opposites; give one of them")
    front = replace(front_of(lang, as_json, data), quiet=quiet)
    if force:
        _make_room(out, resume=resume)
    again = _again(front, plan_file, asked=bool(only or classes or failed or effort or challenge_file), purpose=purpose)
    if again is not None:
        domain, url = (None, domain) if domain and url is None and "/" in domain else (domain, url)
        domain, profile, version = _of_the_plan(again, domain, profile, version)
    commands = purpose == PURPOSES[0] and challenge_file is None  # for more, the settings may be another's
    settings, chosen, spec = target_of(front, domain, url, config, profile, version, commands=commands)
    folder = RunFolder(latest(out) if resume else placed(out, f"{chosen.domain}-{chosen.id}"))
    answer = answer_to(challenge_file, document, folder if resume else None, (spec, chosen, settings.ics))
    number, drawn = (answer.seed, True) if answer else seeded(seed, purpose, folder.path if resume else None)
    purpose = _purpose(answer, purpose, seed)
    begun = folder.plan() if resume else None
    baseline = read_baseline(front.folders, baseline_file) if baseline_file else None
    if baseline and purpose != PURPOSES[0]:
        raise UsageError(f"--baseline is a vendor's own list: it has no say in a run for {purpose}")
    failures = 1 if stop else max_failures or 0
    if again is not None:
        again.refuse_another(spec, str(plan_file))
        only = tuple(dict.fromkeys(name.partition("/")[0] for name in again.cases))
    part = part_of(spec, only, classes, failed)
    control = answer.proven(front, settings, allow_private=allow_private) if answer else None
    if not (resume or skip_preflight) and not is_ready(front, spec, chosen, settings, Guise(number)):
        return TargetError.exit_code
    plan = planned(front, spec, chosen, settings, number, part, effort, again)
    setting = Setting(plan, spec, chosen, settings.ics, settings.ixit, folder, purpose, drawn)
    if answer:
        setting = replace(setting, challenge=answer.challenge, control=control, challenge_document=answer.document)
    if begun is not None:
        _refuse_another(folder, begun, setting)
        setting = replace(setting, plan=begun)  # the same, but that it still says what drew its inputs
    point_at(folder.path)
    with claimed(answer, folder):
        report = _conduct(front, setting, resume=resume, failures=failures, verbose=verbose)
    own, screened = _part(report, plan, chosen, part)
    borne = hold(front, baseline, report) if baseline else None
    summary(front, report, folder, part=own, borne=borne, asked=len(part), screened=screened, verbose=verbose)
    return borne.exit_code if borne else EXIT_CODES[own or report["result"]]


@click.command()
@click.argument("domain", default="transport", help="The domain (default: transport).")
@click.option("--profile", default=None, help="The profile (default: full).")
@click.option("--seed", type=int, default=FIXED_SEED, show_default=True, help="Fixes every drawn input.")
@effort_option()
@click.option("--fault", help="Serve a fault, to see a failing report.")
@click.option("--variant", help="Serve a variant that conforms in another way.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/demo"), show_default=True, help="The run folder.")
@click.option("--once", is_flag=True, help="Of the office: end when all is shown, in place of serving on.")
@common
def demo(
    domain: str,
    profile: str | None,
    seed: int,
    effort: str | None,
    fault: str | None,
    variant: str | None,
    out: Path,
    once: bool,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Run the suite on its own reference server, sign the report with a fresh key, and verify it. DOMAIN@VERSION names another version.

    With `office` for a domain: the programme office with its desk, sign-in, registry and public site, in which three vendors are certified.
    With `journeys`: three vendors, and the services that go across all of them, with a joint report.

    Example: yance demo transport --out runs/demo
    """
    front = front_of(lang, as_json, data)
    if domain == "office":
        return office_demo(front, Path("runs/demo-office") if out == Path("runs/demo") else out, once=once)
    if domain == "journeys":
        place = Path("runs/demo-journeys") if out == Path("runs/demo") else out
        return journeys_demo(front, place, fault=fault, variant=variant)
    chosen, spec = load_profile(front.folders, domain, profile)
    folder = RunFolder(out)
    key = out / DEMO_KEY
    with folder.held():
        if folder.evidence_file.exists() and not key.exists():
            raise UsageError(f"{out}: the folder holds a run that is no demonstration; choose another with --out")
        forget(folder, "demo-key.pem", DEMO_KEY)  # the first: of a demonstration by an earlier version
        folder.create()
        signer, public = passing_key(key)
    with reference_server(domain, fault=fault, variant=variant) as target:
        settings = Settings(Ics("reference", "1.0.0", "Yance"), target.ixit, chosen.domain, chosen.id, None)
        made = planned(front, spec, chosen, settings, seed, effort=effort)
        report = _conduct(front, Setting(made, spec, chosen, settings.ics, target.ixit, folder))
    own, screened = _part(report, made, chosen, ())
    summary(front, report, folder, part=own, screened=screened)
    sign_run(folder, signer)
    verify_run(front.folders, folder, [public])
    front.say("demo.signed", key=key, envelope=folder.envelope_file)
    front.say("demo.verified", folder=folder.path)
    return EXIT_CODES[own or report["result"]]


# ------------------------------------------------------------------------------------------ parts


def _purpose(answer: Answer | None, purpose: str, seed: int | str | None) -> str:
    """For what a run is made: who answers a challenge does that and nothing else, under the seed that follows from it."""
    if answer is None:
        return purpose
    if seed is not None or purpose != PURPOSES[0]:
        raise UsageError("--challenge says what the run is for and which seed it has; leave out --seed and --purpose")
    return CHALLENGE


def _make_room(out: Path | None, *, resume: bool) -> None:
    """Take away an earlier run before anything else can go wrong: who reads the folder afterwards must not take that one for this."""
    if resume or out is None:
        raise UsageError("--force takes away what the folder of --out holds: name one, and do not --resume it")
    folder = RunFolder(out)
    with folder.held():
        forget(folder)


def _again(front: Front, file: Path | None, *, asked: bool, purpose: str) -> Retest | None:
    """The plan of what is to be tested again, if one is named. Raises UsageError where something else says what is tested, too."""
    if file is None:
        return None
    if asked:
        raise UsageError("--plan says what is tested; leave out --only, --class, --failed and --effort")
    if purpose != PURPOSES[0]:
        raise UsageError(f"--plan tests what a draft leaves open; a run for {purpose} tests the whole profile")
    return read_retest(front.folders, file)


def _of_the_plan(again: Retest, domain: str | None, profile: str | None, version: str | None) -> tuple[str, str, str]:
    """Domain, profile and version of a plan. Raises UsageError where the words say others."""
    for what, said, there in (
        ("domain", domain, again.domain),
        ("profile", profile, again.profile),
        ("spec", version, again.version),
    ):
        if said not in (None, there):
            raise UsageError(f"the plan is for the {what} {there}, and you say {said}; leave that out")
    return again.domain, again.profile, again.version


def _part(report: dict[str, Any], made: Plan, chosen: Profile, part: tuple[str, ...]) -> tuple[str | None, bool]:
    """The result of what is a part: some requirements, or a screening; and whether it is one. What is more than a self-test is whole, or open."""
    screened = not made.effort.reaches(chosen.effort)
    partial = bool(part or screened) and report["purpose"] == PURPOSES[0]
    return (part_result(report, part) if partial else None), screened


def _refuse_another(folder: RunFolder, begun: Plan, setting: Setting) -> None:
    """Raises UsageError unless what is to be resumed is what was begun: the same plan, on the same target, for the same solution."""
    was, now = plan_document(begun), plan_document(setting.plan)
    differing = [name for name in now if was.get(name) != now[name] and name != "generator"]
    if folder.evidence_file.exists():
        header = next(read_evidence(folder.evidence_file, partial=True), None)
        if isinstance(header, Header) and header.base_url != setting.ixit.base_url:
            differing.append(f"target ({header.base_url} was begun with)")
        if isinstance(header, Header) and "«" not in header.claim.named and header.claim.named != setting.claim.named:
            differing.append(f"claim ({header.claim.named} was begun with)")
    if differing:
        raise UsageError(
            f"{folder.path}: this command does not plan what was begun there; differing: {', '.join(differing)}; "
            "resume with the same words, or begin another run with another --out"
        )


def _conduct(front: Front, setting: Setting, *, resume: bool = False, failures: int = 0, verbose: bool = False) -> dict[str, Any]:
    if short := redactor_for(setting.ixit).unswept:
        front.say("run.short-secret", actors=", ".join(short))
    try:
        ixit = setting.ixit
        with Live(front, ixit.base_url, setting.plan, concurrency=ixit.limits.concurrency, verbose=verbose) as live:
            report = asyncio.run(conduct(setting, resume=resume, listener=live.progress, told=live.told, failures=failures))
    except KeyboardInterrupt:
        if setting.folder.evidence_file.exists():
            front.note("run.kept", folder=setting.folder.path)
        raise
    for name in RENDERED:
        content = formats.render(name, report, front.language, setting.spec)
        refuse_secrets(setting.ixit, formats.file_name(name), content)
        setting.folder.write(formats.file_name(name), content)
    return report


COMMANDS = (run, demo)
