"""What is redacted: exact names that hold a secret, and shapes that give away a credential or a person.

A name is compared whole, in its usual spellings (`sort_key` is no key, `tokenType` no token). A shape that could be a plain
number, such as a national identity number, has to pass its checksum too. Idempotency keys, entity tags and cursors are no
secrets; where one of them has the shape of a JWT it gets its pseudonym like any other, and stays equal to itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

__all__ = ["HEADERS", "NAMES", "PSEUDONYM", "Prescan", "alphabet", "finder", "hints", "is_tw_id", "shape_of"]

HEADERS = frozenset(
    {
        "api-key",
        "apikey",
        "authentication-info",
        "authorization",
        "cookie",
        "ocp-apim-subscription-key",
        "private-token",
        "proxy-authorization",
        "set-cookie",
        "x-access-token",
        "x-amz-security-token",
        "x-api-key",
        "x-api-token",
        "x-auth-token",
        "x-csrf-token",
        "x-goog-api-key",
        "x-refresh-token",
        "x-session-token",
        "x-token",
        "x-xsrf-token",
    }
)
_WORDS = (
    "access token",
    "api key",
    "auth token",
    "authorization",
    "client assertion",
    "client secret",
    "id token",
    "passphrase",
    "passwd",
    "password",
    "pickup code",
    "private key",
    "refresh token",
    "secret",
    "secret key",
    "session id",
    "session token",
    "token",
)


def _spellings(words: str) -> set[str]:
    """A name as it may be written: accessToken, AccessToken, access_token, access-token, ACCESS_TOKEN, accesstoken."""
    first, *others = words.split(" ")
    camel = first + "".join(map(str.capitalize, others))
    parts = (first, *others)
    return {camel, camel[0].upper() + camel[1:], camel.lower(), "_".join(parts), "-".join(parts), "_".join(parts).upper()}


NAMES = frozenset(name for words in _WORDS for name in _spellings(words))
PSEUDONYM = re.compile(r"«(?:secret|pem|jwt|email|tw-id|mobile):[0-9a-f]{12}»")

_SHAPES = {
    "pem": r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)",
    "jwt": r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){2}(?:(?:\.[A-Za-z0-9_-]+){2})?",
    "userinfo": r"(?<=://)[^/?#\s\"'<>@«]{1,512}(?=@)",
    "email": r"(?<![A-Za-z0-9._+-])[A-Za-z0-9._+-]+(?:@|%40)(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}",
    "tw_id": r"(?<![A-Za-z0-9])[A-Z][A-D1289][0-9]{8}(?![A-Za-z0-9])",
    "mobile": r"(?<![A-Za-z0-9.])(?:(?:\+|00)?886[ -]?0?9|09)[0-9]{2}[ -]?[0-9]{3}[ -]?[0-9]{3}(?!\.?[A-Za-z0-9])",
}
_FULL = {name: re.compile(pattern, re.DOTALL) for name, pattern in _SHAPES.items() if name != "userinfo"}
_LETTERS = {letter: code for code, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", 10)}
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_ALPHABETS = (
    ("digits", re.compile(r"[0-9]+")),
    ("hex", re.compile(r"[0-9a-fA-F]+")),
    ("alphanumeric", re.compile(r"[A-Za-z0-9]+")),
    ("base64url", re.compile(r"[A-Za-z0-9_=-]+")),
    ("ascii", re.compile(r"[\x20-\x7e]+")),
)
# Digits, and the letters that may be the second of an old resident certificate number, become "0", and separators go away.
# Nine in a row is what every identity number and every mobile number then has, and little else; the exact look costs more.
_DIGITS = bytes(48 if chr(code) in "0123456789ABCD" else 32 for code in range(256))
_NUMBERS = re.compile(rf"{_SHAPES['tw_id']}|{_SHAPES['mobile']}".encode())


def is_tw_id(text: str) -> bool:
    """Whether the checksum of a Taiwan identity number (身分證) or resident certificate number (居留證, old or new) is right."""
    first, second = _LETTERS[text[0]], text[1]
    digit = _LETTERS[second] % 10 if second in _LETTERS else int(second)
    digits = (first // 10, first % 10, digit, *map(int, text[2:]))
    return sum(map(int.__mul__, digits, _WEIGHTS)) % 10 == 0


def shape_of(text: str) -> str | None:
    """The shape that the whole of `text` has: `jwt`, `pem`, `email`, `tw-id`, `mobile` or None."""
    for name, pattern in _FULL.items():
        if pattern.fullmatch(text) and (name != "tw_id" or is_tw_id(text)):
            return name.replace("_", "-")
    return None


def alphabet(text: str) -> str:
    """The narrowest of digits, hex, alphanumeric, base64url, ascii and text that all of `text` is made of."""
    return next((name for name, pattern in _ALPHABETS if pattern.fullmatch(text)), "text")


def finder(names: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds every shape in a text, and the values of secret parameters and members in the URLs and the JSON in it.

    The name of the matching group is the shape (`tw_id` for tw-id; `userinfo`, `parameter` and `member` are secrets).
    """
    listed = "|".join(map(re.escape, sorted(names)))
    parts = [f"(?P<{name}>{pattern})" for name, pattern in _SHAPES.items()]
    return re.compile(
        "|".join([*parts, rf"[?&#](?:{listed})=(?P<parameter>[^&#\s\"'<>«]+)", rf'"(?:{listed})"\s*:\s*"(?P<member>[^"«]+)']),
        re.DOTALL,
    )


