"""Servers of other people, installed from the package index into environments of their own and served on loopback with known data.

An environment lies in the user's cache folder and is made once for what it holds. Where the index is out of reach, `Unreachable` says so.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from tests.hostile import free_port

HERE = Path(__file__).parent / "real_servers_data"
KINDS = ("bus", "tram", "ferry")


class Unreachable(Exception):
    """The package index cannot be reached, or does not have what is asked for."""


@dataclass(frozen=True)
class Server:
    """How a server is installed, started in a folder at a port, and given its data."""

    name: str
    packages: Sequence[str]
    start: Callable[[Path, Path, int], Sequence[str]]  # folder, the environment's bin, port
    path: str = ""  # of the base URL
    ready: str = "/"
    seed: Callable[[str], None] | None = None
    environment: dict[str, str] = field(default_factory=dict)


def installed(packages: Sequence[str]) -> Path:
    """The `bin` of an environment with these packages. Raises Unreachable."""
    label = "-".join("".join(c for c in name if c.isalnum() or c in "._") for name in packages)
    place = Path(platformdirs.user_cache_dir("yance")) / "servers" / f"{label}-{sys.version_info.major}.{sys.version_info.minor}"
    if not (place / ".complete").is_file():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True, capture_output=True)
        quiet = [
            str(place / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries",
            "1",
        ]
        done = subprocess.run([*quiet, *packages], capture_output=True, text=True, check=False, timeout=900)
        if done.returncode:
            last = next((line for line in reversed(done.stderr.splitlines()) if "WARNING" not in line), "")
            raise Unreachable(f"{' '.join(packages)} cannot be installed from the package index: {last.strip()}")
        (place / ".complete").touch()
    return place / "bin"


@contextmanager
def serving(server: Server, folder: Path) -> Iterator[str]:
    """The base URL of a server that runs in a folder, ready and with its data. Raises Unreachable."""
    bin_folder, port = installed(server.packages), free_port()
    words = server.start(folder, bin_folder, port)
    environment = {**os.environ, **{name: value.format(folder=folder) for name, value in server.environment.items()}}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, env=environment)
        try:
            base = f"http://127.0.0.1:{port}{server.path}"
            _awaited(base + server.ready, process, folder / "server.log")
            if server.seed is not None:
                server.seed(base)
            yield base
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _awaited(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not come up: {log.read_text(errors='replace')[-2000:]}")


def ask(method: str, url: str, body: object = None, **headers: str) -> None:
    """One request with a JSON body. Raises HTTPError for a refusal."""
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, sent, {"Content-Type": "application/json", **headers}, method=method)
    urllib.request.urlopen(request, timeout=30).close()


# ------------------------------------------------------------------------------------------ Kinto

_KINTO = """\
[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
multiauth.policies = basicauth
multiauth.policy.basicauth.use = kinto.core.authentication.BasicAuthAuthenticationPolicy
kinto.userid_hmac_secret = 0123456789abcdef
kinto.bucket_create_principals = system.Authenticated
kinto.paginate_by = 100
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
threads = 4
"""


def _kinto(folder: Path, bin_folder: Path, port: int) -> Sequence[str]:
    (folder / "kinto.ini").write_text(_KINTO.format(port=port))
    return [str(bin_folder / "kinto"), "start", "--ini", "kinto.ini"]


def _records(base: str) -> None:
    who = {"Authorization": "Basic " + base64.b64encode(b"a:yance-example-password").decode()}
    ask("PUT", f"{base}/buckets/t", {}, **who)
    ask("PUT", f"{base}/buckets/t/collections/stops", {}, **who)
    for nth in range(23):
        ask(
            "POST",
            f"{base}/buckets/t/collections/stops/records",
            {"data": {"title": f"t{nth}", "kind": f"k{nth % 3}", "rank": nth % 20}},
            **who,
        )


# ------------------------------------------------------------------------------------------ Datasette


def _datasette(folder: Path, bin_folder: Path, port: int) -> Sequence[str]:
    with sqlite3.connect(folder / "t.db") as store:
        store.execute("create table stops (id integer primary key, name text, kind text, rank integer, opened text)")
        rows = [
            (n, f"stop {n:03d}", KINDS[n % 3], n * 7 % 40, f"2020-0{1 + n % 9}-1{n % 9}T08:00:00+08:00") for n in range(1, 238)
        ]
        store.executemany("insert into stops values (?, ?, ?, ?, ?)", rows)
    store.close()
    return [str(bin_folder / "datasette"), "t.db", "-p", str(port), "--setting", "max_returned_rows", "100"]


# ------------------------------------------------------------------------------------------ pygeoapi


def _pygeoapi(folder: Path, bin_folder: Path, port: int) -> Sequence[str]:
    config = (HERE / "pygeoapi.yml").read_text().replace("PORT", str(port))
    (folder / "config.yml").write_text(config)
    features = [
        {
            "type": "Feature",
            "id": n,
            "geometry": {"type": "Point", "coordinates": [120 + n * 37 % 200 / 100, 22 + n * 53 % 300 / 100]},
            "properties": {"CarParkID": f"{n:04d}", "CityCode": ("KHH", "TNN", "TPE")[n % 3], "TotalSpaces": 20 + n * 5 % 60},
        }
        for n in range(1, 128)
    ]
    (folder / "carparks.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    made = [str(bin_folder / "pygeoapi"), "openapi", "generate", "config.yml", "--output-file", "openapi.yml"]
    environment = {**os.environ, "PYGEOAPI_CONFIG": "config.yml", "PYGEOAPI_OPENAPI": "openapi.yml"}
    subprocess.run(made, cwd=folder, env=environment, check=True, capture_output=True)
    return [str(bin_folder / "pygeoapi"), "serve", "--flask"]


# ------------------------------------------------------------------------------------------ fhirstarter


def _fhir(folder: Path, bin_folder: Path, port: int) -> Sequence[str]:
    (folder / "app.py").write_text((HERE / "fhir_app.py.txt").read_text())
    return [str(bin_folder / "uvicorn"), "app:app", "--port", str(port), "--log-level", "warning"]


# ------------------------------------------------------------------------------------------ Django REST framework


def _drf(folder: Path, bin_folder: Path, port: int) -> Sequence[str]:
    (folder / "app.py").write_text((HERE / "drf_app.py.txt").read_text())
    subprocess.run([str(bin_folder / "python"), "-c", "import app; app.init()"], cwd=folder, check=True, capture_output=True)
    return [str(bin_folder / "python"), "-m", "waitress", f"--listen=127.0.0.1:{port}", "app:application"]


SERVERS = {
    one.name: one
    for one in (
        Server("kinto", ("kinto", "waitress", "setuptools<81"), _kinto, "/v1", "/", _records),
        Server("datasette", ("datasette", "setuptools<81"), _datasette, ready="/t/stops.json"),
        Server(
            "pygeoapi",
            ("pygeoapi", "setuptools<81"),
            _pygeoapi,
            environment={"PYGEOAPI_CONFIG": "{folder}/config.yml", "PYGEOAPI_OPENAPI": "{folder}/openapi.yml"},
        ),
        Server("drf", ("django", "djangorestframework", "django-filter", "waitress"), _drf, "/api", "/stops"),
        Server("fhir", ("fhirstarter", "uvicorn"), _fhir, ready="/Patient"),
    )
}
