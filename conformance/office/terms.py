"""What a certificate is about: who holds it, for which solution, where that is deployed, and on which run and waivers it rests.

    Wanted    what a person of the office asks for
    terms     the same with what the verified run says; refuses what does not fit, and is what the office signs

A run supports a certificate when the office or a laboratory signed it for certification, it was judged by the official words, nothing
of it is left open, and every MUST is passed or waived. A waiver is a signed statement of its own: for one solution, some requirements
and a time, with a reason. It changes no verdict; it stands on the certificate, which ends with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from conformance.attest.times import instant
from conformance.errors import UsageError, VerificationError, nearest
from conformance.office.events import moment

if TYPE_CHECKING:
    from conformance.attest import Verified
    from conformance.attest.verify import VerifiedRun
    from conformance.model import Text

__all__ = ["CERTIFIABLE", "COUNTIES", "LEVELS", "Site", "Wanted", "refuse_misfit", "refuse_unknown_counties", "terms"]

LEVELS = ("self-attested", "challenged", "certified")
LONGEST = timedelta(days=3 * 366)  # that a certificate holds; its period is the programme's to say
CERTIFIABLE = ("certification", "surveillance")  # what a run is for that a certificate rests on
_BORNE = ("fail", "inconclusive", "not_tested")  # outcomes that a waiver can bear with; `error` is ours, and never
COUNTIES: Mapping[str, Text] = {
    "TPE": {"en": "Taipei City", "zh-Hant": "臺北市"},
    "NWT": {"en": "New Taipei City", "zh-Hant": "新北市"},
    "KEE": {"en": "Keelung City", "zh-Hant": "基隆市"},
    "TAO": {"en": "Taoyuan City", "zh-Hant": "桃園市"},
    "HSZ": {"en": "Hsinchu City", "zh-Hant": "新竹市"},
    "HSQ": {"en": "Hsinchu County", "zh-Hant": "新竹縣"},
    "MIA": {"en": "Miaoli County", "zh-Hant": "苗栗縣"},
    "TXG": {"en": "Taichung City", "zh-Hant": "臺中市"},
    "CHA": {"en": "Changhua County", "zh-Hant": "彰化縣"},
    "NAN": {"en": "Nantou County", "zh-Hant": "南投縣"},
    "YUN": {"en": "Yunlin County", "zh-Hant": "雲林縣"},
    "CYI": {"en": "Chiayi City", "zh-Hant": "嘉義市"},
    "CYQ": {"en": "Chiayi County", "zh-Hant": "嘉義縣"},
    "TNN": {"en": "Tainan City", "zh-Hant": "臺南市"},
    "KHH": {"en": "Kaohsiung City", "zh-Hant": "高雄市"},
    "PIF": {"en": "Pingtung County", "zh-Hant": "屏東縣"},
    "ILA": {"en": "Yilan County", "zh-Hant": "宜蘭縣"},
    "HUA": {"en": "Hualien County", "zh-Hant": "花蓮縣"},
    "TTT": {"en": "Taitung County", "zh-Hant": "臺東縣"},
    "PEN": {"en": "Penghu County", "zh-Hant": "澎湖縣"},
    "KIN": {"en": "Kinmen County", "zh-Hant": "金門縣"},
    "LIE": {"en": "Lienchiang County", "zh-Hant": "連江縣"},
}


@dataclass(frozen=True)
class Site:
    """A place where a solution is in use: a county, and the name of the place there."""

    county: str
    name: str


@dataclass(frozen=True)
class Wanted:
    """What a person of the office asks for. `solution` is `id@version`; `supersedes` names the certificate that is renewed, if any."""

    holder: str
    solution: str
    counties: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    sites: tuple[Site, ...] = ()
    supersedes: str = ""
    waivers: tuple[Verified, ...] = ()


def terms(found: VerifiedRun, wanted: Wanted) -> dict[str, Any]:
    """What is to be certified. Raises VerificationError when the run does not support it, UsageError when what is asked for is amiss."""
    from conformance.attest.verify import refuse_unofficial  # noqa: PLC0415 - who looks up a county verifies nothing

    run, report = found.envelope.predicate, found.report
    _fits(found, wanted)
    refuse_unofficial(found)
    _period(run, wanted)
    waivers = [_waived(one, report, wanted) for one in wanted.waivers]
    _nothing_open(report, {name for one in waivers for name in one["requirements"]})
    target = found.envelope.payload["subject"][0]
    return {
        "level": "certified",
        "holder": wanted.holder,
        "solution": {
            "id": report["target"]["solutionId"],
            "version": report["target"]["solutionVersion"],
            "digest": target["digest"],
        },
        "domain": report["specification"]["domain"],
        "profile": run["profile"],
        "specification": run["specification"],
        "suite": run["suite"],
        "counties": sorted(set(wanted.counties), key=list(COUNTIES).index),
        "sites": [{"county": one.county, "name": one.name} for one in wanted.sites],
        "notBefore": moment(wanted.not_before),
        "notAfter": moment(wanted.not_after),
        "supersedes": wanted.supersedes,
        "result": run["result"],
        "counts": run["counts"],
        "mandatory": run["mandatory"],
        "waivers": waivers,
        "run": {"digest": {"sha256": found.envelope.digest.removeprefix("sha256:")}, "finishedOn": run["finishedOn"]},
    }


def refuse_unknown_counties(codes: Sequence[str]) -> None:
    """Raises UsageError at a code that is none of the 22."""
    for code in codes:
        if code not in COUNTIES:
            raise UsageError(
                f"{code!r:.40} is no county{nearest(code.upper(), COUNTIES)}; expected some of {', '.join(COUNTIES)}"
            )


def _fits(found: VerifiedRun, wanted: Wanted) -> None:
    run, target = found.envelope.predicate, found.report["target"]
    if run["purpose"] not in CERTIFIABLE or found.envelope.role == "vendor":
        raise VerificationError(
            f"the run is a {run['purpose']}, signed by a {found.envelope.role}'s key; a certificate rests on a run for certification "
            "that the office or a laboratory signed"
        )
    for what, said, there in (
        ("solution", wanted.solution, f"{target['solutionId']}@{target['solutionVersion']}"),
        ("holder", wanted.holder, target["vendor"]),
    ):
        if said != there:
            raise VerificationError(f"the run is of the {what} {there!r:.80}, and you certify {said!r:.80}; say what was tested")
    if not wanted.counties:
        raise UsageError("a certificate names the counties where the solution is deployed: --county CODE, one at least")
    refuse_unknown_counties([*wanted.counties, *(one.county for one in wanted.sites)])
    if missing := [one.county for one in wanted.sites if one.county not in wanted.counties]:
        raise UsageError(f"a site lies in {missing[0]}, which is none of the counties named; add --county {missing[0]}")


def _period(run: Mapping[str, Any], wanted: Wanted) -> None:
    finished = instant(run["finishedOn"])
    if not wanted.not_before < wanted.not_after <= wanted.not_before + LONGEST:
        raise UsageError(f"a certificate begins before it ends, and holds for {LONGEST.days} days at most")
    if finished is None or wanted.not_before < finished.replace(hour=0, minute=0, second=0, microsecond=0):
        raise VerificationError(
            f"the certificate would hold from {moment(wanted.not_before)}, before its run of {run['finishedOn']}"
        )


def _waived(waiver: Verified, report: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """A waiver as it stands on the certificate. Raises VerificationError where it is of something else, or ends too early."""
    said = waiver.predicate
    refuse_misfit(waiver, report)
    end = instant(said["notAfter"])
    if end is None or end < wanted.not_after:
        raise VerificationError(
            f"waiver {said['waiverId']:.40} ends on {said['notAfter']:.40}, before the certificate; let that end with it"
        )
    return {
        "waiverId": said["waiverId"],
        "digest": {"sha256": waiver.digest.removeprefix("sha256:")},
        "requirements": list(said["requirements"]),
        "reason": said["reason"],
        "notAfter": said["notAfter"],
    }


def refuse_misfit(waiver: Verified, report: Mapping[str, Any]) -> None:
    """Raises VerificationError where a waiver is for another solution or profile than the report's, or for what needs none."""
    said, target = waiver.predicate, report["target"]
    for what, is_, there in (
        ("solution", said["solution"], f"{target['solutionId']}@{target['solutionVersion']}"),
        ("profile", said["profile"], report["profile"]["id"]),
    ):
        if is_ != there:
            raise VerificationError(f"waiver {said['waiverId']:.40} is for the {what} {is_!r:.80}, and not for {there!r:.80}")
    rows = {row["id"]: row for row in report["requirements"]}
    for name in said["requirements"]:
        if name not in rows or rows[name]["outcome"] not in _BORNE:
            outcome = rows[name]["outcome"] if name in rows else "not in the profile"
            raise VerificationError(
                f"waiver {said['waiverId']:.40} is for {name:.40}, which is {outcome}: there is nothing to waive"
            )


def _nothing_open(report: Mapping[str, Any], waived: set[str]) -> None:
    bad = [
        row
        for row in report["requirements"]
        if row["level"] == "MUST"
        and row["tested"]
        and row["outcome"] not in ("pass", "not_applicable")
        and row["id"] not in waived
    ]
    errors = [row["id"] for row in report["requirements"] if row["outcome"] == "error"]
    if errors or report["result"] == "ERROR":
        raise VerificationError(f"the run ended in a fault of the suite ({', '.join(errors[:3])}); run it again")
    if bad:
        named = ", ".join(f"{row['id']} ({row['outcome']})" for row in bad[:5])
        raise VerificationError(f"the run is {report['result']}: {len(bad)} MUSTs are neither passed nor waived: {named}")
    if not report["complete"]:
        raise VerificationError("the run is not complete: not every case of the profile was planned and run to its end")
    if not any(row["outcome"] == "pass" for row in report["requirements"] if row["level"] == "MUST"):
        raise VerificationError("the run passed no MUST at all; there is nothing to certify")
