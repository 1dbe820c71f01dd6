"""One SQL on both databases: migrated once, outages waited out, refused in a line that holds no password."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.errors import DatabaseDown, DatabaseError, ReconcileError, UsageError
from reconciler.fleet.address import address_of
from reconciler.fleet.database import Database
from reconciler.fleet.embedded import only_worker
from reconciler.fleet.tables import VERSION
from tests.support.postgres import Server

MADE = "INSERT INTO welkin.bucket (key, free) VALUES (:key, :now)"


def test_rows_are_read_by_name_and_values_are_no_sql(database_url: str) -> None:
    with Database.opened(database_url) as database:
        odd = "50 % of o'clock; DROP TABLE welkin.bucket -- :now"
        assert database.run(MADE, key=odd) == 1
        (row,) = database.rows("SELECT key, free, 'a%' AS sign FROM welkin.bucket WHERE key LIKE '50 %'")
        assert (row["key"], row["sign"]) == (odd, "a%")
        assert abs(row["free"] - time.time()) < 60
        assert database.rows("SELECT key FROM welkin.bucket WHERE free > :now + 60") == []


def test_a_clock_that_is_handed_in_replaces_the_databases(database_url: str) -> None:
    with Database.opened(database_url, clock=lambda: 1234.5) as database:
        database.run(MADE, key="a")
        assert database.rows("SELECT free FROM welkin.bucket") == [{"free": 1234.5}]
        assert database.rows("SELECT sum(free) AS all_free FROM welkin.bucket") == [{"all_free": 1234.5}]


def test_a_transaction_is_done_whole_or_not_at_all(database_url: str) -> None:
    with Database.opened(database_url) as database:
        with pytest.raises(ZeroDivisionError), database.transaction() as both:
            both.run(MADE, key="a")
            raise ZeroDivisionError
        with database.transaction() as both:
            both.run(MADE, key="b")
            both.run(MADE, key="c")
        with pytest.raises(DatabaseError), database.transaction() as both:
            both.run(MADE, key="d")
            both.run(MADE, key="b")  # there is one
        assert [row["key"] for row in database.rows("SELECT key FROM welkin.bucket ORDER BY key")] == [
            "b",
            "c",
        ]


def test_threads_share_it(database_url: str) -> None:
    with Database.opened(database_url) as database, ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda number: database.run(MADE, key=str(number)), range(200)))
        assert database.rows("SELECT count(*) AS n FROM welkin.bucket") == [{"n": 200}]


def test_workers_that_begin_together_make_the_tables_once(database_url: str) -> None:
    def begin(number: int) -> int:
        with Database.opened(database_url) as database:
            (row,) = database.rows("SELECT version FROM welkin.release")
            return int(row["version"])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(begin, range(8))) == {VERSION}


def test_one_at_a_time_holds_a_name(database_url: str) -> None:
    with Database.opened(database_url) as database, database.transaction() as first:
        assert first.holds("sweep")
        if not database.is_embedded:  # there, a transaction that writes is alone anyway
            with database.transaction() as second:
                assert not second.holds("sweep")
                assert second.holds("another")


def test_a_database_of_a_later_release_is_refused(database_url: str) -> None:
    with Database.opened(database_url) as database:
        database.run("UPDATE welkin.release SET version = :version", version=VERSION + 1)
    with pytest.raises(DatabaseError, match=r"is of a later release: use that one, or upgrade this program"):
        Database.opened(database_url)


def test_a_database_that_is_made_anew_has_its_tables_again(own_postgres: Server) -> None:
    url = own_postgres.database()
    name = url.partition("@/")[2].partition("?")[0]
    with Database.opened(url) as database:
        database.run(MADE, key="a")
        own_postgres.ask(f"DROP DATABASE {name} WITH (FORCE)")
        own_postgres.ask(f"CREATE DATABASE {name}")
        assert database.rows("SELECT key FROM welkin.bucket") == []
        database.run(MADE, key="b")
        own_postgres.ask("DROP SCHEMA welkin CASCADE", name)
        assert database.rows("SELECT key FROM welkin.bucket") == []


def test_a_read_only_server_is_refused_with_its_remedy(own_postgres: Server) -> None:
    url = own_postgres.database()
    name = url.partition("@/")[2].partition("?")[0]
    Database.opened(url).close()
    own_postgres.ask(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(DatabaseError, match=r"is read-only: name the primary server$"):
        Database.opened(url)


def test_a_user_without_the_right_is_told_so(own_postgres: Server) -> None:
    url = own_postgres.database()
    own_postgres.ask(f"CREATE ROLE guest_{os.getpid()} LOGIN")
    with pytest.raises(DatabaseError, match=r"lacks a right: let its user create in this database"):
        Database.opened(url.replace("postgres@", f"guest_{os.getpid()}@"))


def test_a_database_that_is_not_there_is_not_waited_for(own_postgres: Server) -> None:
    with pytest.raises(DatabaseError, match=r'refuses us: database "nowhere" does not exist; check its URL$'):
        Database.opened(own_postgres.url("nowhere"))


def test_a_file_that_may_not_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.fleet.database.find_spec", lambda name: True)  # nobody sees our packages
    url = f"sqlite:///{tmp_path}/fleet.db"
    Database.opened(url).close()
    for each in (tmp_path, *tmp_path.parents):
        if not each.stat().st_mode & 0o001:  # ours, or nobody could have come so far
            each.chmod(each.stat().st_mode | 0o011)
    (tmp_path / "fleet.db").chmod(0o444)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(DatabaseError, match="is read-only: let this user write the file"):
            Database.opened(url)
    finally:
        os.seteuid(before)


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database, " * 200)
    with pytest.raises(DatabaseError, match="is something else: name another file"):
        Database.opened(f"sqlite:///{path}")
    assert path.read_text() == "no database, " * 200


def test_a_folder_that_can_not_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match=r"cannot be opened: .*; name another file"):
        Database.opened(f"sqlite:///{tmp_path}/file/fleet.db")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("fleet.db", "the database fleet.db is no URL: write sqlite:///fleet.db"),
        ("/data/fleet.db", "the database /data/fleet.db is no URL: write sqlite:////data/fleet.db"),
        ("sqlite:///", "the database sqlite:/// names no file: write sqlite:///PATH"),
        ("mysql://u:hunter2@h/d", "has a scheme that is not ours: write postgresql://USER@HOST/NAME or"),
        ("host=h password=hunter2", "the database's URL is none: write postgresql://USER@HOST/NAME or"),
        ("", "the database's URL is none"),
        ("postgresql://u:hunter%2@h/d", "this URL is malformed"),
        ("postgresql://u:hunter2@h:hunter/d?sslmode=hunter", "postgresql://u@h:hunter/d"),
        ("postgresql://u:hunter2@127.0.0.1:1/d", "postgresql://u@127.0.0.1:1/d cannot be reached: "),
        ("postgresql://127.0.0.1:1/d?user=u&password=hunter2", "postgresql://127.0.0.1:1/d cannot be"),
    ],
)  # fmt: skip
def test_what_is_no_database_is_said_in_a_line_without_a_password(url: str, said: str) -> None:
    with pytest.raises(ReconcileError) as caught:
        Database.opened(url)
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value) and "hunter%2" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("password", ["p/w", "p@w", "p#w", "p?w", "p:w@x/y"])
def test_no_sign_in_a_password_brings_it_to_light(password: str) -> None:
    assert (
        address_of(f"postgresql://ann:{password}@db/fleet?sslmode=require").shown
        == "postgresql://ann@db/fleet"
    )


def test_a_package_that_lacks_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("reconciler.fleet.database.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'welkin-reconcile\[fleet\]'"):
        Database.opened("sqlite:///fleet.db")


def test_a_package_that_can_not_be_looked_for_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match="needs more packages"):
        Database.opened("postgresql://h/d")


def test_an_outage_is_waited_out(own_postgres: Server) -> None:
    url = own_postgres.database()
    with Database.opened(url) as database:
        database.run(MADE, key="before")
        own_postgres.stop()
        threading.Timer(1.5, own_postgres.start).start()
        assert database.rows("SELECT key FROM welkin.bucket") == [{"key": "before"}]
        with database.transaction() as both:
            both.run(MADE, key="after")


def test_an_outage_that_lasts_is_an_error_of_one_line(own_postgres: Server) -> None:
    with Database.opened(own_postgres.database(), patience_s=0.2) as database:
        own_postgres.stop()
        try:
            with pytest.raises(DatabaseDown, match=r"cannot be reached: .*; start it, or check its URL$"):
                database.run(MADE, key="a")
        finally:
            own_postgres.start()
        with pytest.raises(DatabaseDown), database.transaction() as both:
            both.run(MADE, key="a")
            own_postgres.stop()
            own_postgres.start()
            both.run(MADE, key="b")
        assert database.rows("SELECT key FROM welkin.bucket") == []


def test_the_file_is_nobody_elses_to_read(tmp_path: Path) -> None:
    with Database.opened(f"sqlite:///{tmp_path}/state/fleet.db"):
        assert (tmp_path / "state/fleet.db").stat().st_mode & 0o077 == 0
    tables = sqlite3.connect(tmp_path / "state/fleet.db")
    assert tables.execute("SELECT version FROM release").fetchone() == (VERSION,)
    tables.close()


def test_the_embedded_store_takes_one_worker(tmp_path: Path) -> None:
    path = tmp_path / "fleet.db"
    program = (
        "from pathlib import Path\n"
        "from reconciler.fleet.embedded import only_worker\n"
        f"with only_worker(Path({str(path)!r}), 'w2'):\n    print('has it')"
    )

    def begin() -> str:
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        return ran.stdout + ran.stderr

    with only_worker(path, "w1"):
        line = (
            f"the embedded store takes one worker: w1 (process {os.getpid()}) has it; use PostgreSQL for more"
        )
        assert line in begin()
    assert begin() == "has it\n"
