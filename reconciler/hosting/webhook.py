"""One message to a webhook: Slack's and its kin, or a program of one's own.

It carries nothing of ours but the message: no token, no netrc, no cookie; no redirect is followed.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from urllib.parse import urlsplit

from reconciler.errors import UsageError
from reconciler.hosting import URL

LONGEST_S = 10.0  # from the first look-up of its name to the last byte
_QUERY = re.compile(r"[\x21\x22\x24-\x7e]*")


def checked(url: str) -> str:
    """The URL, if one may post there.

    Raises: UsageError: which shows nothing of it, as it may hold a secret.
    """
    place, _, query = url.partition("?")
    if not (URL.fullmatch(place) and place.isascii() and _QUERY.fullmatch(query)):
        raise UsageError("--notify takes https://…, or http://… on this computer, without user name and `#`")
    return url


def posted(url: str, message: Mapping[str, object]) -> str:
    """Post a message as JSON; return why it was not taken, empty if it was."""
    done = Future[str]()
    # A thread of its own: neither a name's look-up nor an answer that comes byte by byte ends by itself.
    threading.Thread(target=lambda: done.set_result(_sent(url, message)), daemon=True).start()
    try:
        failure = done.result(LONGEST_S)
    except TimeoutError:
        failure = f"no answer within {LONGEST_S:g} s"
    return f"{urlsplit(url).netloc} was not told: {failure}" if failure else ""


def _sent(url: str, message: Mapping[str, object]) -> str:
    import requests

    logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # its lines show query strings
    body = json.dumps(message).encode()
    try:
        with requests.Session() as session:
            found = session.merge_environment_settings(url, {}, True, None, None)
            session.trust_env = False  # or a netrc's password would go along
            answer = session.post(
                url,
                data=body,
                headers={"Content-Type": "application/json"},
                timeout=LONGEST_S,
                allow_redirects=False,
                proxies={} if url.startswith("http:") else found["proxies"],
                verify=found["verify"] or True,
                stream=True,  # nobody reads what it says
            )
            status: int = answer.status_code
    except requests.Timeout:
        return "no answer in time"
    except Exception:  # whatever goes wrong there, it changes nothing of what was found here
        return "no connection, or it broke"
    return "" if 200 <= status < 300 else f"it answered {status}"
