"""Faults of entity tags, of races between changes, and of deletion."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.second_health.faults.bending import around, fault
from tests.second_health.refusals import Refusal

_TAGS = ("COM-COND-01", "COM-COND-02", "COM-COND-04", "HLT-022")


@fault("the tag does not follow the note", *_TAGS)
def tags_without_notes(server: Any) -> None:
    def tag(plain: Any, document: Any) -> Any:
        return plain({name: document[name] for name in document if name not in ("note", "versionId", "updatedAt")})

    around(server, "tag", tag)


@fault("a creation comes with another tag than the reading", *_TAGS)
def creations_have_their_own_tag(server: Any) -> None:
    def made(plain: Any, ask: Any) -> Any:
        record = plain(ask)
        return record | {"tag": '"new"'} if "tag" in record else record

    around(server, "made", made)


@fault("a change comes with the tag from before it", *_TAGS)
def changes_have_the_old_tag(server: Any) -> None:
    def served(plain: Any, ask: Any, entry: Any) -> Any:
        old = server.tag(server.view(ask.org, entry)) if entry else ""
        answer = plain(ask, entry)
        if ask.operation in ("updateConsent", "amendMeasurement", "updateCareTask"):
            answer.headers["ETag"] = old
        return answer

    around(server, "served", served)


def _if_match(server: Any, also: Any) -> None:
    def passed(plain: Any, ask: Any, scope: str) -> Any:
        sent = "".join(ask.all("if-match"))
        if also(sent) and ask.segment and ask.method in ("PUT", "PATCH"):
            kind = {"consents": "consent", "measurements": "measurement", "care-tasks": "task"}[ask.path.split("/")[-2]]
            entry = server.house.store.one(kind, ask.segment)
            org = server.access.tokens.get("".join(ask.all("authorization")).partition(" ")[2], ("", ""))[0]
            tag = server.tag(server.view(org, entry)) if entry else sent
            ask.headers = [
                (name, (tag if sent == "*" or tag in sent else value) if name == "if-match" else value)
                for name, value in ask.headers
            ]
        return plain(ask, scope)

    around(server, "passed", passed)


@fault("If-Match takes a weak tag", *_TAGS)
def weak_tags_match(server: Any) -> None:
    _if_match(server, lambda sent: sent.startswith("W/"))


@fault("If-Match takes *", *_TAGS)
def any_tag_matches(server: Any) -> None:
    _if_match(server, lambda sent: sent == "*")


@fault("the tag of a consent that was ever right is right", *_TAGS, "HLT-027")
def old_tags_match(server: Any) -> None:
    def passed(plain: Any, ask: Any, scope: str) -> Any:
        old = [server.tag(entry) for entry in server.versions(ask.segment)] if ask.method == "PATCH" else []
        entry = server.house.store.one("consent", ask.segment) if ask.method == "PATCH" else None
        if entry and "".join(ask.all("if-match")) in old:
            ask.headers = [(name, server.tag(entry.doc) if name == "if-match" else value) for name, value in ask.headers]
        return plain(ask, scope)

    def versions(identifier: str) -> Any:
        from tests.second_health.wire_json import restored

        rows = server.house.store.rows("SELECT doc FROM entry WHERE id = :id AND kind = 'consent'", {"id": identifier})
        return [restored(row["doc"]) for row in rows]

    server.versions = versions
    around(server, "passed", passed)


@fault("the body is looked at before If-Match", "COM-ERR-08", *_TAGS)
def bodies_before_tags(server: Any) -> None:
    async def passed(ask: Any, scope: str) -> Any:
        if ask.method in ("PATCH", "PUT"):
            try:
                return await plain(ask, scope)
            except Refusal as refusal:
                if refusal.status in (412, 428) and ask.document is not None:
                    server.check_shape(ask)
                raise
        return await plain(ask, scope)

    plain = server.passed
    server.passed = passed


@fault("of amendments that come together under one tag several succeed", "HLT-022", "COM-COND-02")
def amendments_race(server: Any) -> None:
    async def passed(ask: Any, scope: str) -> Any:
        if ask.operation == "amendMeasurement":
            return await _late(server, plain, ask, scope)
        return await plain(ask, scope)

    plain = server.passed
    server.passed = passed


@fault("of changes of a consent that come together under one tag several succeed", "COM-COND-02", "HLT-036", "HLT-040")
def revocations_race(server: Any) -> None:
    async def passed(ask: Any, scope: str) -> Any:
        if ask.operation == "updateConsent":
            return await _late(server, plain, ask, scope)
        return await plain(ask, scope)

    plain = server.passed
    server.passed = passed


async def _late(server: Any, plain: Any, ask: Any, scope: str) -> Any:
    """Looks at the tag, waits, and changes whatever is there by then."""
    served = server.served
    held: list[Any] = []
    server.served = lambda one, entry: held.append(entry)
    try:
        answer = await plain(ask, scope)
    finally:
        server.served = served
    if not held:
        return answer
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return served(ask, server.house.store.one(held[0].kind, held[0].id))


@fault("the place of an answer 304 has another tag", "COM-COND-03", "COM-COND-01")
def another_tag_for_304(server: Any) -> None:
    def served(plain: Any, ask: Any, entry: Any) -> Any:
        answer = plain(ask, entry)
        if answer.status == 304:
            answer.headers["ETag"] = '"unchanged"'
        return answer

    around(server, "served", served)


@fault("a DELETE takes a measurement away", "HLT-020", "HLT-037")
def deletes(server: Any) -> None:
    async def answered(ask: Any) -> Any:
        if ask.method == "DELETE" and "/measurements/" in ask.path:
            server.house.store.db.execute("DELETE FROM entry WHERE id = ?", (ask.path.rsplit("/", 1)[-1],))
        return await plain(ask)

    plain = server.answered
    server.answered = answered


@fault("a consent's DELETE ends it, though it is answered 405", "HLT-027")
def deletes_consents(server: Any) -> None:
    async def answered(ask: Any) -> Any:
        entry = server.house.store.one("consent", ask.path.rsplit("/", 1)[-1]) if ask.method == "DELETE" else None
        if entry and entry.state == "active":
            server.consents.moved(entry, "inactive")
        return await plain(ask)

    plain = server.answered
    server.answered = answered
