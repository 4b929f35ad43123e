"""Standing data of the logistics server: pickup points all over Taiwan, and a few shipments of two tenants who never were."""

from __future__ import annotations

from conformance.reference.logistics.records import Point
from conformance.reference.wire import Json

__all__ = ["HISTORIES", "POINTS", "shipment_body"]

_ALL = ("PICKUP", "DROP_OFF", "COD_PAYMENT", "CHILLED", "FROZEN")
_ROWS = (
    ("pp-lk-01", "LOCKER", "IPOSTBOX", "信義郵局 i 郵箱", "Xinyi iBox", 121.5654, 25.0331, "TPE", ("PICKUP", "DROP_OFF"), "SML"),
    ("pp-lk-02", "LOCKER", "IPOSTBOX", "板橋車站 i 郵箱", "Banqiao iBox", 121.4637, 25.0143, "NWT", ("PICKUP", "DROP_OFF"), "SM"),
    ("pp-lk-03", "LOCKER", "OTHER", "羅東夜市智取櫃", "Luodong lockers", 121.7695, 24.6770, "ILA", _ALL, "SM"),
    ("pp-lk-04", "LOCKER", "OTHER", "花蓮車站智取櫃", "Hualien lockers", 121.6011, 23.9928, "HUA", ("DROP_OFF",), "S"),
    ("pp-lk-05", "LOCKER", "OTHER", "馬公市場智取櫃", "Magong lockers", 119.5655, 23.5655, "PEN", ("PICKUP",), "S"),
    ("pp-cv-01", "CVS", "UNIMART", "統一超商信義門市", "7-ELEVEN Xinyi", 121.5670, 25.0320, "TPE", _ALL, "SM"),
    ("pp-cv-02", "CVS", "FAMI", "全家逢甲門市", "FamilyMart Fengjia", 120.6460, 24.1790, "TXG", ("PICKUP", "COD_PAYMENT"), "SM"),
    ("pp-cv-03", "CVS", "HILIFE", "萊爾富金城門市", "Hi-Life Jincheng", 118.3180, 24.4340, "KIN", ("PICKUP",), "S"),
    ("pp-cv-04", "CVS", "OKMART", "超商南竿門市", "OKmart Nangan", 119.9290, 26.1500, "LIE", ("PICKUP", "DROP_OFF"), "S"),
    ("pp-po-01", "POST_OFFICE", "OTHER", "臺南成功路郵局", "Tainan Post", 120.2050, 22.9970, "TNN", _ALL, ("S", "M", "L", "XL")),
    ("pp-po-02", "POST_OFFICE", "OTHER", "高雄新興郵局", "Kaohsiung Post", 120.3020, 22.6310, "KHH", ("PICKUP",), "SML"),
    ("pp-cc-01", "COMMUNITY", "OTHER", "池上鄉社區據點", "Chishang centre", 121.2200, 23.1210, "TTT", ("DROP_OFF",), "SML"),
)
_SUSPENDED, _CLOSED = ("pp-lk-05", "pp-cv-04"), ("pp-po-02",)
# How many compartments a locker point has of each size; the last one of the first is out of service.
_STOCK = {
    "pp-lk-01": {"S": 900, "M": 300, "L": 4},
    "pp-lk-02": {"S": 700, "M": 7},
    "pp-lk-03": {"S": 500, "M": 3},
    "pp-lk-04": {"S": 2},
    "pp-lk-05": {"S": 6},
}


def _status(identifier: str) -> str:
    return "SUSPENDED" if identifier in _SUSPENDED else "CLOSED" if identifier in _CLOSED else "OPEN"


POINTS = tuple(
    Point(
        identifier,
        kind,
        chain,
        {"zh-Hant": zh, "en": en},
        lon,
        lat,
        city,
        tuple(services),
        tuple(sizes),
        _status(identifier),
        {
            size: tuple(f"{size}{number:03d}" for number in range(1, many + 1))
            for size, many in _STOCK.get(identifier, {}).items()
        },
        ("S900",) if identifier == "pp-lk-01" else (),
    )
    for identifier, kind, chain, zh, en, lon, lat, city, services, sizes in _ROWS
)

# The types of the events that standing shipments have behind them, an hour apart.
HISTORIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("a", ()),
    ("a", ("PICKED_UP",)),
    ("a", ("PICKED_UP", "DEPARTED", "ARRIVED")),
    ("a", ("PICKED_UP", "DEPARTED", "OUT_FOR_DELIVERY", "DELIVERED")),
    ("a", ("PICKED_UP", "DEPARTED", "HELD")),
    ("b", ("PICKED_UP", "DEPARTED")),
    ("b", ("PICKED_UP", "DEPARTED", "OUT_FOR_DELIVERY", "DELIVERY_FAILED", "RETURNING", "RETURNED")),
)


def shipment_body(tenant: str, nth: int) -> Json:
    """The body that would make a standing shipment."""
    sender = {
        "name": "測試商店",
        "phone": "02-5550-0100",
        "address": {"postalCode": "110", "cityCode": "TPE", "line": "測試路 1 號"},
    }
    recipient = {
        "name": "測試甲",
        "phone": "03-5550-0101",
        "address": {"postalCode": "26541", "cityCode": "ILA", "line": "測試街 2 號"},
    }
    parcel = {
        "weightG": 800 + nth,
        "lengthMm": 250,
        "widthMm": 180,
        "heightMm": 100,
        "sizeClass": "S",
        "temperature": "ROOM",
    }
    return {
        "carrierId": "12345675",
        "reference": f"SEED-{tenant}-{nth}",
        "sender": sender,
        "recipient": recipient,
        "parcels": [parcel],
        "serviceLevel": "STANDARD",
        "deliveryMode": "HOME",
    }
