"""Car parks in Taipei, Taichung and Yilan: open, closed, suspended, full, nearly full, full in one type, and one that nobody counts.

A space's `walk_ins` are the cars that came without a reservation. They swing with the source's ticks only where there is
plenty of room, so that the few free spaces of a small car park stay as they are.
"""

from __future__ import annotations

from conformance.reference.transport.records import CarPark, Space

__all__ = ["CAR_PARKS"]


def _park(
    uid: str, zh: str, en: str, lon: float, lat: float, spaces: str, *, fee: int, top: int | None = None,
    owner: str = "PUBLIC", service: int = 1, charge: int = 1, counted: bool = True,
) -> CarPark:  # fmt: skip
    """A car park; `spaces` reads `type:number/walkIns~swing` per type."""
    kinds = []
    for part in spaces.split():
        kind, _, rest = part.partition(":")
        number, _, taken = rest.partition("/")
        walk_ins, _, swing = taken.partition("~")
        kinds.append(Space(int(kind), int(number), int(walk_ins), int(swing or 0)))
    age = sum(map(ord, uid)) * 7 % 700
    return CarPark(uid, zh, en, lon, lat, uid[:3], tuple(kinds), fee, top, owner, service, charge, counted, age)


CAR_PARKS = (
    _park("TPE0410", "府前廣場地下停車場", "Fuqian Square Underground Car Park", 121.5638, 25.0375,
          "1:1998/1204~37 4:40/21 5:40/30 6:16/9", fee=30, top=300),
    _park("TPE0388", "大安森林公園地下停車場", "Daan Park Underground Car Park", 121.5347, 25.0311,
          "1:700/512~23 2:390/200~11 4:15/9", fee=40, top=300),
    _park("TPE0147", "臺北車站東側停車場", "Taipei Main Station East Car Park", 121.5202, 25.0471,
          "1:24/20 4:1/0", fee=60, top=480),
    _park("TPE0562", "士林官邸停車場", "Shilin Residence Car Park", 121.5311, 25.0951,
          "1:96/93 3:12/10 6:2/1", fee=30),
    _park("TPE0733", "陽明山公園停車場", "Yangmingshan Park Car Park", 121.5462, 25.1551,
          "1:180/180 2:60/60 3:10/10", fee=50, top=250),
    _park("TPE0901", "北投溫泉路邊停車格", "Beitou Hot Spring Roadside Parking", 121.5052, 25.1367,
          "1:46/30 4:2/1", fee=20, counted=False),
    _park("TXG0102", "臺中市政府地下停車場", "Taichung City Hall Underground Car Park", 120.6469, 24.1617,
          "1:560/301~29 2:420/260~13 4:12/7 5:12/8 6:8/5", fee=30, top=240),
    _park("TXG0255", "科博館立體停車場", "Science Museum Multistorey Car Park", 120.6647, 24.1579,
          "1:330/277~17 4:7/6", fee=40, top=240),
    _park("TXG0318", "逢甲停車場", "Fengchia Car Park", 120.6450, 24.1772,
          "1:88/86 2:120/117", fee=50, owner="PRIVATE"),
    _park("TXG0464", "高鐵臺中站P3停車場", "HSR Taichung Station P3 Car Park", 120.6149, 24.1107,
          "1:610/402~31 6:24/11", fee=40, top=200, owner="PRIVATE"),
    _park("TXG0527", "臺中公園地下停車場", "Taichung Park Underground Car Park", 120.6852, 24.1449,
          "1:210/0 4:5/0", fee=20, top=160, service=0),
    _park("ILA0011", "宜蘭車站東側停車場", "Yilan Station East Car Park", 121.7597, 24.7551,
          "1:142/101~9 2:80/55 4:3/2", fee=20, top=100),
    _park("ILA0024", "礁溪轉運站停車場", "Jiaoxi Bus Terminal Car Park", 121.7712, 24.8256,
          "1:64/52 3:6/6", fee=30, top=150),
    _park("ILA0037", "羅東夜市停車場", "Luodong Night Market Car Park", 121.7702, 24.6763,
          "1:70/70 5:2/2", fee=40, service=2, charge=2),
    _park("ILA0050", "烏石港遊客中心停車場", "Wushi Harbor Visitor Center Car Park", 121.8372, 24.8699,
          "1:220/96~14 3:20/8 6:4/3", fee=0, charge=0),
)  # fmt: skip
