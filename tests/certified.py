"""An office on this machine: its people and their keys, what they trust, and a run that can be certified."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.attest import CERTIFICATE, CHALLENGE, CHECKPOINT, DECISION, RUN, WAIVER, generate_key, load_key, sign_run
from conformance.clock import VirtualClock
from conformance.commands.main import main
from conformance.load import data_folders, load_profile
from conformance.model import Ics
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process

ICS = Ics("parcels", "2.4.1", "Parcel Ltd")
SOLUTION = "parcels@2.4.1"
SEED = 724_011  # of a run for certification; said to be drawn
KEYS: dict[str, dict[str, Any]] = {
    "office": {"role": "office", "predicateTypes": [CERTIFICATE, CHALLENGE, CHECKPOINT, RUN]},
    "lin": {"role": "office", "predicateTypes": [DECISION, WAIVER], "holder": "Lin Mei-hua"},
    "chen": {"role": "office", "predicateTypes": [DECISION, WAIVER], "holder": "Chen Chih-ming"},
    "wu": {"role": "office", "predicateTypes": [DECISION], "holder": "Wu Shu-fen"},
    "laboratory": {"role": "laboratory"},
    "vendor": {"role": "vendor"},
}


@dataclass(frozen=True)
class Office:
    """A folder with a key per name in `KEYS`, and `trust.json`."""

    folder: Path

    @property
    def trust(self) -> Path:
        """The trust document."""
        return self.folder / "trust.json"

    def key(self, name: str) -> Path:
        """The private key of a name."""
        return self.folder / f"{name}.pem"


def office(folder: Path) -> Office:
    """A new office."""
    for name in KEYS:
        generate_key(folder / f"{name}.pem", "ecdsa", None)
    made = Office(folder)
    made.trust.write_text(json.dumps({"keys": [{"path": f"{name}.pub.pem", **entry} for name, entry in KEYS.items()]}))
    return made


def certifiable(
    folder: Path, key: Path, *, app: Any = None, clock: VirtualClock | None = None, purpose: str = "certification"
) -> RunFolder:
    """A whole run of the smallest profile, for certification, and signed."""
    profile, spec = load_profile(data_folders(), "logistics", "tracking")
    ixit, clock = reference_ixit("logistics"), clock or VirtualClock(START)
    plan = make_plan(spec, profile, ICS, ixit, seed=SEED)
    app = app or reference.application("logistics", clock=clock.now)
    made = Setting(plan, spec, profile, ICS, ixit, RunFolder(folder), purpose, True, clock=clock, transport=in_process(app))
    asyncio.run(conduct(made))
    sign_run(made.folder, load_key(key, None))
    return made.folder


def yance(*words: object, expected: int = 0) -> Result:
    """What a command comes to; its exit code has to be the expected one, and a mistake is said in one line."""
    result = CliRunner().invoke(main, [str(word) for word in words], env={"LANG": "C.UTF-8"})
    assert result.exit_code == expected, result.output
    assert "Traceback" not in result.output
    if expected:
        assert sum(line.startswith("yance: ") for line in result.output.splitlines()) == 1
    return result


def new_registry(folder: Path) -> Path:
    """An empty registry in a folder."""
    path = folder / "registry.sqlite"
    yance("registry", "new", "--registry", path, "--uri", "https://registry.example/")
    return path


def proposed(office: Office, run: RunFolder, registry: Path, *words: object, by: str = "lin", expected: int = 0) -> Any:
    """The proposal of a certificate for a run, by one person; what is said where it is refused."""
    said = ("--holder", "Parcel Ltd", "--solution", SOLUTION, "--county", "TPE", "--county", "KEE", "--until", "2028-06-30")
    where = ("--registry", registry, "--trust", office.trust, "--key", office.key(by))
    result = yance("certify", run.path, *where, *said, *words, "--json", expected=expected)
    return result.output if expected else json.loads(result.output)["proposal"]


def issued(office: Office, run: RunFolder, registry: Path, proposal: str, *, by: str = "chen", expected: int = 0) -> Any:
    """The certificate that another person issues; what is said where it is refused."""
    keys = ("--trust", office.trust, "--key", office.key(by), "--office-key", office.key("office"))
    result = yance("registry", "issue", proposal, run.path, "--registry", registry, *keys, "--json", expected=expected)
    return result.output if expected else json.loads(result.output)


def changed(office: Office, registry: Path, action: str, number: str, reason: str) -> None:
    """What two persons do with a certificate: suspend, reinstate or revoke it."""
    where = ("--registry", registry, "--trust", office.trust)
    asked = yance("registry", action, number, *where, "--key", office.key("chen"), "--reason", reason, "--json")
    yance("registry", "approve", json.loads(asked.output)["proposal"], *where, "--key", office.key("lin"))


def exported(office: Office, registry: Path, out: Path) -> Path:
    """The folder that is published of a registry."""
    yance("registry", "export", out, "--registry", registry, "--trust", office.trust, "--office-key", office.key("office"))
    return out
