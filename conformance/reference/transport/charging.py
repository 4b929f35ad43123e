"""EV charging stations with connectors of every type, some of them busy, reserved for repair or silent.

Alternating-current connectors stay at 43 kW and below. A `busy` connector is used by drivers without a reservation now and
then; the others keep the status that they have here until somebody reserves them.
"""

from __future__ import annotations

from conformance.reference.transport.records import Connector, Station

__all__ = ["STATIONS"]

_POWER = {
    "CCS1": 180.0, "CCS2": 350.0, "CHADEMO": 50.0, "TYPE1": 7.2,
    "TYPE2": 22.0, "TESLA_TPC": 250.0, "GOGORO_SWAP": 1.5, "OTHER": 11.0,
}  # fmt: skip
_WORDS = {"-": "OUT_OF_SERVICE", "?": "UNKNOWN", "~": "AVAILABLE", "": "AVAILABLE"}


def _station(
    uid: str, zh: str, en: str, lon: float, lat: float, operator: str, connectors: str, price: int | None,
    address: tuple[str, str] | None = None,
) -> Station:  # fmt: skip
    """A station; `connectors` reads `TYPE@kW` per connector, with `-` out of service, `?` unknown, `~` busy at its end."""
    found = []
    for number, part in enumerate(connectors.split(), start=1):
        mark = part[-1] if part[-1] in "-?~" else ""
        kind, _, power = part.removesuffix(mark).partition("@")
        kilowatts = float(power) if power else _POWER[kind]
        found.append(Connector(f"{uid}-{number:02d}", uid, kind, kilowatts, _WORDS[mark], price, mark == "~"))
    age = sum(map(ord, uid)) * 11 % 600
    return Station(uid, zh, en, lon, lat, uid[:3], operator, address, tuple(found), age)


STATIONS = (
    _station("TPEEV021", "府前廣場充電站", "Fuqian Square Charging Station", 121.5641, 25.0371, "31015909",
             "CCS1 CCS1~ CHADEMO TYPE1", 9, ("信義區府前廣場地下二樓", "Level B2, Fuqian Square, Xinyi District")),
    _station("TPEEV034", "大安森林公園充電站", "Daan Park Charging Station", 121.5349, 25.0309, "24570655",
             "TYPE1 TYPE2 OTHER?", 7),
    _station("TPEEV058", "南港展覽館充電站", "Nangang Exhibition Center Charging Station", 121.6171, 25.0561, "42380544",
             "TESLA_TPC TESLA_TPC~ CCS2 CCS2-", 11, ("南港區展覽館北側", "North side of the exhibition center, Nangang")),
    _station("TPEEV077", "北投換電站", "Beitou Battery Swap Station", 121.4991, 25.1316, "53120285", "GOGORO_SWAP", None),
    _station("TPEEV090", "士林充電站", "Shilin Charging Station", 121.5268, 25.0929, "24570655", "CCS2@60 TYPE2@11", 8),
    _station("TXGEV012", "臺中市政府充電站", "Taichung City Hall Charging Station", 120.6464, 24.1622, "84430285",
             "CCS1 CCS2@120~ CHADEMO TYPE2", 9, ("西屯區市政府地下一樓", "Level B1, City Hall, Xitun District")),
    _station("TXGEV025", "高鐵臺中站充電站", "HSR Taichung Station Charging Station", 120.6152, 24.1111, "12890507",
             "TESLA_TPC CCS2 TYPE1@6.6", 10),
    _station("TXGEV038", "逢甲換電站", "Fengchia Battery Swap Station", 120.6455, 24.1776, "53120285",
             "GOGORO_SWAP GOGORO_SWAP~", None),
    _station("TXGEV041", "東海充電站", "Tunghai Charging Station", 120.6049, 24.1812, "12890507", "TYPE2@43 CCS1@90", 8),
    _station("ILAEV003", "宜蘭車站充電站", "Yilan Station Charging Station", 121.7594, 24.7548, "70960396",
             "CCS1@100 TYPE1 TYPE2~", 8),
    _station("ILAEV016", "烏石港充電站", "Wushi Harbor Charging Station", 121.8368, 24.8695, "70960396",
             "CCS2@150 CHADEMO OTHER@3.5", 7, ("頭城鎮烏石港遊客中心旁", "Beside the Wushi Harbor visitor center, Toucheng")),
    _station("ILAEV029", "羅東轉運站充電站", "Luodong Bus Terminal Charging Station", 121.7748, 24.6793, "90270285",
             "CCS2-", 9),
)  # fmt: skip
