"""Where the buses stop: places in Taipei, Taichung, Yilan and one in New Taipei, with a pole on either side of the road.

`PLACES` maps a place's key to its county, its number, its names and its position. Each place has two poles, one per
direction of travel; both bear the place's name.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PLACES", "Place"]


@dataclass(frozen=True)
class Place:
    """A named place at which buses stop."""

    key: str
    county: str
    authority: str
    number: int
    zh: str
    en: str
    lon: float
    lat: float


_ROWS = (
    ("taipei-main", "TPE", 10110, "臺北車站", "Taipei Main Station", 121.5170, 25.0478),
    ("ntu-hospital", "TPE", 10124, "臺大醫院", "NTU Hospital", 121.5163, 25.0416),
    ("cks-hall", "TPE", 10138, "中正紀念堂", "Chiang Kai-Shek Memorial Hall", 121.5183, 25.0338),
    ("yongkang", "TPE", 10152, "信義永康街口", "Xinyi and Yongkang Intersection", 121.5297, 25.0334),
    ("daan-park", "TPE", 10166, "大安森林公園", "Daan Park", 121.5353, 25.0333),
    ("dunhua", "TPE", 10180, "信義敦化路口", "Xinyi and Dunhua Intersection", 121.5490, 25.0331),
    ("tonghua", "TPE", 10194, "信義通化街口", "Xinyi and Tonghua Intersection", 121.5542, 25.0332),
    ("world-trade", "TPE", 10208, "世貿中心", "Taipei World Trade Center", 121.5626, 25.0331),
    ("city-hall", "TPE", 10222, "捷運市政府站", "MRT Taipei City Hall Station", 121.5655, 25.0408),
    ("songshan", "TPE", 10236, "松山車站", "Songshan Station", 121.5780, 25.0495),
    ("minquan", "TPE", 10250, "捷運民權西路站", "MRT Minquan W. Rd. Station", 121.5191, 25.0629),
    ("jiantan", "TPE", 10264, "捷運劍潭站", "MRT Jiantan Station", 121.5251, 25.0846),
    ("shilin", "TPE", 10278, "捷運士林站", "MRT Shilin Station", 121.5262, 25.0935),
    ("shilin-residence", "TPE", 10292, "士林官邸", "Shilin Residence", 121.5290, 25.0940),
    ("shipai", "TPE", 10306, "捷運石牌站", "MRT Shipai Station", 121.5155, 25.1145),
    ("beitou", "TPE", 10320, "捷運北投站", "MRT Beitou Station", 121.4986, 25.1320),
    ("shanzihou", "TPE", 10334, "山仔后", "Shanzihou", 121.5430, 25.1365),
    ("yangmingshan", "TPE", 10348, "陽明山", "Yangmingshan", 121.5475, 25.1553),
    ("nangang", "TPE", 10362, "捷運南港展覽館站", "MRT Taipei Nangang Exhibition Center Station", 121.6175, 25.0553),
    ("pinglin", "NWT", 30712, "坪林", "Pinglin", 121.7112, 24.9353),
    ("taichung-station", "TXG", 20110, "臺中車站", "Taichung Station", 120.6850, 24.1370),
    ("taichung-park", "TXG", 20124, "臺中公園", "Taichung Park", 120.6845, 24.1445),
    ("renai", "TXG", 20138, "仁愛醫院", "Jen-Ai Hospital", 120.6780, 24.1405),
    ("science-museum", "TXG", 20152, "科博館", "National Museum of Natural Science", 120.6660, 24.1537),
    ("zhongming", "TXG", 20166, "忠明國小", "Zhongming Elementary School", 120.6577, 24.1590),
    ("taichung-hall", "TXG", 20180, "新光遠百", "Shin Kong and Far Eastern", 120.6440, 24.1645),
    ("chaoma", "TXG", 20194, "朝馬", "Chaoma", 120.6360, 24.1690),
    ("tunghai", "TXG", 20208, "東海大學", "Tunghai University", 120.6057, 24.1818),
    ("providence", "TXG", 20222, "靜宜大學", "Providence University", 120.5800, 24.2265),
    ("fengchia", "TXG", 20236, "逢甲大學", "Feng Chia University", 120.6465, 24.1790),
    ("chunghsing", "TXG", 20250, "中興大學", "National Chung Hsing University", 120.6756, 24.1236),
    ("hsr-taichung", "TXG", 20264, "高鐵臺中站", "HSR Taichung Station", 120.6158, 24.1120),
    ("yilan-terminal", "ILA", 40110, "宜蘭轉運站", "Yilan Bus Terminal", 121.7592, 24.7532),
    ("yilan-station", "ILA", 40124, "宜蘭車站", "Yilan Station", 121.7580, 24.7546),
    ("jiaoxi-terminal", "ILA", 40138, "礁溪轉運站", "Jiaoxi Bus Terminal", 121.7720, 24.8260),
    ("jiaoxi-station", "ILA", 40152, "礁溪車站", "Jiaoxi Station", 121.7753, 24.8271),
    ("toucheng", "ILA", 40166, "頭城車站", "Toucheng Station", 121.8225, 24.8590),
    ("wushi", "ILA", 40180, "烏石港", "Wushi Harbor", 121.8363, 24.8688),
    ("luodong-terminal", "ILA", 40194, "羅東轉運站", "Luodong Bus Terminal", 121.7752, 24.6790),
    ("luodong-market", "ILA", 40208, "羅東夜市", "Luodong Night Market", 121.7695, 24.6770),
    ("arts-center", "ILA", 40222, "傳藝中心", "National Center for Traditional Arts", 121.8235, 24.6862),
    ("dongshan", "ILA", 40236, "冬山車站", "Dongshan Station", 121.7918, 24.6365),
    ("suao", "ILA", 40250, "蘇澳車站", "Suao Station", 121.8513, 24.5953),
    ("nanfangao", "ILA", 40264, "南方澳", "Nanfang'ao", 121.8680, 24.5820),
)
_HIGHWAY = frozenset({"pinglin"})

PLACES = {
    key: Place(key, county, "THB" if key in _HIGHWAY else county, number, zh, en, lon, lat)
    for key, county, number, zh, en, lon, lat in _ROWS
}
