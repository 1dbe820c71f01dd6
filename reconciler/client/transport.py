"""One exchange with the service over a tuned `requests` adapter: connections, TLS, timeouts, proxies.

With `adapter` the only file that imports `requests`, and only when a transport is made. Repeats nothing,
judges no status.
"""

from __future__ import annotations

import http.client
import json
import logging
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler import __version__
from reconciler.client.answers import Answer
from reconciler.client.connection import is_loopback
from reconciler.client.guard import UNGUARDED, Guard
from reconciler.client.unpacking import LARGEST, PLAIN, Broken, TooLarge, unpacked
from reconciler.errors import ApiError, NoAnswer, OutOfBounds, Unreachable, Untrusted
from reconciler.model import Request
from reconciler.routes import is_read, shown, target

if TYPE_CHECKING:
    from requests import PreparedRequest

_CHECK = "check the network and the API URL (--api-url, $WELKIN_API_URL, api.url in the manifest)"
_BUNDLE = "$REQUESTS_CA_BUNDLE (or $CURL_CA_BUNDLE) names no usable file of certificates"

_SLACK_S = 0.02  # a socket's timeout may end a hair before the clock says so


class Transport:
    """Connections to one service, shared by threads.

    Prepares requests by hand and uses the adapter below `Session`: no look-up of proxies, netrc and
    certificates per call (half the CPU of `Session.get`), no cookies kept, no redirect followed.
    """

    def __init__(self, api_url: str, *, timeouts: tuple[float, float], total_s: float, width: int) -> None:
        """Args:
        timeouts: seconds to connect, seconds to wait for data.
        total_s: seconds for an exchange in all.
        width: connections kept open.
        """
        import requests

        from reconciler.client.adapter import Adapter

        self._url = api_url
        parts = urlsplit(api_url)
        host = parts.hostname or api_url
        port = parts.port or (80 if parts.scheme == "http" else 443)
        self.where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._timeouts, self._total_s = timeouts, total_s
        self._adapter = Adapter(pool_connections=1, pool_maxsize=width)
        with requests.Session() as session:
            found = session.merge_environment_settings(api_url, {}, None, None, None)
        # What goes to this computer goes to no proxy, whatever $NO_PROXY forgets: http carries the secret.
        self._proxies = {} if is_loopback(host) else found["proxies"]
        self._verify = found["verify"] or True
        self._headers = {
            "User-Agent": f"welkin-reconcile/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
        }
        # Its lines show query strings, which may hold an e-mail.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)

    def close(self) -> None:
        self._adapter.close()

    def exchange(self, request: Request, bearer: str | None = None, guard: Guard = UNGUARDED) -> Answer:
        """Send once and read the whole answer, whatever its status.

        Raises: Unreachable: nothing was sent. NoAnswer: sent, perhaps in part; no whole answer came.
            OutOfBounds: it took too long in all, or is too large. Fenced: the guard doesn't let it go.
        """
        import requests
        import urllib3

        from reconciler.client.adapter import ends_at, may_send

        prepared = self._prepare(request, bearer, guard.agent)
        if bearer is None or is_read(request):  # a token changes nothing
            guard = UNGUARDED
        total_s = min(self._total_s, guard.write_s)
        connect_s, silent_s = (min(each, total_s) for each in self._timeouts)
        end = time.monotonic() + total_s
        ends_at.set(end)
        may_send.set(guard.may_write)
        try:
            return self._answer(prepared, (connect_s, silent_s))
        except TooLarge:
            failure = self._bounds(request, f"its answer is larger than {LARGEST >> 20} MiB")
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            ValueError,
            Broken,
        ) as error:
            if time.monotonic() >= end - _SLACK_S:
                failure = self._bounds(request, f"no whole answer within {total_s:g} s")
            else:
                failure = self._failure(request, error, connect_s, silent_s)
        # Raised outside of the handler, unchained: the library's errors carry the request with its secret.
        raise failure

    def _answer(self, prepared: PreparedRequest, timeouts: tuple[float, float]) -> Answer:
        from reconciler.client.adapter import read

        response = self._adapter.send(
            prepared, stream=True, timeout=timeouts, verify=self._verify, proxies=self._proxies
        )
        packed = read(response, LARGEST)
        if packed is None:
            raise TooLarge
        encodings = response.headers.get("Content-Encoding", "")
        pieces = packed if encodings in PLAIN else [unpacked(b"".join(packed), encodings)]
        return Answer(response.status_code, response.headers, pieces)

    def _prepare(self, request: Request, bearer: str | None, agent: str) -> PreparedRequest:
        import requests

        headers = requests.structures.CaseInsensitiveDict(self._headers)
        if agent:
            headers["User-Agent"] += f" {agent}"
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = self._url + target(request)
        prepared.headers = headers
        if request.body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(request.body, separators=(",", ":")).encode()
            headers["Content-Length"] = str(len(body))  # without it the adapter sends in chunks
            prepared.body = body
        return prepared

    def _failure(self, request: Request, error: Exception, connect_s: float, silent_s: float) -> ApiError:
        kind, why, advice = _cause(error, connect_s, silent_s)
        happened = f"{self.where}: {why}"
        return kind(f"{shown(request)}: {happened}: {advice}", happened=happened)

    def _bounds(self, request: Request, why: str) -> ApiError:
        doubt = "" if is_read(request) else ", and whether it was done is not known"
        happened = f"{self.where}: {why}"
        return OutOfBounds(
            f"{shown(request)}: {happened}{doubt}: it is not asked again; {_CHECK}", happened=happened
        )


