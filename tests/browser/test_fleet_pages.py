"""The fleet's page in a browser, with 5,000 environments: silent, from nowhere else, by keyboard, for all.

Needs a Chromium that is installed, and `uv sync --group browser`, as `test_pages.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from reconciler.fleet.database import Database
from reconciler.fleet.pauses import pauses
from tests.support.pages import FLEET, shown, token_file, with_tokens
from tests.support.whole_fleet import LINK, SUBJECT, Filled, fill

pytestmark = pytest.mark.slow
Open = Callable[..., Any]


class Scene(NamedTuple):
    """A fleet, full; olga operates all that there is of t00, vera looks at it."""

    url: str
    database: Database
    filled: Filled

    def paths(self) -> dict[str, str]:
        filled = self.filled
        return {
            "overview": "/",
            "environment": f"/environments/{filled.pending}",
            "with gaps": f"/environments/{filled.thin}",
            "run": f"/runs/{1:016x}",
            "week": f"/tenants/{filled.tenant}/week",
            "day": f"/days/{filled.day}/{filled.thin}",
            "workers": "/workers",
            "audit": "/audit",
        }


PAGES = ("overview", "environment", "with gaps", "run", "week", "day", "workers", "audit")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("fleet")
    roles = {f"t{number:02}": "viewer" for number in range(50)}
    token_file(folder / "tokens", "olga", "olga-token", {**roles, "t00": "operator", "t01": "operator"})
    token_file(folder / "tokens", "vera", "vera-token", roles)
    with Database.opened(f"sqlite:///{folder / 'fleet.db'}") as database:
        filled = fill(database)
        with shown(with_tokens(FLEET, folder / "tokens"), database) as url:
            yield Scene(url, database, filled)


@pytest.fixture
def opened(browser: Any, scene: Scene) -> Iterator[Open]:
    """Open a page; what it says on the console, or asks of anybody else, fails the test."""
    contexts = []
    wrong = list[str]()

    def open(
        path: str, who: str = "olga", scheme: str = "light", width: int = 1280, scripts: bool = True
    ) -> Any:
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        contexts.append(context)
        page = context.new_page()
        page.set_extra_http_headers({"Authorization": f"Bearer {who}-token"})
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda it: None if it.url.startswith(f"{scene.url}/") else wrong.append(it.url))
        answer = page.goto(scene.url + path)
        assert answer.status == 200
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        return page

    yield open
    for context in contexts:
        context.close()
    assert wrong == []


def tab_to(page: Any, selector: str) -> None:
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} can't be reached by keyboard")


def names(page: Any) -> list[str]:
    return page.locator(".places tbody th").all_inner_texts()  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(scene: Scene, browser: Any, name: str) -> None:
    """Axe itself is brought in past the policy, which the other tests keep."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core")
    for scheme in ("light", "dark"):
        for width in (1280, 400):
            context = browser.new_context(
                color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
            )
            page = context.new_page()
            page.set_extra_http_headers({"Authorization": "Bearer olga-token"})
            page.goto(scene.url + scene.paths()[name])
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            found = axe.Axe().run(page).response
            context.close()
            bad = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
            said = [
                (each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in bad
            ]
            assert said == [], f"{scheme}, {width}"
            assert len(found["passes"]) > 15


@pytest.mark.parametrize("name", PAGES)
def test_a_telephone_scrolls_one_way_only(scene: Scene, opened: Open, name: str) -> None:
    page = opened(scene.paths()[name], width=400)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("name", PAGES)
def test_no_page_fetches_what_is_not_ours(scene: Scene, opened: Open, name: str) -> None:
    page = opened(scene.paths()[name])
    assert page.locator("style, [style], script:not([src])").count() == 0


def test_the_policy_is_in_force(scene: Scene, browser: Any) -> None:
    """The console complains here, as it should."""
    context = browser.new_context(extra_http_headers={"Authorization": "Bearer olga-token"})
    page = context.new_page()
    page.goto(scene.url)
    stopped = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
            new Image().src = 'http://127.0.0.2:9/x.png';
        })"""
    )
    context.close()
    assert stopped == "img-src"


def test_an_environment_is_found_by_keyboard(scene: Scene, opened: Open) -> None:
    page = opened("/")
    assert len(names(page)) == 50
    tab_to(page, "#q")
    page.keyboard.type("T07-0107")
    page.locator(".places tbody tr").nth(1).wait_for(state="detached")
    assert names(page) == ["clinics/env/t07-0107"]
    assert page.evaluate("document.activeElement.id") == "q", "whoever types goes on typing"
    assert "q=T07-0107" in page.url
    page.reload()
    assert names(page) == ["clinics/env/t07-0107"]


def test_tenant_and_state_are_chosen_by_keyboard(scene: Scene, opened: Open) -> None:
    page = opened("/")
    tab_to(page, "#tenant")
    page.keyboard.type("t03")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("tenant=t03"))
    assert {name[:15] for name in names(page)} == {"clinics/env/t03"}
    tab_to(page, ".states a[href*='state=in+sync']")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("state=in"))
    assert set(page.locator(".places .badge").all_inner_texts()) == {"in sync"}
    assert page.locator("a[rel=next]").count() == 1


def test_an_operator_applies_and_pauses_by_keyboard(scene: Scene, opened: Open) -> None:
    name = scene.filled.pending
    page = opened(f"/environments/{name}")
    assert "leave-person3" in page.locator("main").inner_text()
    tab_to(page, "button.apply")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/runs/"))
    assert page.locator("dd", has_text="olga").count() == 1
    (run,) = scene.database.rows("SELECT * FROM welkin.run WHERE requested_by = 'olga'")
    assert (run["environment"], run["kind"], run["approved"]) == (name, "apply", f"{1:016x}")
    page.goto(f"{scene.url}/environments/{name}")
    tab_to(page, "#reason")
    page.keyboard.type("stock-taking")
    page.keyboard.press("Enter")
    page.locator("text=Paused by olga: stock-taking").wait_for()
    assert [str(each) for each in pauses(scene.database).values()] == ["paused by olga: stock-taking"]
    tab_to(page, "button.resume")
    page.keyboard.press("Enter")
    page.locator("button.pause").wait_for()
    assert not pauses(scene.database)
    page.goto(f"{scene.url}/audit")
    assert page.locator("tbody tr").count() == 3


def test_a_viewer_sees_no_buttons(scene: Scene, opened: Open) -> None:
    for path in scene.paths().values():
        assert opened(path, who="vera").locator("form:not([role=search])").count() == 0


def test_it_is_all_there_without_scripts(scene: Scene, opened: Open) -> None:
    page = opened("/", scripts=False)
    page.fill("#q", "t07-0107")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=t07-0107"))
    assert names(page) == ["clinics/env/t07-0107"]
    page.locator(".places tbody th a").click()
    assert page.locator("h1").inner_text() == "clinics/env/t07-0107"
    page.goto(f"{scene.url}/environments/{scene.filled.thin}")
    page.fill("#reason", "a holiday")
    page.click("button.pause")
    assert page.locator("text=Paused by olga: a holiday").count() == 1
    page.click("button.resume")
    assert page.locator("button.pause").count() == 1


def test_a_managers_monday(scene: Scene, opened: Open) -> None:
    """From the start page to the thinnest day, who is on duty then, and who made it so, in three clicks."""
    filled = scene.filled
    page = opened("/", who="vera")
    page.locator(f"a[href='/tenants/{filled.tenant}/week']").first.click()  # 1
    first = page.locator(".thin li").first
    assert filled.thin in first.inner_text() and "1 fewer than agreed" in first.inner_text()
    first.locator("a").click()  # 2
    assert page.url.endswith(f"/days/{filled.day}/{quote(filled.thin)}")
    assert page.locator("tbody th").all_inner_texts() == ["person0", "person3", "person4", "person5"]
    assert page.locator("tbody td").all_inner_texts() == ["08:00–16:30"] * 4
    link = page.locator(f"a[href='{LINK}']")
    assert link.inner_text() == SUBJECT
    # 3: the link itself, which leads to the forge
