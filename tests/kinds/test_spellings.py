"""Two spellings of one wish are one wish: whichever was applied, the other plans empty."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import HEAD, Workspace
from tests.support.service import Service, simulated

# What stands in one line means the same.
SAME = {
    "zone": ["America/Los_Angeles", "US/Pacific"],
    "utc": ["UTC", "Etc/UTC"],
    "rule": [
        "{every: week, on: [tue, thu]}",
        '{every: week, interval: 1, on: "thu, tue"}',
        '"FREQ=WEEKLY;BYDAY=TU,TH"',
        '"RRULE:FREQ=WEEKLY;WKST=MO;INTERVAL=1;BYDAY=TH,TU"',
    ],
    "length": ["duration: 30m", "ends: 09:30", "duration: 30 minutes", "ends: 2026-12-01T09:30"],
    "with": ["[{user: janedoe}, {user: jimdoe}]", "[{user: jimdoe}, {user: janedoe}, {user: johndoe}]"],
    "except": ["[2026-12-08, 2026-12-10]", "[2026-12-10T09:00, 2026-12-08]"],
    "room": ["Room 1408", "$(room)", "'Room 1408'", '"Room 1408"'],
    "hours": [
        "{from: 2026-12-01, days: {mon-fri: 09:00-17:00}}",
        "{from: 2026-12-01, days: {mon: 09:00-17:00, tue-thu: 09:00–17:00, fri: 9:00-17:00}}",
        "{from: 2026-12-01, days: {mon-fri: [09:00-12:00, 12:00-17:00], sat: off}}",
        "{from: 2026-12-01, days: {mon-sun: 09:00-17:00, sat: off, sun: off}}",
        "{template: week, from: 2026-12-01}",
        "{from: 2026-12-01, to: 2026-12-20, days: {mon-fri: 09:00-17:00}}, "
        "{template: week, from: 2026-12-21}",
    ],
    "night": [
        "{from: 2026-12-06, to: 2026-12-12, days: {mon-wed: 22:00-06:00}}",
        "{from: 2026-12-06, to: 2026-12-12, days: "
        "{mon: 22:00-24:00, tue-wed: [00:00-06:00, 22:00-24:00], thu: 00:00-06:00}}",
    ],
    "names": ["firstName: Jo, lastName: Do", "lastName: Do, firstName: 'Jo'"],
    "licences": ["[CA, NV]", "[NV, CA]"],
}

spelling = st.fixed_dictionaries({name: st.sampled_from(texts) for name, texts in SAME.items()})


def manifests(chosen: dict[str, str]) -> str:
    return f"""
vars: {{room: Room 1408}}
templates: {{week: {{days: {{mon-fri: 09:00-17:00}}}}}}
users:
  johndoe: {{email: john@example.org, timezone: {chosen["zone"]}, {chosen["names"]}}}
  janedoe:
    email: jane@example.org
    timezone: {chosen["utc"]}
    attributes: {{licences: {chosen["licences"]}}}
  jimdoe: {{email: jim@example.org}}
workHours:
  johndoe: [{chosen["hours"]}]
  janedoe: [{chosen["night"]}]
events:
  talk:
    title: Talk
    host: johndoe
    starts: 2026-12-01T09:00
    {chosen["length"]}
    repeat: {chosen["rule"]}
    except: {chosen["except"]}
    participants: {chosen["with"]}
    location: {chosen["room"]}
"""


def check(service: Service, folder: str, one: dict[str, str], other: dict[str, str]) -> None:
    workspace = Workspace(Path(folder)).at(service)
    workspace.write(manifests(one), head=HEAD)
    workspace.apply()
    workspace.write(manifests(other), head=HEAD)
    workspace.settled()


@settings(max_examples=15, deadline=None, suppress_health_check=[*HealthCheck])
@given(one=spelling, other=spelling)
def test_any_respelling_plans_empty(one: dict[str, str], other: dict[str, str]) -> None:
    with TemporaryDirectory() as folder, simulated(Path(folder), now="2026-11-24T12:00:00Z") as service:
        check(service, folder, one, other)


def test_each_spelling_by_itself_plans_empty_against_the_first(tmp_path: Path) -> None:
    first = {name: texts[0] for name, texts in SAME.items()}
    with simulated(tmp_path, now="2026-11-24T12:00:00Z") as service:
        for name, texts in SAME.items():
            for text in texts[1:]:
                check(service, str(tmp_path), first, {**first, name: text})
