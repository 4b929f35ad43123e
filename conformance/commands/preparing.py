"""`yance preflight`, which `yance run` begins with: what would spoil a run, before anything is tested."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from conformance.commands.choosing import about_a_target, target_of
from conformance.commands.front import Front, common, front_of
from conformance.errors import TargetError
from conformance.load import Settings, refuse_strangers
from conformance.load.catalogue import LANGUAGES, say
from conformance.model import Guise, Plan, Profile, Spec
from conformance.vendor.notices import Notice
from conformance.vendor.preflight import Preflight, preflight

__all__ = ["COMMANDS", "is_ready", "told_of"]

_NAMED = 3  # operations without drawn inputs; plan.json has them all

ACTORS = ("a", "b", "limited", "expired", "wrong-audience")  # those of whom the catalogue says who they are


@click.command(name="preflight")
@about_a_target
@common
def command(
    domain: str | None,
    url: str | None,
    config: Path | None,
    profile: str | None,
    version: str | None,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Look whether a target is ready to be tested: path, credentials, data, claims, clock. Exit 4 when it is not.

    Example: yance preflight -c yance.toml
    """
    front = front_of(lang, as_json, data)
    settings, chosen, spec = target_of(front, domain, url, config, profile, version)
    found = _looked(front, spec, chosen, settings)
    _say(front, found)
    front.result(_document(found))
    if not found.stops:
        front.say("preflight.noted" if found.notices else "preflight.ready", count=found.asked)
    return TargetError.exit_code if found.stops else 0


def is_ready(front: Front, spec: Spec, profile: Profile, settings: Settings, guise: Guise | None = None) -> bool:
    """Say what would spoil a run; whether it may begin. It is asked as whoever will test (`guise`)."""
    found = _looked(front, spec, profile, settings, guise)
    _say(front, found)
    if found.stops:
        front.result(_document(found))
    return not found.stops


def _looked(front: Front, spec: Spec, profile: Profile, settings: Settings, guise: Guise | None = None) -> Preflight:
    refuse_strangers(settings, spec)
    front.note("preflight.asking", url=settings.ixit.base_url)
    return asyncio.run(preflight(spec, profile, settings.ics, settings.ixit, guise=guise))


def _say(front: Front, found: Preflight) -> None:
    for one, text in zip(found.notices, _texts(found), strict=True):
        front.line(f"{'✗' if one.stops else '!'} {front.text(text)}")
    if found.stops:
        front.say("preflight.stopped")


def _texts(found: Preflight) -> list[dict[str, str]]:
    """Every notice in words, in each language."""
    return [{language: _text(one, language) for language in LANGUAGES} for one in found.notices]


def _text(one: Notice, language: str) -> str:
    who = say(f"preflight.who.{one.values['actor']}", language) if one.values.get("actor") in ACTORS else ""
    return say(f"preflight.{one.key}", language, **one.values, who=who)


def _document(found: Preflight) -> dict[str, object]:
    notices = [
        {"key": one.key, "stops": one.stops, "values": dict(one.values), "text": text}
        for one, text in zip(found.notices, _texts(found), strict=True)
    ]
    return {"preflight": "stopped" if found.stops else "ready", "asked": found.asked, "notices": notices}


def told_of(front: Front, profile: Profile, plan: Plan) -> Plan:
    """The plan, once it was said for which operations it has no drawn inputs."""
    if plan.left_out:
        names = ", ".join(plan.left_out[:_NAMED])
        front.note("plan.left-out", count=len(plan.left_out), total=len(profile.operations), names=names)
    return plan


COMMANDS = (command,)
