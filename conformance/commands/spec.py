"""`yance spec`: what a standards committee asks of an interface, published or in draft. The group gathers its commands."""

from __future__ import annotations

import click

from conformance.commands import (
    spec_bundle,
    spec_coverage,
    spec_diff,
    spec_draft,
    spec_export,
    spec_impact,
    spec_inventory,
    spec_lifecycle,
    spec_lint,
    spec_new,
)
from conformance.commands.front import spoken
from conformance.commands.helping import SpokenGroup

__all__ = ["COMMANDS"]


@click.group(cls=SpokenGroup)
@spoken
def spec() -> None:
    """Compare, examine and print the specs of an interface."""


for _module in (
    spec_bundle,
    spec_coverage,
    spec_diff,
    spec_draft,
    spec_export,
    spec_impact,
    spec_inventory,
    spec_lifecycle,
    spec_lint,
    spec_new,
):
    for _command in _module.COMMANDS:
        spec.add_command(_command)

COMMANDS = (spec,)
