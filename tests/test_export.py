"""The registry's public folder, read while it is written."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.attest import load_key, load_trust
from conformance.errors import VerificationError
from conformance.office import Registry, export
from conformance.office.export import CHECK, EVENTS, read_export, write_files
from tests import certified
from tests.certified import yance


def challenged(office: certified.Office, name: str) -> None:
    """One event more in the log."""
    words = ("--registry", office.folder / "registry.sqlite", "--trust", office.trust, "--office-key", office.key("office"))
    about = ("--holder", "Parcel Ltd", "--solution", "parcels@2.4.1", "--profile", "tracking", "--out", office.folder / name)
    yance("challenge", "open", "logistics", *words, *about)


def test_who_reads_a_folder_between_its_log_and_its_checkpoint_waits_for_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, public = certified.office(tmp_path), tmp_path / "public"
    yance("registry", "new", "--registry", tmp_path / "registry.sqlite", "--uri", "https://registry.example")
    registry, trust = Registry.open(str(tmp_path / "registry.sqlite")), load_trust(office.trust)
    signer = load_key(office.key("office"), None)
    export.export(registry, public, signer, trust)
    challenged(office, "challenge.json")
    between, waited = threading.Event(), threading.Event()

    def in_two(out: Path, files: Mapping[str, bytes]) -> None:
        write_files(out, {name: content for name, content in files.items() if name != CHECK})
        between.set()
        assert waited.wait(60), "nobody waited for the checkpoint"
        write_files(out, {CHECK: files[CHECK]})

    def noted(handle: int, kind: int, *, really: object = fcntl.flock) -> None:
        if kind & fcntl.LOCK_SH:
            waited.set()
        really(handle, kind)  # type: ignore[operator] # it is the system's

    monkeypatch.setattr(export, "write_files", in_two)
    monkeypatch.setattr(fcntl, "flock", noted)
    writing = threading.Thread(target=export.export, args=(registry, public, signer, trust))
    writing.start()
    assert between.wait(60)
    found = read_export(public, trust)
    writing.join()
    assert waited.is_set()
    assert len(found.leaves) == registry.store.size() == 2


def test_a_log_that_does_not_fit_is_refused_at_rest(tmp_path: Path) -> None:
    office, public = certified.office(tmp_path), tmp_path / "public"
    yance("registry", "new", "--registry", tmp_path / "registry.sqlite", "--uri", "https://registry.example")
    words = ("--registry", tmp_path / "registry.sqlite", "--trust", office.trust, "--office-key", office.key("office"))
    yance("registry", "export", public, *words)
    log = public / EVENTS
    log.write_bytes(log.read_bytes() * 2)
    with pytest.raises(VerificationError):
        read_export(public, load_trust(office.trust))
