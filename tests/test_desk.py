"""The desk, through HTTP: who may do what, what is taken from whom, and what comes of it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import shutil
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from conformance import limits
from conformance.desk.application import application
from conformance.desk.guard import Guard, Sessions
from conformance.desk.settings import load_settings
from conformance.load import data_folders
from conformance.office import Registry
from conformance.verdict.folder import RunFolder
from tests import certified
from tests.certified import Office, yance
from tests.deskside import Browser, crowd, desk, files, said, settings_text, zipped

os.environ["YANCE_DESK_TEST_SECRET"] = "a secret of the tests"
LIMITS = {"county": ["TPE", "KEE"], "sites": "KEE=Harbour", "start": "", "end": "2028-06-30", "renews": ""}


@pytest.fixture(scope="module")
def office(founded: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office in whose folder a desk may write."""
    return Office(shutil.copytree(founded.folder, tmp_path_factory.mktemp("desk") / "office"))


@pytest.fixture(scope="module")
def address(office: Office) -> Iterator[str]:
    with desk(office) as where:
        yield where


def uploaded(address: str, archive: bytes, who: str = "wang") -> tuple[Browser, str]:
    browser = Browser(address, who)
    sent = browser.upload(archive)
    assert sent.status_code == 303, said(sent)
    return browser, sent.headers["location"]


def test_the_whole_way_from_a_run_to_a_revoked_certificate(address: str, office: Office, run: RunFolder) -> None:
    vendor, there = uploaded(address, zipped(run))
    page = said(vendor.settled(there))
    assert "verified" in page
    assert "CONFORMANT" in page
    assert "parcels 2.4.1" in page
    assert "Propose a certificate" not in page, "that is an officer's"

    lin, chen, wu = Browser(address, "lin"), Browser(address, "chen"), Browser(address, "wu")
    form = lin.get(there).text
    today = re.search(r'name="start" value="([^"]+)"', form)
    assert today
    wanted = {**LIMITS, "start": today[1]}
    assert lin.say(f"{there}/propose", page=there, **wanted).headers["location"] == there
    asked = re.search(r'href="(/proposals/[0-9a-f]{16})"', page := lin.settled(there))
    assert asked, said(page)
    proposal = asked[1]

    both = [threading.Thread(target=one.say, args=(f"{proposal}/approve",)) for one in (chen, wu)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert "issued" in said(chen.settled(proposal))
    listed = json.loads(yance("registry", "list", "--registry", office.folder / "registry.sqlite", "--json").output)
    assert len(listed) == 1, "two approvers at once issue one certificate"
    number = listed[0]["certificateId"]
    assert (listed[0]["counties"], listed[0]["sites"]) == (["TPE", "KEE"], [{"county": "KEE", "name": "Harbour"}])
    words = ("verify", published(office, f"certificates/{number}.sigstore.json"), "--trust", office.trust)
    told = yance(*words, "--registry", office.folder / "public", "--require", "certified").output
    assert "Lin Mei-hua" in told

    change = lin.say(f"/certificates/{number}", action="revoke", reason="withdrawn <b>now</b>").headers["location"]
    assert wu.say(f"{change}/approve").headers["location"] == f"/certificates/{number}"
    assert "revoked" in said(chen.get(f"/certificates/{number}"))
    assert "<b>now" not in chen.get(f"/certificates/{number}").text
    page = published(office, f"en/certificates/{number}.html", holding="revoked")
    assert "revoked" in said(page.read_text())


def published(office: Office, name: str, holding: str = "") -> Path:
    """A public file, when it is there and holds a word."""
    path = office.folder / "public" / name
    for _ in range(400):
        if path.is_file() and holding in path.read_text():
            return path
        time.sleep(0.05)
    raise AssertionError(f"{name} was not published")


# ------------------------------------------------------------------------------------------ who may do what


@pytest.mark.parametrize(
    ("who", "path", "code"),
    [
        ("", "/", 200),
        *(("", path, 401) for path in ("/certificates", "/proposals", "/uploads", "/certificates/TW-2026-00001")),
        *(("wang", path, 200) for path in ("/", "/certificates", "/uploads")),
        ("wang", "/proposals", 403),
        *(("reader", path, 200) for path in ("/", "/certificates", "/proposals")),
        ("reader", "/uploads", 403),
        *(("lin", path, 200) for path in ("/", "/certificates", "/proposals", "/uploads")),
        *(("lin", path, 404) for path in ("/certificates/TW-9999-1", "/proposals/0", "/uploads/0", "/nowhere")),
        ("lin", "/sign-out", 405),
        ("lin", "/certificates?county=XXX", 400),
    ],
)
def test_pages_are_for_those_with_the_role(address: str, who: str, path: str, code: int) -> None:
    assert Browser(address, who).get(path).status_code == code


@pytest.mark.parametrize(
    ("who", "path"),
    [
        *(("wang", path) for path in ("/uploads/0/propose", "/proposals/0/approve", "/proposals/0/decline", "/certificates/0")),
        *(("reader", path) for path in ("/uploads", "/proposals/0/approve", "/certificates/0")),
        *(("lin", path) for path in ("/proposals/0/approve",)),
        *(("chen", path) for path in ("/uploads/0/propose", "/certificates/0")),
        ("keyless", "/certificates/0"),
    ],
)
def test_deeds_are_for_those_with_the_role(address: str, who: str, path: str) -> None:
    assert Browser(address, who).say(path, action="revoke", reason="x").status_code == 403


def test_an_officer_whose_key_the_desk_has_not_is_told_how_to_sign(address: str) -> None:
    assert "the desk holds no key of yours" in said(
        Browser(address, "keyless").say("/certificates/0", action="revoke", reason="x")
    )


def test_a_form_counts_from_a_page_of_the_same_session_alone(address: str) -> None:
    lin, chen = Browser(address, "lin"), Browser(address, "chen")
    fields = {"action": "revoke", "reason": "x"}
    assert lin.say("/certificates/0", **fields).status_code == 404
    for token in ({}, {"token": ""}, {"token": "x" * 43}, {"token": chen.token()}):
        refused = lin.post("/certificates/0", data={**fields, **token})
        assert refused.status_code == 403
        assert "not of this session" in said(refused)
    good = {"token": lin.token(), **fields}
    for header in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ):
        assert lin.post("/certificates/0", data=good, headers=header).status_code == 403
    assert lin.post("/sign-out").status_code == 403
    assert lin.get("/certificates").status_code == 200, "nobody else signs anybody out"


