"""Faults of creations: rules of measurements, batches, what is the same, keys."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.second_health import rules
from tests.second_health.faults.bending import around, fault, instead, recast
from tests.second_health.refusals import wrong_body
from tests.second_health.shapes import BATCH
from tests.second_health.store import digest

_BATCH = ("HLT-015", "HLT-016")
_KEYS = ("COM-IDEM-01", "COM-IDEM-02")


# batches


@fault("a batch that is not atomic keeps nothing when an item is wrong", *_BATCH)
def all_or_nothing_always(server: Any) -> None:
    def batch(plain: Any, ask: Any) -> Any:
        wrong = [bool(server.measurements.faults(ask.org, one)) for one in ask.document["items"]]
        if any(wrong):
            ask.document = {"atomic": False, "items": [one for one, bad in zip(ask.document["items"], wrong, strict=True) if bad]}
        return plain(ask)

    around(server.measurements, "batch", batch)


@fault("an atomic batch keeps what stands before the item that is wrong", *_BATCH)
def keeps_what_came_before(server: Any) -> None:
    def batch(plain: Any, ask: Any) -> Any:
        for one in ask.document["items"] if ask.document["atomic"] else ():
            if server.measurements.faults(ask.org, one):
                break
            server.measurements.keep(ask.org, one)
        return plain(ask)

    around(server.measurements, "batch", batch)


@fault("an atomic batch checks the first fifty items only", *_BATCH)
def checks_fifty(server: Any) -> None:
    _limit_checks(server, 50)


@fault("an atomic batch does not check its last item", *_BATCH)
def forgets_the_last(server: Any) -> None:
    _limit_checks(server, -1)


def _limit_checks(server: Any, end: int) -> None:
    def batch(plain: Any, ask: Any) -> Any:
        items = ask.document["items"]
        if not ask.document["atomic"]:
            return plain(ask)
        faults = [
            (f"/items/{index}{at}", said)
            for index, one in enumerate(items[:end] if len(items) > 1 else items)
            for at, said in server.measurements.faults(ask.org, one)
        ]
        if faults:
            raise wrong_body(faults)
        ask.document = ask.document | {"items": [one for one in items if not server.measurements.faults(ask.org, one)]}
        return plain(ask)

    around(server.measurements, "batch", batch)


@fault("the pointer of an atomic batch is relative to the item", *_BATCH)
def pointers_without_items(server: Any) -> None:
    def bent(ask: Any, answer: Any) -> None:
        if ask.operation == BATCH and answer.status == 422:
            for one in answer.document.get("errors", []):
                one["pointer"] = "/" + "/".join(one["pointer"].split("/")[3:]) if one["pointer"].count("/") > 2 else ""

    recast(server, bent)


@fault("the pointer of an atomic batch names the first item", *_BATCH)
def pointers_to_the_first_item(server: Any) -> None:
    def bent(ask: Any, answer: Any) -> None:
        if ask.operation == BATCH and answer.status == 422:
            for one in answer.document.get("errors", []):
                parts = one["pointer"].split("/")
                one["pointer"] = "/".join([*parts[:2], "0"]) if len(parts) > 2 else one["pointer"]

    recast(server, bent)


@fault("the pointers of single results begin with the batch", *_BATCH)
def pointers_from_the_batch(server: Any) -> None:
    def result(plain: Any, org: str, index: int, item: Any, atomic: bool) -> Any:
        found = plain(org, index, item, atomic)
        for one in found.get("errors", []):
            one["pointer"] = f"/items/{index}{one['pointer']}"
        return found

    around(server.measurements, "result", result)


@fault("results that are wrong come first", *_BATCH)
def wrong_results_first(server: Any) -> None:
    def batch(plain: Any, ask: Any) -> Any:
        found = plain(ask)
        found["results"].sort(key=lambda one: one["status"] != 422)
        return found

    around(server.measurements, "batch", batch)


@fault("two equal items of one batch are kept twice", *_BATCH, "HLT-014")
def twins_in_a_batch(server: Any) -> None:
    def batch(plain: Any, ask: Any) -> Any:
        known = {
            server.measurements.sameness(one): server.measurements.twin(server.measurements.sameness(one))
            for one in ask.document["items"]
        }
        whole = server.measurements.twin
        server.measurements.twin = known.get
        try:
            return plain(ask)
        finally:
            server.measurements.twin = whole

    around(server.measurements, "batch", batch)


@fault("a batch keeps again what is there already", *_BATCH, "HLT-014")
def batches_do_not_compare(server: Any) -> None:
    def batch(plain: Any, ask: Any) -> Any:
        whole = server.measurements.twin
        server.measurements.twin = lambda _: None
        try:
            return plain(ask)
        finally:
            server.measurements.twin = whole

    around(server.measurements, "batch", batch)


def _in_batches(server: Any, change: Any) -> None:
    def batch(plain: Any, ask: Any) -> Any:
        whole = server.measurements.keep
        server.measurements.keep = lambda org, body: whole(org, change(body))
        try:
            return plain(ask)
        finally:
            server.measurements.keep = whole

    around(server.measurements, "batch", batch)


@fault("a batch loses notes", *_BATCH)
def batches_lose_notes(server: Any) -> None:
    _in_batches(server, lambda body: {name: body[name] for name in body if name != "note"})


@fault("a batch loses the context", *_BATCH)
def batches_lose_the_context(server: Any) -> None:
    _in_batches(server, lambda body: {name: body[name] for name in body if name != "context"})


@fault("a batch makes everything final", *_BATCH)
def batches_are_final(server: Any) -> None:
    _in_batches(server, lambda body: body | {"status": "final"})


@fault("a batch does not keep `issued` as sent", *_BATCH)
def batches_issue_anew(server: Any) -> None:
    _in_batches(server, lambda body: {name: body[name] for name in body if name != "issued"})


@fault("a batch does not ask whether a device may still submit", *_BATCH, "HLT-028")
def batches_from_any_device(server: Any) -> None:
    _in_batch_checks(server, "of_device")


@fault("a batch does not look at units and ranges", *_BATCH)
def batches_of_any_value(server: Any) -> None:
    _in_batch_checks(server, "of_values")


@fault("a batch does not look at times", *_BATCH)
def batches_of_any_time(server: Any) -> None:
    _in_batch_checks(server, "of_times")


def _in_batch_checks(server: Any, rule: str) -> None:
    def batch(plain: Any, ask: Any) -> Any:
        whole = getattr(server.measurements.rules, rule)
        setattr(server.measurements.rules, rule, lambda *_: iter(()))
        try:
            return plain(ask)
        finally:
            setattr(server.measurements.rules, rule, whole)

    around(server.measurements, "batch", batch)


@fault("a repeated batch is worked on again", *_BATCH, *_KEYS)
def batches_have_no_keys(server: Any) -> None:
    def attempt(plain: Any, org: str, operation: str, key: str) -> Any:
        known = plain(org, operation, key)
        return None if known and "results" in known[1].get("document", {}) else known

    around(server.house.store, "attempt", attempt)
    around(
        server.house.store,
        "remember",
        lambda plain, *given: (
            plain(*given)
            if not server.house.store.db.execute(
                "SELECT 1 FROM attempt WHERE org = ? AND operation = ? AND key = ?", given[:3]
            ).fetchone()
            else None
        ),
    )


# what is the same


@fault("what is there already is kept again", "HLT-014")
def keeps_twins(server: Any) -> None:
    instead(server.measurements, "twin", lambda _: None)


def _same_by(server: Any, sameness: Any) -> None:
    around(server.measurements, "sameness", sameness)


@fault("measurements of another value are the same", "HLT-014")
def any_value_is_the_same(server: Any) -> None:
    instead(server.measurements, "figure", lambda _: "")


@fault("measurements of another device are the same", "HLT-014")
def any_device_is_the_same(server: Any) -> None:
    _same_by(server, lambda plain, body: plain(body | {"deviceId": "x"}) if "deviceId" in body else "")


@fault("an instant with another offset is another one", "HLT-014")
def the_offset_makes_another(server: Any) -> None:
    _same_by(server, lambda plain, body: plain(body) and digest([plain(body), rules.effective(body)]))


@fault("36.50 is another value than 36.5", "HLT-014")
def zeros_make_another(server: Any) -> None:
    instead(server.measurements, "figure", lambda quantity: str(quantity["value"]))


@fault("measurements without a device are compared, too", "HLT-014")
def compares_without_device(server: Any) -> None:
    _same_by(server, lambda plain, body: plain({"deviceId": "", **body}))


@fault("what was entered in error is still the same as another", "HLT-014", "HLT-020")
def errors_are_twins(server: Any) -> None:
    def store(plain: Any, entry: Any, body: Any, before: Any) -> Any:
        after = plain(entry, body, before)
        if body["status"] == "entered-in-error":
            twin = server.measurements.sameness(body)
            server.house.store.db.execute(
                "UPDATE entry SET twin = ? WHERE id = ? AND version = ?", (twin, after.id, after.version)
            )
        return after

    around(server.measurements, "store", store)


@fault("a panel in the other order of its parts is another one", "HLT-014")
def the_order_makes_another(server: Any) -> None:
    def sameness(plain: Any, body: Any) -> Any:
        return (
            digest([plain(body), [one["code"]["code"] for one in body["component"]]])
            if plain(body) and "component" in body
            else plain(body)
        )

    _same_by(server, sameness)


@fault("measurements within one second are the same", "HLT-014")
def one_second_is_the_same(server: Any) -> None:
    def sameness(plain: Any, body: Any) -> Any:
        moment = server.times.read(rules.effective(body))
        return plain(body) and digest(
            [body["patientId"], body["deviceId"], body["code"]["code"], moment[0], str(rules.figures(body))]
        )

    _same_by(server, sameness)


@fault("of a panel, the systolic value alone is compared", "HLT-014")
def half_a_panel_is_the_same(server: Any) -> None:
    def sameness(plain: Any, body: Any) -> Any:
        if "component" in body:
            parts = [
                one | {"valueQuantity": one["valueQuantity"] | ({"value": Decimal(1)} if one["code"]["code"] == "8462-4" else {})}
                for one in body["component"]
            ]
            return plain(body | {"component": parts})
        return plain(body)

    _same_by(server, sameness)
