"""What settings name and do not hold: credentials by environment, file and command; certificates, authorities, proxies."""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization

from conformance.clock import SystemClock
from conformance.commands.main import main
from conformance.errors import DataError, TargetError
from conformance.load import Settings, data_folders, load_settings
from conformance.model import Exchange, Ixit, Request
from conformance.wire import Wire, probe
from conformance.wire.pipe import trust
from tests.hostile import Talk, answers, free_port, self_signed, served

FOLDERS = data_folders()
SECRET = "s3cret-of-a-0123456789"
GET = Request("getThing", "GET", "/things/1")


def settings(folder: Path, text: str, **more: bool) -> Settings:
    (folder / "yance.toml").write_text(f'[target]\nurl = "https://x.example/v1"\n{text}')
    return load_settings(FOLDERS, folder / "yance.toml", **more)


def refused(folder: Path, text: str, **more: bool) -> str:
    with pytest.raises(DataError) as caught:
        settings(folder, text, **more)
    assert SECRET not in str(caught.value)
    assert str(caught.value).startswith(f"{folder / 'yance.toml'}:")
    return str(caught.value)


# ------------------------------------------------------------------------------------------ secrets


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("env:YANCE_TEST", "env:YANCE_TEST"),
        ("file:held", "file:held"),
        (f"command:'{sys.executable}' tell.py a", f"command:{sys.executable}"),
        (SECRET, "actors.a.token in yance.toml"),
    ],
)
def test_a_secret_is_had_from_where_it_lies_and_its_place_alone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, source: str
) -> None:
    monkeypatch.setenv("YANCE_TEST", SECRET)
    (tmp_path / "held").write_text(SECRET + "\n")
    (tmp_path / "tell.py").write_text(f"import sys\nassert sys.argv[1:] == ['a']\nprint({SECRET!r})\n")
    credential = settings(tmp_path, f'[actors.a]\ntoken = "{written}"\n').ixit.actors["a"]
    assert (credential.value, credential.source) == (SECRET, source)
    assert SECRET not in repr(credential)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("raise SystemExit(3)", "ended with 3; run it by hand"),
        ("pass", "prints is empty"),
        ("print('s3cret-of-a-0123456789\\\\nand more')", "has more than one line"),
        ("import sys; sys.stdout.buffer.write(bytes([255]))", "is not UTF-8 text"),
        ("import sys; print('s3cret-of-a-0123456789', file=sys.stderr); sys.exit(1)", "ended with 1"),
    ],
)
def test_a_command_that_gives_nothing_is_named_by_its_program(tmp_path: Path, program: str, says: str) -> None:
    (tmp_path / "tell.py").write_text(program.replace("\\\\", "\\"))
    said = refused(tmp_path, f"[actors.a]\ntoken = \"command:'{sys.executable}' tell.py --key {SECRET}\"\n")
    assert says in said
    assert "tell.py" not in said, "its words may say too much"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("command:no-such-program a", "the command no-such-program cannot be run (No such file or directory)"),
        ("command:", "no command could be read there"),
        ("command:pass 'half", "no command could be read there"),
    ],
)
def test_a_command_that_is_none_is_said(tmp_path: Path, written: str, says: str) -> None:
    assert says in refused(tmp_path, f'[actors.a]\ntoken = "{written}"\n')


def test_a_command_is_not_run_where_the_settings_may_be_anothers(tmp_path: Path) -> None:
    text = f"[actors.a]\ntoken = \"command:'{sys.executable}' -c 'open(1234)'\"\n"
    assert "yance.toml:4: actors.a.token: commands are run for self-tests alone" in refused(tmp_path, text, commands=False)
    (tmp_path / "yance.toml").write_text(
        f"[target]\nurl = 'http://127.0.0.1:9/v1'\n[actors.a]\ntoken = \"command:touch '{tmp_path / 'ran'}'\"\n"
    )
    words = ["run", "-c", str(tmp_path / "yance.toml"), "--purpose", "certification", "--out", str(tmp_path / "run")]
    result: Result = CliRunner().invoke(main, words)
    assert (result.exit_code, "commands are run for self-tests alone" in result.output) == (2, True)
    assert not (tmp_path / "ran").exists()


def test_the_evidence_says_where_settings_stand_and_not_where_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ci").mkdir()
    settings(tmp_path / "ci", "[seed]\nstopUid = ['1']\n")
    for here, given, file in (
        (tmp_path, "ci/yance.toml", "ci/yance.toml"),
        (tmp_path / "ci", "yance.toml", "yance.toml"),
        (tmp_path / "ci", "../ci/yance.toml", "yance.toml"),
        (Path("/"), str(tmp_path / "ci" / "yance.toml"), str(tmp_path / "ci" / "yance.toml").lstrip("/")),
        (Path("/usr"), str(tmp_path / "ci" / "yance.toml"), "yance.toml"),
    ):
        monkeypatch.chdir(here)
        written = load_settings(FOLDERS, Path(given)).ixit.written
        assert written is not None
        assert (written.file, dict(written.lines)) == (file, {"/target": 1, "/target/url": 2, "/seed": 3})


