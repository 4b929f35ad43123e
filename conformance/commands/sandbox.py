"""`yance serve` and `yance adequacy`: the reference servers, and what the suite makes of their faults."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from conformance import reference
from conformance.adequacy import Attempt, adequacy, attempts
from conformance.commands.front import common, front_of
from conformance.commands.loopback import uvicorn_server
from conformance.errors import UsageError, nearest

__all__ = ["COMMANDS"]


def _known(domain: str) -> str:
    if domain not in reference.domains():
        known = reference.domains()
        raise UsageError(f"there is no reference server for {domain!r}{nearest(domain, known)} (known: {', '.join(known)})")
    return domain


@click.command()
@click.argument("domain", default="transport")
@click.option("--fault", help="Serve with this fault.")
@click.option("--variant", help="Serve another way of conforming.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8731, show_default=True, help="0 takes a free one.")
@click.option("--list", "listing", is_flag=True, help="List the faults and variants.")
@common
def serve(
    domain: str,
    fault: str | None,
    variant: str | None,
    host: str,
    port: int,
    listing: bool,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Serve a reference server until it is interrupted.

    Example: yance serve transport --fault DropsLastItemOfFullPage --port 8731
    """
    front = front_of(lang, as_json, data)
    _known(domain)
    if listing:
        for kind, classes in (("fault", reference.faults(domain)), ("variant", reference.variants(domain))):
            for name, cls in classes.items():
                front.line(f"{kind:<8} {name:<44} {' '.join(getattr(cls, 'BREAKS', ()))}")
        front.result(
            {
                "faults": {n: list(c.BREAKS) for n, c in reference.faults(domain).items()},
                "variants": list(reference.variants(domain)),
            }
        )
        return 0
    server, bound, url = uvicorn_server(domain, fault=fault, variant=variant, host=host, port=port)
    front.say("serve.ready", url=url)
    front.result({"url": url, "credentials": reference.credentials(domain)})
    for actor, token in reference.credentials(domain).items():
        front.line(f"  {actor:<16} {token}")
    with contextlib.suppress(KeyboardInterrupt):  # the way to stop it
        server.run(sockets=[bound])
    return 0


@click.command("adequacy")
@click.argument("domain", default="transport")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Processes side by side (default: one a core).")
@common
def adequacy_command(domain: str, workers: int | None, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Run every seeded fault and every variant of a reference server, and say what the suite catches.

    Example: yance adequacy transport --json
    """
    front = front_of(lang, as_json, data)
    _known(domain)

    def tell(one: Attempt) -> None:
        name = one.fault or one.variant or "(plain)"
        verdict = (
            "caught"
            if one.fault and one.caught == one.declared
            else "SURVIVED"
            if one.fault
            else "failed"
            if one.failed
            else "passed"
        )
        detail = (
            f"  unexpected: {' '.join(one.unexpected)}"
            if one.fault and one.unexpected
            else f"  {' '.join(one.failed)}"
            if not one.fault
            else ""
        )
        front.line(f"{verdict:<9} {name:<44} {' '.join(one.declared)}{detail}")

    folders = tuple(str(path) for path in data)
    result = adequacy(domain, list(attempts(domain, folders, workers=workers, listener=tell)), folders)
    front.result(result)
    seeded = sum(row["faults"] for row in result["requirements"].values())
    caught = sum(row["caught"] for row in result["requirements"].values())
    front.say(
        "adequacy.summary", caught=caught, seeded=seeded, false=len(result["falseFailures"]), must=len(result["uncheckedMust"])
    )
    return 1 if result["survivors"] or result["falseFailures"] or result["unexpected"] or result["errors"] else 0


COMMANDS = (serve, adequacy_command)
