"""What came back from the service: parsed JSON, or an error of our tree. Knows nothing of connections.

The service's own `message` and `details` can hold patient data: they are dropped here and kept nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from mmap import mmap
from typing import NamedTuple

from reconciler import errors
from reconciler.client.json_text import decoded
from reconciler.model import Request
from reconciler.model.typed import JsonObject
from reconciler.routes import is_read, shown

_CLASSES: dict[int, type[errors.ApiError]] = {
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.NotAllowed,
    410: errors.NotFound,
    429: errors.RateLimited,
}
_ADVICE_BY_CODE = {
    "ACCESS_FOR_API_CLIENT_RESTRICTED": "no API client may do this; a person does it in Welkin's Admin",
    "USER_NOT_FOUND": "this tenant has no such user",
    "DT_RECORD_NOT_FOUND": "this patient has no such record",
}
_ADVICE_BY_STATUS = {
    400: "the service does not accept what this request says",
    401: "not accepted even with a new token: check in Admin that the API client is enabled",
    403: "the API client lacks a permission, a role or access to the instance: grant it in Admin",
    404: "not there: check the tenant, the instance and the name",
    405: "the service does not offer this here",
    409: "it clashes with something that exists, or that changed meanwhile",
    410: "not there any more",
    422: "the service does not accept what this request says",
    429: "too many requests: wait, or lower --parallelism",
}
_WRONG_URL = "check the API URL (--api-url, $WELKIN_API_URL, api.url in the manifest) and proxies"
_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,79}")


class Answer(NamedTuple):
    """One HTTP answer; header names in any case. Its pieces are put together where the body is looked at."""

    status: int
    headers: Mapping[str, str]
    pieces: Sequence[bytes | mmap]

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def is_page(self) -> bool:
        """Whether it is a web page: a proxy's, a load balancer's, another server's."""
        return self.body.lstrip()[:1] == b"<" or "html" in self.headers.get("Content-Type", "").lower()


def parse(request: Request, answer: Answer, form: type | None = None) -> object:
    """Return the JSON of a 2xx (None where the body is empty).

    form: what is read of it, as `decoded` takes it.
    Raises: ApiError: by status first, `errorCode` second, never by message.
    """
    if not 200 <= answer.status < 300:
        raise refusal(request, answer)
    body = answer.body
    if not body:
        return None
    try:
        return decoded(body, form)
    except ValueError:
        pass  # raised below, outside: a decoder's error carries the whole text
    what = "a web page" if answer.is_page else "something that is not JSON"
    raise errors.NoAnswer(
        f"{shown(request)}: {answer.status} with {what}: this is not the Welkin API; {_WRONG_URL}",
        status=answer.status,
    )


def refusal(request: Request, answer: Answer) -> errors.ApiError:
    """Make the error for an answer that is no 2xx."""
    code, component = _code(answer.body)
    known = [str(answer.status), code or "", f"({component})" if component else ""]
    says = " ".join(filter(None, known))
    return _class(answer)(
        f"{shown(request)}: {says}: {_advice(request, answer, code)}",
        status=answer.status,
        error_code=code,
        component=component,
    )


def unexpected(request: Request, wanted: str) -> errors.NoAnswer:
    """Make the error for JSON of another shape than the route's."""
    return errors.NoAnswer(f"{shown(request)}: the answer is not {wanted}: {_WRONG_URL}")


def about_another(request: Request) -> errors.NoAnswer:
    """Make the error for an answer about something else than was asked for: it is none."""
    return errors.NoAnswer(f"{shown(request)}: the answer is about something else than was asked for")


def mapping(request: Request, payload: object) -> JsonObject:
    """Check that one object came back; unknown keys stay."""
    if not isinstance(payload, dict):
        raise unexpected(request, "an object")
    return payload


def objects(request: Request, payload: object) -> list[JsonObject]:
    """Check that a list of objects came back."""
    if not isinstance(payload, list) or not all(isinstance(item, dict) for item in payload):
        raise unexpected(request, "a list of objects")
    return payload


def _class(answer: Answer) -> type[errors.ApiError]:
    if answer.status >= 500:
        return errors.ServerError
    found = _CLASSES.get(answer.status, errors.ApiError)
    # We ask for JSON: a web page is somebody else's "not found", no proof that the object is absent.
    return errors.NoAnswer if found is errors.NotFound and answer.is_page else found


def _advice(request: Request, answer: Answer, code: str | None) -> str:
    if 300 <= answer.status < 400:
        return f"a redirect, which is never followed; {_WRONG_URL}"
    if answer.status >= 500:
        doubt = "" if is_read(request) else ", whether it was done is not known"
        return f"the service, or a proxy before it, failed{doubt}; try again later"
    if answer.is_page:
        return f"a web page, not an answer of the Welkin API; {_WRONG_URL}"
    by_status = _ADVICE_BY_STATUS.get(answer.status, "the service refuses this request")
    return _ADVICE_BY_CODE.get(code or "", by_status)


def _code(body: bytes) -> tuple[str | None, str | None]:
    """Find `errorCode` and `componentType` in an array, an object or anything else."""
    try:
        payload = decoded(body)
    except ValueError:
        return None, None
    first = payload[0] if isinstance(payload, list) and payload else payload
    if not isinstance(first, dict):
        return None, None
    return _word(first.get("errorCode")), _word(first.get("componentType"))


def _word(value: object) -> str | None:
    """Let through only what looks like a code, so that no free text is ever shown."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None
