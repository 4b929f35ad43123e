"""Who asks for many things that are not there is turned away.

Why: what everybody may ask for by its number can be listed by asking for every number; what is public for each is not public for all.
Who finds one now and then is no other than who finds none.

Fails when: more than `bounded` questions within `within` seconds for things that are not there are all answered as the first.
Inconclusive when: the questions took longer than that, or were not answered.
Source: OWASP API Security, unrestricted access to sensitive business flows; RFC 6585, 429; the interface's rule on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness

TOUCHES = Touches.WRITES
LAST = True  # whoever comes next from here would be turned away with us
ASKS = 97
WAITS = True
REFUSALS = True
GUESS, FOUND = "guess", "one that is there"
MINUTE = 60.0

ABOUT = """大量查詢不存在之物者，終遭拒絕。
緣由：人人可依號碼查詢之物，可藉逐號查詢而全數列出；逐筆公開並非全部公開。
不通過：`within` 秒內對不存在之物查詢超過 `bounded` 次，回應均與首次相同。
無法判定：查詢耗時超過該時間，或未獲回應。
依據：OWASP API Security, unrestricted access to sensitive business flows；RFC 6585 429；介面規範之相關規定。
"""

MESSAGES = {
    "unbounded": {
        "en": "of more than {at} questions for what is not there one should be answered {expected}, but got {actual}",
        "zh-Hant": "對不存在者的查詢超過 {at} 次，應有一次回應 {expected}，實得 {actual}",
    }
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    parameter: str,
    bounded: int,
    alphabet: str,
    length: int,
    prefix: str = "",
) -> Script:
    """Asks for one thing after the other that is not there, until it is turned away; half-way also for one that is, if one is known."""
    chance = inputs.random("guess")
    wanted = [p for p in operation.parameters if p.name == parameter]
    known = yield from given.values_for(operation, wanted, inputs, dialect, most=1)
    for nth in range(bounded + 1):
        if known and nth == bounded // 2:
            yield operation.request(path={parameter: str(known[0][parameter])}, actor=None, step=FOUND)
        number = prefix + "".join(chance.choice(alphabet) for _ in range(length))
        one: Exchange = yield operation.request(path={parameter: number}, actor=None, step=GUESS)
        if one.status == 429 or one.postponed:
            return


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, bounded: int, within: float = MINUTE
) -> Iterator[Finding | Witness]:
    """A witness where somebody was turned away, or everybody could have been."""
    asked = [one for one in trace if one.step == GUESS]
    turned = [one for one in asked if one.status == 429 or one.postponed]
    if turned:
        yield Witness((turned[0].number,), GUESS)
        return
    answered = [one for one in asked if 400 <= one.status < 500]
    if len(answered) <= bounded or answered[-1].sent_at - answered[0].sent_at > within * 1000:
        return
    numbers = (answered[0].number, answered[-1].number)
    yield Witness(numbers, GUESS)
    yield Finding("unbounded", numbers, "429", str(answered[-1].status), str(bounded))


def _guess(status: int = 404, at: int = 0) -> Exchange:
    return exchange("GET /things/x", status, problem(status, "none"), name="getThing", step=GUESS, at=at)


EXAMPLES = Examples(
    operation="getThing",
    arguments={"bounded": 2, "parameter": "thingId", "alphabet": "01", "length": 8},
    conforms=[numbered(_guess(), _guess(), _guess(429))],
    violates=[numbered(_guess(), _guess(), _guess())],
    inconclusive=[[], numbered(_guess(), _guess()), numbered(_guess(), _guess(), _guess(at=70_000))],
)
