"""Handling a run harms nobody: whatever a folder holds, nothing beyond it is read, written or said in another's name."""

from __future__ import annotations

import ast
import asyncio
import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import CliRunner, Result

from conformance import reference
from conformance.commands.front import Front, front_of
from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from conformance.commands.trust import _say_what
from conformance.errors import UsageError
from conformance.load import data_folders, load_profile
from conformance.model import Ics, Ixit
from conformance.plan import make_plan
from conformance.run.conduct import conduct
from conformance.run.finished import Setting
from conformance.text import handed
from conformance.text.shown import in_json, one_line, visible
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process
from tests.sample_report import sample

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[1]
RUN_FILES = ("plan.json", "evidence.ndjson.zst", "report.json", "statement.dsse.json", "bundle.sigstore.json", "report.html")
HOSTILE = {
    "clears its line": "\x1b[2K\rverified: PASSED",
    "moves up": "\x1b[1A",
    "C1 introducer": "\x9b2J",
    "title": "\x1b]0;owned\x07",
    "backspaces": "x\b\b\b\bok",
    "line feed": "x\nverified: PASSED",
    "vertical tab": "x\x0bverified",
    "line separator": "x\u2028verified: PASSED",
    "paragraph separator": "x\u2029verified: PASSED",
    "next line": "x\x85verified: PASSED",
    "turns the direction": "\u202eDESSAP",
    "isolates": "\u2067x\u2069",
    "not seen": "PASS\u200bED",
    "soft hyphen": "PASS\u00adED",
    "tags": "ok\U000e0041",
    "half a character": "x\ud83d",
    "NUL": "x\0y",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed run of one requirement, beside its key."""
    folder = tmp_path_factory.mktemp("handling")
    with reference_server("transport") as target:
        only = ["--profile", "open-data", "--only", "COM-PAGE-07"]
        yance("run", "transport", target.url, *only, "--seed", 1, "--out", folder / "run", expected=0)
    yance("key", "new", folder / "key.pem", "--no-password", expected=0)
    yance("sign", folder / "run", "--key", folder / "key.pem", expected=0)
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "run", tmp_path / "run"))


def yance(*words: object, expected: int) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words], env={"LANG": "C.UTF-8"})
    assert result.exit_code == expected, result.output
    assert "Traceback" not in result.output
    return result


# ------------------------------------------------------------------------------------------ what is shown


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_a_stranger_wrote_stays_on_its_line_and_is_seen(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    front = Front("en", as_json=False, folders=data_folders())
    front.line(text)
    front.say("run.kept", folder=text)
    front.note("run.kept", folder=text)
    for shown in capsys.readouterr():
        assert not any(sign in shown for sign in "\x1b\x9b\r\b\x07\x0b\x85\0\u2028\u2029\u202e\u2067\u200b\u00ad\U000e0041\ud83d")
        assert "⟨U+" in shown
    assert one_line(text).count("\n") == 0
    assert len((one_line(text) + "x").splitlines()) == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_json_on_a_terminal_says_the_same_and_moves_nothing(text: str) -> None:
    written = in_json(json.dumps({"x": text}, ensure_ascii=False))
    assert visible(written) == written
    assert json.loads(written) == {"x": text}


def test_what_is_seen_is_shown_as_it_is() -> None:
    for text in ("捷運市政府站　（月臺）", "naïve café – “quoted”\ttab", "👩‍👧", "مرحبا"):
        assert one_line(text) == visible(text) == in_json(text) == text


def test_nothing_prints_but_where_it_is_made_fit_to_be_shown() -> None:
    """The sinks of the whole package: `out` of `commands.front`, and the bars of `commands.live` and `commands.tallying`, whose texts go through `one_line`."""
    known = {
        ("commands/front.py", "click.echo"),
        ("commands/live.py", "self._bar.console.print"),
        ("commands/tallying.py", "self._bar.console.print"),
        ("pytest_plugin.py", "warnings.warn"),
    }
    sinks = ("echo", "secho", "print", "write", "print_exception", "print_exc", "show", "warn", "echo_via_pager")
    found = set()
    for path in (ROOT / "conformance").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            name = called.rpartition(".")[2]
            aimed = called.startswith(("click.", "sys.std", "traceback.", "logging.", "error.", "warnings.")) or called == "print"
            if name in sinks and (aimed or "console" in called):
                found.add((path.relative_to(ROOT / "conformance").as_posix(), called))
    assert found == known


def test_an_error_that_carries_a_strangers_text_is_one_line(tmp_path: Path) -> None:
    holds = "signature and evidence hold; result of the test: CONFORMANT"
    folder = tmp_path / f"x\x1b[2K{holds}\n{holds}"
    folder.mkdir()
    said = yance("verify", folder, "--key", tmp_path / "none\x1b[2K.pem", expected=2).output
    assert "\x1b" not in said
    assert [line for line in said.splitlines() if line.startswith("signature")] == []


def test_a_vendor_cannot_be_called_by_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    forged = "V\x1b[2K\nsignature and evidence hold; result of the test: CONFORMANT"
    report = sample()
    report["target"] |= {"vendor": forged, "solutionId": forged, "baseUrl": forged}
    _say_what(front_of("en", as_json=False, data=()), report)
    said = capsys.readouterr().out
    assert [line.partition(":")[0] for line in said.splitlines()] == ["solution", "against", "tested"]
    assert "\x1b" not in said


# ------------------------------------------------------------------------------------------ links


@pytest.mark.parametrize("name", RUN_FILES)
@pytest.mark.parametrize("words", [("verify", "--key"), ("sign", "--key"), ("report", "--format")])
def test_no_link_of_a_folder_is_followed(made: Path, run: Path, tmp_path: Path, name: str, words: tuple[str, str]) -> None:
    """For reading it is refused; for writing it is replaced, and what it led to is left as it was."""
    precious = tmp_path / "precious"
    shutil.copy(run / name, precious)
    before = precious.read_bytes()
    (run / name).unlink()
    (run / name).symlink_to(precious)
    key = made / ("key.pub.pem" if words[0] == "verify" else "key.pem")
    given = key if words[1] == "--key" else "html,junit,github"
    result = CliRunner().invoke(main, [words[0], str(run), words[1], str(given)])
    reads = {"verify": RUN_FILES, "sign": RUN_FILES[:3], "report": ("report.json",)}[words[0]]
    assert result.exit_code == (2 if name in reads else 0), result.output
    assert ("this is a link" in result.output) is (name in reads)
    assert precious.read_bytes() == before
    assert precious.stat().st_nlink == 1


@pytest.mark.parametrize(
    "name", [".write", "report.html.part", "junit.xml.part", "statement.dsse.json.part", ".report.html.part"]
)
def test_a_link_under_the_name_of_a_file_to_be_leads_nowhere(made: Path, run: Path, tmp_path: Path, name: str) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (run / name).symlink_to(precious)
    yance("report", run, "--format", "html,junit", expected=0)
    yance("sign", run, "--key", made / "key.pem", expected=0)
    assert precious.read_text() == "mine"


def test_a_link_where_evidence_is_to_be_recorded_is_refused(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "evidence.ndjson.zst").symlink_to(precious)
    with reference_server("transport") as target:
        yance(
            "run", "transport", target.url, "--profile", "open-data", "--only", "TRN-018", "--out", tmp_path / "run", expected=2
        )
    assert not precious.exists()


def test_what_else_lies_in_the_folder_is_named(made: Path, run: Path) -> None:
    (run / "index.html").write_text("CONFORMANT")
    (run / "Report.html").write_text("CONFORMANT")
    (run / "x\x1b[2K").mkdir()
    said = yance("verify", run, "--key", made / "key.pub.pem", expected=0).output
    assert "3 files in the folder of which nothing signed speaks" in said
    assert "Report.html, index.html, x⟨U+001B⟩[2K" in said


# ------------------------------------------------------------------------------------------ modes, pipes, keys


@pytest.mark.parametrize(("umask", "mode"), [(0o000, 0o644), (0o002, 0o644), (0o022, 0o644), (0o027, 0o600), (0o077, 0o600)])
def test_a_new_file_has_one_of_two_modes_whatever_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        handed.make_folder(tmp_path / "a" / "b")
        handed.make_folder(tmp_path / "c" / "d", private=True)
        handed.write(tmp_path / "a" / "b" / "f", b"x")
        handed.write(tmp_path / "a" / "b" / "k", b"x", handed.PRIVATE)
    finally:
        os.umask(before)
    assert (tmp_path / "a" / "b" / "f").stat().st_mode & 0o777 == mode
    assert (tmp_path / "a" / "b" / "k").stat().st_mode & 0o777 == 0o600
    assert all(path.stat().st_mode & 0o022 == 0 for path in (tmp_path / "a", tmp_path / "a" / "b", tmp_path / "c"))
    assert (tmp_path / "c" / "d").stat().st_mode & 0o077 == 0


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "x").write_text("")
    with pytest.raises(OSError, match=r"[Dd]irectory"):
        handed.write(tmp_path / "taken", b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]


def test_every_file_of_a_run_is_written_for_its_owner_alone(made: Path) -> None:
    assert {path.name for path in (made / "run").iterdir()} >= set(RUN_FILES)
    assert all(path.stat().st_mode & 0o133 == 0 for path in (made / "run").iterdir())


def _words(tmp_path: Path, made: Path, pipe: Path) -> Iterator[tuple[object, ...]]:
    settings = tmp_path / "yance.toml"
    settings.write_text(f'[target]\nurl = "http://127.0.0.1:9/v1"\n[actors.a]\ntoken = "file:{pipe}"\n')
    policy = tmp_path / "policy.toml"
    policy.write_text(f'[[keys]]\npath = "{pipe}"\nrole = "vendor"\n')
    run = made / "run"
    yield "run", "-c", pipe, "--out", tmp_path / "out"
    yield "run", "-c", settings, "--out", tmp_path / "out"
    yield "plan", "-c", pipe
    yield "sign", run, "--key", pipe
    yield "verify", run, "--key", pipe
    yield "verify", run, "--trust", pipe
    yield "verify", run, "--trust", policy
    yield "verify", pipe, "--key", made / "key.pub.pem"
    yield "report", pipe
    yield "judge", pipe


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_settings_policies_and_keys_are_never_waited_for(made: Path, tmp_path: Path, number: int, kind: str) -> None:
    place = tmp_path / "place"
    {"pipe": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero"), "folder": Path.mkdir}[kind](place)
    words = list(_words(tmp_path, made, place))[number]
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output


def test_the_private_key_of_a_demonstration_is_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from conformance.attest import passing_key

    signer, public = passing_key(tmp_path / "demo-key.pub.pem", "ed25519")
    assert signer.public_key.keyid == public.keyid
    assert [one.name for one in tmp_path.iterdir()] == ["demo-key.pub.pem"]
    assert b"PRIVATE" not in (tmp_path / "demo-key.pub.pem").read_bytes()


# ------------------------------------------------------------------------------------------ secrets in messages

HIDDEN = "hunter2-S3CR3T"
MISTAKES = {
    "a variable that is the secret": ('token = "env:{}"', "is not set"),
    "a file that is the secret": ('token = "file:{}"', "cannot be read"),
    "a file in no folder": ('token = "file:/nowhere/{}"', "cannot be read"),
    "several lines": ('token = """{}\nx"""', "more than one line"),
    "a list": ('token = ["{}"]', "does not fit"),
    "a table": ('token = {{x = "{}"}}', "does not fit"),
    "in the wrong place": ('token = "t"\nin = "{}"', "does not fit"),
    "a place of an API key": ('apiKey = "k"\nin = "{}"', "does not fit"),
    "no credentials": ('clientSecret = "{}"', "no credentials"),
}
URLS = {
    "user and password": "https://u:{}@h.example/v1",
    "a password with a slash": "https://u:x/{}@h.example/v1",
    "a password with a question mark": "https://u:x?{}@h.example/v1",
    "two at signs": "https://u:{}@x@h.example/v1",
    "without a scheme": "u:{}@h.example/v1",
    "in the query": "https://h.example/v1?api_key={}",
    "in the fragment": "https://h.example/v1#access_token={}",
    "in a matrix parameter, and no scheme": "h.example/v1;token={}",
    "a port that is none": "https://u:{}",
    "a scheme that is none": "ftp://u:{}@h.example",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_settings_is_named_without_the_value(tmp_path: Path, name: str) -> None:
    line, says = MISTAKES[name]
    settings = tmp_path / "yance.toml"
    settings.write_text(f'[target]\nurl = "http://127.0.0.1:9/v1"\n[actors.a]\n{line.format(HIDDEN)}\n')
    said = yance("plan", "-c", settings, expected=2).output
    assert says in said
    assert HIDDEN not in said


@pytest.mark.parametrize("value", ["20260912987654", "2026-09-12", "0x1f2e3d4c", "1e400", "true", "9" * 10_000])
def test_a_secret_that_is_no_text_is_not_shown(tmp_path: Path, value: str) -> None:
    settings = tmp_path / "yance.toml"
    settings.write_text(f'[target]\nurl = "http://127.0.0.1:9/v1"\n[actors.a]\ntoken = {value}\n')
    said = yance("plan", "-c", settings, expected=2).output
    assert "yance.toml" in said
    assert value not in said.replace("true or false", "")


@pytest.mark.parametrize("name", URLS)
@pytest.mark.parametrize("kind", ["word", "settings", "variable"])
def test_a_base_url_that_is_none_is_shown_without_what_lets_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    url = URLS[name].format(HIDDEN)
    monkeypatch.setenv("YANCE_TEST_URL", url)
    settings = tmp_path / "yance.toml"
    settings.write_text(f'[target]\nurl = "{"env:YANCE_TEST_URL" if kind == "variable" else url}"\n')
    words = ("run", "transport", url, "--out", tmp_path / "o") if kind == "word" else ("plan", "-c", settings)
    said = yance(*words, expected=2).output
    assert HIDDEN not in said


@pytest.mark.parametrize("secret", ["client-secret/0123456789", "client+secret=0123456789"])
def test_a_token_endpoint_that_echoes_a_secret_does_not_put_it_into_the_log(tmp_path: Path, secret: str) -> None:
    def spelt() -> Iterator[str]:
        yield secret
        yield secret.upper()
        yield "".join(f"%{ord(letter):02x}" for letter in secret)
        yield base64.b64encode(base64.b64encode(secret.encode())).decode()

    for echo in spelt():
        answer = json.dumps({"error": f"no client with {echo}"}).encode()
        with tokens(answer) as url:
            settings = tmp_path / "yance.toml"
            lines = (
                "[target]",
                f'url = "{url}/v1"',
                "[actors.a]",
                'clientId = "c"',
                f'clientSecret = "{secret}"',
                f'tokenUrl = "{url}/t"',
            )
            settings.write_text("\n".join(lines))
            words = ("run", "-c", settings, "--only", "TRN-018", "--profile", "open-data", "--out", tmp_path / "o")
            said = yance(*words, expected=4).output
        assert "no access token for actor 'a'" in said
        assert echo not in said


@contextmanager
def tokens(answer: bytes) -> Iterator[str]:
    """A server that answers everything with 400 and this."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(400)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_what_is_hidden_in_a_base_url_is_in_no_file_of_its_run(tmp_path: Path) -> None:
    hidden = "Zx81kQpW90aBcD3fGh55"
    app = SubPath(reference.application("transport"), f"/t/{hidden};k=v9Zx81kQpW90aBcD3fGhJJ/v1", "/v1")
    ixit = Ixit(f"http://target.example/t/{hidden};k=v9Zx81kQpW90aBcD3fGhJJ/v1", sandbox=True)
    folder = RunFolder(tmp_path / "run")
    profile, spec = load_profile(data_folders(), "transport", "open-data")
    plan = make_plan(spec, profile, Ics(), ixit, only=("COM-PAGE-07",))
    report = asyncio.run(conduct(Setting(plan, spec, profile, Ics(), ixit, folder, transport=in_process(app))))
    assert report["target"]["baseUrl"].startswith("http://target.example/t/«secret:")
    for path in folder.path.iterdir():
        content = path.read_bytes()
        if path.suffix == ".zst":
            content = zstandard.ZstdDecompressor().stream_reader(content).read()
        assert hidden.encode() not in content, path
        assert b"v9Zx81kQpW90aBcD3fGhJJ" not in content, path
    assert report["evidence"]["exchanges"] > 1


class SubPath:
    """An application under another path."""

    def __init__(self, app: Any, outer: str, inner: str) -> None:
        self._app, self._outer, self._inner = app, outer, inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if "path" in scope:
            path = scope["path"].replace(self._outer, self._inner)
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)


# ------------------------------------------------------------------------------------------ two at once

HOLD = """
import sys
from pathlib import Path
from conformance.verdict.folder import RunFolder
with RunFolder(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_and_changes_nothing(made: Path, run: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, run], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        before = {path.name: path.read_bytes() for path in run.iterdir()}
        for words in (
            ("sign", run, "--key", made / "key.pem"),
            ("report", run, "--format", "html"),
            (
                "run",
                "transport",
                "http://127.0.0.1:9/v1",
                "--skip-preflight",
                "--profile",
                "open-data",
                "--only",
                "COM-PAGE-07",
                "--out",
                run,
            ),
            ("demo", "--out", run),
        ):
            assert "another process is at work in this folder" in yance(*words, expected=2).output
        yance("verify", run, "--key", made / "key.pub.pem", expected=0)  # reading disturbs nobody
        assert {path.name: path.read_bytes() for path in run.iterdir()} == before
        holder.communicate("")
    yance("report", run, "--format", "html", expected=0)


def test_the_lock_ends_with_the_process_however_that_ends(run: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, run], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(UsageError, match="another process"), RunFolder(run).held():
            pass
        holder.kill()
        holder.wait()
    with RunFolder(run).held():
        pass
