"""`yance desk`: the office's web console."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from urllib.parse import urlsplit

import click

from conformance.commands.front import Front, common, front_of
from conformance.commands.loopback import bound_socket, serving
from conformance.errors import UsageError
from conformance.office import Registry

__all__ = ["COMMANDS"]


@click.command()
@click.argument("config", type=click.Path(path_type=Path), help="The settings of the desk: desk.toml.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen on; a proxy in front of it speaks TLS."
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8700,
    show_default=True,
    help="The port on which it listens.",
)
@click.option(
    "--demo-sign-in", is_flag=True, help="Serve the identity provider, too, where everybody says who they are (for trying out)."
)
@common
def desk(config: Path, host: str, port: int, demo_sign_in: bool, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Serve the office's web console: runs are uploaded and verified, certificates proposed by one person and approved by another.

    CONFIG is a desk.toml: the registry, the trust document, the persons with their roles, and the keys that sign. It needs the extra desk.

    Example: yance desk desk.toml
    """
    front = front_of(lang, as_json, data)
    try:
        from conformance.desk.application import application  # noqa: PLC0415 - its packages are an extra
        from conformance.desk.provider import provider  # noqa: PLC0415
        from conformance.desk.settings import load_settings  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UsageError(f"yance desk needs the extra desk ({error.name}): pip install 'yance[desk]'") from None
    settings = load_settings(front.folders, config)
    issuer = urlsplit(settings.sign_in.issuer)
    if demo_sign_in and issuer.hostname != "127.0.0.1":
        raise UsageError(
            "the identity provider for trying out serves this machine alone: let signIn.issuer be http://127.0.0.1:PORT"
        )
    registry = Registry.open(settings.registry)
    apps = [(application(settings, registry, data), bound_socket(host, port))]
    if demo_sign_in:
        apps.append(
            (provider(settings.sign_in, settings.address, settings.persons), bound_socket("127.0.0.1", issuer.port or 80))
        )
    _say(front, settings.address, settings.sign_in.issuer if demo_sign_in else "")
    try:
        with serving(apps), contextlib.suppress(KeyboardInterrupt):  # the way to stop it
            threading.Event().wait()
    finally:
        registry.close()
    return 0


def _say(front: Front, address: str, issuer: str) -> None:
    front.say("desk.started", url=address)
    if issuer:
        front.say("desk.demo.provider", url=issuer)
    front.result({"address": address, "issuer": issuer or None})


COMMANDS = (desk,)
