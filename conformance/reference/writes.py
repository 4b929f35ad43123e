"""Writing safely: entity tags, preconditions and idempotency keys.

Tags are strong: a digest of the representation, so that the same content has the same tag. A creation is remembered by
tenant and key for a day; the same request is answered with the first answer again, another one under the key is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from conformance.reference.frame import Frame
from conformance.reference.instants import DAY
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Answer, Call

__all__ = ["Remembered", "Writes"]

_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


@dataclass(frozen=True)
class Remembered:
    """An answer that was given under an Idempotency-Key, and the print of the request that it answered."""

    fingerprint: str
    answer: Answer
    since: Fraction


class Writes(Frame):
    """Conditional requests (RFC 9110 section 13) and the memory of creations."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.memory: dict[tuple[str, ...], Remembered] = {}

    # ---------------------------------------------------------------- entity tags

    def etag_of(self, body: Any) -> str:
        """The strong entity tag of a representation."""
        canonical = _encoder.encode(body).encode()
        return f'"{hashlib.sha256(canonical).hexdigest()[:24]}"'

    def tagged(self, call: Call, answer: Answer) -> Answer:
        """The answer with its entity tag; 304 without a body when the client already has it."""
        tag = self.etag_of(answer.body)
        if call.operation.method == "GET" and self.client_has(call, tag):
            return self.not_modified(tag)
        return Answer(answer.status, answer.body, {**answer.headers, "ETag": tag}, answer.media_type)

    def not_modified(self, tag: str) -> Answer:
        """The answer to a client that has the representation."""
        return Answer(304, None, {"ETag": tag})

    def client_has(self, call: Call, tag: str) -> bool:
        """Whether If-None-Match names the tag; compared weakly."""
        sent = call.headers.get("if-none-match", "")
        return sent.strip() == "*" or any(f'"{opaque}"' == tag for _, opaque in _TAG.findall(sent))

    def if_match_required(self, call: Call) -> bool:
        """Whether the change may be made only under If-Match."""
        return True

    def if_match_holds(self, sent: str, tag: str) -> bool:
        """Whether If-Match names the tag; compared strongly. `*` names none: the client has to know what it changes."""
        return any(not weak and f'"{opaque}"' == tag for weak, opaque in _TAG.findall(sent))

    def check_precondition(self, call: Call, tag: str) -> None:
        """Refuses a change of a representation that the client has not seen."""
        sent = call.headers.get("if-match")
        if sent is None:
            if self.if_match_required(call):
                raise Problem("precondition-required")
        elif not self.if_match_holds(sent, tag):
            raise Problem("precondition-failed")

    # ---------------------------------------------------------------- idempotency

    def memory_place(self, call: Call) -> tuple[str, ...]:
        """Where the answer to this creation is remembered: keys of two tenants never meet."""
        return (call.operation.id, call.tenant, call.headers.get("idempotency-key", ""))

    def fingerprint(self, body: Any) -> str:
        """The print of a request body; member order does not matter."""
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

    def idempotent_answer(self, call: Call) -> Answer | None:
        """The first answer to the same request, or None; refuses another request under the same key."""
        known = self.memory.get(self.memory_place(call))
        if known is None or call.now - known.since > DAY:
            return None
        if known.fingerprint != self.fingerprint(call.body):
            return self.refuse_reused_key(known)
        return known.answer

    def refuse_reused_key(self, known: Remembered) -> Answer | None:
        """Refuses a key that was used for another request."""
        where = Misfit("parameter", "Idempotency-Key", ("已用於其他請求", "was used for another request"))
        raise Problem("key-reused", [where])

    def remember(self, call: Call, answer: Answer) -> Answer:
        """The answer, remembered under the request's key."""
        self.memory[self.memory_place(call)] = Remembered(self.fingerprint(call.body), answer, call.now)
        return answer