def test_every_answer_carries_the_policy_and_no_page_a_script(address: str) -> None:
    lin = Browser(address, "lin")
    for path in ("/", "/certificates", "/proposals", "/uploads", "/nowhere", "/style/desk.css", "/sign-in"):
        answer = lin.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script|\son\w+=|style=|javascript:", answer.text, re.IGNORECASE), path
        if not path.startswith("/style"):
            assert answer.headers["cache-control"] == "no-store"


def test_sessions_are_new_after_signing_in_and_end_with_signing_out(address: str) -> None:
    lin = Browser(address)
    lin.get("/sign-in")
    before = lin.cookies["yance-desk"]
    lin.sign_in("lin")
    within = lin.cookies["yance-desk"]
    assert within != before
    for planted in (before, "x" * 43, ""):
        assert Browser(address).get("/certificates", headers={"cookie": f"yance-desk={planted}"}).status_code == 401
    assert Browser(address).get("/certificates", headers={"cookie": f"yance-desk={within}"}).status_code == 200
    assert "signed out" in said(lin.say("/sign-out"))
    assert Browser(address).get("/certificates", headers={"cookie": f"yance-desk={within}"}).status_code == 401


def test_a_code_serves_once_and_the_browser_that_asked_for_it(address: str) -> None:
    lin, other = Browser(address), Browser(address)
    there = lin.get("/sign-in").headers["location"]
    back = lin.get(there, params={**dict(httpx.URL(there).params), "as": "lin"}).headers["location"]
    other.get("/sign-in")
    assert other.get(back).status_code == 401, "signing another person in by a link"
    assert lin.get(back).status_code == 303
    assert lin.get(back).status_code == 401
    assert lin.get("/signed-in", params={"code": "x", "state": "y"}).status_code == 401
    for wrong in ({"redirect_uri": "https://evil.example"}, {"code_challenge_method": "plain"}, {"client_id": "other"}):
        assert lin.get(there, params={**dict(httpx.URL(there).params), **wrong, "as": "lin"}).status_code == 400


