"""How many examples a property is tried with: `make test-all` tries all, `make test` a quarter of them."""

from __future__ import annotations

from hypothesis import settings

WHOLE = "whole"  # the profile of runs that leave out nothing slow


def examples(number: int) -> settings:
    """So many in a whole run."""
    whole = settings.get_current_profile_name() == WHOLE
    return settings(max_examples=number if whole else number // 4)
