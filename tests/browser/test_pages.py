"""Pages in a browser: they draw quickly, ask for nothing, complain of nothing, and are there for everybody.

Needs a Chromium that is installed, and `uv sync --group browser`, which brings axe-core for tests alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.kinds.work_hours.periods import Period
from reconciler.kinds.work_hours.shifts import DayCalendar
from reconciler.report.html import html_of
from reconciler.report.review import review_of
from reconciler.report.wall_page import calendar_page
from reconciler.staffing.review import judged
from reconciler.staffing.week import Calendar, Weeks, lay_out
from tests.support.staffed import Clinic, Side, Someone, epoch, event, row

pytestmark = pytest.mark.slow
NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)
ZONE = "America/Los_Angeles"
PEOPLE = 200
Open = Callable[..., Any]


def someone(number: int) -> Someone:
    """Half of them work by day, half by night; all have less from April on."""
    usual = {day: ["08:00-16:30"] for day in ("mon", "tue", "wed", "thu", "fri")}
    if number % 2:
        usual = {"mon": ["22:00-24:00"], "tue": ["00:00-06:00", "22:00-24:00"], "wed": ["00:00-06:00"]}
    less = {day: spans for day, spans in usual.items() if day != "mon"}
    first, then = row("2027-01-04", "2027-03-28", usual, id="a"), row("2027-03-29", None, less, id="b")
    before = Side(ZONE, [row("2027-01-04", None, usual, id="a")])
    return Someone(before, Side(ZONE, [first, then]), "RN")


@pytest.fixture(scope="module")
def review_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people = {f"person{number:03}": someone(number) for number in range(PEOPLE)}
    start, end = epoch("2027-04-05T09:00-07:00"), epoch("2027-04-05T09:30-07:00")
    lost = [event(f"e{each}", f"person{each:03}", start, end, ["p1"]) for each in range(0, PEOPLE, 10)]
    policy = {"maxWeeklyHours": "30", "users": "all"}
    clinic = Clinic(NOW, people, lost, policies=[policy])
    context = clinic.context()
    plan = judged(clinic.plan(context), clinic.snapshot(), context)
    path = tmp_path_factory.mktemp("pages") / "review.html"
    path.write_text(html_of([review_of(plan)]), encoding="utf-8")
    assert path.stat().st_size < 5_000_000
    return path


@pytest.fixture(scope="module")
def calendar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = [f"person{number:03}" for number in range(25)]
    day, split, night = ((480, 990),), ((480, 720), (750, 990)), ((1320, 1800),)
    weeks = [dict.fromkeys(range(1, 6), spans) for spans in (day, split, night)]
    hours = {
        name: DayCalendar((Period(date(2027, 1, 4), None, weeks[number % 3]),), ())
        for number, name in enumerate(names)
    }
    zones = dict.fromkeys(names, ZONE)
    monday = date(2027, 3, 1)
    people = lay_out(Calendar(zones, hours, []), names, monday, 2)
    path = tmp_path_factory.mktemp("pages") / "calendar.html"
    path.write_text(calendar_page(Weeks("gh/sb", ZONE, NOW, False, monday, 2, people)), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Any) -> Iterator[Open]:
    """Open a page; whatever it says on the console, or asks for, fails the test."""
    contexts = []
    wrong = list[str]()

    def open(path: Path, scheme: str = "light", width: int = 1280) -> Any:
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: wrong.append(asked.url) if asked.url != path.as_uri() else None)
        page.goto(path.as_uri())
        return page

    yield open
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(params=["review_page", "calendar"])
def path(request: Any) -> Path:
    return request.getfixturevalue(request.param)


def test_it_is_drawn_in_two_seconds(review_page: Path, opened: Open) -> None:
    page = opened(review_page)
    drawn = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity"
    page.wait_for_function(f"{drawn} < Infinity")
    assert page.evaluate(drawn) < 2000
    assert page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") < 2000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_serious(path: Path, opened: Open, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core")
    page = opened(path, scheme, width)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = axe.Axe().run(page).response
    bad = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    assert [(each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in bad] == []
    assert len(found["passes"]) > 15


def test_a_telephone_scrolls_one_way_only(path: Path, opened: Open) -> None:
    page = opened(path, width=400)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_one_person_is_found_by_keyboard(review_page: Path, opened: Open) -> None:
    page = opened(review_page)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('[data-filter]')"):
            break
    page.keyboard.type("PERSON017")
    shown = page.evaluate(
        "[...document.querySelectorAll('[data-people]')]"
        ".filter(each => each.offsetParent).map(each => each.dataset.people)"
    )
    assert shown
    assert all("person017" in people for people in shown)
    assert page.locator(".week tbody tr:visible").count() == 1
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("nobody")
    assert page.locator("output").inner_text() == "Nobody of that name"
    page.keyboard.press("Escape")
    assert page.locator(".week tbody tr:visible").count() == PEOPLE


def test_links_lead_to_their_place_and_the_numbers_open_by_keyboard(review_page: Path, opened: Open) -> None:
    page = opened(review_page)
    targets = page.evaluate(
        "[...document.querySelectorAll('a[href]')]"
        ".filter(each => !document.getElementById(each.hash.slice(1))).length"
    )
    assert targets == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids))
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open] table").is_visible()


def test_a_week_of_the_wall_is_a_sheet_of_paper(calendar: Path, opened: Open) -> None:
    page = opened(calendar)
    for paper in ("A4", "Letter"):
        printed = page.pdf(format=paper, prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
