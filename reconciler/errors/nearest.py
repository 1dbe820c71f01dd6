"""What was probably meant by a name that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is near, whatever the case of its letters."""
    from difflib import get_close_matches  # only who mistypes waits for it

    folded = {one.casefold(): one for one in known}
    close = get_close_matches(name.casefold(), folded, n=1)
    return folded[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """How a message about an unknown name ends: with the near one as a question, else as is said here."""
    near = nearest(name, known)
    hint = f"did you mean `{near}`?" if near else otherwise
    return f"; {hint}" if hint else ""
