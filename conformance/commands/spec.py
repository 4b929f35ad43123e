"""`yance spec`: what a standards committee asks of an interface, published or in draft. The group knows where each of its commands is."""

from __future__ import annotations

import click

from conformance.commands.front import spoken
from conformance.commands.helping import SpokenGroup

__all__ = ["COMMANDS", "MODULES"]

MODULES = {  # module of this package: its commands
    "spec_bundle": ("bundle",),
    "spec_coverage": ("coverage", "show"),
    "spec_diff": ("diff",),
    "spec_draft": ("draft",),
    "spec_export": ("export",),
    "spec_impact": ("impact",),
    "spec_inventory": ("inventory",),
    "spec_lifecycle": ("status", "advance"),
    "spec_lint": ("lint",),
    "spec_new": ("new",),
}


@click.group(cls=SpokenGroup, modules=MODULES)
@spoken
def spec() -> None:
    """Compare, examine and print the specs of an interface."""


COMMANDS = (spec,)
