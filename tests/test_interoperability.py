"""What the office signs is read by other people's software: Sigstore's verifier, jose and openssl, none of which knows Yance."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest

from conformance.attest import CERTIFICATE, CHECKPOINT, load_key, load_trust
from conformance.office import Registry
from conformance.office.export import export
from tests import certified
from tests.certified import Office
from tests.test_forged_certificates import period
from tests.test_log import certify

pytestmark = pytest.mark.slow

PINNED = Path(__file__).parent / "interoperability"
SHELL = r"""
set -eu
payload=$(sed -E 's/.*"payload":"([^"]*)".*/\1/' "$1" | base64 -d; printf x); payload=${payload%x}
kind=$(sed -E 's/.*"payloadType":"([^"]*)".*/\1/' "$1")
sed -E 's/.*"sig":"([^"]*)".*/\1/' "$1" | base64 -d > sig
printf 'DSSEv1 %d %s %d %s' "$(printf %s "$kind" | wc -c)" "$kind" "$(printf %s "$payload" | wc -c)" "$payload" > pae
openssl dgst -sha256 -verify "$2" -signature sig pae
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return certified.office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def public(office: Office) -> Path:
    """An export with three certificates, of which the first is revoked and the last suspended."""
    registry, trust = (
        Registry.create(str(office.folder / "registry.sqlite"), scheme="TW", uri="https://r.example"),
        load_trust(office.trust),
    )
    lin, chen = load_key(office.key("lin"), None), load_key(office.key("chen"), None)
    made = [certify(registry, office, number, **period()) for number in range(3)]
    for number, action in ((made[0], "revoke"), (made[2], "suspend")):
        registry.approve(registry.propose(action, lin, trust, certificate=number, reason="x").id, chen, trust)
    export(registry, office.folder / "public", load_key(office.key("office"), None), trust)
    return office.folder / "public"


@pytest.fixture(scope="module")
def packages(request: pytest.FixtureRequest) -> Path:
    """The packages, installed once per lock file, with the two scripts beside them."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("needs node and npm")
    lock = (PINNED / "package-lock.json").read_bytes()
    home = Path(request.config.cache.mkdir(f"interoperability-{hashlib.sha256(lock).hexdigest()[:12]}"))
    for path in PINNED.iterdir():
        shutil.copy(path, home)
    if not (home / "node_modules" / "jose").is_dir():
        words = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            subprocess.run(words, cwd=home, check=True, capture_output=True, timeout=300)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            shutil.rmtree(home / "node_modules", ignore_errors=True)
            pytest.skip(f"the packages could not be installed with npm: {error}")
    return home


def node(packages: Path, script: str, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", script, *map(str, words)], cwd=packages, capture_output=True, text=True, check=False)


def test_sigstores_verifier_accepts_what_was_signed_and_nothing_else(
    office: Office, public: Path, packages: Path, tmp_path: Path
) -> None:
    key = office.folder / "office.pub.pem"
    for path, kind in (
        (next((public / "certificates").iterdir()), CERTIFICATE),
        (public / "log" / "checkpoint.sigstore.json", CHECKPOINT),
    ):
        done = node(packages, "bundle.mjs", path, key)
        assert (done.returncode, done.stdout.strip()) == (0, kind), done.stderr
        assert node(packages, "bundle.mjs", path, office.folder / "lin.pub.pem").returncode != 0
        spoilt = json.loads(path.read_bytes())
        text = spoilt["dsseEnvelope"]["payload"]
        spoilt["dsseEnvelope"]["payload"] = text[:-8] + ("A" if text[-8] != "A" else "B") + text[-7:]
        (tmp_path / "spoilt.json").write_text(json.dumps(spoilt))
        assert node(packages, "bundle.mjs", tmp_path / "spoilt.json", key).returncode != 0


def test_jose_reads_the_status_list(office: Office, public: Path, packages: Path, tmp_path: Path) -> None:
    done = node(packages, "status.mjs", public / "status" / "1", office.folder / "office.pub.pem", 3)
    assert (done.returncode, done.stdout.strip()) == (0, "[1,0,2]"), done.stderr
    assert node(packages, "status.mjs", public / "status" / "1", office.folder / "chen.pub.pem", 3).returncode != 0
    head, claims, signature = (public / "status" / "1").read_text().split(".")
    (tmp_path / "spoilt").write_text(f"{head}.{claims[:-2]}AA.{signature}")
    assert node(packages, "status.mjs", tmp_path / "spoilt", office.folder / "office.pub.pem", 3).returncode != 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_a_shell_with_openssl_verifies_a_certificate(office: Office, public: Path, tmp_path: Path) -> None:
    path = next((public / "certificates").iterdir())

    def checked(file: Path, key: str) -> bytes:
        words = ["sh", "-c", SHELL, "sh", str(file), str(office.folder / f"{key}.pub.pem")]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, check=False).stdout

    assert checked(path, "office") == b"Verified OK\n"
    assert checked(path, "chen") != b"Verified OK\n"
    envelope = json.loads(path.read_bytes())["dsseEnvelope"]
    other = b64decode(envelope["payload"]).replace(b"Vendor", b"Sender")
    (tmp_path / "pae").write_bytes(other)
    assert b"solution-" in other
    words = ["openssl", "dgst", "-sha256", "-verify", str(office.folder / "office.pub.pem"), "-signature", "sig", "pae"]
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False).returncode != 0
