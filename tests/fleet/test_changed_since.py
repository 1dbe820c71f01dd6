"""`fleet enqueue … --changed-since REV`: runs of those that wish something else than at a revision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.fleet.database import Database
from tests.conftest import HEAD
from tests.support.cli import Result, environment, run
from tests.support.git import Repository
from tests.support.githost import GitHost, git_host

PLACE = """INSERT INTO welkin.environment (name, source, path, tenant, known, head)
    VALUES (:name, 'clinics', 'env/x.yaml', 'gh', :now, 'c0ffee')"""


def env(owner: str, more: str = "") -> str:
    return HEAD.replace("owner: staffing", f"owner: {owner}") + more


class Desk:
    def __init__(self, folder: Path, host: GitHost) -> None:
        self.folder, self.host, self.clone = folder, host, host.repository("rota")
        address = host.address("rota")
        (folder / "fleet.yaml").write_text(
            f"sources: [{{name: clinics, git: '{address}', environments: ['env/*.yaml']}}]\n"
        )
        self.url = f"sqlite:///{folder}/fleet.db"
        with Database.opened(self.url) as opened:
            for name in ("a", "b", "c"):
                opened.run(PLACE, name=f"clinics/env/{name}")

    def enqueue(self, *words: str) -> Result:
        variables = environment(XDG_STATE_HOME=str(self.folder / "state"), WELKIN_DATABASE=self.url)
        return run("fleet", "enqueue", *words, "--format", "json", cwd=self.folder, env=variables)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with git_host(tmp_path / "host") as host:
        yield Desk(tmp_path, host)


def test_a_comment_asks_for_nothing(desk: Desk) -> None:
    base = desk.host.push(desk.clone, {f"env/{name}.yaml": env(name) for name in "abc"})
    desk.host.push(
        desk.clone, {"env/a.yaml": env("a") + "# a comment\n", "env/b.yaml": env("b", "prune: true\n")}
    )
    (asked,) = desk.enqueue("drift", "--changed-since", base).data["runs"]
    assert (asked["environment"], asked["kind"]) == ("clinics/env/b", "drift")
    assert desk.enqueue("drift", "--changed-since", "HEAD~1").data["runs"] == [asked]
    assert desk.enqueue("apply", "--changed-since", "HEAD").data["runs"] == []


def test_a_revision_that_nobody_knows(desk: Desk) -> None:
    assert isinstance(desk.clone, Repository)
    desk.host.push(desk.clone, {"env/a.yaml": env("a")})
    done = desk.enqueue("drift", "--changed-since", "v9")
    assert done.code == 1
    (problem,) = done.data["errors"]
    assert problem["message"] == "no source has a revision `v9`: write a commit's id, or HEAD~1"
    done = desk.enqueue("drift", "--changed-since", "HEAD", "--all")
    assert "name environments, or take --tenant, --changed-since or --all" in done.stdout