def _cause(error: Exception, connect_s: float, read_s: float) -> tuple[type[ApiError], str, str]:
    """Tell what went wrong, whether anything can have been done by the class, and what may help."""
    import requests
    import urllib3

    inner = error.args[0] if error.args else error
    reason = getattr(inner, "reason", None) or inner
    text = str(reason)
    failures = requests.exceptions
    proxy = failures.ProxyError, failures.InvalidProxyURL, failures.InvalidSchema
    if isinstance(error, Broken):
        return NoAnswer, "its answer is packed in a way that can't be undone", "try again"
    if isinstance(error, proxy) or isinstance(reason, urllib3.exceptions.ProxySchemeUnknown):
        return Unreachable, "the proxy does not let us through", "check $HTTPS_PROXY and $NO_PROXY"
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return Untrusted, _BUNDLE, "check the variable"
    if isinstance(error, failures.SSLError | urllib3.exceptions.SSLError):
        return _tls_cause(text)
    if isinstance(error, failures.ConnectTimeout):
        return Unreachable, f"no connection within {connect_s:g} s", _CHECK
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return Unreachable, "this name is unknown", _CHECK
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return Unreachable, "connection refused or no route", _CHECK
    if isinstance(error, failures.InvalidURL) or isinstance(reason, UnicodeError):
        return Unreachable, "not a usable host", _CHECK
    silence = requests.Timeout, urllib3.exceptions.ReadTimeoutError
    if isinstance(error, silence) or isinstance(reason, silence):
        return NoAnswer, f"no answer within {read_s:g} s", "try again later"
    if _is_no_http(inner):
        return NoAnswer, "what came is no HTTP answer, or has too large a head", _CHECK
    return NoAnswer, "the connection was cut before the whole answer came", "try again"


def _is_no_http(error: object) -> bool:
    """Whether the cause below is the standard library's: a head it can't read, or of more than it takes."""
    cause = error.args[-1] if isinstance(error, Exception) and error.args else None
    cut = http.client.IncompleteRead, http.client.RemoteDisconnected
    return isinstance(cause, http.client.HTTPException) and not isinstance(cause, cut)


def _tls_cause(text: str) -> tuple[type[ApiError], str, str]:
    if "CERTIFICATE_VERIFY_FAILED" in text or "doesn't match" in text:
        return (
            Untrusted,
            "its TLS certificate is not trusted",
            "check the API URL, or name your company's CA file in $REQUESTS_CA_BUNDLE",
        )
    if "NO_CERTIFICATE" in text or "PEM" in text:
        return Untrusted, _BUNDLE, "check the variable"
    if "WRONG_VERSION_NUMBER" in text:
        return Untrusted, "it does not speak TLS", "check the API URL's scheme and port"
    return NoAnswer, "the encrypted connection broke", "try again"
