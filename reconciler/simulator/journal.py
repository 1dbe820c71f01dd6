"""What was asked and answered: counts, and a file of whole exchanges where the options ask for one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from reconciler.simulator import instants
from reconciler.simulator.request import Request

_SECRET_KEYS = ("secret", "token")


class Journal:
    """Counts are by method and path template, so there are only so many of them."""

    def __init__(self, path: str | None) -> None:
        self.counts: Counter[str] = Counter()
        self._file = Path(path).open("a", encoding="utf-8", buffering=1) if path else None  # noqa: SIM115

    def close(self) -> None:
        if self._file:
            self._file.close()

    def note(self, now: int, template: str, request: Request, status: int | None, body: Any) -> None:
        """Status None: no answer was sent."""
        self.counts[f"{request.method} {template}"] += 1
        if self._file:
            line = {
                "at": instants.show(now),
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "agent": request.agent,
                "body": _shown(_read(request.body)),
                "status": status,
                "answer": _shown(body),
            }
            self._file.write(json.dumps(line) + "\n")


def _read(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


def _shown(body: Any) -> Any:
    """Secrets must not lie about in files; bytes are a page of HTML."""
    if isinstance(body, dict):
        return {key: "…" if key in _SECRET_KEYS else value for key, value in body.items()}
    return body.decode() if isinstance(body, bytes) else body
