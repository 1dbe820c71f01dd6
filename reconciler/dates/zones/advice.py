"""What was meant by a text that names no IANA zone: by its meaning, by its spelling only if near.

An abbreviation, an offset or a name of Windows has no nearest spelling: `GMT+2` isn't `Etc/GMT+2`, whose sign
is turned round. Such a text gets the zones whose clocks show it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

from reconciler.dates.zones.names import abbreviations, names, offset

MOST = 5  # zones named
FAR, FAR_CITY = 2, 1  # letters of `America/Los_Angles`, of `Berln`, that may be wrong
USUAL = "write it as in America/Los_Angeles"

# Those most people live by, roughly by how many; of zones that show the same, these come first.
WELL_KNOWN = tuple(
    """
America/New_York America/Chicago America/Los_Angeles America/Denver Europe/London Europe/Berlin Europe/Paris
Asia/Kolkata Asia/Shanghai Asia/Tokyo America/Sao_Paulo Australia/Sydney Europe/Moscow Asia/Singapore
Africa/Lagos Africa/Cairo Africa/Johannesburg Asia/Dubai Asia/Hong_Kong Asia/Manila Asia/Jakarta Asia/Karachi
Asia/Dhaka Europe/Istanbul Europe/Madrid Europe/Rome America/Mexico_City America/Bogota America/Lima
America/Argentina/Buenos_Aires America/Santiago America/Caracas America/Toronto America/Vancouver
America/Phoenix America/Anchorage Pacific/Honolulu America/Halifax America/Puerto_Rico America/Edmonton
America/Winnipeg America/Regina America/St_Johns America/Tijuana America/Havana Europe/Dublin Europe/Lisbon
Europe/Athens Europe/Kyiv Europe/Helsinki Europe/Zurich Europe/Vienna Europe/Warsaw Africa/Nairobi
Asia/Jerusalem Asia/Riyadh Asia/Tehran Asia/Kabul Asia/Tashkent Asia/Kathmandu Asia/Yangon Asia/Bangkok
Asia/Ho_Chi_Minh Asia/Taipei Asia/Seoul Asia/Vladivostok Australia/Perth Australia/Brisbane Australia/Darwin
Australia/Adelaide Australia/Lord_Howe Pacific/Auckland Pacific/Guam Pacific/Fiji Pacific/Tongatapu
Pacific/Apia Pacific/Kiritimati Pacific/Chatham Pacific/Marquesas Pacific/Pago_Pago Atlantic/Azores
Atlantic/South_Georgia America/Noronha Australia/Eucla
""".split()  # noqa: SIM905  # as a list it is a screen of quotes
)

# Windows' names without `Standard Time`, after Unicode's CLDR.
WINDOWS = dict(
    pair.split("=")
    for pair in """
