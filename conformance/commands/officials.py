"""`yance official`: whether specs and profiles are the official ones, and by which digest this build of the suite is known."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.commands.front import common, front_of
from conformance.errors import UsageError
from conformance.load import data_folders, load_profile
from conformance.load.digests import build_digest, official_bytes, official_file, standing
from conformance.load.profiles import profile_names, written_for
from conformance.load.specs import domain_names, versions

__all__ = ["COMMANDS"]


@click.command()
@click.option("--write", is_flag=True, help="Make the suite's own specs and profiles the official ones (reports/official.json).")
@common
def official(write: bool, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Say of each profile whether it and its spec are the official ones. Exit 6 when one is not.

    Example: yance official
    """
    front = front_of(lang, as_json, data)
    if write:
        try:
            official_file().write_bytes(official_bytes(data_folders()))
        except OSError as error:
            raise UsageError(f"{official_file()} cannot be written: {error.strerror}; make it in a checkout") from None
    found = [
        standing(spec, profile)
        for domain in domain_names(front.folders)
        for version in versions(front.folders, domain)
        for name in profile_names(front.folders, domain, version)
        for profile, spec in [load_profile(front.folders, domain, name, written_for(front.folders, domain, version))]
        if spec.version == version
    ]
    front.say("official.build", digest=build_digest())
    for one in found:
        key = "official.is" if one.official else "official.is-not" if one.known else "official.unknown"
        front.say(key, name=one.name, profile=one.profile, parts=", ".join(one.altered))
    profiles = [
        {"name": one.name, "profile": one.profile, "official": one.official, "altered": list(one.altered)} for one in found
    ]
    front.result({"build": build_digest(), "profiles": profiles})
    return 0 if all(one.official for one in found) else 6


COMMANDS = (official,)
