"""`yance plan`: what a run would test, before anything is sent; and how the commands that send it come by their plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from conformance.commands.choosing import chosen_of, effort_option, parted, settings_of
from conformance.commands.front import Front, common, front_of
from conformance.commands.preparing import told_of
from conformance.load import Settings, refuse_strangers
from conformance.load.catalogue import say
from conformance.model import FIXED_SEED, Effort, Outcome, Plan, Profile, Spec
from conformance.plan import Retest, make_plan, plan_document

__all__ = ["COMMANDS", "planned"]


@click.command()
@click.argument("domain", required=False, help="The domain: transport, health, logistics, or one of --data.")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), help="yance.toml: what the ICS and IXIT leave out is not planned."
)
@click.option("--profile", help="The profile.")
@click.option("--spec", "version", help="Another version of the spec than the one in force; DOMAIN@VERSION says the same.")
@click.option("--seed", type=int, default=FIXED_SEED, show_default=True, help="Fixes every drawn input.")
@effort_option()
@click.option("--only", multiple=True, metavar="ID", help="Only this requirement (repeatable).")
@common
def plan(
    domain: str | None,
    config: Path | None,
    profile: str | None,
    version: str | None,
    seed: int,
    effort: str | None,
    only: tuple[str, ...],
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Print what a run would test, before anything is sent.

    Example: yance plan transport --profile open-data
    """
    front = front_of(lang, as_json, data)
    domain, version = parted(domain, version)
    settings = settings_of(front, config, None, domain)
    chosen, spec = chosen_of(front, settings, domain, profile, version)
    made = planned(front, spec, chosen, settings, seed, only, effort)
    front.result({**plan_document(made), "digest": made.digest})
    rows = {row.id: row for row in spec.requirements}
    for case in made.cases:
        note = f"  [{say(f'outcome.{case.outcome}', front.language)}]" if case.outcome else ""
        note = note or (f"  ({front.told('listens' if case.listens else 'writes')})" if case.listens or case.writes else "")
        front.line(f"{rows[case.requirement].level:<6} {case.id:<48} {case.check}{note}")
    driven = sum(case.outcome is None and not case.listens for case in made.cases)
    front.say("plan.summary", cases=len(made.cases), driven=driven, digest=made.digest)
    front.say("plan.effort", effort=str(made.effort))
    if all(case.outcome is Outcome.NOT_APPLICABLE for case in made.cases):
        front.say("plan.nothing")
    return 0


def planned(
    front: Front,
    spec: Spec,
    profile: Profile,
    settings: Settings,
    seed: int,
    only: tuple[str, ...] = (),
    effort: str | None = None,
    again: Retest | None = None,
) -> Plan:
    """The plan that the words of a command and the settings ask for, with what there is to say of it said."""
    refuse_strangers(settings, spec)
    front.note("plan.drawing")
    asked = Effort(effort) if effort else None
    ics, ixit = settings.ics, settings.ixit
    made = make_plan(spec, profile, ics, ixit, seed=seed, only=only, effort=asked, told=_drawing(front), again=again)
    return told_of(front, profile, made)


def _drawing(front: Front) -> Callable[[int, int], None]:
    """Says for how many operations inputs were drawn, at every quarter of them."""
    quarter = -1

    def told(done: int, total: int) -> None:
        nonlocal quarter
        if done * 4 // total > quarter:
            quarter = done * 4 // total
            front.note("plan.drawn", done=done, total=total)

    return told


COMMANDS = (plan,)