def hints(names: Iterable[str]) -> Callable[[str], re.Match[str] | None]:
    """A search that finds something in every text in which `finder` does, and in few others, at a tenth of the cost."""
    listed = "|".join(map(re.escape, sorted(names)))
    return re.compile(rf"[0-9]{{3}}[ -]?[0-9]{{3}}|@|%40|eyJ|-----BEGIN |[?&#](?:{listed})=|\"(?:{listed})\"").search


class Prescan:
    """Tells whether bytes may hold something to redact: never no when they do, seldom yes when they do not.

    A handful of searches that run at nearly the speed of memory, so that a clean body costs microseconds.
    """

    def __init__(self, names: Iterable[str]) -> None:
        listed = sorted(name.encode() for name in names)
        heads = [b"[" + b"".join(sorted({re.escape(name[at : at + 1]) for name in listed})) + b"]" for at in (0, 1)]
        tails = b"|".join(sorted({re.escape(name[2:]) for name in listed}))
        words = b"|".join(map(re.escape, listed))
        self._member = re.compile(b'"%b%b(?:%b)[\\\\"]' % (*heads, tails))  # the classes first: most names end there
        self._parameter = re.compile(b"[?&#](?:%b)=" % words)
        self._escape = re.compile(rb"\\u00(?:3[0-9]|[4-7][0-9a-fA-F])")  # a letter, a digit or @, though it needs no escape
        # Where the shape can begin, or eyJeyJ… takes quadratic time; the literal comes first because it is searched for fast.
        self._jwt = re.compile(rb"eyJ(?<![A-Za-z0-9_-]eyJ)[A-Za-z0-9_-]{5,}\.")

    def __call__(self, data: bytes) -> bool:
        """Whether `data` needs the slow look."""
        return (
            b"@" in data
            or (b"%" in data and b"%40" in data)
            or (b"\\u00" in data and self._escape.search(data) is not None)
            or self._member.search(data) is not None
            or self._jwt.search(data) is not None
            or b"-----BEGIN " in data
            or (b"000000000" in data.translate(_DIGITS, b" -") and _NUMBERS.search(data) is not None)
            or self._has_parameter(data)
        )

    def _has_parameter(self, data: bytes) -> bool:
        for mark in (b"?", b"&", b"#"):
            at = data.find(mark)
            while at >= 0:
                if self._parameter.match(data, at):
                    return True
                at = data.find(mark, at + 1)
        return False
