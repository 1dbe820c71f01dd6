"""Series that end while another begins that looks like them: what to write if it is the same one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.kinds.event.differences import Told
from reconciler.model import Action
from reconciler.model.told import Line

Series = Mapping[str, Sequence[Told]]
ALIKE = 2  # of host, title and start


def heirs(series: Series, to_come: Mapping[str, int]) -> Mapping[str, Line]:
    """By the name of the later block of such a pair, the line that would make a rename of it.

    to_come: how many occurrences each series has, those that end included.
    """
    ended, begun = (
        [
            name
            for name, own in series.items()
            if all(each.change.action is action for each in own) and len(own) >= to_come.get(name, 0)
        ]
        for action in (Action.DELETE, Action.CREATE)
    )
    found = dict[str, Line]()
    for old in ended:
        heir = next((new for new in begun if _alike(series[old], series[new])), None)
        if heir:
            begun.remove(heir)
            written = f"renamed: {{event/{old}: event/{heir}}}"
            found[max(old, heir)] = Line("the same?", f"to keep its events and answers, write {written}")
    return found


def _alike(old: Sequence[Told], new: Sequence[Told]) -> bool:
    """Whether two of host, title and start are shared, a start where most of the shorter one's are."""
    same = 0
    for field in ("hostId", "eventTitle"):
        one, other = ({*_values(own, field)} for own in (old, new))
        same += bool(one & other - {None})
    starts, others = ({*_values(own, "startDateTime")} for own in (old, new))
    same += 2 * len(starts & others) > min(len(starts), len(others))
    return same >= ALIKE


def _values(own: Sequence[Told], field: str) -> Iterator[object]:
    for each in own:
        side = each.change.after or each.change.before or {}
        yield side.get(field)
