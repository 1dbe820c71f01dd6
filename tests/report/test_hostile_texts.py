"""Every report on values of all of Unicode: as many lines as of plain values, none of them a command."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.commands.logs import _Json, _Text
from reconciler.commands.output import report_error, say, show
from reconciler.errors import ManifestError, Problem, ReconcileError, UnsafePlan
from reconciler.errors.escape import json_text, page
from reconciler.errors.mistakes import Mistake
from reconciler.kinds.work_hours.layers import Layer, Statement
from reconciler.kinds.work_hours.periods import Period
from reconciler.kinds.work_hours.shifts import DayCalendar
from reconciler.listing.cells import Teller
from reconciler.listing.rows import json_pieces, yaml_pieces
from reconciler.listing.table import table_lines
from reconciler.manifest import dump
from reconciler.model import (
    Action,
    Brake,
    Change,
    FieldDiff,
    Key,
    Outcome,
    Plan,
    Report,
    Source,
    Status,
    Window,
)
from reconciler.plan.planfile import to_json
from reconciler.report.data import report_json
from reconciler.report.history import history_json, history_text, run_text
from reconciler.report.html import html_of
from reconciler.report.landed import outcome_text, report_text
from reconciler.report.markdown import markdown_of
from reconciler.report.problems import problem_lines, problems_data
from reconciler.report.review import review_of
from reconciler.report.rota import weeks_data
from reconciler.report.text import plan_text
from reconciler.report.wall import day_page, people_page, weeks_page
from reconciler.report.wall_page import calendar_page
from reconciler.staffing.week import Calendar, Entry, Weeks, lay_out
from tests.support.hostile import faults, titles

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WIDE = 9_999  # columns: no text here is so long that it goes on below
QUICK = settings(max_examples=60)
texts = st.text(st.characters(exclude_categories=()), min_size=1, max_size=12) | st.sampled_from(titles())
Say = Callable[[str], str]


def plain(text: str) -> str:
    """Another text for each text, of letters only; as empty as that, as reports leave out what is empty."""
    return text.encode("utf-8", "surrogatepass").hex().translate(str.maketrans("0123456789", "ghijklmnop"))


def as_is(text: str) -> str:
    return text


def fields(values: list[str], say: Say) -> dict[str, Any]:
    a, b, c = map(say, values)
    return {
        "eventTitle": a, "additionalInfo": {"location": b, b: c}, "hostId": f"user/{c}", "firstName": a,
        "customUserAttributes": {b: a, f"{b}2": [a, c]}, "participants": [f"user/{b}", f"user/{c}"],
        "startDateTime": "2026-12-01T17:00:00.000Z", "endDateTime": "2026-12-01T17:30:00.000Z", "x": a,
    }  # fmt: skip


def a_plan(values: list[str], say: Say) -> Plan:
    a, b, c = map(say, values)
    new, old = fields(values, say), fields([*values[1:], values[0]], say)
    diff = tuple(FieldDiff(name, old[name], new[name]) for name in ("eventTitle", "firstName", "x"))
    diff += (FieldDiff(f"customUserAttributes.{b}", a, c), FieldDiff("participants", [a], [b, c]))
    source = Source(a, 3, 4)
    changes = (
        Change(
            Key("event", "s@2026-12-01"), Action.CREATE, after=new, reason=b, rule=c, source=source, why=a
        ),
        Change(
            Key("event", "s@2026-12-08"), Action.UPDATE, before=old, after=new, diff=diff, reason=a, why=b
        ),
        Change(Key("user", a), Action.BLOCKED, reason=b, live_id=c, source=source, why=c),
        Change(Key("user", b), Action.DELETE, before=old, reason=c),
        Change(Key("patient", c), Action.NOOP),
    )
    return Plan(
        created_at=NOW, tenant=a, instance=b, api_url=c, client=a, owner=b, timezone="UTC",
        manifest_digest=a, live_digest=b, window=Window(NOW, NOW + timedelta(weeks=8)), changes=changes,
        warnings=(a, b), brakes=(Brake(a, 3, 2, b, c),),
    )  # fmt: skip


def a_report(values: list[str], say: Say) -> Report:
    plan, messages = a_plan(values, say), [*map(say, values), ""]
    return Report(tuple(
        Outcome(change, status, messages[number % 4])
        for number, (change, status) in enumerate((each, one) for each in plan.changes for one in Status)
    ))  # fmt: skip


def a_run(values: list[str], say: Say) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    a, b, c = map(say, values)
    run = {
        "id": 1, "started": a, "ended": b, "outcome": c, "tenant": a, "instance": b, "owner": c, "api_url": a,
        "who": b, "commit_id": c, "pull_request": a, "tool": b, "plan_digest": c, "manifest_digest": a,
        "changes": 1, "counts": {b: 1},
    }  # fmt: skip
    write = {"method": a, "path": b, "intended": c, "answered": a, "status": b, "error_code": c, "live_id": a}
    change = {"change": a, "action": b, "status": c, "error_code": a, "settled": b, "read_back": c, "why": a}
    return run, [{**change, "writes": [write]}]


def problems(values: list[str], say: Say) -> list[Problem]:
    a, b, c = map(say, values)
    return [Problem(a, 1, 2, b, Mistake.SYNTAX), Problem(b, 3, 4, c, Mistake.TAB)]


def a_week(values: list[str], say: Say) -> Weeks:
    a, b, c = map(say, values)
    monday = NOW.date() - timedelta(days=1)
    entry = Entry(NOW, NOW + timedelta(hours=1), False, a, b, b, (c,), False)
    week = dict.fromkeys(range(1, 8), ((540, 840),))
    winter = Statement(Layer.OVERRIDE, c, (Period(monday, monday, week),), Source(a, 1))
    hours = {b: DayCalendar((Period(monday, None, week),), (winter,))}
    calendar = Calendar({b: "UTC", c: "Asia/Kolkata"}, hours, [entry])
    return Weeks(a, "UTC", NOW, False, monday, 1, lay_out(calendar, (b, c), monday, 1))


def rows(values: list[str], say: Say) -> list[dict[str, Any]]:
    a, b, c = map(say, values)
    return [
        {"username": a, "firstName": b, "userState": [b, c], "eventTitle": c, "hostId": a, "id": b, "name": a,
         "participants": [{"participantId": c}], "startDateTime": a, "endDateTime": b, "jsonBody": {a: b},
         "events": [{"eventTitle": c, "startDateTime": a}], "fields": [{"name": b, "type": c}], a: c,
         "externalId": b, "sentAt": c, "patientId": a}
    ]  # fmt: skip


def a_table(thing: str, values: list[str], say: Say) -> Iterable[str]:
    return table_lines(thing, rows(values, say), Teller("UTC", {say(values[0]): say(values[1])}))


LISTS = ("users", "events", "schedules", "available", "summary", "patients", "records", "cdts", "audits")
TEXTS: dict[str, Callable[[list[str], Say], Iterable[str]]] = {
    "plan": lambda values, say: [plan_text(review_of(a_plan(values, say), show_unchanged=True), True, True)],
    "report": lambda values, say: [report_text(a_report(values, say))],
    "outcomes": lambda values, say: [page(map(outcome_text, a_report(values, say).outcomes))],
    "history": lambda values, say: [history_text([a_run(values, say)[0]], UTC)],
    "run": lambda values, say: [run_text(*a_run(values, say), UTC)],
    "problems": lambda values, say: [page(problem_lines(problems(values, say), problems(values, say)))],
    "week": lambda values, say: [weeks_page(a_week(values, say), WIDE)],
    "people": lambda values, say: [people_page(a_week(values, say), WIDE)],
    "markdown": lambda values, say: [markdown_of([review_of(a_plan(values, say))])],
    "html": lambda values, say: [html_of([review_of(a_plan(values, say))])],
    "calendar page": lambda values, say: [calendar_page(a_week(values, say))],
    "day": lambda values, say: [day_page(a_week(values, say), NOW.date(), WIDE)],
    **{thing: partial(a_table, thing) for thing in LISTS},
}
THREE = st.lists(texts, min_size=3, max_size=3)


@QUICK
@given(THREE)
def test_texts(values: list[str]) -> None:
    for name, report in TEXTS.items():
        printed = "\n".join(report(values, as_is))
        assert not faults(printed), name
        assert printed.count("\n") == "\n".join(report(values, plain)).count("\n"), name


def readable(value: Any) -> Any:
    """As JSON can say it: a pair of halves is one sign to every reader."""
    return json.loads(json.dumps(value))


@QUICK
@given(THREE)
def test_data_reads_back_the_same(values: list[str]) -> None:
    plan, report, (run, changes) = a_plan(values, as_is), a_report(values, as_is), a_run(values, as_is)
    for printed in (
        to_json([plan], show_unchanged=True),
        report_json(plan, report, 1, 2),
        history_json([run], changes),
        json_text(weeks_data(a_week(values, as_is))),
    ):
        assert not faults(printed)
        assert readable(values[0]) in all_texts(json.loads(printed))
    found = rows(values, as_is)
    pieces = {"json": [*json_pieces(found)], "yaml": [*yaml_pieces(found, dump)]}
    assert not faults("\n".join(pieces["json"] + pieces["yaml"]))
    assert json.loads("\n".join(pieces["json"])) == readable(found)
    assert yaml.safe_load("\n".join(pieces["yaml"])) == found


def all_texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(all_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(all_texts, value))
    return {value} if isinstance(value, str) else set()


@QUICK
@given(THREE)
def test_problems_as_data(values: list[str]) -> None:
    # A path comes from the system, which knows halves of pairs as bytes that are no UTF-8, and no others.
    path = values[0].encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    found, simple = problems([path, path, values[2]], as_is), problems(values, plain)
    for format in ("json", "sarif", "github"):
        printed, usual = ("\n".join(problems_data(format, each, each)) for each in (found, simple))
        assert not faults(printed, annotated=format == "github")
        assert printed.count("\n") == usual.count("\n")


@QUICK
@given(THREE)
def test_log_lines(values: list[str]) -> None:
    record = logging.LogRecord("reconciler", logging.INFO, "", 0, "%s: %s", (values[0], values[1]), None)
    text, data = _Text().format(record), _Json().format(record)
    assert not faults(f"{text}\n{data}")
    assert "\n" not in text + data
    assert json.loads(data).keys() == {"time", "level", "message"}


@QUICK
@given(THREE)
def test_errors(values: list[str]) -> None:
    for error in (
        ReconcileError(values[0]),
        UnsafePlan(*values),
        ManifestError(problems(values, as_is)),
    ):
        for as_json in (False, True):
            printed = captured(lambda error=error, as_json=as_json: report_error(error, as_json))
            assert not faults(printed)
            if as_json:
                assert {readable(each["message"]) for each in json.loads(printed)["errors"]}
            else:
                assert printed.count("\n") == len(error.lines())
    printed = captured(lambda: say(*values)) + captured(lambda: show(page(values)))
    assert not faults(printed)
    assert printed.count("\n") == 6


def captured(act: Callable[[], None]) -> str:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        act()
    return out.getvalue()
