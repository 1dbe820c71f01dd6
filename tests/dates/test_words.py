"""Rules in words."""

from datetime import datetime, timedelta

import pytest

from reconciler.dates.words import words_of

START = datetime(2026, 12, 1, 9)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270331", "every Tue and Thu 09:00–09:30 UTC, until 31 Mar 2027"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every Mon–Fri 09:00–09:30 UTC"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "every 2 weeks on Mon 09:00–09:30 UTC"),
        ("FREQ=WEEKLY", "every week on Tue 09:00–09:30 UTC"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=5", "every 3 days 09:00–09:30 UTC, 5 times"),
        ("FREQ=MONTHLY;BYDAY=WE;BYSETPOS=2", "every month on the 2nd Wed 09:00–09:30 UTC"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Fri 09:00–09:30 UTC"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,1", "every month on the last day and day 1 09:00–09:30 UTC"),
        ("FREQ=MONTHLY", "every month on day 1 09:00–09:30 UTC"),
        ("FREQ=YEARLY", "every year on 1 Dec 09:00–09:30 UTC"),
        ("FREQ=YEARLY;BYMONTH=1,7;BYDAY=2MO", "every year on the 2nd Mon in Jan and Jul 09:00–09:30 UTC"),
        ("FREQ=YEARLY;BYWEEKNO=20", "every year in week 20 09:00–09:30 UTC"),
        ("FREQ=DAILY;BYHOUR=8,20", "every day 08:00–08:30 and 20:00–20:30 UTC"),
    ],
)
def test_a_rule_in_words(rule: str, words: str) -> None:
    assert words_of(rule, START, timedelta(minutes=30), "UTC") == words
