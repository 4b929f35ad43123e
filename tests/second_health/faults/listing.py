"""Faults of pages, order, filters and links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.second_health.faults.bending import around, fault, instead, recast
from tests.second_health.refusals import Refusal


@fault("a page begins one item too late", "COM-PAGE-01")
def skips_after_a_page(server: Any) -> None:
    around(server.lists, "after", lambda plain, ask, rows, start: plain(ask, rows, start)[1 if start else 0 :])


@fault("a page begins with the last item of the page before", "COM-PAGE-01")
def repeats_the_last(server: Any) -> None:
    def after(plain: Any, ask: Any, rows: Any, start: Any) -> Any:
        rest = plain(ask, rows, start)
        return rows[len(rows) - len(rest) - 1 :] if start and len(rest) < len(rows) else rest

    around(server.lists, "after", after)


@fault("items that share the instant of the last one are passed over", "COM-PAGE-01", "COM-SORT-01", "HLT-019")
def skips_the_same_instant(server: Any) -> None:
    def after(plain: Any, ask: Any, rows: Any, start: Any) -> Any:
        return [row for row in plain(ask, rows, start) if not start or list(row.moment) != start[:2]]

    around(server.lists, "after", after)


@fault("measurements are ordered by the text of effectiveStart", "COM-SORT-01", "HLT-019", "HLT-018")
def orders_by_text(server: Any) -> None:
    def kept(plain: Any, ask: Any) -> Any:
        rows = plain(ask)
        if ask.operation != "listMeasurements":
            return rows
        return sorted(rows, key=lambda row: (row.doc["effectiveStart"], row.id), reverse=ask.values.get("sort") != "asc")

    around(server.lists, "kept", kept)


@fault("with sort=asc, equal instants stay in descending order of the id", "HLT-019", "COM-SORT-01")
def ties_are_not_reversed(server: Any) -> None:
    def kept(plain: Any, ask: Any) -> Any:
        rows = plain(ask)
        falling = sorted(rows, key=lambda row: row.id, reverse=True)
        return sorted(falling, key=lambda row: row.moment) if ask.values.get("sort") == "asc" else rows

    around(server.lists, "kept", kept)


@fault("fractions of a second do not count in the order", "HLT-019", "COM-SORT-01")
def orders_by_whole_seconds(server: Any) -> None:
    def kept(plain: Any, ask: Any) -> Any:
        rows = plain(ask)
        ascending = ask.operation == "listCareTasks" or ask.values.get("sort") == "asc"
        return sorted(rows, key=lambda row: (row.moment[0], row.id), reverse=not ascending)

    around(server.lists, "kept", kept)


@fault("more than a hundred are never given", "COM-PAGE-02", "COM-PAGE-05", "COM-PAGE-01", "COM-PAGE-04")
def caps_the_limit(server: Any) -> None:
    def page(plain: Any, ask: Any) -> Any:
        ask.values["limit"] = min(100, ask.values.get("limit", 50))
        return plain(ask)

    around(server.lists, "page", page)


@fault("a cursor serves the other order, too", "COM-PAGE-06")
def cursor_for_any_order(server: Any) -> None:
    _unbound(server, "sort")


@fault("a cursor serves another device, too", "COM-PAGE-06")
def cursor_for_any_device(server: Any) -> None:
    _unbound(server, "deviceId")


@fault("a cursor serves another patient, too", "COM-PAGE-06")
def cursor_for_any_patient(server: Any) -> None:
    _unbound(server, "patientId")


@fault("a cursor serves another beginning, too", "COM-PAGE-06")
def cursor_for_any_beginning(server: Any) -> None:
    _unbound(server, "from")


def _unbound(server: Any, name: str) -> None:
    def bound(plain: Any, ask: Any, limit: int) -> Any:
        return plain(replace(ask, values={key: value for key, value in ask.values.items() if key != name}), limit)

    around(server.lists, "bound", bound)


@fault("a cursor serves the other organisation, too", "COM-TEN-02")
def cursor_for_any_tenant(server: Any) -> None:
    around(server.lists, "bound", lambda plain, ask, limit: plain(replace(ask, org=""), limit))


@fault("a cursor belongs to the spelling of its filters", "COM-PAGE-06")
def cursor_for_one_spelling(server: Any) -> None:
    around(server.lists, "bound", lambda plain, ask, limit: plain(replace(ask, values=dict(ask.pairs)), limit))


@fault("a cursor that nobody gave begins anew", "COM-PAGE-06")
def bad_cursor_is_the_first_page(server: Any) -> None:
    def opened(plain: Any, token: str, bound: str) -> Any:
        try:
            return plain(token, bound)
        except Refusal:
            return ["", "", "", ""]

    around(server.lists, "opened", opened)


@fault("the seal of a cursor is not looked at", "COM-PAGE-06")
def seals_nothing(server: Any) -> None:
    instead(server.lists, "mark", lambda _: "0" * 24)


@fault("a full page always has a next one", "COM-PAGE-02", "COM-PAGE-01")
def a_full_page_goes_on(server: Any) -> None:
    def page(plain: Any, ask: Any) -> Any:
        document = plain(ask)
        rows = server.lists.kept(ask)
        if rows and document["page"]["nextCursor"] is None and len(document["items"]) == document["page"]["limit"]:
            limit = document["page"]["limit"]
            token = server.lists.sealed(server.lists.bound(ask, limit), [*server.lists.key(rows[-1]), ""])
            document["page"]["nextCursor"] = token
            document["links"] = server.lists.links(ask, limit, token)
        return document

    around(server.lists, "page", page)


@fault("the next link loses `to`", "COM-PAGE-04")
def next_loses_the_end(server: Any) -> None:
    _links_without(server, "to")


@fault("the next link loses `sort`", "COM-PAGE-04", "HLT-019")
def next_loses_the_order(server: Any) -> None:
    _links_without(server, "sort")


@fault("the next link loses `limit`", "COM-PAGE-04")
def next_loses_the_limit(server: Any) -> None:
    _links_without(server, "limit")


def _links_without(server: Any, name: str) -> None:
    def links(plain: Any, ask: Any, limit: int, following: Any) -> Any:
        return plain(replace(ask, pairs=[pair for pair in ask.pairs if pair[0] != name]), limit, following)

    around(server.lists, "links", links)


@fault("a page begins at a number of items, so that others shift it", "COM-PAGE-03")
def pages_by_offset(server: Any) -> None:
    def key(plain: Any, entry: Any) -> Any:
        return plain(entry)

    def kept(plain: Any, ask: Any) -> Any:
        server.lists.rows = plain(ask)
        return server.lists.rows

    def sealed(plain: Any, bound: str, last: Any) -> Any:
        ids = [row.id for row in server.lists.rows]
        return plain(bound, [ids.index(last[2]) + 1 if last[2] in ids else 0, "", last[2], last[3]])

    around(server.lists, "key", key)
    around(server.lists, "kept", kept)
    around(server.lists, "sealed", sealed)
    around(server.lists, "after", lambda plain, ask, rows, start: rows[start[0] :] if start else rows)


@fault("care tasks are ordered by their ids alone", "COM-SORT-01", "COM-PAGE-01")
def tasks_by_id(server: Any) -> None:
    def kept(plain: Any, ask: Any) -> Any:
        return sorted(plain(ask), key=lambda row: row.id) if ask.operation == "listCareTasks" else plain(ask)

    around(server.lists, "kept", kept)


@fault("an item of a list has no note", "COM-CONS-02", "HLT-035")
def lists_without_notes(server: Any) -> None:
    def page(plain: Any, ask: Any) -> Any:
        document = plain(ask)
        document["items"] = [{name: one[name] for name in one if name != "note"} for one in document["items"]]
        return document

    around(server.lists, "page", page)


@fault("an item of a list has the version before the last amendment", "COM-CONS-02", "HLT-020", "HLT-036", "HLT-043")
def lists_are_never_amended(server: Any) -> None:
    def page(plain: Any, ask: Any) -> Any:
        document = plain(ask)
        for place, one in enumerate(document["items"]):
            if ask.operation == "listMeasurements" and one["versionId"] > 1:
                document["items"][place] = one | {"versionId": one["versionId"] - 1}
        return document

    around(server.lists, "page", page)


@fault("`to` keeps its own instant, too", "COM-FILT-05", "HLT-018", "COM-FILT-01")
def the_end_is_kept(server: Any) -> None:
    _narrowed(server, "< (:to_sec", "<= (:to_sec")


@fault("`from` does not keep its own instant", "COM-FILT-05", "HLT-018", "COM-FILT-02")
def the_beginning_is_lost(server: Any) -> None:
    _narrowed(server, ">= (:from_sec", "> (:from_sec")


@fault("`from` is cut to whole seconds", "COM-FILT-05", "HLT-018", "COM-FILT-01")
def the_beginning_is_cut(server: Any) -> None:
    _narrowed(server, "(:from_sec, :from_frac)", "(:from_sec, '')")


@fault("measurements that were entered in error are listed without being asked for", "HLT-020")
def lists_what_was_withdrawn(server: Any) -> None:
    _narrowed(server, " AND e.state <> 'entered-in-error'", "")


@fault("measurements that were entered in error are listed to nobody", "HLT-020")
def never_lists_what_was_withdrawn(server: Any) -> None:
    _narrowed(server, " AND e.state = :status", " AND e.state = :status AND e.state <> 'entered-in-error'")


@fault("`status=final` keeps what was amended, too", "COM-FILT-01", "COM-FILT-03", "HLT-020", "COM-FILT-02", "HLT-043")
def amended_is_final(server: Any) -> None:
    _narrowed(server, " AND e.state = :status", " AND (e.state = :status OR (:status = 'final' AND e.state = 'amended'))")


@fault("beside `code`, `deviceId` keeps everything", "COM-FILT-03", "COM-FILT-01")
def the_device_gives_way_to_the_code(server: Any) -> None:
    def narrowed(plain: Any, values: Any) -> Any:
        return plain({name: values[name] for name in values if name != "deviceId" or "code" not in values})

    around(server.lists, "narrowed", narrowed)


@fault("beside `from`, `status` keeps everything", "COM-FILT-03", "COM-FILT-01", "HLT-020", "HLT-043")
def the_status_gives_way_to_the_beginning(server: Any) -> None:
    def narrowed(plain: Any, values: Any) -> Any:
        return plain({name: values[name] for name in values if name != "status" or "from_sec" not in values})

    around(server.lists, "narrowed", narrowed)


def _narrowed(server: Any, old: str, new: str) -> None:
    around(server.lists, "narrowed", lambda plain, values: plain(values).replace(old, new))


@fault("an offset in `from` and `to` is not read", "HLT-018", "COM-FILT-05")
def the_offset_is_not_read(server: Any) -> None:
    def page(plain: Any, ask: Any) -> Any:
        for name, text in ask.pairs:
            if name in ("from", "to"):
                ask.values[name] = server.times.read(text[:19] + "+08:00") or ask.values[name]
        return plain(ask)

    around(server.lists, "page", page)


@fault("the total is that of all measurements of the patient", "COM-PAGE-07")
def the_total_is_of_all(server: Any) -> None:
    def page(plain: Any, ask: Any) -> Any:
        document = plain(ask)
        bare = replace(ask, values={"patientId": ask.values["patientId"]} if "patientId" in ask.values else {})
        document["page"]["totalCount"] = len(server.lists.kept(bare))
        return document

    around(server.lists, "page", page)


@fault("the clocks of a list go back now and then", "COM-TIME-02")
def clocks_go_back(server: Any) -> None:
    def clocks(plain: Any) -> Any:
        found = plain()
        back = server.times.write((server.house.dated()[0] - server.lists.count % 7, ""))
        return found | {"srcUpdateTime": back}

    around(server.lists, "clocks", clocks)


@fault("a list of an unknown patient is answered 404", "COM-FILT-04", "HLT-017", "HLT-006")
def an_unknown_patient_is_told(server: Any) -> None:
    def page(plain: Any, ask: Any) -> Any:
        if ask.operation == "listMeasurements" and server.access.reads(ask.org, "patient", ask.values["patientId"]) is None:
            raise Refusal("not-found")
        return plain(ask)

    around(server.lists, "page", page)


@fault("names of a person stand in the links", "HLT-005")
def links_hold_names(server: Any) -> None:
    def bent(ask: Any, answer: Any) -> None:
        found = answer.document.get("name") if isinstance(answer.document, dict) else None
        if found and answer.status == 200:
            answer.headers["Link"] = f'<people/{found[0]["text"].encode("ascii", "ignore").decode() or "x"}>; rel="alternate"'

    recast(server, bent)