AUS Central=Australia/Darwin|AUS Eastern=Australia/Sydney|Afghanistan=Asia/Kabul|Alaskan=America/Anchorage
|Arab=Asia/Riyadh|Arabian=Asia/Dubai|Arabic=Asia/Baghdad|Argentina=America/Argentina/Buenos_Aires
|Atlantic=America/Halifax|Azerbaijan=Asia/Baku|Azores=Atlantic/Azores|Bangladesh=Asia/Dhaka
|Belarus=Europe/Minsk|Canada Central=America/Regina|Cape Verde=Atlantic/Cape_Verde|Caucasus=Asia/Yerevan
|Cen. Australia=Australia/Adelaide|Central=America/Chicago|Central America=America/Guatemala
|Central Asia=Asia/Almaty|Central Brazilian=America/Cuiaba|Central Europe=Europe/Budapest
|Central European=Europe/Warsaw|Central Pacific=Pacific/Guadalcanal|Central (Mexico)=America/Mexico_City
|China=Asia/Shanghai|Cuba=America/Havana|E. Africa=Africa/Nairobi|E. Australia=Australia/Brisbane
|E. Europe=Europe/Chisinau|E. South America=America/Sao_Paulo|Eastern=America/New_York
|Eastern (Mexico)=America/Cancun|Egypt=Africa/Cairo|FLE=Europe/Kyiv|Fiji=Pacific/Fiji|GMT=Europe/London
|GTB=Europe/Bucharest|Georgian=Asia/Tbilisi|Greenland=America/Nuuk|Greenwich=Africa/Abidjan
|Hawaiian=Pacific/Honolulu|India=Asia/Kolkata|Iran=Asia/Tehran|Israel=Asia/Jerusalem|Jordan=Asia/Amman
|Korea=Asia/Seoul|Line Islands=Pacific/Kiritimati|Middle East=Asia/Beirut|Montevideo=America/Montevideo
|Morocco=Africa/Casablanca|Mountain=America/Denver|Mountain (Mexico)=America/Mazatlan|Myanmar=Asia/Yangon
|Namibia=Africa/Windhoek|Nepal=Asia/Kathmandu|New Zealand=Pacific/Auckland|Newfoundland=America/St_Johns
|Pacific=America/Los_Angeles|Pacific (Mexico)=America/Tijuana|Pacific SA=America/Santiago
|Pakistan=Asia/Karachi|Paraguay=America/Asuncion|Romance=Europe/Paris|Russian=Europe/Moscow
|SA Eastern=America/Cayenne|SA Pacific=America/Bogota|SA Western=America/La_Paz|SE Asia=Asia/Bangkok
|Samoa=Pacific/Apia|Singapore=Asia/Singapore|South Africa=Africa/Johannesburg|Sri Lanka=Asia/Colombo
|Syria=Asia/Damascus|Taipei=Asia/Taipei|Tasmania=Australia/Hobart|Tokyo=Asia/Tokyo|Tonga=Pacific/Tongatapu
|Turkey=Europe/Istanbul|US Eastern=America/Indiana/Indianapolis|US Mountain=America/Phoenix
|Ulaanbaatar=Asia/Ulaanbaatar|Venezuela=America/Caracas|Vladivostok=Asia/Vladivostok
|W. Australia=Australia/Perth|W. Central Africa=Africa/Lagos|W. Europe=Europe/Berlin
|West Asia=Asia/Tashkent|West Pacific=Pacific/Port_Moresby|Yakutsk=Asia/Yakutsk
""".replace("\n", "").split("|")
)
_WINDOWS = re.compile(
    r"(?:\(utc[^)]*\) )?(.+?)(?: (?:standard |daylight |summer )?time)?( \(mexico\)| \(us & canada\))?",
    re.IGNORECASE,
)
_SHORT = {"ET": "Eastern", "CT": "Central", "MT": "Mountain", "PT": "Pacific"}
_OFFSET = re.compile(r"(?:etc/)?(?:gmt|utc|z)? ?([+−-]) ?(\d{1,2})(?::?([0-5]\d))? ?h?", re.IGNORECASE)


def advice_for(text: str) -> str:
    """Say what to write instead, or to ask oneself."""
    wanted = re.sub(r"\s+", " ", text.strip())
    shifted = _OFFSET.fullmatch(wanted)
    exact = _folded().get(wanted.replace(" ", "_").casefold())
    if exact:
        return f"did you mean `{exact}`?"
    if shifted:
        return _of_offset(shifted)
    if wanted.casefold() == "z":
        return "write UTC"
    windows = of_windows(_SHORT.get(wanted.upper(), wanted))
    if windows:
        return f"that is Windows' name for `{windows}`: write that"
    showing = _first(lambda zone: wanted.upper() in abbreviations(zone), MOST) if wanted.isalpha() else []
    if showing:
        return f"write one whose clocks show it, {_said(showing)}"
    near = _near(wanted.replace(" ", "_").casefold())
    return f"did you mean `{near}`?" if near else USUAL


def _of_offset(shifted: re.Match[str]) -> str:
    sign, hours, minutes = shifted.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (1 if sign == "+" else -1)
    if not ahead:
        return "write UTC, or a city's, as in Europe/London"
    turned = f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}"
    fixed = turned in names() and not int(minutes or 0)
    cities = _said(_first(lambda zone: offset(zone) == ahead, MOST - fixed))
    if not fixed:
        return f"write a city's, {cities}" if cities else USUAL
    return f"write a city's, {cities}, or `{turned}` for clocks that never change (its sign is turned round)"


def of_windows(text: str) -> str | None:
    """The zone of a name that Windows has, or shows people."""
    found = _WINDOWS.fullmatch(text)
    if found is None:
        return None
    mexico = found[2] if found[2] and "exico" in found[2] else ""
    name = (found[1] + mexico).casefold()
    return next((zone for windows, zone in WINDOWS.items() if windows.casefold() == name), None)


def _first(shows: Callable[[str], bool], most: int) -> list[str]:
    """The zones that show something, the best known; others, by their names, only where none is."""
    known = list(filter(shows, WELL_KNOWN))
    places = sorted(name for name in names() if "/" in name and not name.startswith(("Etc/", "US/")))
    return (known or list(filter(shows, places)))[:most]


def _said(zones: Sequence[str]) -> str:
    """`a`, `b` or `c`; nothing for none."""
    *more, last = [f"`{zone}`" for zone in zones] or [""]
    return f"{', '.join(more)} or {last}" if more else last


def _folded() -> dict[str, str]:
    return {name.casefold(): name for name in sorted(names())}


def _near(wanted: str) -> str | None:
    """A name that few letters separate from this; of a city's own name only the very next."""
    if re.search(r"\d", wanted):
        return None  # one digit is another offset
    if "/" in wanted:
        return _nearest(wanted, _folded(), FAR)
    cities = {name.rpartition("/")[2]: zone for name, zone in reversed(_folded().items()) if "/" in name}
    return cities.get(wanted) or _nearest(wanted, cities, FAR_CITY if len(wanted) > 4 else 0)


def _nearest(wanted: str, choices: dict[str, str], most: int) -> str | None:
    distance, zone = min((_letters_apart(wanted, each, most), zone) for each, zone in choices.items())
    return zone if distance <= most else None


def _letters_apart(a: str, b: str, most: int) -> int:
    """How many letters to put in, leave out, change or swap with the next; `most` + 1 if surely more."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before, row = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, right in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]
