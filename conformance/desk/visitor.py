"""A person at the desk, through HTTP as a browser would: signs in at the provider for trying out, reads pages, sends forms. For demonstrations."""

from __future__ import annotations

import io
import re
import secrets
import time
import zipfile
from collections.abc import Mapping, Sequence
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from conformance.desk.archives import NAMES
from conformance.errors import SuiteError

__all__ = ["Visitor", "packed"]

_PATIENCE = 900.0  # seconds for a page that waits for something
_ALERT = re.compile(r'role="alert">(.*?)</p>', re.DOTALL)
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


def packed(run: Path) -> bytes:
    """The folder of a run as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(run.iterdir()):
            if path.name in NAMES:
                archive.write(path, path.name)
    return out.getvalue()


class Visitor:
    """One person, signed in."""

    def __init__(self, address: str, subject: str) -> None:
        self._address, self._place = address, ""
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self._opener.addheaders = [("Accept-Language", "en"), ("Origin", address)]
        self._page("/sign-in")
        self._page(f"{self._place}&{urlencode({'as': subject})}")

    def settled(self, path: str) -> str:
        """A page, once it does not load itself again. Raises SuiteError when that takes too long, or it says that something was refused."""
        end = time.monotonic() + _PATIENCE
        while 'http-equiv="refresh"' in (page := self._page(path)):
            if time.monotonic() > end:
                raise SuiteError(f"the demonstration waits for {path} in vain")
            time.sleep(0.2)
        return page

    def upload(self, archive: bytes) -> str:
        """Send a run; the page on which it is verified."""
        boundary = secrets.token_hex(16)
        parts = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="token"\r\n\r\n{self._token("/uploads")}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="run"; filename="run.zip"\r\n\r\n'
        )
        body = parts.encode() + archive + f"\r\n--{boundary}--\r\n".encode()
        self._page("/uploads", body, f"multipart/form-data; boundary={boundary}")
        return self._place.removeprefix(self._address)

    def send(self, path: str, page: str, fields: Mapping[str, str | Sequence[str]]) -> str:
        """Send a form of a page; the page that comes after it."""
        body = urlencode({"token": self._token(page), **fields}, doseq=True).encode()
        self._page(path, body, "application/x-www-form-urlencoded")
        return self._place.removeprefix(self._address)

    def link(self, path: str, pattern: str) -> str:
        """The first link of a settled page that fits a pattern."""
        found = re.search(rf'href="({pattern})"', self.settled(path))
        if found is None:
            raise SuiteError(f"the demonstration found no link {pattern} on {path}")
        return found[1]

    def _token(self, page: str) -> str:
        found = _TOKEN.search(self._page(page))
        if found is None:
            raise SuiteError(f"the demonstration is not signed in at {page}")
        return found[1]

    def _page(self, path: str, body: bytes | None = None, kind: str = "") -> str:
        url = path if path.startswith("http") else self._address + path
        asked = Request(url, body, {"Content-Type": kind} if kind else {})  # noqa: S310 - a server of ours, on loopback
        try:
            with self._opener.open(asked, timeout=60) as answer:
                self._place = answer.url
                text: str = answer.read().decode("utf-8")
        except HTTPError as error:
            text = error.read().decode("utf-8", "replace")
        if alert := _ALERT.search(text):
            raise SuiteError(f"the demonstration was refused at {path}: {unescape(re.sub('<[^>]*>', ' ', alert[1])).strip()}")
        return text
