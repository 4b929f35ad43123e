"""What a command is about, of its words and of yance.toml: the target, the profile, the seed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from conformance.commands.front import Front
from conformance.errors import UsageError
from conformance.evidence import Header, read_evidence
from conformance.load import Settings, load_profile, load_settings
from conformance.load.settings import base_url
from conformance.load.specs import named
from conformance.model import FIXED_SEED, Effort, Ics, Ixit, Limits, Profile, Spec
from conformance.verdict.folder import RunFolder

__all__ = ["DOMAIN", "about_a_target", "chosen_of", "effort_option", "parted", "seeded", "settings_of", "target_of"]

F = TypeVar("F", bound=Callable[..., Any])

DOMAIN = "transport"  # where nothing names one


def seeded(seed: int | str | None, purpose: str, begun: Path | None) -> tuple[int, bool]:
    """The seed of a run, and whether chance chose it. A run that is resumed has the one that it was begun with."""
    if begun is not None and seed in (None, "random") and (file := RunFolder(begun).evidence_file).is_file():
        header = next(read_evidence(file, partial=True), None)
        if isinstance(header, Header):
            return RunFolder(begun).plan().seed, header.seed_drawn
    if seed == "random" or (seed is None and purpose != "self-test"):
        return secrets.randbelow(2**53), True
    return (FIXED_SEED if seed is None else int(seed)), False


def about_a_target(command: F) -> F:
    """The arguments and options of a command that asks a target: domain, url, --config, --profile, --spec."""
    command = click.option(
        "--spec", "version", help="Another version of the spec than the one in force; DOMAIN@VERSION says the same."
    )(command)
    command = click.option("--profile", help="The profile to be certified (default: that of the configuration, else full).")(
        command
    )
    config = click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path),
        help="yance.toml: target, credentials, limits (default: ./yance.toml, where no URL is given).",
    )
    command = click.argument("url", required=False, help="The base URL of the target, with its major version.")(config(command))
    return click.argument("domain", required=False, help="The domain: transport, health, logistics, or one of --data.")(command)


def effort_option(help_text: str = "How much is asked: quick is a screening (default: the profile's own).") -> Callable[[F], F]:
    """The option --effort of a command that plans."""
    return click.option("--effort", type=click.Choice([str(one) for one in Effort]), default=None, help=help_text)


def target_of(
    front: Front,
    domain: str | None,
    url: str | None,
    config: Path | None,
    profile: str | None,
    version: str | None,
    *,
    commands: bool = True,
) -> tuple[Settings, Profile, Spec]:
    """What is asked, and for what; `commands`: the settings may name some. Raises UsageError where no target is named."""
    if domain and url is None and "/" in domain:  # `yance run URL` leaves the domain out
        domain, url = None, domain
    domain, version = parted(domain, version)
    settings = settings_of(front, config, url, domain, commands=commands)
    chosen, spec = chosen_of(front, settings, domain, profile, version)
    if not settings.ixit.base_url:
        raise UsageError("there is no target: give a URL, or a yance.toml with [target] url by -c")
    return settings, chosen, spec


def parted(domain: str | None, version: str | None) -> tuple[str | None, str | None]:
    """Domain and version of `domain@version`. Raises UsageError where --spec says another one."""
    return named(domain, version) if domain else (domain, version)


def settings_of(front: Front, config: Path | None, url: str | None, domain: str | None, *, commands: bool = True) -> Settings:
    """What the file says that was named, or else ./yance.toml where no URL is given and it speaks of the domain."""
    here = Path("yance.toml")
    if config is None and url is None and here.is_file():
        settings = load_settings(front.folders, here, commands=commands)
        if domain in (None, settings.domain or DOMAIN):
            return settings
    if config is not None:
        settings = load_settings(front.folders, config, commands=commands)
        return replace(settings, ixit=replace(settings.ixit, base_url=base_url(url))) if url else settings
    return Settings(Ics(), Ixit(base_url(url) if url else "", limits=Limits()), None, None, None)


def chosen_of(
    front: Front, settings: Settings, domain: str | None, profile: str | None, version: str | None
) -> tuple[Profile, Spec]:
    """Profile and spec: those of the words, else those of the settings where they speak of the same domain."""
    name = domain or settings.domain or DOMAIN
    front.note("plan.reading", domain=name)
    if name != (settings.domain or DOMAIN):
        return load_profile(front.folders, name, profile, version)
    return load_profile(front.folders, name, profile or settings.profile, version or settings.version)
