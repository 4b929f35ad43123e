"""`yance serve` and `yance adequacy`: the reference servers, and what the suite makes of their faults."""

from __future__ import annotations

import contextlib
import inspect
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from conformance import reference
from conformance.adequacy import Attempt, Sweep, Terms, adequacy, attempts, side_by_side, stand_for
from conformance.commands.abreast import paths_of
from conformance.commands.front import Front, common, front_of
from conformance.commands.helping import cells
from conformance.commands.live import Countdown
from conformance.commands.loopback import uvicorn_server
from conformance.commands.placing import written
from conformance.errors import UsageError, nearest
from conformance.load import load_profile
from conformance.load.data import own_folder
from conformance.model import Effort
from conformance.vendor.starting import Start, settings_text

__all__ = ["COMMANDS"]

JOURNEYS = "journeys"  # what goes across the domains, and is none


def _known(domain: str) -> str:
    known = (*reference.domains(), *reference.served())
    if domain not in known:
        raise UsageError(f"there is no reference server for {domain!r}{nearest(domain, known)} (known: {', '.join(known)})")
    return domain


@click.command()
@click.argument("domain", default="transport", help="The domain (default: transport).")
@click.option("--fault", "chosen", multiple=True, metavar="NAME", help="Serve with this fault (repeatable).")
@click.option("--variant", help="Serve another way of conforming.")
@click.option("--impostor", help="Serve what only looks like the interface.")
@click.option("--beside", "also", default="", metavar="VERSION", help="Serve this earlier version, too, on the same data.")
@click.option(
    "--control", "token", default="", metavar="TOKEN", help="Serve the token of a challenge at the origin (NAME.PROOF)."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address on which it listens.")
@click.option("--port", type=click.IntRange(0, 65535), default=8731, show_default=True, help="0 takes a free one.")
@click.option("--except-callback", "excepted", default="", metavar="URL", help="Call this URL back though it is private.")
@click.option(
    "--latency",
    type=click.FloatRange(0, 10_000),
    default=0,
    metavar="MS",
    help="Let every answer take so many milliseconds more.",
)
@click.option("--config", type=click.Path(path_type=Path), help="Write the settings with which it is tested to this yance.toml.")
@click.option("--list", "listing", is_flag=True, help="List the faults, variants and impostors, each with what it does.")
@common
def serve(
    domain: str,
    chosen: tuple[str, ...],
    variant: str | None,
    impostor: str | None,
    also: str,
    token: str,
    host: str,
    port: int,
    excepted: str,
    latency: float,
    config: Path | None,
    listing: bool,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Serve a reference server until it is interrupted; DOMAIN@VERSION serves another version than the one in force.

    Example: yance serve transport --fault DropsLastItemOfFullPage --port 8731
    """
    front = front_of(lang, as_json, data)
    if domain != reference.EXAMPLE:
        _known(domain)
    elif config is not None:
        raise UsageError(f"the example has its settings already: {_example()}")
    if listing:
        _list(front, domain)
        return 0
    server, bound, url = uvicorn_server(
        domain,
        fault=chosen,
        variant=variant,
        impostor=impostor,
        host=host,
        port=port,
        excepted=excepted,
        latency=latency / 1000,
        also=also,
        control=token,
    )
    front.say("serve.ready", url=url)
    if also:
        front.say("serve.beside", version=also, url=url.removesuffix(reference.base_path(domain)) + reference.path_of(also))
    front.result({"url": url, "credentials": reference.credentials(domain)})
    for actor, secret in reference.credentials(domain).items():
        front.line(f"  {actor:<16} {secret}")
    if config is not None:
        _write_settings(front, domain, url, config)
    elif domain == reference.EXAMPLE:
        front.say("serve.example", settings=_example(), folder=_example().parent)
    else:
        front.say("serve.try", domain=domain, url=url)
    with contextlib.suppress(KeyboardInterrupt):  # the way to stop it
        server.run(sockets=[bound])
    return 0


def _example() -> Path:
    """The settings of the example, which lie in its data folder."""
    return own_folder() / "examples" / reference.EXAMPLE / f"{reference.EXAMPLE}.toml"


def _list(front: Front, domain: str) -> None:
    kinds = {"fault": reference.faults(domain), "variant": reference.variants(domain)}
    posing = {name: front.done(domain, name, does) for name, does in _posing(domain).items()}
    does = {name: front.done(domain, name, _sentence(one)) for classes in kinds.values() for name, one in classes.items()}
    found = [(kind, name, list(getattr(one, "BREAKS", ()))) for kind, classes in kinds.items() for name, one in classes.items()]
    for kind, name, breaks in [*found, *(("impostor", name, []) for name in posing)]:
        called = front.told(kind)
        breaking = f"{' '.join(breaks)}  " if breaks else ""
        front.line(f"{called}{' ' * (8 - cells(called))} {name:<44} {breaking}{(does | posing)[name]}")
    front.result(
        {
            "impostors": posing,
            "faults": {name: breaks for kind, name, breaks in found if kind == "fault"},
            "variants": [name for kind, name, _ in found if kind == "variant"],
            "does": does | posing,
        }
    )


def _posing(domain: str) -> dict[str, str]:
    return reference.impostors(domain) | reference.cheats(domain)


def _sentence(server: type[Any]) -> str:
    """What a fault or a variant says that it does."""
    return " ".join((inspect.getdoc(server) or "").split())


def _write_settings(front: Front, domain: str, url: str, path: Path) -> None:
    profile, spec = load_profile(front.folders, domain, None)
    start = Start(spec, profile, url, "reference", "1.0.0", "Yance", reference.credentials(domain))
    written(path, settings_text(start, front.language))
    front.say("serve.config", path=path)


@click.command("adequacy")
@click.argument("domain", default="transport", help="The domain (default: transport).")
@click.option("--only", multiple=True, metavar="ID", help="Only this requirement: its faults and cases (repeatable).")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="Only this fault, and what else is named (repeatable).")
@click.option(
    "--variant", "variants", multiple=True, metavar="NAME", help="Only this variant, and what else is named (repeatable)."
)
@click.option(
    "--impostor", "impostors", multiple=True, metavar="NAME", help="Only this impostor, and what else is named (repeatable)."
)
@click.option(
    "--effort",
    "efforts",
    multiple=True,
    type=click.Choice([str(one) for one in Effort]),
    help="What is caught at this effort (repeatable, to compare them; default: standard).",
)
@click.option("--full", is_flag=True, help="Drive every case on every server, also those that a fault was not seen to touch.")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Processes side by side (default: one a core).")
@click.option("--scheduler", metavar="URL", help="Do it on the workers of this Dask cluster, such as tcp://10.0.0.5:8786.")
@common
def adequacy_command(
    domain: str,
    only: tuple[str, ...],
    faults: tuple[str, ...],
    variants: tuple[str, ...],
    impostors: tuple[str, ...],
    efforts: tuple[str, ...],
    full: bool,
    workers: int | None,
    scheduler: str | None,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Run every seeded fault and every variant of a reference server, and say what the suite catches.

    A fault is run under the cases that it is seen to touch, those of the requirements that it declares, and a sample of the rest;
    the plain server, each variant and each impostor (which answers in the declared form and does nothing) are run under all cases.
    With `journeys` for a domain: the faults and variants of servers that are joined, each through all journeys.

    Example: yance adequacy transport --only COM-PAGE-01
    """
    front = front_of(lang, as_json, data)
    if domain.partition("@")[0] == JOURNEYS:
        from conformance.commands.joining import journeys_swept  # noqa: PLC0415 - a domain needs none of it

        given = {"--impostor": impostors, "--effort": efforts, "--full": full, "--workers": workers, "--scheduler": scheduler}
        return journeys_swept(front, domain, only, faults, variants, [name for name, value in given.items() if value])
    named = bool(faults or variants or impostors)
    asked = (faults, variants, impostors) if named else (None, None, None)
    terms = Terms(_known(domain), paths_of(data), only)
    sweeps = [
        Sweep(stand_for(replace(terms, effort=effort)), asked[0], asked[1], full, workers, asked[2])
        for effort in Effort
        if effort in (efforts or (Effort.STANDARD,))
    ]
    swept = _all_swept(front, sweeps, scheduler, workers)
    results = [adequacy(sweep, found) for sweep, found in swept]
    front.result(side_by_side(results))
    for sweep, found in swept:
        for one in sorted(found, key=lambda one: one.name):
            if not sweep.clears(one):
                front.line(_line(front, one))
                if does := _does(front, sweep.stand.domain, one):
                    front.line(f"{'':<9} {does}")
    for result in results:
        _summary(front, result)
    return 1 if any(result["unsound"] for result in results) else 0


def _all_swept(
    front: Front, sweeps: list[Sweep], scheduler: str | None, workers: int | None
) -> list[tuple[Sweep, list[Attempt]]]:
    """Every sweep with what it came to: by processes of this machine, or by the workers of a cluster."""
    if scheduler is None:
        return [(sweep, _swept(front, sweep)) for sweep in sweeps]
    from conformance.campaign.engine import engine  # noqa: PLC0415 - of the extra

    with engine(scheduler, workers) as made, made.executor() as elsewhere:
        return [(sweep, _swept(front, replace(sweep, workers=made.slots), elsewhere)) for sweep in sweeps]


def _swept(front: Front, sweep: Sweep, elsewhere: Executor | None = None) -> list[Attempt]:
    """What every server of a sweep came to, told as it comes."""
    found = []
    with Countdown(front, sweep.stand.domain) as countdown:
        for one in attempts(sweep, listener=countdown.progress, elsewhere=elsewhere):
            found.append(one)
            countdown.line(_line(front, one))
    return found


def _does(front: Front, domain: str, one: Attempt) -> str:
    """What a server does, for whoever has to see why the suite did not do with it what it should; nothing of the plain one."""
    classes = reference.faults(domain) | reference.variants(domain)
    if (server := classes.get(one.name)) is not None:
        return front.done(domain, one.name, _sentence(server))
    return front.done(domain, one.name, _posing(domain).get(one.name, ""))


def _line(front: Front, one: Attempt) -> str:
    """What a server came to, in one line."""
    more = []
    if one.fault:
        said, rest = "caught" if one.caught == one.declared else "SURVIVED", " ".join(one.declared)
        more += [f"unexpected: {' '.join(one.unexpected)}"] if one.unexpected else []
    elif one.impostor:
        said, rest = "CONFORMANT" if one.conformant else "unmasked", f"{len(one.failed)} failed, {len(one.inconclusive)} open"
    else:
        said, rest = ("failed" if one.failed else "passed"), " ".join(one.failed)
    more += [f"errors: {' '.join(one.errors)}"] if one.errors else []
    more += [f"stopped: {one.stopped}"] if one.stopped else []
    return "  ".join([f"{front.told(said):<9} {one.name:<44} {front.told(rest)}", *map(front.told, more)]).rstrip()


def _summary(front: Front, result: dict[str, Any]) -> None:
    seeded = sum(row["faults"] for row in result["requirements"].values())
    caught = sum(row["caught"] for row in result["requirements"].values())
    front.say("adequacy.effort", effort=result["effort"], caught=caught, seeded=seeded, driven=result["asking"])
    false, must = len(result["falseFailures"]), len(result["uncheckedMust"])
    front.say("adequacy.summary", caught=caught, seeded=seeded, false=false, must=must)
    front.say("adequacy.selected" if result["selective"] else "adequacy.full", **result["cases"])


COMMANDS = (serve, adequacy_command)
