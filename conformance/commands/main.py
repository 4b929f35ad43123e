"""The group of all commands. Nobody imports this module but the front door, so that a command may know its neighbours and none knows all."""

from __future__ import annotations

import click

from conformance import __version__
from conformance.commands import files, running, sandbox, trust
from conformance.commands.ending import Group

__all__ = ["main"]


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="yance")
def main() -> None:
    """Yance 驗測: test an API against a versioned exchange interface and certify what it does.

    Start with `yance demo`; then `yance run transport https://api.example/v1 -c yance.toml`.
    """


for _module in (running, files, trust, sandbox):
    for _command in _module.COMMANDS:
        main.add_command(_command)
