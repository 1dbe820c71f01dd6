"""Files that nobody means well: each ends in lines with a place, soon, and tells nothing private."""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Iterator

import pytest

from tests.export.others.conftest import Import
from tests.export.others.test_calendar import calendar, event
from tests.export.others.test_table import HEADER
from tests.support.hostile import faults, titles

SECRET = "Jane-Roe"
SOUND = HEADER + "ann,2026-12-01,,mon-fri,9:00,17:00,\n"


def tables() -> Iterator[bytes]:
    """A hundred hostile CSV files."""
    for cell in ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "=cmd|'/c calc'!A0", "\tx", "%00"):
        yield f"{HEADER}ann,2026-12-01,2026-12-02,,,,{cell!r}\n{cell},2026-12-01,,mon,9:00,17:00,\n".encode()
    for codec in ("utf-16", "utf-16-be", "utf-32", "latin-1", "cp1252", "cp037"):
        yield SOUND.replace("ann", "änn").encode(codec)
    yield from (
        b"",
        b"\n",
        b"\0" * 5000,
        b"\xff\xfe",
        b"PK\x03\x04" + bytes(range(256)),
        b"\xef\xbb\xbf",
        b'"' * 9999,
    )
    yield HEADER.encode() + b"ann," + b"9" * 10_000_000
    yield HEADER.encode() + b'ann,"' + b"x,\n" * 2_000_000
    yield (HEADER * 20_000).encode()
    yield b"," * 5_000_000
    yield HEADER.encode() + b"ann,2026-12-01,,mon,9:00,17:00," + b",x" * 100_000 + b"\n"
    yield SOUND.encode() + b"x\x00y,\x1b[2K\n"
    yield ("user;from;days;start;end\n" + f"{SECRET};2026-12-01;mon;9:00;17:00\n" * 3000).encode()
    yield f"user,from\n{SECRET},{SECRET}\n".encode()
    yield HEADER.upper().replace("USER", "USER,USER").encode()
    draw = random.Random(7)
    names = titles()
    while True:
        rows = [draw.choice(names).replace("\n", " ") for _ in range(7)]
        rows[0] = draw.choice(("ann", SECRET, rows[0]))
        rows[1] = draw.choice(("2026-12-01", SECRET, "0000-00-00", "9999-99-99", rows[1]))
        rows[4], rows[5] = draw.choice((("9:00", "17:00"), ("", ""), (SECRET, SECRET), ("24:00", "0:00")))
        quoted = ",".join(f'"{cell}"' if draw.random() < 0.7 else cell for cell in rows)
        yield f"{HEADER}{quoted}\n".encode(errors="replace")


def calendars() -> Iterator[bytes]:
    """A hundred hostile .ics files."""
    rules = (
        "FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=1", "FREQ=DAILY;COUNT=999999999", "FREQ=DAILY;X=1", "",
        "FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2", ";" * 9999,
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1,2,3,4,5",
        "FREQ=WEEKLY;INTERVAL=0", "FREQ=YEARLY;INTERVAL=9999;BYDAY=53MO", "FREQ=DAILY;UNTIL=99999999",
        "FREQ=DAILY;" * 5000, f"FREQ={SECRET}", "FREQ=MONTHLY;BYSETPOS=-366;BYDAY=MO",
    )  # fmt: skip
    for rule in rules:
        yield calendar(event(f"RRULE:{rule}", title=SECRET)).encode()
    for codec in ("utf-16", "utf-16-be", "latin-1", "cp037"):
        yield calendar(event(title="Übergabe")).encode(codec)
    yield from (
        b"BEGIN:VCALENDAR",
        b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 300_000,
        b"END:VEVENT\n" * 9999,
    )
    yield b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 99_999 + b"END:X\n" * 500_000
    yield b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:" + SECRET.encode() * 1_000_000
    yield calendar(event("SUMMARY:x" + "\r\n x" * 2_000_000)).encode()
    yield calendar(event("RRULE:FREQ=DAILY", "EXDATE:" + ",".join(["20270101T090000"] * 300_000))).encode()
    yield calendar(event("RRULE:FREQ=DAILY", *["RDATE:20270101T090000"] * 9_000)).encode()
    yield calendar(event(*["ATTENDEE:mailto:" + SECRET] * 20_000)).encode()
    yield calendar(event("DTSTART" + ";X=y" * 100_000 + ":20270101T090000", title=SECRET)).encode()
    yield calendar(event('DTSTART;TZID="../../etc/passwd":20270101T090000', title=SECRET)).encode()
    yield calendar(event("DTSTART;TZID=" + "A" * 1_000_000 + ":20270101T090000", title=SECRET)).encode()
    yield calendar(event("DURATION:P" + "9" * 1_000_000 + "D", title=SECRET)).encode()
    yield calendar(event("DURATION:P999999D", title=SECRET)).encode()
    yield calendar(event("SEQUENCE:" + "9" * 100_000), event()).encode()
    yield calendar(*(event(uid="1") for _ in range(3000))).encode()
    yield calendar(
        *(event("RECURRENCE-ID:20270101T090000Z", "CLASS:PRIVATE", title=SECRET) for _ in range(3000))
    ).encode()
    draw = random.Random(9)
    names = titles()
    while True:
        odd = draw.choice(names).replace("\r", " ").replace("\n", "\r\n ")
        line = draw.choice(("LOCATION:{}", "SUMMARY:{}", "X-{}:y", "{}", "CLASS:{}",
                            "DTSTART;TZID={}:20270101T090000", "RRULE:{}", "EXDATE:{}",
                            "ATTENDEE;CN={}:mailto:x", "STATUS:{}"))  # fmt: skip
        yield calendar(event(line.format(odd), uid=odd[:9])).encode(errors="replace")


HOSTILE = [
    (f"{number:03}.{suffix}", data)
    for suffix, files in (("csv", tables()), ("ics", calendars()))
    for number, data in zip(range(100), files, strict=False)
]


def test_two_hundred_hostile_files_end_in_lines_soon_and_tell_nothing(bring: Import) -> None:
    assert len(HOSTILE) == 200
    for name, data in HOSTILE:
        began = time.process_time()
        done = bring({name: data})
        assert time.process_time() - began < 15, name
        assert done.code in (0, 1, 3), (name, done)
        *lines, _counts = done.stderr.splitlines() or [""]
        if done.code == 3:
            said = [line for line in lines if not line.startswith("warning: ")]
            assert said and all(line.startswith(f"{name}:") for line in said), (name, done.stderr[:500])
            assert len(said) <= 1002, name
        assert faults(done.stdout) == faults(done.stderr) == [], name
        assert "roe" not in (done.stderr.lower() if done.code == 0 else str(done).lower()), name
    if sys.platform == "linux":
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 900 << 10


@pytest.mark.parametrize("name", ["gone.csv", ".", "a.pipe"])
def test_what_is_no_file_is_one_line(bring: Import, name: str) -> None:
    done = bring({}, name)
    assert (done.code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {name}: ")


def test_a_file_beyond_the_bound_is_not_read(bring: Import) -> None:
    done = bring({"a.csv": b"x" * (11 << 20)})
    assert done.code == 1 and done.stderr == "error: a.csv: this file is larger than 10 MiB\n"
