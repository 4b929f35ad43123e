"""What is redacted: exact names that hold a secret, and shapes that give away a credential or a person.

A name is compared whole, in its usual spellings (`sort_key` is no key, `tokenType` no token). A shape that could be a plain
number, such as a national identity number, has to pass its checksum too. Idempotency keys, entity tags and cursors are no
secrets; where one of them has the shape of a JWT it gets its pseudonym like any other, and stays equal to itself.

What identifies a person was decided kind by kind (`DECIDED`, which the policy digest covers): a number with a check digit by its
shape, one without by the name of its member, and what open data are made of not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from conformance.redaction.unfolding import meant

__all__ = [
    "DECIDED",
    "HEADERS",
    "NAMES",
    "PERSONAL",
    "PSEUDONYM",
    "Prescan",
    "alphabet",
    "as_written",
    "finder",
    "hints",
    "is_card_number",
    "is_number",
    "is_tw_id",
    "prescan",
    "shape_of",
]

DECIDED: Mapping[str, str] = {
    "identity number": "by shape and check digit, also in lower case and with dashes or spaces (then of the kind identity, since an "
    "identifier may be written so, and no verdict is to rest on it)",
    "mobile number": "by shape",
    "e-mail address": "by shape",
    "bank card": "by shape: 13 to 19 digits in a row or in groups that begin as an issuer's do and pass Luhn's check",
    "passport": "by the name of its member: nine digits or letter and eight digits are any number, and have no check digit",
    "landline": "by the name of its member (home phone): open data hold the numbers of stations, offices and hotlines, which are to be read",
    "vehicle plate": "not at all: the plates of buses are part of the interface, and a private one is found by its check",
}

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


_PERSONAL_WORDS = {
    "passport": "passport",
    "passport number": "passport",
    "passport no": "passport",
    "home phone": "phone",
    "home phone number": "phone",
    "home telephone": "phone",
    "card number": "card",
    "credit card number": "card",
    "bank account number": "account",
}
PERSONAL: Mapping[str, str] = {name: kind for words, kind in _PERSONAL_WORDS.items() for name in _spellings(words)}
NAMES = frozenset(name for words in _WORDS for name in _spellings(words)) | frozenset(PERSONAL)
PSEUDONYM = re.compile(r"«(?:secret|pem|jwt|email|tw-id|identity|mobile|card|passport|phone|account):[0-9a-f]{12}»")

# As long as the cards of an issuer are, so that few other numbers of the length begin so: a time in microseconds begins with 1.
_CARD = r"4[0-9]{15}|4[0-9]{12}|5[1-5][0-9]{14}|2[2-7][0-9]{14}|3[47][0-9]{13}|3[068][0-9]{12}|35[0-9]{14}|6[05][0-9]{14}|62[0-9]{14,17}"
_GROUPED_CARD = (
    r"(?:[45][0-9]{3}|2[2-7][0-9]{2}|35[0-9]{2}|6[025][0-9]{2})(?:[ -][0-9]{4}){3}|3[47][0-9]{2}[ -][0-9]{6}[ -][0-9]{5}"
)
_SHAPES = {
    "pem": r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)",
    "jwt": r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){2}(?:(?:\.[A-Za-z0-9_-]+){2})?",
    "userinfo": r"(?<=://)[^/?#\s\"'<>@«]{1,512}(?=@)",
    "email": r"(?<![A-Za-z0-9._+-])[A-Za-z0-9._+-]+(?:@|%40)(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}",
    "tw_id": r"(?<![A-Za-z0-9])[A-Z][A-D1289][0-9]{8}(?![A-Za-z0-9])",
    "identity": r"(?<![A-Za-z0-9-])[A-Za-z][ -]?[1289](?:[ -]?[0-9]){8}(?!-?[A-Za-z0-9])",
    "mobile": r"(?<![A-Za-z0-9.])(?:(?:\+|00)?886[ -]?0?9|09)[0-9]{2}[ -]?[0-9]{3}[ -]?[0-9]{3}(?!\.?[A-Za-z0-9])",
    "card": rf"(?<![A-Za-z0-9.-])(?:{_CARD}|{_GROUPED_CARD})(?![ -]?[A-Za-z0-9]|\.[0-9])",
}
_FULL = {name: re.compile(pattern, re.DOTALL) for name, pattern in _SHAPES.items() if name != "userinfo"}
_ROW = re.compile(_CARD)
_SEPARATED = re.compile(r"[ -]")
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
# In bytes, what stands before a number may be the end of an escape (`\\n`, `\\u8b49`, `%89`), so only whole texts know the neighbours.
_NUMBERS = re.compile(
    "|".join(
        re.sub(r"^\(\?<![^)]*\)|\(\?![^)]*\)$", "", _SHAPES[name]) for name in ("identity", "tw_id", "mobile", "card")
    ).encode()
)
_ALONE = re.compile("|".join(_SHAPES[name] for name in ("identity", "tw_id", "mobile", "card")).encode())
_ROW_OF_DIGITS = re.compile(rb"[0-9](?:[ -]?[0-9]){7,}+")  # the digits of any of them stand in such a row
_BEFORE, _AFTER = 3, 4  # no more bytes than these belong to it before the row, or tell its neighbours after it
# A letter, a digit or @ that is written in another way; each begins with what is searched for fast.
_OCTET = re.compile(rb"%(?:3[0-9]|4[0-9a-fA-F]|5[0-9aA]|6[1-9a-fA-F]|7[0-9aA])")
_WIDE = re.compile(rb"\xef\xbc[\x90-\x99\xa0-\xba]"), re.compile(rb"\xef\xbd[\x81-\x9a]")


def is_tw_id(text: str) -> bool:
    """Whether the checksum of a Taiwan identity number (身分證) or resident certificate number (居留證, old or new) is right."""
    first, second = _LETTERS[text[0]], text[1]
    digit = _LETTERS[second] % 10 if second in _LETTERS else int(second)
    digits = (first // 10, first % 10, digit, *map(int, text[2:]))
    return sum(map(int.__mul__, digits, _WEIGHTS)) % 10 == 0


def is_card(text: str) -> bool:
    """Whether the digits of a text pass the check of a bank card (ISO/IEC 7812-1, Luhn) and are as many as a card has."""
    digits = [int(digit) for digit in text if digit.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_card_number(text: str) -> bool:
    """Whether all of a text is the number of a bank card in one row."""
    return _ROW.fullmatch(text) is not None and is_card(text)


def is_number(shape: str, text: str) -> bool:
    """Whether a text that has a shape by its letters and digits has it by its check digit too, where the shape has one."""
    if shape in ("tw_id", "identity"):
        return is_tw_id(_SEPARATED.sub("", text).upper())
    return shape != "card" or is_card(text)


def shape_of(text: str) -> str | None:
    """The shape that the whole of `text` has: `jwt`, `pem`, `email`, `tw-id`, `identity`, `mobile`, `card` or None."""
    for name, pattern in _FULL.items():
        if pattern.fullmatch(text) and is_number(name, text):
            return name.replace("_", "-")
    return None


def alphabet(text: str) -> str:
    """The narrowest of digits, hex, alphanumeric, base64url, ascii and text that all of `text` is made of."""
    return next((name for name, pattern in _ALPHABETS if pattern.fullmatch(text)), "text")


@lru_cache(maxsize=16)  # a run has one set of names, and makes many redactors of it when it is verified
def finder(names: frozenset[str]) -> re.Pattern[str]:
    """A pattern that finds every shape in a text, and the values of secret parameters and members in the URLs and the JSON in it.

    The name of the matching group is the shape (`tw_id` for tw-id; `userinfo`, `parameter`, `matrix` and `member` are secrets).
    """
    listed = "|".join(map(re.escape, sorted(names)))
    parts = [f"(?P<{name}>{pattern})" for name, pattern in _SHAPES.items()]
    return re.compile(
        "|".join(
            [
                *parts,
                *_parameters(listed, ""),
                rf'"(?:{listed})"\s*:\s*"(?P<member>[^"«]+)',
                rf"/(?:{listed})/(?P<segment>(?=[^/?#\s\"'<>«]*[0-9])[A-Za-z0-9._~%+=-]{{16,}})",
            ]
        ),
        re.DOTALL,
    )


@lru_cache(maxsize=16)
def as_written(names: frozenset[str]) -> re.Pattern[str]:
    """A pattern that finds the values of secret parameters in a URL before anything in it is undone: `%26` and `%2F` belong to a value.

    It finds nothing where a backslash follows: what is escaped in JSON besides has to be undone first.
    """
    return re.compile("|".join(_parameters("|".join(map(re.escape, sorted(names))), "\\\\")))


def _parameters(listed: str, further: str) -> tuple[str, str]:
    """A parameter of the query or the fragment, and one of a path segment, which a slash ends, too; `further` ends the value in vain."""
    end = rf"&#;\s\"'<>«{further}"
    after = f"(?![{further}])" if further else ""
    return (
        rf"[?&#](?:{listed})=(?P<parameter>[^{end}]++){after}",
        rf";(?:{listed})=(?P<matrix>[^/{end}]++){after}",
    )


@lru_cache(maxsize=16)
def hints(names: frozenset[str]) -> Callable[[str], re.Match[str] | None]:
    """A search that finds something in every text in which `finder` does, and in few others, at a tenth of the cost."""
    listed = "|".join(map(re.escape, sorted(names)))
    return re.compile(rf"[0-9]{{3}}[ -]?[0-9]{{3}}|(?:[0-9][ -]?){{9}}|@|%40|eyJ|-----BEGIN |[?&#;/\"](?:{listed})[=/\"]").search


def _is_spelt(data: bytes) -> bool:
    """Whether a letter, a digit or @ is written as in a URL, as in HTML or in its full-width form."""
    return (
        b"&#" in data
        or b"&commat;" in data
        or (b"%" in data and _OCTET.search(data) is not None)
        or (b"\xef" in data and any(wide.search(data) for wide in _WIDE))
    )


def _has_number(data: bytes) -> bool:
    """Whether there may be a number of a person: where nothing is escaped, its neighbours tell. Only around rows of digits is looked."""
    search = (_NUMBERS if b"\\" in data or b"%" in data else _ALONE).search
    rows = (row.span() for row in _ROW_OF_DIGITS.finditer(data))
    return any(search(data, max(0, start - _BEFORE), end + _AFTER) is not None for start, end in rows)


@lru_cache(maxsize=16)
def prescan(names: frozenset[str]) -> Prescan:
    """What tells whether bytes may hold something to redact, by these names or by their shape."""
    return Prescan(names)


class Prescan:
    """Tells whether bytes may hold something to redact: never no when they do, seldom yes when they do not.

    A handful of searches that run at nearly the speed of memory, so that a clean body costs microseconds.
    """

    def __init__(self, names: Iterable[str]) -> None:
        listed = sorted(name.encode() for name in names)
        depth = min(4, *map(len, listed))
        heads = [b"[" + b"".join(sorted({re.escape(name[at : at + 1]) for name in listed})) + b"]" for at in range(depth)]
        tails = b"|".join(sorted({re.escape(name[depth:]) for name in listed}))
        words = b"|".join(map(re.escape, listed))
        self._member = re.compile(b'"%b(?:%b)[\\\\"]' % (b"".join(heads), tails))  # the classes first: most names end there
        self._parameter = re.compile(b"[?&#;](?:%b)=" % words)
        self._segment = re.compile(b"/(?:%b)/" % words)
        # a letter, a digit or @, though it needs no escape, or the full-width form of one
        self._escape = re.compile(rb"\\(?:u00(?:3[0-9]|[4-7][0-9a-fA-F])|x[3-7]|[uU][fF][fF][0-5])")
        # Where the shape can begin, or eyJeyJ… takes quadratic time; the literal comes first because it is searched for fast.
        self._jwt = re.compile(rb"eyJ(?<![A-Za-z0-9_-]eyJ)[A-Za-z0-9_-]{5,}\.")

    def __call__(self, data: bytes) -> bool:
        """Whether `data` needs the slow look: as it is written, or as it is meant where that is something else."""
        if self._plainly(data):
            return True
        if not (_is_spelt(data) or (b"\\" in data and self._escape.search(data) is not None)):
            return False
        return self._plainly(meant(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape"))

    def _plainly(self, data: bytes) -> bool:
        return (
            b"@" in data
            or (b"%" in data and b"%40" in data)
            or self._member.search(data) is not None
            or self._jwt.search(data) is not None
            or b"-----BEGIN" in data
            or (b"000000000" in data.translate(_DIGITS, b" -") and _has_number(data))
            or self._has_parameter(data)
            or self._segment.search(data) is not None
        )

    def _has_parameter(self, data: bytes) -> bool:
        for mark in (b"?", b"&", b"#", b";"):
            at = data.find(mark)
            while at >= 0:
                if self._parameter.match(data, at):
                    return True
                at = data.find(mark, at + 1)
        return False
