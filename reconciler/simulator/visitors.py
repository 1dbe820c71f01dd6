"""Who may speak to the simulator: programs and people on this computer, and no web page of anybody else's.

A browser lets every page send requests to a port of this computer, and a name of the page's own may point
there (DNS rebinding). What a browser adds by itself tells: which `Host` it means, and whose page it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from reconciler.simulator.refusals import Error, Refusal

_HERE = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)


def refuse_strangers(headers: Iterable[tuple[bytes, bytes]], own_route: bool) -> None:
    """Raise the 403 for requests of other sites; `own_route`: below `/_simulator/`, for any web page's."""
    for name, value in headers:
        check = _CHECKS.get(name)
        reason = check(value.decode("latin-1").strip(), own_route) if check else ""
        if reason:
            raise Refusal(403, Error("FOREIGN_REQUEST", f"The simulator is for this computer: {reason}"))


def _host(text: str, own_route: bool) -> str:
    return "" if _HERE.fullmatch(text) else "`Host` has to be localhost, 127.0.0.1 or [::1]"


def _origin(text: str, own_route: bool) -> str:
    if own_route:
        return "these routes answer no web page"
    return "" if _is_here(text) else "the request comes from a web page of another site"


def _fetch_site(text: str, own_route: bool) -> str:
    if text.lower() == "none":  # somebody typed the address
        return ""
    if own_route:
        return "these routes answer no web page"
    return "the request comes from a web page of another site" if text.lower() == "cross-site" else ""


def _is_here(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(_HERE.fullmatch(parts.netloc))


_CHECKS = {b"host": _host, b"origin": _origin, b"referer": _origin, b"sec-fetch-site": _fetch_site}
