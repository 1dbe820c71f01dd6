"""Files to what they hold: which of the two kinds each is, and whether it is text at all."""

from __future__ import annotations

from reconciler.export.others.calendar import read_calendar
from reconciler.export.others.content import is_calendar
from reconciler.export.others.table import read_table
from reconciler.export.others.taken import People, Place, Taken

LARGEST = 10 << 20  # bytes of a file


def read_into(taken: Taken, data: bytes, file: str, people: People) -> None:
    """Take what a file holds; what can't be taken is said in `taken`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        taken.skip(Place(file, line), "this is not UTF-8: save the file as UTF-8 (CSV or .ics)")
        return
    if file.lower().endswith((".ics", ".ical")) or is_calendar(text):
        read_calendar(text, file, people, taken)
    else:
        read_table(text, file, people, taken)
