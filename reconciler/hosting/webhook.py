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
from typing import NamedTuple
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


class Untold(NamedTuple):
    """Why a message was not taken; sure: it certainly was not, so that it may be sent again."""

    line: str
    sure: bool


def posted(url: str, message: Mapping[str, object]) -> Untold | None:
    """Post a message as JSON; return why it was not taken, None if it was."""
    done = Future[Untold | None]()
    # A thread of its own: neither a name's look-up nor an answer that comes byte by byte ends by itself.
    threading.Thread(target=lambda: done.set_result(_sent(url, message)), daemon=True).start()
    try:
        failure = done.result(LONGEST_S)
    except TimeoutError:
        failure = Untold(f"no answer within {LONGEST_S:g} s", sure=False)
    return failure and failure._replace(line=f"{urlsplit(url).netloc} was not told: {failure.line}")


def _sent(url: str, message: Mapping[str, object]) -> Untold | None:
    import requests
    from urllib3.exceptions import NewConnectionError

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
    except requests.Timeout as error:
        return Untold("no answer in time", sure=isinstance(error, requests.ConnectTimeout))
    except requests.ConnectionError as error:
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        return Untold("no connection, or it broke", sure=isinstance(reason, NewConnectionError))
    except Exception:  # whatever goes wrong there, it changes nothing of what was found here
        return Untold("no connection, or it broke", sure=False)
    return None if 200 <= status < 300 else Untold(f"it answered {status}", sure=True)
