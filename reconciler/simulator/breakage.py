"""Carries out the faults that are due for a request, except waiting."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from reconciler.simulator.faults import Fault
from reconciler.simulator.refusals import Error, Refusal
from reconciler.simulator.tokens import Tokens, not_valid

PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Cut(Exception):
    """The connection is to be closed without an answer."""


class Hang(Exception):
    """No answer is ever to be sent."""


class ProxyFailure(Exception):
    """A page of some proxy's is to be sent in the answer's place."""


def break_off(due: Iterable[Fault], stage: Literal["before", "after"]) -> None:
    """Raise what the first fault of this stage calls for, if there is one."""
    for fault in due:
        what, _, when = fault.kind.partition("-")
        if when != stage:
            continue
        match what:
            case "cut":
                raise Cut
            case "hang":
                raise Hang
            case "502":
                raise ProxyFailure
            case "500":
                raise Refusal(500, Error("INTERNAL_SERVER_ERROR", "Unexpected error", "API"))


def refuse(due: Iterable[Fault], tokens: Tokens, token: str) -> None:
    """Raise the refusals that come before a request is looked at."""
    for fault in due:
        if fault.kind == "token-expired":
            tokens.revoke(token)  # the request itself and all later ones find it so
        if fault.kind == "401":
            raise not_valid()
        if fault.kind == "429":
            headers = {"retry-after": fault.value} if fault.value else {}
            raise Refusal(429, Error("TOO_MANY_REQUESTS", "Too many requests", "API"), headers=headers)


def altered(due: Sequence[Fault], body: Any, lot: random.Random) -> Any:
    """The answer with its keys in another order, or with more keys, at every level."""
    kinds = {fault.kind for fault in due}
    if "extra" in kinds:
        body = _with_extra(body)
    return _shuffled(body, lot) if "shuffle" in kinds else body


def _with_extra(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_extra(each) for each in value]
    if isinstance(value, dict):
        kept = {key: _with_extra(each) for key, each in value.items()}
        return {**kept, "addedLater": {"by": "the simulator"}, "_flag": None}
    return value


def _shuffled(value: Any, lot: random.Random) -> Any:
    if isinstance(value, list):
        return [_shuffled(each, lot) for each in value]
    if isinstance(value, dict):
        keys = list(value)
        lot.shuffle(keys)
        return {key: _shuffled(value[key], lot) for key in keys}
    return value
