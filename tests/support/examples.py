"""How much is tried of what is drawn by lot: all in `make test-all`, a quarter of it in `make test`."""

from __future__ import annotations

from hypothesis import settings

WHOLE = "whole"  # the profile of runs that leave out nothing slow


def tries(number: int) -> int:
    """So many in a whole run."""
    return number if settings.get_current_profile_name() == WHOLE else number // 4


def examples(number: int) -> settings:
    """The same, of what Hypothesis draws."""
    return settings(max_examples=tries(number))
