"""Pickup points and the compartments that lockers have: made-up places, the same at every start."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

__all__ = ["POINTS", "Place"]

ALL = ("PICKUP", "DROP_OFF", "COD_PAYMENT", "CHILLED", "FROZEN")


@dataclass(frozen=True)
class Place:
    """A pickup point: what is shown of it, and how many compartments of each size work and do not."""

    doc: dict[str, Any]
    status: str
    compartments: dict[str, tuple[int, int]]


def _place(number: str, kind: str, name: str, city: str, lon: str, lat: str, **more: Any) -> Place:
    status = more.get("status", "OPEN")
    doc = {
        "pickupPointId": number,
        "type": kind,
        "name": {"zh-Hant": name, "en": f"Point {number}"},
        "position": {"positionLon": Decimal(lon), "positionLat": Decimal(lat)},
        "cityCode": city,
        "openHours": "Mo-Su 00:00-24:00",
        "services": list(more.get("services", ALL)),
        "sizeClasses": list(more.get("sizes", ("S", "M", "L", "XL"))),
        "status": status,
    }
    if "chain" in more:
        doc["chain"] = more["chain"]
    return Place(doc, status, more.get("compartments", {}))


_BOXES = {"S": (8, 1), "M": (8, 0), "L": (6, 2), "XL": (4, 0)}
_HALL = {"S": (400, 3), "M": (8, 0), "L": (6, 2), "XL": (4, 0)}
_PLACES = [
    _place("box.keelung~1", "LOCKER", "基隆港東岸智取櫃", "KEE", "121.7462", "25.1305", compartments=_HALL, chain="IPOSTBOX"),
    _place("box.keelung~2", "LOCKER", "基隆八斗子智取櫃", "KEE", "121.7935", "25.1407", compartments=_BOXES),
    _place("box.pingtung~1", "LOCKER", "屏東公園智取櫃", "PIF", "120.4901", "22.6745", compartments=_BOXES, chain="IPOSTBOX"),
    _place(
        *("box.pingtung~2", "LOCKER", "潮州站前智取櫃", "PIF", "120.5360", "22.5501"),
        services=("PICKUP", "DROP_OFF"),
        compartments={"S": (5, 0), "M": (3, 1), "L": (1, 0)},
        sizes=("S", "M", "L"),
    ),
    _place("box.magong~1", "LOCKER", "馬公公車總站智取櫃", "PEN", "119.5668", "23.5660", compartments=_BOXES),
    _place(
        "box.lienchiang", "LOCKER", "南竿智取櫃", "LIE", "119.9386", "26.1524", compartments={"S": (6, 0)}, status="SUSPENDED"
    ),
    _place(
        *("box.drop", "LOCKER", "港口寄件智取櫃", "KEE", "121.7410", "25.1340"),
        services=("DROP_OFF",),
        compartments={"S": (4, 0)},
    ),
    _place("box.old", "LOCKER", "已停用智取櫃", "KEE", "121.7400", "25.1200", compartments={"S": (6, 0)}, status="CLOSED"),
    _place("cvs-100", "CVS", "統一超商港都門市", "KEE", "121.7391", "25.1283", chain="UNIMART"),
    _place("cvs-101", "CVS", "全家屏東民生店", "PIF", "120.4873", "22.6698", chain="FAMI", services=("PICKUP", "COD_PAYMENT")),
    _place("cvs-102", "CVS", "萊爾富東港店", "PIF", "120.4542", "22.4665", services=("PICKUP", "CHILLED"), sizes=("S", "M")),
    _place("cvs-103", "CVS", "OK 超商恆春店", "PIF", "120.7437", "22.0020", services=("DROP_OFF",), chain="OKMART"),
    _place("cvs-104", "CVS", "整修中門市", "KEE", "121.7402", "25.1316", status="SUSPENDED"),
    _place("cvs-105", "CVS", "已歇業門市", "KEE", "121.7403", "25.1317", status="CLOSED"),
    _place("po-20001", "POST_OFFICE", "基隆愛三路郵局", "KEE", "121.7415", "25.1292"),
    _place("po-90001", "POST_OFFICE", "屏東中正路郵局", "PIF", "120.4885", "22.6702", services=("PICKUP", "DROP_OFF")),
    _place("com-kee", "COMMUNITY", "暖暖社區收發室", "KEE", "121.7358", "25.1007", services=("PICKUP",), sizes=("S",)),
    _place("com-pif", "COMMUNITY", "內埔社區收發室", "PIF", "120.5668", "22.6118", services=("PICKUP", "DROP_OFF")),
]
POINTS = {one.doc["pickupPointId"]: one for one in _PLACES}
