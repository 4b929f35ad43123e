"""`yance spec`: what a standards committee asks of an interface, published or in draft. The group gathers the commands of every `spec_…` here."""

from __future__ import annotations

import importlib
import pkgutil

import click

from conformance import commands
from conformance.commands.front import spoken
from conformance.commands.helping import SpokenGroup

__all__ = ["COMMANDS"]


@click.group(cls=SpokenGroup)
@spoken
def spec() -> None:
    """Compare, examine and print the specs of an interface."""


for _module in pkgutil.iter_modules(commands.__path__):
    if _module.name.startswith("spec_"):
        for _command in importlib.import_module(f"{commands.__name__}.{_module.name}").COMMANDS:
            spec.add_command(_command)

COMMANDS = (spec,)
