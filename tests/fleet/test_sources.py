"""Sources over http from a Git host on this computer, and as folders: what is fetched, laid out, surveyed."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.errors import ManifestError
from reconciler.fleet.configuration import read_fleet
from reconciler.fleet.merges import Revisions
from reconciler.fleet.sources import Sources
from reconciler.fleet.surveys import clashes
from reconciler.fleet.unpacking import unpacked
from tests.conftest import HEAD
from tests.support.git import Repository
from tests.support.githost import GitHost, git_host

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PEOPLE = "users: {johndoe: {email: j@example.org}, janedoe: {email: jane@example.org}}\n"
MEETING = """\
events:
  standup: {title: Stand-up, host: johndoe, starts: 2026-12-01T09:00, duration: 30m, repeat: {every: week}}
"""


def env(owner: str = "staffing", tenant: str = "gh", more: str = "", include: str = "../staff/*.yaml") -> str:
    head = HEAD.replace("owner: staffing", f"owner: {owner}").replace("tenant: gh", f"tenant: {tenant}")
    return f"{head}include: ['{include}']\n{more}"


@pytest.fixture(scope="module")
def host() -> Iterator[GitHost]:
    with tempfile.TemporaryDirectory() as folder, git_host(Path(folder)) as host:
        yield host


class Bench:
    """A source `clinics` of one repository, with state of its own."""

    def __init__(self, folder: Path, host: GitHost, more: str = "tenants: [gh]") -> None:
        self.folder, self.host, self.name = folder, host, f"r{time.monotonic_ns()}"
        self.clone = host.repository(self.name)
        self.write(more)

    def write(self, more: str, address: str = "") -> None:
        git = address or self.host.address(self.name)
        text = f"sources: [{{name: clinics, git: '{git}', environments: ['env/*.yaml'], {more}}}]\n"
        (self.folder / "fleet.yaml").write_text(text)
        fleet = read_fleet(self.folder / "fleet.yaml")
        (self.source,) = fleet.sources
        self.sources = Sources(fleet, {"XDG_STATE_HOME": str(self.folder / "state")})
        self.revisions = Revisions(self.sources, self.source)

    def push(self, **files: str | None) -> str:
        named = {name.replace("__", "/") + ".yaml": text for name, text in files.items()}
        return self.host.push(self.clone, named)

    def refusal(self) -> str:
        with pytest.raises(ManifestError) as caught:
            self.sources.fetch(self.source)
        return str(caught.value).removeprefix(
            f"{self.folder}/fleet.yaml:1:32: the source `clinics` can't be read: "
        )


@pytest.fixture
def bench(tmp_path: Path, host: GitHost) -> Bench:
    return Bench(tmp_path, host)


def test_a_push_is_fetched_and_each_revision_stays_what_it_was(bench: Bench) -> None:
    first = bench.push(env__a=env(), staff__people=PEOPLE)
    assert bench.sources.fetch(bench.source) == first
    second = bench.push(env__a=env(more=MEETING))
    with bench.sources.opened(bench.source, first) as tree:
        assert "events" not in tree.read(Path("env/a.yaml"), 10_000).decode()
    assert bench.sources.fetch(bench.source) == second
    assert len(bench.revisions.wishes("env/a.yaml", first, NOW).desired) == 2
    assert len(bench.revisions.wishes("env/a.yaml", second, NOW).desired) > 2
    assert [each.name for each in bench.revisions.survey(second).environments] == ["clinics/env/a"]


def test_what_is_not_new_is_not_fetched(bench: Bench) -> None:
    bench.push(env__a=env(), staff__people=PEOPLE)
    bench.sources.fetch(bench.source)
    before = len(bench.host.asked)
    bench.sources.fetch(bench.source)
    assert [path for path in bench.host.asked[before:] if "receive" in path] == []
    assert len(bench.host.asked) - before <= 2  # what there is, and no pack


def test_a_revision_that_another_worker_has_fetched_is_fetched_where_it_is_needed(bench: Bench) -> None:
    bench.push(env__a=env(), staff__people=PEOPLE)
    bench.sources.fetch(bench.source)
    later = bench.push(env__b=env("other"))
    with bench.sources.opened(bench.source, later) as tree:
        assert tree.exists(Path("env/b.yaml"))


def test_a_tag_an_annotated_one_too_and_revisions_by_other_names(bench: Bench) -> None:
    first = bench.push(env__a=env(), staff__people=PEOPLE)
    bench.clone.git("tag", "-a", "-m", "a release", "v1")
    bench.clone.git("push", "--quiet", "origin", "v1")
    second = bench.push(env__b=env("other"))
    bench.write("ref: v1")
    assert bench.sources.fetch(bench.source) == first
    bench.write("ref: main")
    assert bench.sources.fetch(bench.source) == second
    assert bench.sources.revision(bench.source, "HEAD~1") == first
    assert bench.sources.revision(bench.source, first[:10]) == first
    assert [bench.sources.revision(bench.source, odd) for odd in ("nothing", "--help", "", "a\0b")] == [
        None
    ] * 4


def test_a_forced_push_takes_nothing_away_that_was_fetched(bench: Bench) -> None:
    first = bench.push(env__a=env(), staff__people=PEOPLE)
    bench.sources.fetch(bench.source)
    bench.clone.git("checkout", "--quiet", "--orphan", "anew")
    second = bench.push(env__a=env(more=MEETING))
    assert bench.sources.fetch(bench.source) == second
    assert bench.revisions.differs("env/a.yaml", first, second, NOW)


def test_what_cannot_be_reached_is_one_line_with_place_and_remedy(bench: Bench) -> None:
    said = bench.refusal()
    assert said == "it has no branch or tag `main`: write one that is there under `ref`"
    bench.write("ref: main", "http://127.0.0.1:9/rota.git")
    assert bench.refusal().startswith("its host can't be reached: unable to access it: Failed to connect")
    bench.write("ref: main", "https://nothing.invalid/rota.git")
    assert "its host can't be reached: unable to access it: Could not resolve host" in bench.refusal()
    bench.write("ref: main", bench.host.address("nothing"))
    assert bench.refusal() == "no repository is there, or none for these credentials"


def test_a_branch_that_is_gone(bench: Bench) -> None:
    bench.push(env__a=env(), staff__people=PEOPLE)
    bench.sources.fetch(bench.source)
    bench.clone.git("push", "--quiet", "origin", "HEAD:other", ":main")
    assert bench.refusal() == "it has no branch or tag `main`: write one that is there under `ref`"


def test_a_host_that_wants_credentials_is_not_asked_at_the_terminal(bench: Bench) -> None:
    bench.push(env__a=env(), staff__people=PEOPLE)
    bench.host.password = "nobody says this"
    try:
        assert bench.refusal().startswith("its host lets nobody in without credentials")
    finally:
        bench.host.password = ""


def test_nothing_of_the_repository_runs_or_changes_what_is_laid_out(bench: Bench, tmp_path: Path) -> None:
    """Filters, attributes, hooks, submodules, links that lead away."""
    trap = tmp_path / "trap"
    config = tmp_path / "gitconfig"
    config.write_text(f'[filter "evil"]\n\tsmudge = touch {trap}\n\tclean = cat\n[core]\n\tautocrlf = true\n')
    link = bench.clone.folder / "env" / "link.yaml"
    link.parent.mkdir(parents=True)
    link.symlink_to("/etc/passwd")
    (bench.clone.folder / "through").symlink_to(tmp_path)
    bench.clone.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    commit = bench.host.push(
        bench.clone,
        {
            ".gitattributes": "* filter=evil export-subst eol=crlf\nenv/b.yaml export-ignore\n",
            ".gitmodules": '[submodule "module"]\n\tpath = module\n\turl = ../module.git\n',
            "env/a.yaml": env() + "# $Format:%H$\n",
            "env/b.yaml": env("other"),
            "staff/people.yaml": PEOPLE,
        },
    )
    saved = dict(os.environ)
    os.environ["GIT_CONFIG_GLOBAL"] = str(config)
    try:
        bench.sources.fetch(bench.source)
        with bench.sources.opened(bench.source, commit) as tree:
            assert tree.read(Path("env/a.yaml"), 10_000).decode() == env() + "# $Format:%H$\n"
            assert tree.exists(Path("env/b.yaml"))
            assert not tree.real(Path("env/link.yaml")).is_relative_to(tree.top)
            assert not tree.real(Path("through/fleet.yaml")).is_relative_to(tree.top)
    finally:
        os.environ.clear()
        os.environ.update(saved)
    assert not trap.exists()
    found = {each.path: each for each in bench.revisions.survey(commit).environments}
    assert set(found) == {"env/a.yaml", "env/b.yaml", "env/link.yaml"}
    problem = found["env/link.yaml"].problem
    assert problem and "leads out of the root `clinics/`" in problem.message


def test_an_environment_may_not_include_what_lies_beyond_its_source(bench: Bench) -> None:
    commit = bench.push(
        env__a=env(include="../../../../fleet.yaml"), env__b=env("other"), staff__people=PEOPLE
    )
    with pytest.raises(ManifestError, match=r"env/a\.yaml:6:11: .*leads out of the root `clinics/`"):
        bench.revisions.wishes("env/a.yaml", commit, NOW)
    assert bench.revisions.wishes("env/b.yaml", commit, NOW).desired


def test_checkouts_are_shared_and_swept_but_for_what_is_needed_or_open(bench: Bench) -> None:
    commits = [bench.push(env__a=env(more=f"# {number}\n"), staff__people=PEOPLE) for number in range(3)]
    for commit in commits:
        bench.revisions.survey(commit)
    folder = next(
        each for each in (bench.folder / "state/welkin-reconcile/sources").iterdir() if each.suffix == ""
    )
    assert stat.S_IMODE(folder.parent.stat().st_mode) & 0o077 == 0
    assert {each.name for each in folder.iterdir()} == set(commits)
    bench.sources.sweep({})
    assert len(list(folder.iterdir())) == 3  # asked for just now
    (folder / ".draft-of-somebody-killed").mkdir()
    for each in folder.iterdir():
        os.utime(each, (0, 0))
    with bench.sources.opened(bench.source, commits[0]):
        os.utime(folder / commits[0], (0, 0))
        bench.sources.sweep({"clinics": {commits[2]}})
        assert {each.name for each in folder.iterdir()} == {commits[0], commits[2]}
    assert bench.revisions.survey(commits[1]).environments  # laid out anew


def test_many_at_once_fetch_and_lay_out_the_same(bench: Bench) -> None:
    commit, found, wrong = bench.push(env__a=env(), staff__people=PEOPLE), list[str](), list[Exception]()

    def work() -> None:
        try:
            assert bench.sources.fetch(bench.source) == commit
            found.extend(each.name for each in bench.revisions.survey(commit).environments)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, wrong) == (["clinics/env/a"] * 6, [])


def test_what_a_killed_fetch_has_left_is_in_nobodys_way(bench: Bench) -> None:
    first = bench.push(env__a=env(), staff__people=PEOPLE)
    bench.sources.fetch(bench.source)
    clone = next((bench.folder / "state/welkin-reconcile/sources").glob("*.git"))
    (clone / "refs/welkin/tip.lock").touch()
    (clone / "packed-refs.lock").touch()
    second = bench.push(env__a=env(more=MEETING))
    assert first != second == bench.sources.fetch(bench.source)
    (clone / "HEAD").unlink()  # not even begun
    assert bench.sources.fetch(bench.source) == second


def test_only_what_is_wished_counts_after_a_merge(bench: Bench) -> None:
    base = bench.push(
        env__a=env("a"),
        env__b=env("b"),
        env__c=env("c"),
        env__d=env("d"),
        staff__people=PEOPLE,
    )
    head = bench.push(
        env__a=env("a") + "# a comment\n",
        env__b=env("b", more="horizon: 4 weeks\n"),
        env__c=env("c", more=MEETING),
        env__e=env("e"),
        staff__people="# people\n" + PEOPLE,
    )
    assert list(bench.revisions.changed(base, head, NOW)) == ["env/b.yaml", "env/c.yaml", "env/e.yaml"]
    later = bench.push(staff__people=PEOPLE.replace("jane@", "jd@"), env__d=env("d", more="prunes: true\n"))
    changed = ["env/a.yaml", "env/b.yaml", "env/c.yaml", "env/d.yaml", "env/e.yaml"]
    assert list(bench.revisions.changed(head, later, NOW)) == changed
    with pytest.raises(ManifestError, match=r"env/d\.yaml:7:1: unknown key `prunes`; did you mean `prune`"):
        bench.revisions.differs("env/d.yaml", head, later, NOW)
    mended = bench.push(staff__people=PEOPLE.replace("jane@", "jd@"), env__d=env("d"))
    assert list(bench.revisions.changed(later, mended, NOW)) == ["env/d.yaml"]
    assert not bench.revisions.differs("env/d.yaml", mended, mended, NOW)


def test_an_environment_of_a_tenant_that_its_source_may_not_speak_for(bench: Bench) -> None:
    commit = bench.push(env__a=env(), env__b=env("b", tenant="north"), staff__people=PEOPLE)
    a, b = bench.revisions.survey(commit).environments
    assert a.problem is None and b.problem
    assert str(b.problem) == (
        "env/b.yaml:1:9: the source `clinics` may speak for gh alone, not for `north`: that would have to "
        "stand in the fleet's file"
    )
    assert bench.revisions.wishes("env/a.yaml", commit, NOW).desired
    with pytest.raises(ManifestError, match="may speak for gh alone, not for `north`"):
        bench.revisions.wishes("env/b.yaml", commit, NOW)


def test_one_bad_environment_keeps_no_other_out(bench: Bench) -> None:
    commit = bench.push(
        env__a=env(), env__b="tenant: [\n", env__c=env("c", more="zzz: 1\n"), staff__people=PEOPLE
    )
    survey = bench.revisions.survey(commit)
    assert [each.path for each in survey.environments] == ["env/a.yaml", "env/b.yaml", "env/c.yaml"]
    assert [each.tenant for each in survey.environments] == ["gh", None, "gh"]
    assert bench.revisions.wishes("env/a.yaml", commit, NOW).desired
    for path in ("env/b.yaml", "env/c.yaml"):
        with pytest.raises(ManifestError, match=rf"^{path}:"):
            bench.revisions.wishes(path, commit, NOW)


def test_names_and_owners_that_are_taken(bench: Bench) -> None:
    bench.write("tenants: [gh]")
    text = (
        (bench.folder / "fleet.yaml").read_text().replace("['env/*.yaml']", "['env/*', 'more/*.yaml', 'x/*']")
    )
    (bench.folder / "fleet.yaml").write_text(text)
    (source,) = read_fleet(bench.folder / "fleet.yaml").sources
    commit = bench.host.push(
        bench.clone,
        {
            "env/a.yaml": env("a"), "env/b.yaml": env("b"), "env/b.yml": env("b2"), "more/c.yaml": env("a"),
            "staff/people.yaml": PEOPLE,
        },
    )  # fmt: skip
    survey = Revisions(bench.sources, source).survey(commit)
    assert [str(each).removeprefix(f"{bench.folder}/") for each in survey.problems] == [
        f"fleet.yaml:1:{text.index('x/*')}: `x/*` matches no file of its source"
    ]
    a, b, c = survey.environments
    assert b.problem and str(b.problem) == (
        "env/b.yaml:1:1: `clinics/env/b` is also the name of env/b.yml: keep one of the files, or rename it"
    )
    assert {name: str(problem) for name, problem in clashes(survey.environments).items()} == {
        a.name: "env/a.yaml:3:8: the owner `a` of the tenant `gh` is also that of clinics/more/c: each "
        "environment of a tenant needs its own `owner:`",
        c.name: "more/c.yaml:3:8: the owner `a` of the tenant `gh` is also that of clinics/env/a: each "
        "environment of a tenant needs its own `owner:`",
    }


def test_a_folder_is_a_source_as_it_is(tmp_path: Path) -> None:
    rota = tmp_path / "rota"
    for name, text in {
        "env/a.yaml": env(),
        "staff/people.yaml": PEOPLE,
        ".hidden/x.yaml": "x",
        "n.txt": "x",
    }.items():
        (rota / name).parent.mkdir(parents=True, exist_ok=True)
        (rota / name).write_text(text)
    (tmp_path / "fleet.yaml").write_text("sources: [{name: here, path: rota, environments: ['env/*.yaml']}]")
    fleet = read_fleet(tmp_path / "fleet.yaml")
    sources = Sources(fleet, {"XDG_STATE_HOME": str(tmp_path / "state")})
    (source,) = fleet.sources
    revisions = Revisions(sources, source)
    first = sources.fetch(source)
    assert len(first) == 40 and sources.fetch(source) == first
    assert sources.revision(source, first[:8]) == first and sources.revision(source, "HEAD") is None
    with sources.opened(source, first) as tree:
        assert sorted(tree.entries) == ["env/a.yaml", "staff/people.yaml"]
    (rota / "env/a.yaml").write_text(env(more=MEETING))
    second = sources.fetch(source)
    assert second != first
    assert list(revisions.changed(first, second, NOW)) == ["env/a.yaml"]
    (rota / "env/a.yaml").write_text(env(more="prune: true\n"))
    third = sources.fetch(source)
    (rota / "env/a.yaml").write_text(env())
    with pytest.raises(ManifestError, match=rf"{third[:12]}: this folder has been edited since"):
        revisions.survey(third)
    (tmp_path / "rota").rename(tmp_path / "gone")
    with pytest.raises(
        ManifestError, match=r"fleet\.yaml:1:30: the source `here` can't be read: there is no folder"
    ):
        sources.fetch(source)


def test_a_state_folder_that_cannot_be_written(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    fleet = read_fleet(bench.folder / "fleet.yaml")
    sources = Sources(fleet, {"XDG_STATE_HOME": str(tmp_path / "file")})
    for ask in (
        lambda: sources.fetch(bench.source),
        lambda: Revisions(sources, bench.source).survey("f" * 40),
    ):
        with pytest.raises(ManifestError, match=r"can't be read: .*file/welkin-reconcile.*: not a directory"):
            ask()


def test_git_gets_none_of_our_secrets(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\nenv >> {seen}\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("WELKIN_SECRET_GH", "hunter2")
    with pytest.raises(ManifestError):
        bench.sources.fetch(bench.source)
    assert "hunter2" not in seen.read_text() and "GIT_TERMINAL_PROMPT=0" in seen.read_text()


def test_a_repository_of_a_folder_under_git_is_not_read_by_address(tmp_path: Path) -> None:
    """Transports that lead to this machine's own files are off, whatever the machine's Git rewrites."""
    desk = Repository(tmp_path / "desk")
    desk.commit({"env/a.yaml": env()})
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "file://{tmp_path}/desk"]\n\tinsteadOf = https://git.example.org/rota.git\n')
    (tmp_path / "fleet.yaml").write_text(
        "sources: [{name: a, git: 'https://git.example.org/rota.git', environments: [x]}]"
    )
    fleet = read_fleet(tmp_path / "fleet.yaml")
    saved = dict(os.environ)
    os.environ["GIT_CONFIG_GLOBAL"] = str(config)
    try:
        with pytest.raises(ManifestError, match="its host leads elsewhere"):
            Sources(fleet, {"XDG_STATE_HOME": str(tmp_path / "state")}).fetch(fleet.sources[0])
    finally:
        os.environ.clear()
        os.environ.update(saved)


def test_environments_of_a_folder_that_contradict_each_other(bench: Bench) -> None:
    """Told when the revision is surveyed: a run then looks at its own files alone."""
    other = "users: {johndoe: {email: other@example.org}}\n"
    commit = bench.push(
        env__a=env("a"),
        env__b=env("b"),
        env__c=HEAD.replace("staffing", "c") + other,
        env__d=HEAD.replace("staffing", "d") + "users: {jdoe: {email: jane@example.org}}\n",
        apart__e=HEAD.replace("staffing", "e") + other,
        staff__people=PEOPLE,
    )
    survey = bench.revisions.survey(commit)
    wrong = {each.path: [str(problem) for problem in each.problems] for each in survey.environments}
    assert [path for path, told in wrong.items() if told] == ["env/c.yaml"]  # the others say the same
    assert wrong["env/c.yaml"] == [
        "env/c.yaml:6:9: `email` of `johndoe` is declared differently in staff/people.yaml:1:18: users "
        "belong to the whole tenant"
    ]
    assert [warning.message.partition(" in ")[0] for warning in survey.warnings] == [
        "`janedoe` has the address of `jdoe`",
        "`jdoe` has the address of `janedoe`",
    ]
    assert bench.revisions.wishes("env/a.yaml", commit, NOW).desired
    alone = bench.push(env__a=None, env__b=None, env__f=env("f"))
    found = {each.path: len(each.problems) for each in bench.revisions.survey(alone).environments}
    assert found == {"env/c.yaml": 1, "env/d.yaml": 0, "env/f.yaml": 1}  # nobody can tell who is right


def test_many_environments_are_surveyed_and_read_in_no_more_than_their_own_time(bench: Bench) -> None:
    """A run reads no neighbour, and a survey no pair."""
    few = {f"env/{number}.yaml": env(f"o{number}") for number in range(20)}
    many = {f"env/{number}.yaml": env(f"o{number}") for number in range(200)}
    costs = []
    for files in (few, many):
        commit = bench.host.push(bench.clone, {**files, "staff/people.yaml": PEOPLE})
        began = time.process_time()
        bench.revisions.survey(commit)
        surveyed = time.process_time()
        for number in range(20):
            bench.revisions.wishes(f"env/{number}.yaml", commit, NOW)
        costs.append((surveyed - began, time.process_time() - surveyed))
    (_, few_read), (many_surveyed, many_read) = costs
    assert many_read < 4 * few_read + 0.2
    assert many_surveyed < 4


def test_a_tree_that_no_git_would_make_writes_nothing_elsewhere(bench: Bench, tmp_path: Path) -> None:
    """A link and a folder of one name, `..` and `.git`, as somebody hostile may push them."""
    away = tmp_path / "away"
    away.mkdir()
    clone = bench.clone
    link = clone.git("hash-object", "-w", "--stdin", data=os.fsencode(away))
    blob = clone.git("hash-object", "-w", "--stdin", data=b"tenant: gh\n")

    def tree(*entries: tuple[str, str, str]) -> str:
        data = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(id) for mode, name, id in entries)
        return clone.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=data)

    def pushed(*entries: tuple[str, str, str]) -> str:
        commit = clone.git("commit-tree", tree(*entries), "-m", "hostile")
        clone.git("push", "--quiet", "--force", "origin", f"{commit}:refs/heads/main")
        assert bench.sources.fetch(bench.source) == commit
        return commit

    inner = tree(("100644", "x.yaml", blob))
    with bench.sources.opened(bench.source, pushed(("120000", "env", link), ("40000", "env", inner))) as laid:
        assert sorted(laid.entries) == ["env/x.yaml"]
    for name in ("..", ".git"):
        with pytest.raises(ManifestError, match="git can't pack it: invalid path"):
            bench.revisions.survey(pushed(("40000", name, inner)))
    assert not list(away.iterdir())
    assert len(list((bench.folder / "state").rglob("x.yaml"))) == 1


def test_members_that_lead_away_are_left_out(tmp_path: Path) -> None:
    """Whatever packed them."""
    archive, folder = io.BytesIO(), tmp_path / "in"
    with tarfile.open(fileobj=archive, mode="w") as members:
        for name in ("../x", "/x", "a/../../x", ".git/config", "a/.GIT/hooks", "ok/x"):
            member = tarfile.TarInfo(name)
            member.size = 2
            members.addfile(member, io.BytesIO(b"hi"))
        for kind in (tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo(f"odd{kind.decode()}")
            member.type, member.linkname = kind, "/etc/passwd"
            members.addfile(member)
    archive.seek(0)
    folder.mkdir()
    unpacked(archive, folder)
    assert [each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()] == ["ok/x"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in"]