# ------------------------------------------------------------------------------------------ certificates of both sides


def client_files(folder: Path, password: str) -> tuple[str, Path]:
    """Settings for a client's certificate in two files, its key encrypted; and the file of the authority that knows it."""
    folder.mkdir()
    _, authority, _ = self_signed(folder)
    pem = (folder / "server.pem").read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    encrypted = serialization.BestAvailableEncryption(password.encode())
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encrypted))
    names = f'tlsCertificate = "{folder.name}/ca.pem"\ntlsKey = "{folder.name}/key.pem"\n'
    return f'{names}tlsPassword = "env:YANCE_TEST"\n', authority


def asked(ixit: Ixit) -> Exchange:
    async def scene() -> Exchange:
        async with Wire(ixit, clock=SystemClock()) as wire:
            return await probe(wire)

    return asyncio.run(scene())


def test_a_server_that_asks_who_is_there_is_shown_the_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANCE_TEST", SECRET)
    text, known = client_files(tmp_path / "client", SECRET)
    context, authority, _ = self_signed(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(known)

    async def scene() -> None:
        async with served(answers(b"{}"), tls=context) as server:
            for more, welcome in ((text, True), ("", False)):
                (tmp_path / "yance.toml").write_text(f'[target]\nurl = "{server.url}"\ntlsVerify = "{authority.name}"\n{more}')
                ixit = load_settings(FOLDERS, tmp_path / "yance.toml").ixit
                async with Wire(ixit, clock=SystemClock()) as wire:
                    if welcome:
                        assert (await probe(wire)).status == 200
                        assert ixit.secrets == {"tlsPassword": SECRET}
                    else:
                        with pytest.raises(TargetError, match=r"tlsCertificate under \[target\]"):
                            await probe(wire)

    asyncio.run(scene())


def test_a_certificate_stays_with_the_target_that_it_is_for(tmp_path: Path) -> None:
    self_signed(tmp_path)

    (tmp_path / "yance.toml").write_text('[target]\nurl = "https://x.example/v1"\ntlsCertificate = "server.pem"\n')
    client = load_settings(FOLDERS, tmp_path / "yance.toml").ixit.tls_client
    assert client is not None
    assert trust(False, client) is not trust(False)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ('tlsCertificate = "absent.pem"', "cannot be read (No such file or directory)"),
        ('tlsCertificate = "ca.pem"', "expected a certificate and its own private key"),
        ('tlsCertificate = "ca.pem"\ntlsKey = "other/server.pem"', "expected a certificate and its own private key"),
        (
            'tlsCertificate = "client/ca.pem"\ntlsKey = "client/key.pem"\ntlsPassword = "wrong"',
            "its password, if any, in tlsPassword",
        ),
        ('tlsCertificate = "client/ca.pem"\ntlsKey = "client/key.pem"', "its password, if any, in tlsPassword"),
        ('tlsKey = "other/server.pem"', "tlsCertificate"),
    ],
)
def test_a_certificate_that_cannot_be_shown_names_its_line(tmp_path: Path, names: str, says: str) -> None:
    (tmp_path / "other").mkdir()
    for folder in (tmp_path, tmp_path / "other"):
        self_signed(folder)
    client_files(tmp_path / "client", SECRET)
    assert says in refused(tmp_path, names + "\n")


# ------------------------------------------------------------------------------------------ proxies


def test_what_the_environment_names_as_a_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    async def proxy(talk: Talk) -> None:
        while request := await talk.heard():
            heard.append(bytes(request))
            talk.writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
            await talk.writer.drain()

    async def scene() -> Exchange:
        async with served(proxy) as server:
            monkeypatch.setenv("http_proxy", server.url.removesuffix("/v1").replace("//", "//user:hidden@"))
            async with Wire(Ixit("http://target.example/v1"), clock=SystemClock()) as wire:
                return await wire.send(GET, case="c")

    exchange = asyncio.run(scene())
    assert exchange.status == 200
    assert b"Proxy-Authorization: Basic dXNlcjpoaWRkZW4=" in heard[0]
    assert heard[0].startswith(b"GET http://target.example/v1/things/1 HTTP/1.1\r\n")
    assert "hidden" not in repr(exchange)


def test_a_proxy_that_is_not_there_is_named_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(TargetError, match="check HTTPS_PROXY and NO_PROXY"):
        asked(Ixit("http://target.example/v1"))
