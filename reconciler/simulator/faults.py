"""Which requests go wrong, and how. Decides only; `exchange` carries it out.

A fault in words: `KIND[=VALUE]:METHOD:PATH[:WHEN]`

    cut-after:POST:/calendar/events:1    the first such POST is done, then its connection closed unanswered
    429=2:*:/                            every request is refused with `Retry-After: 2`
    latency=50~20:GET:/admin/users       each such GET waits 50 to 70 ms
    500-before:PATCH:/admin/users:@3     the third one only
    shuffle:GET:/calendar:25%            a quarter of them, drawn by lot

METHOD is one method or `*`. PATH is a prefix of the request's path, with or without its tenant and
instance. WHEN is `N` (the first N), `@N` (the Nth only), `P%` (by lot) or absent (always).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

KINDS = {
    "latency": "waits VALUE ms, or MS~JITTER: plus a random share of JITTER ms",
    "401": "refused as if the token were no token",
    "token-expired": "the token sent is expired from now on",
    "429": "refused; with VALUE: and `Retry-After: VALUE`",
    "500-before": "fails before anything is done",
    "500-after": "is done, then fails",
    "502-before": "a proxy's HTML page, before anything is done",
    "502-after": "a proxy's HTML page, after it is done",
    "cut-before": "the connection is closed without an answer, before anything is done",
    "cut-after": "the connection is closed without an answer, after it is done",
    "hang-before": "never answered, nothing done",
    "hang-after": "never answered, but done",
    "shuffle": "the answer's keys come in another order",
    "extra": "the answer carries keys nobody knows",
}
_METHODS = ("*", "GET", "POST", "PUT", "PATCH", "DELETE")
_NUMBER = r"\d{1,7}(?:\.\d{1,3})?"
_VALUES = {"latency": re.compile(rf"{_NUMBER}(?:~{_NUMBER})?"), "429": re.compile(r"\d{0,5}")}
_NO_VALUE = re.compile("")
_WHEN = re.compile(rf"\d{{1,9}}|@\d{{1,9}}|{_NUMBER}%|")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and the requests it meets; the texts are those of the grammar."""

    kind: str
    value: str = ""
    method: str = "*"
    path: str = "/"
    when: str = ""

    def __str__(self) -> str:
        what = f"{self.kind}={self.value}" if self.value else self.kind
        return ":".join(filter(None, (what, self.method, self.path, self.when)))

    def delay_s(self, lot: random.Random) -> float:
        """How long this one waits: 0 for all kinds but latency."""
        if self.kind != "latency":
            return 0.0
        fixed, _, jitter = self.value.partition("~")
        return (float(fixed) + float(jitter or 0) * lot.random()) / 1000


def parse_fault(text: str) -> Fault:
    """Read one fault. Raises ValueError with one line that says what was expected."""
    what, *where = text.split(":")
    if len(where) not in (2, 3):
        raise ValueError(f"fault {text!r}: expected KIND[=VALUE]:METHOD:PATH[:WHEN]")
    kind, value = _parse_what(what)
    method, path, when = where[0].upper(), where[1], where[2] if len(where) == 3 else ""
    if method not in _METHODS:
        raise ValueError(f"fault {text!r}: {where[0]!r} is none of {' '.join(_METHODS)}")
    if not path.startswith("/"):
        raise ValueError(f"fault {text!r}: the path {path!r} does not begin with '/'")
    if not _WHEN.fullmatch(when):
        raise ValueError(f"fault {text!r}: {when!r} is neither N, @N nor P%")
    return Fault(kind, value, method, path, when)


def _parse_what(text: str) -> tuple[str, str]:
    kind, equals, value = text.partition("=")
    if kind not in KINDS:
        raise ValueError(f"fault {text!r}: {kind!r} is none of {' '.join(KINDS)}")
    if (equals and not value) or not _VALUES.get(kind, _NO_VALUE).fullmatch(value):
        raise ValueError(f"fault {text!r}: {kind!r} {KINDS[kind]}; the value {value!r} does not fit")
    return kind, value


class Faults:
    """The faults in force, each with the number of requests it has met."""

    def __init__(self, faults: Iterable[Fault], random_seed: int) -> None:
        self.lot = random.Random(random_seed)
        self.met: dict[Fault, int] = {}
        self.add(faults)

    def add(self, faults: Iterable[Fault]) -> None:
        """Put faults in force; one that already is starts to count anew."""
        self.met.update(dict.fromkeys(faults, 0))

    def due(self, method: str, path: str, asked: str) -> list[Fault]:
        """The faults that meet this request; `asked` is its own wish, `KIND[=VALUE],…` or empty.

        Raises ValueError where that wish can't be read.
        """
        wished = [Fault(*_parse_what(text.strip())) for text in asked.split(",")] if asked else []
        return wished + [fault for fault in self.met if self._meets(fault, method, path)]

    def _meets(self, fault: Fault, method: str, path: str) -> bool:
        if fault.method not in ("*", method) or not _begins(path, fault.path):
            return False
        self.met[fault] += 1
        if fault.when.endswith("%"):
            return self.lot.random() * 100 < float(fault.when[:-1])
        if fault.when.startswith("@"):
            return self.met[fault] == int(fault.when[1:])
        return not fault.when or self.met[fault] <= int(fault.when)


def _begins(path: str, prefix: str) -> bool:
    """Whether the path begins so as it stands, without its tenant, or without tenant and instance."""
    parts = path.split("/")[1:]
    return any(f"/{'/'.join(parts[skip:])}".startswith(prefix) for skip in range(3))
