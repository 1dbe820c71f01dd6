"""Times as the pages tell them. Pure."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60, 3600, 86_400


def ago(seconds: float, after: str = " ago") -> str:
    """`12 min ago`, `3 h ago`, `2 days ago`: as exact as somebody asks who wonders since when."""
    if seconds < MINUTE:
        return "just now" if after else "less than a minute"
    for unit, longest, word in ((MINUTE, 2 * HOUR, "min"), (HOUR, 2 * DAY, "h")):
        if seconds < longest:
            return f"{int(seconds // unit)} {word}{after}"
    return f"{int(seconds // DAY)} days{after}"


def took(seconds: float) -> str:
    """`0.8 s`, `12 s`, `4 min`."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    return f"{seconds:.0f} s" if seconds < 2 * MINUTE else f"{seconds / MINUTE:.0f} min"
