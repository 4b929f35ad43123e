"""The group of all commands. Nobody imports this module but the front door, so that a command may know its neighbours and none knows all.

A command's module is imported when the command is asked for: judging needs no HTTP, and no wire, sandbox or key is to be paid for by it.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Mapping

import click

from conformance import __version__
from conformance.commands.ending import Group
from conformance.commands.front import spoken

__all__ = ["MODULES", "main"]

atexit.register(gc.freeze)  # what lives when a command ends goes with its process: nobody need look through it once more

MODULES: Mapping[str, tuple[str, ...]] = {  # module of this package: its commands
    "running": ("run", "demo"),
    "planning": ("plan",),
    "beginning": ("init",),
    "bearing": ("baseline",),
    "preparing": ("preflight",),
    "judging": ("judge",),
    "rendering": ("report",),
    "replaying": ("replay",),
    "reading": ("show", "compare"),
    "explaining": ("explain",),
    "officials": ("official",),
    "keys": ("key", "stamp"),
    "trust": ("sign", "verify"),
    "certifying": ("certify", "waive"),
    "registering": ("registry",),
    "challenging": ("challenge",),
    "publishing": ("site",),
    "desking": ("desk",),
    "spec": ("spec",),
    "sandbox": ("serve", "adequacy"),
    "mooring": ("fleet",),
    "campaigning": ("campaign",),
    "journeying": ("journey",),
}


@click.group(cls=Group, modules=MODULES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="yance", message="%(prog)s %(version)s")
@spoken
def main() -> None:
    """Yance 驗測: test an API against a versioned exchange interface and certify what it does.

    Start with `yance demo`; then `yance run transport https://api.example/v1 -c yance.toml`.
    """
