"""What does not exist is not found, whichever way it is asked for.

Why: a client that is answered with success for a thing that is not there works with nothing, and one that is told of a broken server asks
again for ever. Frameworks answer 404 for a path that they do not know; for an id that they do not know the program has to.

The suite takes a request that names what is there and puts, for one parameter of its path at a time, an identifier of the same make that
nobody has: as long, of the same letters and digits, and one that the schema allows. What is there is read before, so that only the
identifier can be the reason. Of what only so many values can be (an enumeration, two letters), none is known that nobody has.

Fails when: it is answered with success, with 5xx, or with a refusal that is neither in `status` nor declared for the operation.
Inconclusive when: no value is known that is there, none is known that nobody has, or the refusal is a declared one for an identifier of this form.
Source: RFC 9110 section 15.5.5; the interface document.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote

from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import never, unusable
from conformance.checks._probes import complete
from conformance.checks._statuses import either
from conformance.interface import contract, sending
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Parameter, Request, Script, Touches, Unmet, Witness

TOUCHES = Touches.NOTHING
ASKS = 6
BODIES = False
REFUSALS = True
THERE, ABSENT = "what is there", "what is not there: "
_EACH = 2  # identifiers for each parameter
_ROOM = 6  # letters and digits from which an identifier is nobody's by chance

ABOUT = """不存在者即查無此物，無論以何種方式索取。
緣由：對不存在者回應成功，用戶端便以虛無之物作業；告以伺服器錯誤，則將不斷重試。框架對未知路徑回應 404，對未知識別碼則須由程式判斷。
套件取一指向現有資源之請求，就路徑之各參數逐一改用無人持有、形式相同之識別碼：長度、字母與數字種類相同，且為綱要所容許。先行讀取現有者，故僅識別碼可為原因。僅有少數可能值者（列舉、兩字母代碼），無從得知何者無人持有。
不通過：回應成功、5xx，或回應既非 `status` 所定亦未就該操作宣告之拒絕。
無法判定：不知有何現有者、不知何者無人持有，或所回應者為對此形式識別碼所宣告之拒絕。
依據：RFC 9110 第 15.5.5 節；介面規範。
"""

MESSAGES = {
    "found": {
        "en": "what does not exist ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "不存在者（{at}）應回應 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """What is there, where reading it does no harm; then for each parameter of the path what is not."""
    asked = yield from complete(operation, inputs, dialect)
    absent = list(_absent(operation, asked, inputs))
    if not absent:
        raise Unmet(f"no identifier is known that nobody has: what the path of {operation.id} takes is not one, or too short")
    if not operation.writes:
        yield asked.with_step(THERE)
    for request in absent:  # noqa: UP028 - a script is handed answers, and a list takes none
        yield request


def _absent(operation: Operation, asked: Request, inputs: Inputs) -> Iterator[Request]:
    """The request with another identifier, for each parameter of its path."""
    present = {name: unquote(text) for name, text in sending.path_values(operation, asked.path).items()}
    for p in operation.parameters:
        if p.location == "path" and p.name in present:
            for nth in range(_EACH):
                other = _nobodys(operation, p, present[p.name], inputs.random("absent", operation.id, p.name, nth))
                if other is not None:
                    path = operation.request(path={**present, p.name: other}).path
                    yield replace(asked, path=path, step=f"{ABSENT}{p.name}")


def _nobodys(operation: Operation, p: Parameter, present: str, chance: random.Random) -> str | None:
    """An identifier of the make of this one that nobody has; None where there are too few of them."""
    if "enum" in p.schema or "const" in p.schema:
        return None
    made = [never(present, chance)] if sum(char.isalnum() for char in present) >= _ROOM else []
    if present.isdecimal():
        made.append(str(chance.randrange(10**9, 2 * 10**9)))
    else:
        made.append(present + never("yance0000", chance))
    fitting = (one for one in made if one != present and contract.parameter_accepts(operation, p.name, one, "path"))
    return next(fitting, None)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, status: Sequence[int] = (404,)
) -> Iterator[Finding | Witness]:
    """A witness per refusal. `status` says that a thing is not there."""
    there = next((one for one in trace if one.step == THERE), None)
    if not operation.writes and (there is None or not there.ok):
        return
    for one in trace:
        if not one.step.startswith(ABSENT) or unusable(one):
            continue
        numbers = (*((there.number,) if there else ()), one.number)
        if one.status in status:
            yield Witness(numbers)
        elif one.status < 400 or one.status >= 500 or contract.declared(operation, one.status) is None:
            yield Finding("found", numbers, either(status), str(one.status), one.step.removeprefix(ABSENT))


# ------------------------------------------------------------------------------------------ examples


def _read(identifier: str, status: int = 200, step: str = f"{ABSENT}thingId") -> Exchange:
    body = {"thingId": identifier} if status == 200 else problem(status)
    return exchange(f"GET /things/{identifier}", status, body, name="getThing", step=step, actor="a")


_THERE = _read("t1-7f3a9c", step=THERE)
EXAMPLES = Examples(
    operation="getThing",
    conforms=[numbered(_THERE, _read("t1-19bd04", 404), _read("t1-88e2c1", 404))],
    violates=[
        numbered(_THERE, _read("t1-19bd04")),
        numbered(_THERE, _read("t1-19bd04", 500)),
        numbered(_THERE, _read("t1-19bd04", 404), _read("t1-88e2c1", 418)),
    ],
    inconclusive=[
        [],
        numbered(_THERE),
        numbered(_read("t1-7f3a9c", 404, THERE), _read("t1-19bd04", 404)),
        numbered(_THERE, _read("t1-19bd04", 429)),
        numbered(_THERE, _read("t1-19bd04", 403)),
    ],
)
