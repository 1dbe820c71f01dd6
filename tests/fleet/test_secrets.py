"""Where the secret of a tenant's API client comes from, and what nobody can have sent by a merge."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.fleet.secrets import Secret, Secrets, held
from reconciler.fleet.shape import Fleet, Held, Source
from reconciler.model import Source as Place

AT = Place("fleet.yaml", 1)
TWO = {("gh", "TESTS"), ("north-west", "NIGHT")}


def secrets(folder: Path, environ: dict[str, str], clients: set[tuple[str, str]] = TWO) -> Secrets:
    fleet = Fleet(folder / "fleet.yaml", (Source("a", AT, AT, (), path=folder),), secrets=folder)
    return Secrets(fleet, environ, clients)


def write(path: Path, text: str, mode: int = 0o400) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def test_a_file_of_the_tenant_comes_first_then_one_beside_it_then_the_variable(tmp_path: Path) -> None:
    found = secrets(tmp_path, {"WELKIN_SECRET_GH": "three"})
    assert found.of("gh", "TESTS") == ("$WELKIN_SECRET_GH", "three")
    write(tmp_path / "gh-TESTS", "two\n")
    assert found.of("gh", "TESTS") == (str(tmp_path / "gh-TESTS"), "two")
    write(tmp_path / "gh" / "TESTS", "one")
    assert found.of("gh", "TESTS") == (str(tmp_path / "gh" / "TESTS"), "one")


def test_one_variable_for_all_is_taken_where_all_is_one(tmp_path: Path) -> None:
    environ = {"WELKIN_SECRET": "hunter2"}
    assert secrets(tmp_path, environ, {("gh", "TESTS")}).of("gh", "TESTS") == ("$WELKIN_SECRET", "hunter2")
    with pytest.raises(UsageError) as caught:
        secrets(tmp_path, environ).of("north-west", "NIGHT")
    assert str(caught.value) == (
        f"no secret for the API client north-west/NIGHT: put it into {tmp_path}/north-west/NIGHT, or set "
        "$WELKIN_SECRET_NORTH_WEST, or store it with `keyring set welkin-reconcile north-west/NIGHT`; "
        "$WELKIN_SECRET is not taken where there are several clients"
    )


def test_the_pipeline_finds_this_secret_and_no_other(tmp_path: Path) -> None:
    environ = {"WELKIN_SECRET": "x", "WELKIN_SECRET_GH": "y", "WELKIN_SECRET_NORTH_WEST": "z", "PATH": "/bin"}
    write(tmp_path / "gh" / "TESTS", "one")
    assert secrets(tmp_path, environ).environ("gh", "TESTS") == {"WELKIN_SECRET_GH": "one", "PATH": "/bin"}


def test_files_that_others_can_use_are_refused_the_own_group_may_read(tmp_path: Path) -> None:
    path = tmp_path / "gh" / "TESTS"
    write(path, "hunter2", 0o440)
    found = secrets(tmp_path, {})
    assert found.of("gh", "TESTS").value == "hunter2"
    path.chmod(0o444)
    with pytest.raises(UsageError) as caught:
        found.of("gh", "TESTS")
    assert str(caught.value) == f"{path}: people beyond its owner and group can use it: chmod o= {path}"


def test_a_mounted_secret_of_kubernetes(tmp_path: Path) -> None:
    """Files are links to links, as they are swapped all at once."""
    write(tmp_path / "..2026_11_24" / "gh-TESTS", "hunter2", 0o440)
    (tmp_path / "..data").symlink_to("..2026_11_24")
    (tmp_path / "gh-TESTS").symlink_to("..data/gh-TESTS")
    assert secrets(tmp_path, {}).of("gh", "TESTS").value == "hunter2"


@pytest.mark.parametrize("odd", ["", "\xff", "folder"])
def test_files_that_hold_no_secret(tmp_path: Path, odd: str) -> None:
    path = tmp_path / "gh" / "TESTS"
    path.parent.mkdir()
    path.mkdir() if odd == "folder" else path.write_bytes(odd.encode("latin-1"))
    path.chmod(0o700)
    with pytest.raises(UsageError, match=r"the file is empty|not UTF-8 text|this is a folder"):
        secrets(tmp_path, {}).of("gh", "TESTS")


@pytest.mark.parametrize("client", ["../../etc/passwd", "..", "../TESTS", ".hidden", "/etc/passwd"])
def test_no_name_in_a_manifest_is_a_way_to_other_files(tmp_path: Path, client: str) -> None:
    write(tmp_path / "TESTS", "hunter2")
    write(tmp_path / "gh" / ".hidden", "hunter2")
    with pytest.raises(UsageError, match="no secret for the API client"):
        secrets(tmp_path / "gh", {}, TWO | {("gh", client)}).of("gh", client)


def test_a_tenant_gets_no_secret_of_one_whose_name_goes_on(tmp_path: Path) -> None:
    """`north-west-NIGHT` is NIGHT of north-west: north's client `west-NIGHT` is another one."""
    write(tmp_path / "north-west-NIGHT", "hunter2")
    found = secrets(tmp_path, {}, TWO | {("north", "west-NIGHT")})
    assert found.of("north-west", "NIGHT").value == "hunter2"
    with pytest.raises(UsageError, match="no secret for the API client north/west-NIGHT"):
        found.of("north", "west-NIGHT")


def test_what_the_fleets_file_names(tmp_path: Path) -> None:
    write(tmp_path / "url", "https://hooks.example.org/hunter2\n")
    assert held(Held(AT, file=tmp_path / "url"), {}).value == "https://hooks.example.org/hunter2"
    assert held(Held(AT, env="SLACK_URL"), {"SLACK_URL": "x"}) == ("$SLACK_URL", "x")
    with pytest.raises(UsageError, match=r"^\$SLACK_URL is not set"):
        held(Held(AT, env="SLACK_URL"), {})
    with pytest.raises(UsageError, match="nothing: no such file"):
        held(Held(AT, file=tmp_path / "nothing"), {})


def test_no_secret_is_shown_by_accident() -> None:
    assert "hunter2" not in repr(Secret("a file", "hunter2")) + f"{Secret('a file', 'hunter2')}"
