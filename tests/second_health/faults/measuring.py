"""Faults of what a measurement may hold: values, units, times, devices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.second_health import rules
from tests.second_health.faults.bending import around, fault, instead
from tests.second_health.instants import day_of, later
from tests.second_health.wire_json import Number

# values


@fault("values go through single precision", "HLT-013")
def single_precision(server: Any) -> None:
    import struct

    _values(server, lambda value: Number(repr(struct.unpack("f", struct.pack("f", float(value)))[0])))


@fault("values keep two decimals", "HLT-013")
def two_decimals(server: Any) -> None:
    _values(server, lambda value: Number(format(round(value, 2), "f")))


@fault("values keep twelve significant digits", "HLT-013")
def twelve_digits(server: Any) -> None:
    _values(server, lambda value: Number(format(float(value), ".12g")))


def _values(server: Any, change: Any) -> None:
    def round_figures(_: Any, document: Any) -> None:
        for _, _, quantity in rules.figures(document):
            quantity["value"] = change(quantity["value"])

    around(server.measurements, "round_figures", round_figures)


@fault("the list rounds values", "HLT-013", "COM-CONS-02")
def lists_round(server: Any) -> None:
    def page(plain: Any, ask: Any) -> Any:
        document = plain(ask)
        for place, one in enumerate(document["items"]):
            if "valueQuantity" in one:
                value = Number(format(round(Decimal(str(one["valueQuantity"]["value"])), 1), "f"))
                document["items"][place] = one | {"valueQuantity": one["valueQuantity"] | {"value": value}}
        return document

    around(server.lists, "page", page)


@fault("numbers with an exponent are refused", "HLT-013", "HLT-010")
def no_exponents(server: Any) -> None:
    def of_values(plain: Any, body: Any) -> Any:
        yield from plain(body)
        for _, at, quantity in rules.figures(body):
            if "e" in quantity["value"].text.lower():
                yield f"{at}/value", "不接受指數"

    around(server.measurements.rules, "of_values", of_values)


@fault("a value above the range becomes the end of the range", "HLT-010")
def clamps(server: Any) -> None:
    def faults(plain: Any, org: str, body: Any, issued: Any, present: Any) -> Any:
        for code, _, quantity in rules.figures(body) if not list(server.measurements.rules.of_form(body)) else ():
            high = rules.BOUNDS[code][2]
            if quantity["value"] > high and quantity["code"] == rules.BOUNDS[code][0]:
                quantity["value"] = Number(str(high))
        return plain(org, body, issued, present)

    around(server.measurements.rules, "faults", faults)


def _bounds(server: Any, code: str, low: str | None = None, high: str | None = None) -> None:
    """Other ends of one range, on this server alone."""

    def of_values(plain: Any, body: Any) -> Any:
        unit, least, most = rules.BOUNDS[code]
        for one, at, quantity in rules.figures(body):
            if one == code and quantity["code"] == unit:
                value = quantity["value"]
                if not Decimal(low or least) <= value <= Decimal(high or most):
                    yield f"{at}/value", "超出範圍"
                    return
                quantity["value"] = min(max(value, least), most)
                yield from plain(body)
                quantity["value"] = value
                return
        yield from plain(body)

    around(server.measurements.rules, "of_values", of_values)


@fault("a weight of 400.5 kg is accepted", "HLT-010")
def heavy(server: Any) -> None:
    _bounds(server, "29463-7", high="401")


@fault("an oxygen saturation of 100 is refused", "HLT-010")
def no_hundred(server: Any) -> None:
    _bounds(server, "2708-6", high="99.99")


@fault("a diastolic pressure of 200 is refused", "HLT-010")
def diastolic_end(server: Any) -> None:
    _bounds(server, "8462-4", high="199")


@fault("glucose in mmol/L has the range of mg/dL", "HLT-010")
def glucose_range(server: Any) -> None:
    _bounds(server, "15074-8", high="1000")


@fault("the systolic value may equal the diastolic one", "HLT-011")
def equal_pressures(server: Any) -> None:
    def of_values(plain: Any, body: Any) -> Any:
        values = {code: quantity["value"] for code, _, quantity in rules.figures(body)}
        return [one for one in plain(body) if one[0] != "/component" or len(set(values.values())) > 1]

    around(server.measurements.rules, "of_values", of_values)


@fault("a panel may have two systolic values", "HLT-011")
def two_systolic(server: Any) -> None:
    around(
        server.measurements.rules,
        "of_form",
        lambda plain, body: [one for one in plain(body) if one[0] != "/component" or "不得" in one[1]],
    )
    around(
        server.measurements.rules,
        "of_values",
        lambda plain, body: plain(body) if len({code for code, *_ in rules.figures(body)}) == len(rules.figures(body)) else [],
    )


@fault("a unit is compared without case", "HLT-009")
def units_without_case(server: Any) -> None:
    from tests.second_health import shapes

    def check_shape(plain: Any, ask: Any) -> None:
        if ask.operation == "createMeasurement" and isinstance(ask.document, dict):
            quantity = ask.document.get("valueQuantity")
            if isinstance(quantity, dict) and isinstance(quantity.get("code"), str):
                known = {unit.lower(): unit for unit in shapes._UNITS}
                quantity["code"] = known.get(quantity["code"].lower(), quantity["code"])
        plain(ask)

    around(server, "check_shape", check_shape)


@fault("mg/dL is accepted for the glucose that is bound to mmol/L", "HLT-009")
def either_glucose_unit(server: Any) -> None:
    around(
        server.measurements.rules,
        "of_values",
        lambda plain, body: [one for one in plain(body) if body["code"]["code"] != "15074-8"],
    )


# times


@fault("the day of the measurement is taken in Greenwich", "HLT-012")
def birth_in_greenwich(server: Any) -> None:
    def of_times(plain: Any, body: Any, patient: Any, issued: Any, present: Any) -> Any:
        yield from plain(body, None, issued, present)
        if patient and day_of(server.times.read(rules.effective(body)), 0) < patient.doc["birthDate"]:
            yield "", "早於出生日期"

    around(server.measurements.rules, "of_times", of_times)


@fault("the present day of a birth is taken in Greenwich", "HLT-003")
def today_in_greenwich(server: Any) -> None:
    def faults(plain: Any, body: Any) -> Any:
        found = plain(body)
        late = body["birthDate"] > day_of(server.house.now(), 0)
        return [*found, ("/birthDate", "在未來")] if late and not found else found

    around(server.people, "patient_faults", faults)


def _times_but(server: Any, *words: str) -> None:
    around(
        server.measurements.rules,
        "of_times",
        lambda plain, *given: [one for one in plain(*given) if not any(word in one[1] for word in words)],
    )


@fault("a period may last any time", "HLT-012")
def long_periods(server: Any) -> None:
    _times_but(server, "24")


@fault("a measurement may be later than it was issued", "HLT-012")
def late_measurements(server: Any) -> None:
    _times_but(server, "不得晚於 issued")


@fault("a measurement may be issued at any time to come", "HLT-012")
def issued_in_the_future(server: Any) -> None:
    _times_but(server, "之後")


@fault("without `issued`, a measurement may be of the future", "HLT-012")
def future_without_issue(server: Any) -> None:
    def of_times(plain: Any, body: Any, *rest: Any) -> Any:
        return [one for one in plain(body, *rest) if "issued" in body or "不得晚於 issued" not in one[1]]

    around(server.measurements.rules, "of_times", of_times)


@fault("a measurement may be of a time before birth", "HLT-012")
def before_birth(server: Any) -> None:
    _times_but(server, "出生")


@fault("of a period, the start alone is compared with `issued`", "HLT-012")
def the_end_is_not_compared(server: Any) -> None:
    def of_times(plain: Any, body: Any, *rest: Any) -> Any:
        return [one for one in plain(body, *rest) if not (one[0] == "/effectivePeriod/end" and "issued" in one[1])]

    around(server.measurements.rules, "of_times", of_times)


@fault("`issued` and effective time are compared as text", "HLT-012")
def issued_as_text(server: Any) -> None:
    def of_times(plain: Any, body: Any, *rest: Any) -> Any:
        late = "issued" in body and rules.effective(body) > body["issued"]
        found = [one for one in plain(body, *rest) if "不得晚於 issued" not in one[1]]
        return [*found, ("/issued", "不得晚於 issued")] if late else found

    around(server.measurements.rules, "of_times", of_times)


@fault("a period of exactly 24 hours is refused", "HLT-012")
def less_than_a_day(server: Any) -> None:
    def of_times(plain: Any, body: Any, *rest: Any) -> Any:
        yield from plain(body, *rest)
        period = body.get("effectivePeriod")
        if period and server.times.read(period["end"]) == later(server.times.read(period["start"]), 86_400):
            yield "/effectivePeriod/end", "須短於 24 小時"

    around(server.measurements.rules, "of_times", of_times)


# devices


@fault("a device that is no longer used may submit", "HLT-028")
def idle_devices_submit(server: Any) -> None:
    instead(server.measurements.rules, "of_device", lambda *_: [])


@fault("a device that is no longer used may submit old measurements at any time", "HLT-028")
def no_seven_days(server: Any) -> None:
    around(server.measurements.rules, "of_device", lambda plain, body, device, present: plain(body, device, device.moment))


@fault("a device that is no longer used may submit nothing", "HLT-028")
def idle_devices_are_shut(server: Any) -> None:
    around(
        server.measurements.rules,
        "of_device",
        lambda plain, body, device, present: [("/deviceId", "停用")] if device.state == "inactive" else [],
    )


@fault("of a period, the start alone decides whether a device was used", "HLT-028")
def the_start_decides(server: Any) -> None:
    def of_device(plain: Any, body: Any, device: Any, present: Any) -> Any:
        if "effectivePeriod" in body:
            body = {"effectiveDateTime": body["effectivePeriod"]["start"]}
        return plain(body, device, present)

    around(server.measurements.rules, "of_device", of_device)


@fault("the pointer for a device that is no longer used is another one", "HLT-028")
def points_at_the_time(server: Any) -> None:
    around(server.measurements.rules, "of_device", lambda plain, *given: [("", said) for _, said in plain(*given)])


@fault("a device of another organisation may be named", "HLT-007", "HLT-025")
def any_device(server: Any) -> None:
    def faults(plain: Any, org: str, body: Any, *rest: Any) -> Any:
        device = server.house.store.one("device", body.get("deviceId", ""))
        found = plain(org, body, *rest)
        return [one for one in found if one[0] != "/deviceId"] if device and device.org != org else found

    around(server.measurements.rules, "faults", faults)


@fault("a patient whom a consent opens may be given measurements", "HLT-007", "HLT-025")
def grantees_create(server: Any) -> None:
    def create(plain: Any, ask: Any) -> Any:
        patient = server.access.reads(ask.org, "patient", ask.document["patientId"])
        body = {name: ask.document[name] for name in ask.document if name != "deviceId"}
        if patient and patient.org != ask.org:
            ask = replace(ask, org=patient.org, document=body)
        return plain(ask)

    around(server.measurements, "create", create)
