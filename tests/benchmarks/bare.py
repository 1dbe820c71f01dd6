"""The bare loop: the requests of a plan or an apply with `requests`, eight at a time, only parsing the JSON.

`read PEOPLE`: what a no-op plan reads. `write PEOPLE EVENTS`: the same, then a PATCH of the times of EVENTS
events, then reading them again, as an apply does.
"""

import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

URL, INSTANCE = os.environ["WELKIN_API_URL"] + "/gh", os.environ["WELKIN_API_URL"] + "/gh/bench"
WINDOWS = (("2026-11-16", "2027-02-16"), ("2027-02-16", "2027-03-19"))
Item = dict[str, Any]

session = requests.Session()
session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=8))
pool = ThreadPoolExecutor(8)


def get(path: str, query: dict[str, str]) -> Any:
    return session.get(path, params=query, timeout=30).json()


def pages(path: str, query: dict[str, str], key: str) -> list[Item]:
    first = get(path, {**query, "page": "0"})
    total = (first.get("metaInfo") or first)["totalPages"]
    rest = pool.map(lambda number: get(path, {**query, "page": str(number)}), range(1, total))
    return [item for page in (first, *rest) for item in page[key]]


def events(windows: Iterable[tuple[str, str]]) -> list[Item]:
    found = []
    for start, end in windows:
        query = {"from": f"{start}T00:00:00.000Z", "to": f"{end}T00:00:00.000Z", "size": "1000"}
        query |= {"includeCancelled": "true", "sort": "startDateTime,asc"}
        found += pages(f"{INSTANCE}/calendar/events", query, "content")
    return found


def read(people: int) -> list[Item]:
    users = pages(f"{URL}/admin/users", {"size": "1000", "sort": "username,asc"}, "data")
    ids = [user["id"] for user in users][:people]
    chunks = [",".join(ids[at : at + 50]) for at in range(0, len(ids), 50)]
    span = {"from": "2026-11-23T00:00:00.000Z", "to": "2078-02-02T00:00:00.000Z"}
    list(pool.map(lambda chunk: get(f"{INSTANCE}/calendar/work-hours", {"psmIds": chunk, **span}), chunks))
    return events(WINDOWS)


def write(some: list[Item]) -> None:
    def patch(event: Item) -> Any:
        body = {name: event[name] for name in ("startDateTime", "endDateTime")}
        return session.patch(f"{INSTANCE}/calendar/events/{event['id']}", json=body, timeout=30).json()

    list(pool.map(patch, some))
    events((("2026-11-30", "2027-02-04"),))


token = session.post(f"{URL}/admin/api_clients/BENCH", json={"secret": "simulator"}, timeout=30).json()[
    "token"
]
session.headers["Authorization"] = f"Bearer {token}"
mode, people, *count = sys.argv[1:]
found = read(int(people))
if mode == "write":
    write(found[: int(count[0])])