def test_a_desk_is_asked_by_its_name_and_for_no_more_than_agreed(address: str) -> None:
    lin = Browser(address, "lin")
    assert lin.get("/", headers={"host": "desk.evil.example"}).status_code == 421
    assert lin.post("/sign-out", content=b"x" * (limits.FORM + 1)).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 4096

    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert lin.post("/sign-out", content=endless(), headers=kind).status_code == 413


def test_the_cookie_is_for_tls_alone_where_there_is_tls() -> None:
    async def inner(scope: Any, receive: Any, send: Any) -> None:
        scope["session"]["subject"] = "lin"
        await PlainTextResponse("x")(scope, receive, send)

    async def asked() -> httpx.Response:
        app = Guard(Sessions(inner, secure=True), address="https://desk.example", uploads="/uploads")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://desk.example") as client:
            return await client.get("/")

    answer = asyncio.run(asked())
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-yance=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_session_ends_by_itself() -> None:
    now = [0.0]

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/in":
            scope["session"]["subject"] = "lin"
        await PlainTextResponse(scope["session"].get("subject", "nobody"))(scope, receive, send)

    async def asked(paths: list[tuple[str, float]]) -> list[str]:
        app = Sessions(inner, secure=False, now=lambda: now[0])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            found = []
            for path, seconds in paths:
                now[0] += seconds
                found.append((await client.get(path)).text)
            return found

    assert asyncio.run(asked([("/in", 0), ("/", 1700), ("/", 1700), ("/", 1801)])) == ["lin", "lin", "lin", "nobody"]
    assert asyncio.run(asked([("/in", 0), *[("/", 1500)] * 20]))[-1] == "nobody", "after eight hours"


# ------------------------------------------------------------------------------------------ uploads

SECRETS = ("AKIAIOSFODNN7EXAMPLE", "hunter2-hunter2", "A123456789")


def test_what_is_uploaded_to_harm_is_refused_and_kept_nowhere(address: str, office: Office) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("plan.json", json.dumps({"password": SECRETS[1]}))
        archive.writestr(f"../../{SECRETS[0]}.env", SECRETS[1] + SECRETS[2])
    wang, there = uploaded(address, out.getvalue())
    page = wang.settled(there)
    assert "is no file of a run" in said(page)
    assert "封存檔第 2 個成員並非執行資料夾之檔案" in said(Browser(address, "wang", "zh-Hant").get(there))
    sent = wang.upload(b"PK\x05\x06" + bytes(18), f"../../../etc/{'-'.join(SECRETS)}.zip")
    wang.settled(sent.headers["location"])
    for name, content in files(office.folder):
        for secret in SECRETS:
            assert secret not in name
            assert secret.encode() not in content, name
    for who in ("wang", "lin"):
        text = "".join(Browser(address, who).get(path).text for path in ("/", "/uploads", there))
        assert not any(secret in text for secret in SECRETS)
    assert not list((office.folder / "uploads").glob("*/archive"))
    assert "choose a file" in said(wang.upload(b""))


@pytest.mark.slow
def test_a_vendor_sees_and_speaks_for_nobody_else(address: str, run: RunFolder) -> None:
    other, there = uploaded(address, zipped(run), "other")
    page = other.settled(there)
    assert "the run is of another vendor's solution" in said(page)
    assert Browser(address, "wang").get(there).status_code == 404
    assert Browser(address, "lin").get(there).status_code == 200
    assert there not in Browser(address, "wang").get("/uploads").text


# ------------------------------------------------------------------------------------------ many


