"""One exchange with the service over a tuned `requests` adapter: connections, TLS, timeouts, proxies.

The only file that imports `requests`, and only when a transport is made. Repeats nothing, judges no status.
"""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import urlsplit

from reconciler import __version__
from reconciler.client.answers import Answer
from reconciler.errors import ApiError, NoAnswer, Unreachable, Untrusted
from reconciler.model import Request
from reconciler.routes import shown, target
from reconciler.settings import is_loopback

_CHECK = "check the network and the API URL (--api-url, $WELKIN_API_URL, api.url in the manifest)"
_BUNDLE = "$REQUESTS_CA_BUNDLE (or $CURL_CA_BUNDLE) names no usable file of certificates"


class Transport:
    """Connections to one service, shared by threads.

    Prepares requests by hand and uses the adapter below `Session`: no look-up of proxies, netrc and
    certificates per call (half the CPU of `Session.get`), no cookies kept, no redirect followed.
    """

    def __init__(self, api_url: str, *, timeouts: tuple[float, float], width: int) -> None:
        """Args: timeouts: seconds to connect, seconds to wait for data; width: connections kept open."""
        import requests

        self._url = api_url
        self._host = urlsplit(api_url).hostname or api_url
        self._timeouts = timeouts
        self._adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=width)
        with requests.Session() as session:
            found = session.merge_environment_settings(api_url, {}, None, None, None)
        # What goes to this computer goes to no proxy, whatever $NO_PROXY forgets: http carries the secret.
        self._proxies = {} if is_loopback(self._host) else found["proxies"]
        self._verify = found["verify"] or True
        self._headers = {
            "User-Agent": f"welkin-reconcile/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
        }
        # Its debug lines show query strings, which may hold an e-mail.
        logging.getLogger("urllib3").setLevel(logging.WARNING)

    def close(self) -> None:
        self._adapter.close()

    def exchange(self, request: Request, bearer: str | None = None) -> Answer:
        """Send once and read the whole answer, whatever its status.

        Raises: Unreachable: nothing was sent. NoAnswer: sent, perhaps in part; no whole answer came.
        """
        import requests
        import urllib3

        prepared = self._prepare(request, bearer)
        try:
            response = self._adapter.send(
                prepared, timeout=self._timeouts, verify=self._verify, proxies=self._proxies
            )
            return Answer(response.status_code, response.headers, response.content)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            failure = self._failure(request, error)
        # Raised outside of the handler, unchained: the library's errors carry the request with its secret.
        raise failure

    def _prepare(self, request: Request, bearer: str | None) -> Any:
        import requests

        headers = requests.structures.CaseInsensitiveDict(self._headers)
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

    def _failure(self, request: Request, error: Exception) -> ApiError:
        kind, why = _cause(error, *self._timeouts)
        return kind(f"{shown(request)}: {self._host}: {why}")


def _cause(error: Exception, connect_s: float, read_s: float) -> tuple[type[ApiError], str]:
    """Tell what went wrong, and whether anything can have been done."""
    import requests
    import urllib3

    inner = error.args[0] if error.args else error
    reason = getattr(inner, "reason", None) or inner
    text = str(reason)
    failures = requests.exceptions
    proxy = failures.ProxyError, failures.InvalidProxyURL, failures.InvalidSchema
    if isinstance(error, proxy) or isinstance(reason, urllib3.exceptions.ProxySchemeUnknown):
        return Unreachable, "the proxy does not let us through: check $HTTPS_PROXY and $NO_PROXY"
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return Untrusted, _BUNDLE
    if isinstance(error, failures.SSLError):
        return _tls_cause(text)
    if isinstance(error, failures.ConnectTimeout):
        return Unreachable, f"no connection within {connect_s:g} s: {_CHECK}"
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return Unreachable, f"this name is unknown: {_CHECK}"
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return Unreachable, f"connection refused or no route: {_CHECK}"
    if isinstance(error, failures.InvalidURL) or isinstance(reason, UnicodeError):
        return Unreachable, f"not a usable host: {_CHECK}"
    if isinstance(error, requests.Timeout) or isinstance(reason, urllib3.exceptions.ReadTimeoutError):
        return NoAnswer, f"no answer within {read_s:g} s: try again later"
    return NoAnswer, "the connection was cut before the whole answer came: try again"


def _tls_cause(text: str) -> tuple[type[ApiError], str]:
    if "CERTIFICATE_VERIFY_FAILED" in text or "doesn't match" in text:
        return (
            Untrusted,
            "its TLS certificate is not trusted: check the API URL, or name your company's CA file "
            "in $REQUESTS_CA_BUNDLE",
        )
    if "NO_CERTIFICATE" in text or "PEM" in text:
        return Untrusted, _BUNDLE
    if "WRONG_VERSION_NUMBER" in text:
        return Untrusted, "it does not speak TLS: check the API URL's scheme and port"
    return NoAnswer, "the encrypted connection broke: try again"
