"""Faults of what is said of a request with something wrong: the status, the type, and which of several faults comes first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.problems import Misfit, Problem, invalid_parameter
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Operation

__all__: list[str] = []

_UID = re.compile(r"[A-Za-z0-9._~-]{1,64}")

# -------------------------------------------------------------------- the status of a fault


class PathThatIsNoUidIsABadRequest(TransportServer):
    """A path that names something in characters that no identifier has is answered 400."""

    BREAKS = ("COM-ERR-09",)

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        if any(not _UID.fullmatch(value) for value in path.values()):
            raise invalid_parameter("uid", ("格式不正確", "does not have the expected format"))
        return super().find(known, path, tenant, visit)


class MembersTooManyAreMalformed(TransportServer):
    """A body with a member that may not be sent is answered 400 like one that is not JSON."""

    BREAKS = ("COM-ERR-09",)

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