@pytest.mark.slow
def test_pages_are_quick_with_ten_thousand_certificates(tmp_path: Path) -> None:
    """The state is folded once, and on from there; pages then cost what they show."""
    home = certified.office(tmp_path)
    (tmp_path / "desk.toml").write_text(settings_text(8700, 8701))
    settings = load_settings(data_folders(), tmp_path / "desk.toml")
    registry = Registry.create(
        settings.registry, scheme="TW", uri="https://registry.example", now=datetime(2026, 1, 1, tzinfo=UTC)
    )
    crowd(registry, 10_000)
    app = application(settings, registry)
    paths = (
        "/",
        "/certificates",
        "/certificates?text=50&county=TPE&status=valid",
        "/certificates/TW-2026-05000",
        "/proposals",
        "/uploads",
    )

    async def asked() -> dict[str, float]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings.address) as client:
            assert (await client.get("/certificates")).status_code == 401
            app._app._known["k"] = (time.monotonic(), time.monotonic(), {"subject": "lin"})
            client.cookies["yance-desk"] = "k"
            taken = {}
            for path in ("/", *paths):
                began = time.process_time()
                answer = await client.get(path)
                taken[path] = time.process_time() - began
                assert answer.status_code == 200, path
            assert "10000" in said(await client.get("/certificates"))
            return taken

    taken = asyncio.run(asked())
    registry.close()
    assert home.trust.exists()
    assert max(taken.values()) < 0.3, taken


@pytest.mark.slow
def test_the_office_shows_itself(tmp_path: Path) -> None:
    """Three runs, three uploads, three certificates by two persons each, one revoked, all through HTTP; and what is public says so."""
    shown = yance("demo", "office", "--once", "--out", tmp_path / "office", "--json").output
    standing = json.loads(shown)["certificates"]
    assert list(standing.values()) == ["valid", "valid", "revoked"]
    public = tmp_path / "office" / "public"
    index = json.loads((public / "index.json").read_bytes())
    assert index["stats"]["reached"]["domains"] == 2, "one of three was revoked"
    assert {one["domain"] for one in index["certificates"]} == {"transport", "health", "logistics"}
    assert [one["status"] for one in index["journeys"]] == ["revoked"], "it rests on the one that was revoked"
    assert index["stats"]["reached"]["services"] == 0
    first = next(iter(standing))
    words = ("verify", public / "certificates" / f"{first}.sigstore.json", "--trust", tmp_path / "office" / "trust.json")
    told = yance(*words, "--registry", public, "--run", tmp_path / "office" / "runs" / "wang", "--require", "certified").output
    assert "Chen Chih-ming" in told
    assert not [path for path in (tmp_path / "office").rglob("*.pem") if not path.name.endswith(".pub.pem")], (
        "no private key is written"
    )
    assert "an earlier demonstration" in yance("demo", "office", "--once", "--out", tmp_path / "office", expected=2).output


@pytest.mark.slow
def test_pages_of_the_desk_are_accessible(address: str, tmp_path: Path) -> None:
    browser, npm = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("npm")
    if browser is None or npm is None:
        pytest.skip("needs chromium and npm")
    words = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(tmp_path / "tools"), "axe-core"]
    subprocess.run(words, check=True, timeout=300)
    axe = (tmp_path / "tools/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    styles = "".join(Browser(address).get(f"/style/{name}").text for name in ("site.css", "desk.css"))
    asked = "axe.run().then(r => {document.title = 'AXE ' + JSON.stringify(r.violations.map(v => v.id + ' ' + v.nodes.length))})"
    for who, path in (
        ("", "/"),
        ("lin", "/"),
        ("lin", "/certificates"),
        ("chen", "/proposals"),
        ("wang", "/uploads"),
        ("lin", "/nowhere"),
    ):
        for language, width in (("en", 1280), ("zh-Hant", 390)):
            text = Browser(address, who, language).get(path).text
            text = re.sub(r"<link[^>]*>", "", text).replace("</head>", f"<style>{styles}</style><script>{axe}</script></head>")
            copy = tmp_path / "page.html"
            copy.write_text(text.replace("</body>", f"<script>{asked}</script></body>"), encoding="utf-8")
            flags = [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--window-size={width},900",
                "--virtual-time-budget=20000",
                "--dump-dom",
            ]
            seen = subprocess.run(
                [browser, *flags, copy.as_uri()], capture_output=True, text=True, timeout=120, check=True
            ).stdout
            title = re.search(r"<title>(AXE .*?)</title>", seen)
            assert title is not None, (path, width)
            assert unescape(title[1]) == "AXE []", (path, width, language)
