"""What a person would write in an afternoon: one user after the other with `requests`, without pages or plan.

For each of PEOPLE users: read the user, the hours and the events; write what is missing. Run on a tenant that
is as wished it writes nothing, as ours does then.
"""

import os
import sys
from typing import Any

import requests

URL, INSTANCE = os.environ["WELKIN_API_URL"] + "/gh", os.environ["WELKIN_API_URL"] + "/gh/bench"
WINDOW = {"from": "2026-11-24T00:00:00.000Z", "to": "2027-02-16T00:00:00.000Z"}

token = requests.post(f"{URL}/admin/api_clients/BENCH", json={"secret": "simulator"}, timeout=30).json()
headers = {"Authorization": f"Bearer {token['token']}"}


def get(path: str, **query: str) -> Any:
    return requests.get(path, params=query, headers=headers, timeout=30).json()


for number in range(int(sys.argv[1])):
    name = f"user{number:05}"
    user = get(f"{URL}/admin/users/{name}")
    if user.get("email") != f"{name}@example.com":
        body = {"email": f"{name}@example.com"}
        requests.patch(f"{URL}/admin/users/{name}", json=body, headers=headers, timeout=30)
    hours = get(f"{INSTANCE}/calendar/work-hours", psmIds=user["id"], **WINDOW)
    events = get(f"{INSTANCE}/calendar/events", participantIds=user["id"], size="100", **WINDOW)
    if not hours or not events["content"]:
        sys.exit(f"{name} is not as wished")
