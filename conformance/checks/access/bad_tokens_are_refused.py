"""A token that has expired, that was issued for another service, that nobody issued, or that was altered is answered 401.

Why: a server that looks only at the shape of a token, or only at its signature, lets in whoever once had one from somewhere.

Fails when: a request with such a token, complete in all else, is answered with anything but 401 (`status`).
Inconclusive when: no request could be made for the operation, or it was not answered.
Source: RFC 6750 section 3.1 (`invalid_token`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, numbered, problem
from conformance.checks._probes import answered, bad_credential, complete, nowhere, rekeyed
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import ALTERED, Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.NOTHING
ASKS = 7
ACTORS = ("expired", "wrong-audience")
MALFORMED, FORGED = "malformed token", "token with one character replaced"
KINDS = {"expired": "expired token", "wrong-audience": "wrong-audience token"}

ABOUT = """逾期、發給其他服務、無人核發或經竄改之權杖，均回應 401。
緣由：僅看權杖外形或僅驗簽章之伺服器，會放行任何曾自某處取得權杖之人。
不通過：以此類權杖送出其餘完備之請求，回應非 401（`status`）。
無法判定：無法為該操作組成請求，或未獲回應。
依據：RFC 6750 第 3.1 節（`invalid_token`）。
"""

MESSAGES = {
    "accepted": {
        "en": "a request with a bad token should be answered {expected}, but got {actual}",
        "zh-Hant": "權杖無效的請求應回應 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """The same complete request with each kind of bad token; with one of them also a request that is incomplete."""
    request = yield from complete(operation, inputs, dialect)
    yield bad_credential(nowhere(operation, inputs.guise)).with_step(MALFORMED)
    yield bad_credential(request).with_step(MALFORMED)
    yield rekeyed(request, inputs, "altered").with_actor(f"a{ALTERED}").with_step(FORGED)
    for actor, kind in KINDS.items():
        yield rekeyed(request, inputs, actor).with_actor(actor).with_step(kind)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, status: Sequence[int] = (401,)
) -> Iterator[Finding | Witness]:
    """A witness per kind of token. `status` refuses it."""
    for kind in (MALFORMED, FORGED, *KINDS.values()):
        for one in by_step(trace).get(kind, ()):
            if not answered(one):
                continue
            yield Witness((one.number,), kind, aspect=kind)
            if one.status not in status:
                yield Finding("accepted", (one.number,), f"{either(status)} ({kind})", str(one.status))


def _asked(*statuses: int) -> list[Exchange]:
    steps = (MALFORMED, *KINDS.values(), FORGED)
    return numbered(
        *(
            exchange("PATCH /things/t1", status, problem(status), name="updateThing", step=step)
            for step, status in zip(steps, statuses, strict=False)
        )
    )


EXAMPLES = Examples(
    operation="updateThing",
    conforms=[_asked(401, 401, 401, 401), _asked(401)],
    violates=[
        _asked(401, 401, 401, 200),
        _asked(401, 200, 401),
        _asked(500, 401, 401),
        _asked(401, 401, 403),
        _asked(404, 401, 401),
    ],
    inconclusive=[[], _asked(429, 429, 429)],
)
