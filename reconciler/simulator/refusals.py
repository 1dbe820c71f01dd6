"""Answers that refuse: a 4xx status with an array of error objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.simulator import instants


@dataclass(frozen=True, slots=True)
class Error:
    """One element of the array; an empty `component` stands for that of the route."""

    code: str
    message: str
    component: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class Refusal(Exception):
    """Raised to stop a handler; nothing it wrote is kept."""

    def __init__(self, status: int, *errors: Error, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, errors)
        self.status = status
        self.errors = errors
        self.headers = headers or {}

    def body(self, component: str, now: int) -> list[dict[str, Any]]:
        """The array as sent. The 403s were recorded without `date`, the 404s with it."""
        dated = {} if self.status == 403 else {"date": instants.show(now)}
        return [
            {
                "errorCode": error.code,
                "componentType": error.component or component,
                "message": error.message,
                "details": dict(error.details),
                **dated,
            }
            for error in self.errors
        ]


def missing(code: str, message: str, component: str = "", **ids: str) -> Refusal:
    """404; `ids` become the details."""
    return Refusal(404, Error(code, message, component, ids))


def invalid(problems: Sequence[tuple[str, str]]) -> Refusal:
    """400 with an element for each (field, what is wrong with it)."""
    return Refusal(
        400, *(Error("VALIDATION_FAILED", f"{name}: {why}", "", {"field": name}) for name, why in problems)
    )


def conflict(code: str, name: str, value: str) -> Refusal:
    """409: another object has this value already. Not recorded: some 4xx is to be expected."""
    return Refusal(409, Error(code, f"{name} is taken: {value!r}", "", {"field": name}))
