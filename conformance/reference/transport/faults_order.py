"""Faults of what is said of a request with something wrong: the status, the type, and which of several faults comes first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.bodies import misfits
from conformance.reference.problems import Misfit, Problem, invalid_parameter
from conformance.reference.transport.booking import MOVE_MEMBERS
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call, Operation

__all__: list[str] = []

_UID = re.compile(r"[A-Za-z0-9._~-]{1,64}")

# -------------------------------------------------------------------- the status of a fault


class PathThatIsNoUidIsABadRequest(TransportServer):
    """A path that names something in characters that no identifier has is answered 400."""

    BREAKS = ("COM-ERR-09",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-ERR-10": "a path that is just short enough is one of those refused",
    }

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        if any(not _UID.fullmatch(value) for value in path.values()):
            raise invalid_parameter("uid", ("格式不正確", "does not have the expected format"))
        return super().find(known, path, tenant, visit)


class MembersTooManyAreMalformed(TransportServer):
    """A body with a member that may not be sent is answered 400 like one that is not JSON."""

    BREAKS = ("COM-ERR-09",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "TRN-040": "its further causes of 422 are refused in the same way",
    }

    def refuse_misfits(self, found: list[Misfit]) -> None:
        if any("not a member" in misfit.detail[1] for misfit in found):
            raise Problem("malformed-body")
        super().refuse_misfits(found)


class UnknownParameterIsOfAnotherType(TransportServer):
    """A query parameter that the operation does not have is refused with the type of a body that is not JSON."""

    BREAKS = ("COM-ERR-09",)

    def refuse_unknown(self, operation: Operation, pairs: Sequence[tuple[str, str]]) -> None:
        try:
            super().refuse_unknown(operation, pairs)
        except Problem as problem:
            raise Problem("malformed-body", problem.errors) from problem


class MissingKeyIsAnInvalidParameter(TransportServer):
    """A creation without a key is refused with the type of a query that is not valid."""

    BREAKS = ("COM-ERR-09",)

    def require_key(self, operation: Operation, headers: Mapping[str, str]) -> None:
        try:
            super().require_key(operation, headers)
        except Problem as problem:
            raise Problem("invalid-parameter", problem.errors) from problem


# -------------------------------------------------------------------- the first of several faults


class LooksAtTheBodyBeforeTheTag(TransportServer):
    """A move with a body that is wrong is refused for its body, whatever its tag."""

    BREAKS = ("COM-ERR-08",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-ERR-09": "so it is without a tag, which has a status of its own"}

    async def update_reservation(self, call: Call) -> Answer:
        self.refuse_misfits(misfits(call.body, MOVE_MEMBERS))
        return await super().update_reservation(call)


class LooksForTheResourceLast(TransportServer):
    """What a path names is looked for only after Accept has been looked at."""

    BREAKS = ("COM-ERR-08",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-ERR-09": "a path that can name nothing has a status that comes before"}

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        self.negotiate(known, visit.request.headers)
        return super().find(known, path, tenant, visit)


class StrangersLearnTheParameters(TransportServer):
    """The query is read before the credentials."""

    BREAKS = ("COM-ERR-08",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-AUTH-01": "whatever else is wrong, a request without credentials is answered 401",
        "COM-ERR-09": "in a path that can name nothing, too",
    }

    def known_as(self, visit: Visit, operation: Operation, tenant: str = "") -> Visit:
        known = super().known_as(visit, operation, tenant)
        if operation.scope is not None and visit.request.method == operation.method:
            self.refuse_unknown(operation, self.query_pairs(visit.request.scope["query_string"]))
        return known


def _lacks_the_scope(server: TransportServer, visit: Visit, operation: Operation) -> bool:
    """Whether a request of an operation will be refused for its scope."""
    try:
        server.admit(operation, visit.request.headers, visit.now)
    except Problem as problem:
        return problem.slug == "forbidden" and visit.request.method == operation.method
    return False


class ReadersLearnTheParameters(TransportServer):
    """The query is read before the scope: a token that may only read is told which parameters a booking does not have."""

    BREAKS = ("COM-ERR-08",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-ERR-09": "of two faults the query is told before the media type"}

    def known_as(self, visit: Visit, operation: Operation, tenant: str = "") -> Visit:
        if _lacks_the_scope(self, visit, operation):
            self.refuse_unknown(operation, self.query_pairs(visit.request.scope["query_string"]))
        return super().known_as(visit, operation, tenant)


class ReadersLearnWhatThereIs(TransportServer):
    """What a path names is looked for before the scope: without it, 404 says that there is no such reservation, and 403 that there is."""

    BREAKS = ("COM-ERR-08",)
    SUBTLE = True

    def known_as(self, visit: Visit, operation: Operation, tenant: str = "") -> Visit:
        if _lacks_the_scope(self, visit, operation):
            self.find(operation, self.route(visit.request)[1], "a", visit)
        return super().known_as(visit, operation, tenant)


class CapacityIsCountedFirst(TransportServer):
    """A booking of what is held already is refused for that, whatever is wrong with its body."""

    BREAKS = ("COM-ERR-08",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-ERR-09": "a body that its schema excludes is refused with another status"}

    def draft_misfits(self, body: Any) -> list[Misfit]:
        found = super().draft_misfits(body)
        held = self.by_target.get(str(body.get("targetUid")), ()) if found and isinstance(body, dict) else ()
        if any(self.reservations[each].start_text == body.get("startTime") for each in held):
            raise Problem("no-capacity")
        return found


# -------------------------------------------------------------------- length


class LongBodiesAreMalformed(TransportServer):
    """A body of more than 16 KiB is taken for malformed."""

    BREAKS = ("COM-ERR-10",)
    SUBTLE = True

    def parse_body(self, raw: bytes) -> Any:
        if len(raw) > 16384:
            raise self.malformed(ValueError("too long"))
        return super().parse_body(raw)


class LongNamesAreBadRequests(TransportServer):
    """A path that names something with more than a thousand characters is answered 400."""

    BREAKS = ("COM-ERR-10",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-ERR-09": "a path that can name nothing is answered 404"}

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        if any(len(value) > 1000 for value in path.values()):
            raise invalid_parameter("uid", ("過長", "is too long"))
        return super().find(known, path, tenant, visit)
