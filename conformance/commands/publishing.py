"""`yance site`: the registry's public pages, made of its export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.commands.front import common, front_of
from conformance.commands.keys import trust_of
from conformance.commands.looking import trusted
from conformance.office.export import read_export, write_files
from conformance.office.site import site as pages_of

__all__ = ["COMMANDS"]


@click.command()
@click.argument("public", type=click.Path(path_type=Path), help="The folder of a registry's export.")
@trusted
@common
def site(public: Path, document: Path, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Write the public site of a registry into the folder that `yance registry export` made, beside what it links to.

    The log is verified first. The pages are static, in Chinese and English, and need no server of their own.

    Example: yance site public --trust trust.json
    """
    front = front_of(lang, as_json, data)
    now = datetime.now(UTC)
    known = read_export(public, trust_of(document), now=now)
    files = dict(pages_of(known.state, now))
    write_files(public, files)
    count = len(known.state.certificates)
    front.say("site.made", pages=len(files), certificates=count, folder=public)
    front.result({"files": len(files), "certificates": count, "folder": str(public)})
    return 0


COMMANDS = (site,)
