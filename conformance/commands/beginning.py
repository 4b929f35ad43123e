"""`yance init`: the files with which a vendor begins."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from conformance.commands.choosing import DOMAIN
from conformance.commands.front import common, front_of
from conformance.commands.placing import written
from conformance.errors import UsageError
from conformance.load import load_profile
from conformance.load.settings import base_url
from conformance.vendor.starting import CI_FILES, Start, ci_text, needed_actors, settings_text, variable

__all__ = ["COMMANDS"]

_PLACEHOLDER = "https://sandbox.example/v1"


@click.command()
@click.argument("domain", required=False, help="The domain: transport, health, logistics, or one of --data.")
@click.argument("url", required=False, help="The base URL of the target, with its major version.")
@click.option("--profile", help="The profile to be tested (default: full).")
@click.option("--solution", default="my-solution", show_default=True, help="The solution's id.")
@click.option("--version", "release", default="1.0.0", show_default=True, help="The solution's version.")
@click.option("--vendor", default="", help="Who makes it.")
@click.option("--ci", multiple=True, type=click.Choice(tuple(CI_FILES)), help="A step for this CI, too (repeatable).")
@click.option("--out", type=click.Path(path_type=Path), default=Path(), help="Where the files go (default: here).")
@click.option("--force", is_flag=True, help="Write over what is there.")
@common
def init(
    domain: str | None,
    url: str | None,
    profile: str | None,
    solution: str,
    release: str,
    vendor: str,
    ci: tuple[str, ...],
    out: Path,
    force: bool,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Write a commented yance.toml for a solution and, with --ci, a step for its CI. On a terminal it asks for the URL.

    Example: yance init transport https://sandbox.example/v1 --solution acme-parking --vendor Acme --ci github
    """
    front = front_of(lang, as_json, data)
    if url is None and not as_json and sys.stdin.isatty():
        url = click.prompt(front.told("base URL, ending with the major version"), default=_PLACEHOLDER)
    chosen, spec = load_profile(front.folders, domain or DOMAIN, profile)
    start = Start(spec, chosen, base_url(url or _PLACEHOLDER), solution, release, vendor)
    files = {"yance.toml": settings_text(start, front.language)}
    files |= {CI_FILES[kind]: ci_text(kind, start, "yance.toml") for kind in ci}
    taken = [name for name in files if (out / name).exists()]
    if taken and not force:
        raise UsageError(f"{out / taken[0]} is there already; --force writes over it, --out DIR writes elsewhere")
    for name, text in files.items():
        written(out / name, text)
        front.say("init.wrote", path=out / name)
    names = [variable(actor) for actor in needed_actors(start)]
    if names:
        front.say("init.variables", variables=", ".join(names))
    front.say("init.next", config=out / "yance.toml")
    front.result({"files": [str(out / name) for name in files], "variables": names})
    return 0


COMMANDS = (init,)
