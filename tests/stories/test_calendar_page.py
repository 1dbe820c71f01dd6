"""The calendar as a page: what the text says stands there, and a hostile name stays a name."""

from __future__ import annotations

from html.parser import HTMLParser

from tests.conftest import Workspace

ROTA = """users:
  ana: {email: a@example.org}
  ben: {email: b@example.org, timezone: America/Denver}
workHours:
  ana:
    - {from: 2026-11-02, days: {mon-wed: 22:00-06:00}}
    - {override: "<b>Swap</b>", from: 2026-12-08, to: 2026-12-08, days: {tue: 09:00-12:00}}
  ben: [{from: 2026-11-02, days: {mon: [08:00-12:00, 12:30-16:30]}}]
leave: {ben: [2026-12-07]}
events:
  huddle: {title: "Huddle <i>", host: ana, starts: 2026-12-09T10:00, duration: 30m}
"""


class Cells(HTMLParser):
    """The words of each cell, in order, and all tags."""

    def __init__(self) -> None:
        super().__init__()
        self.cells, self.tags, self.all = list[list[str]](), set[str](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.cells.append([])

    def handle_data(self, data: str) -> None:
        self.all.append(data)
        if self.cells and data.strip():
            self.cells[-1].append(data.strip())


def test_people_by_dates_and_meetings_below(workspace: Workspace) -> None:
    workspace.write(ROTA)
    done = workspace.run("calendar", "--week", "2026-12-08", "--format", "html")
    assert done.code == 0
    page = Cells()
    page.feed(done.stdout)
    ana, ben = page.cells[8:16], page.cells[16:24]
    assert ana[:5] == [
        ["ana"],
        ["Mon 7 Dec", "22:00–06:00"],
        ["Tue 8 Dec", "09:00–12:00", "<b>Swap</b>"],
        ["Wed 9 Dec", "22:00–06:00"],
        ["Thu 10 Dec", "off"],
    ]
    assert ben[:3] == [["ben", "times in America/Denver"], ["Mon 7 Dec", "leave"], ["Tue 8 Dec", "off"]]
    assert "Huddle <i> · ana" in " ".join(page.all)
    assert "i" not in page.tags
    assert done.stdout == workspace.run("calendar", "--week", "2026-12-08", "--format", "html").stdout


def test_a_page_shows_weeks(workspace: Workspace) -> None:
    workspace.write(ROTA)
    done = workspace.run("calendar", "--day", "--format", "html")
    assert (done.code, done.stderr) == (1, "error: --day is of text and data: a page shows weeks\n")
    pages = workspace.run("calendar", "--weeks", "3", "--format", "html").stdout
    assert pages.count("<table") == 3
