"""A desk on this machine, with its identity provider, and people who use it through HTTP."""

from __future__ import annotations

import contextlib
import io
import re
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from conformance.commands.loopback import bound_socket, serving
from conformance.desk.application import application
from conformance.desk.provider import provider
from conformance.desk.settings import load_settings
from conformance.load import data_folders
from conformance.office import Registry
from conformance.office.events import Draft, Event
from conformance.office.store import database_url
from conformance.office.tables import EVENTS
from conformance.verdict.folder import RunFolder
from tests.certified import Office
from tests.test_site import certificate

PERSONS = (
    ("lin", "Lin Mei-hua", ["officer"], "lin.pem", ""),
    ("chen", "Chen Chih-ming", ["approver"], "chen.pem", ""),
    ("wu", "Wu Shu-fen", ["approver", "officer"], "wu.pem", ""),
    ("wang", "Wang Ta-ming", ["vendor"], "", "Parcel Ltd"),
    ("other", "Somebody Else", ["vendor"], "", "Other <b>Ltd</b>"),
    ("reader", "Hsu Li-ting", ["reader"], "", ""),
    ("keyless", "Kuo Chien", ["officer"], "", ""),
)


def settings_text(port: int, issuer: int) -> str:
    lines = [
        f'address = "http://127.0.0.1:{port}"',
        'registry = "registry.sqlite"\ntrust = "trust.json"\npublic = "public"\nuploads = "uploads"',
        '[office]\nkey = "office.pem"',
        f'[signIn]\nissuer = "http://127.0.0.1:{issuer}"\nclient = "yance-desk"\nsecret = "env:YANCE_DESK_TEST_SECRET"',
    ]
    for subject, name, roles, key, vendor in PERSONS:
        lines.append(f'[[persons]]\nsubject = "{subject}"\nname = "{name}"\nroles = {roles}'.replace("'", '"'))
        lines.append(f'key = "{key}"' if key else "")
        lines.append(f'vendor = "{vendor}"' if vendor else "")
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def desk(office: Office) -> Iterator[str]:
    """A desk in the office's folder, on a registry of its own; where it is."""
    sockets = bound_socket("127.0.0.1", 0), bound_socket("127.0.0.1", 0)
    ports = [one.getsockname()[1] for one in sockets]
    path = office.folder / "desk.toml"
    path.write_text(settings_text(*ports), encoding="utf-8")
    settings = load_settings(data_folders(), path)
    registry = Registry.create(settings.registry, scheme="TW", uri="https://registry.example")
    apps = application(settings, registry), provider(settings.sign_in, settings.address, settings.persons)
    with serving(list(zip(apps, sockets, strict=True))):
        yield settings.address
    registry.close()


class Browser(httpx.Client):
    """One person at the desk."""

    def __init__(self, address: str, who: str = "", language: str = "en") -> None:
        super().__init__(base_url=address, headers={"accept-language": language}, timeout=30)
        if who:
            self.sign_in(who)

    def sign_in(self, who: str) -> httpx.Response:
        there = self.get("/sign-in")
        assert there.status_code == 302, there.text
        back = self.get(there.headers["location"], params={**dict(httpx.URL(there.headers["location"]).params), "as": who})
        assert back.status_code == 302, back.text
        return self.get(back.headers["location"])

    def token(self, path: str = "/certificates") -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.get(path).text)
        assert found, path
        return found[1]

    def say(self, path: str, *, page: str = "/certificates", **fields: Any) -> httpx.Response:
        return self.post(path, data={"token": self.token(page), **fields}, headers={"origin": str(self.base_url).rstrip("/")})

    def upload(self, archive: bytes, name: str = "run.zip") -> httpx.Response:
        return self.post("/uploads", data={"token": self.token()}, files={"run": (name, archive)})

    def settled(self, path: str) -> str:
        """A page, when it does not load itself again any more."""
        for _ in range(600):
            text = self.get(path).text
            if 'http-equiv="refresh"' not in text:
                return text
            time.sleep(0.05)
        raise AssertionError(f"{path} goes on and on")


def said(response: httpx.Response | str) -> str:
    """What a page says, without its marks."""
    text = response if isinstance(response, str) else response.text
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def zipped(run: RunFolder, top: str = "run/") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(run.path.iterdir()):
            archive.write(path, f"{top}{path.name}")
    return out.getvalue()


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()


def crowd(registry: Registry, count: int) -> None:
    """So many certificates in a registry, written past the rules: what is measured is reading."""
    rows = []
    for number in range(1, count + 1):
        name = f"TW-2026-{number:05d}"
        entry = certificate(
            name, datetime(2026, 2, 1, tzinfo=UTC), holder=f"Vendor {number % 700}", counties=["TPE", "KEE"][: 1 + number % 2]
        )
        entry["status"] = {"statusList": {"idx": number - 1, "uri": "https://registry.example/status/1"}}
        event = Event(
            number, datetime(2026, 2, 1, tzinfo=UTC), Draft("issued", f"p{number}", name, (f"sha256:{number:064x}",), entry)
        )
        rows.append(
            {
                "seq": number,
                "at": "2026-02-01T00:00:00Z",
                "kind": "issued",
                "proposal": f"p{number}",
                "certificate": name,
                "follows": "",
                "body": event.line.decode(),
            }
        )
    engine = sa.create_engine(database_url(registry.store.url))
    with engine.begin() as connection:
        connection.execute(EVENTS.insert(), rows)
    engine.dispose()
