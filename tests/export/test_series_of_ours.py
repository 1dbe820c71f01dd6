"""Invented series of ours that change, take turns and have exceptions: what is exported asks for no more."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cli import run
from tests.support.service import simulated

JSON = dict[str, Any]
NOW, FIRST, DAY = "2026-11-24T12:00:00Z", date(2026, 11, 30), timedelta(days=1)
PEOPLE = ("ann", "bob", "cat", "dov")
HEAD: JSON = {
    "tenant": "gh", "instance": "sb-demo", "owner": "staffing", "timezone": "America/New_York",
    "api": {"client": "STAFFING"}, "horizon": "20 weeks",
    "users": {name: {"email": f"{name}@example.org", "timezone": "America/New_York"} for name in PEOPLE},
}  # fmt: skip


def a_rule(draw: random.Random) -> JSON:
    days = draw.sample(("mon", "tue", "wed", "thu", "fri"), draw.randint(1, 2))
    if draw.random() < 0.2:
        return {"every": "month", "on": days[0], "position": str(draw.randint(1, 3))}
    return {"every": "week", "on": days, **({"interval": "2"} if draw.random() < 0.2 else {})}


def a_series(draw: random.Random) -> JSON:
    start = FIRST + DAY * draw.randint(0, 6)
    later = [start + DAY * draw.randint(7, 100) for _ in range(draw.randint(0, 2))]
    spec: JSON = {"title": "Round", "starts": f"{start}T09:00", "duration": "30m", "repeat": a_rule(draw)}
    if draw.random() < 0.4:
        spec["hosts"] = draw.sample(PEOPLE, draw.randint(2, 3))
        spec |= {"turn": "week"} if draw.random() < 0.5 else {}
    else:
        spec["host"] = draw.choice(PEOPLE)
    spec["location"] = "Room 1"
    guests: list[Any] = draw.sample(PEOPLE, draw.randint(0, 2))
    if draw.random() < 0.5:
        bound = {draw.choice(("from", "until")): str(start + DAY * draw.randint(10, 90))}
        guests.append({"user": draw.choice(PEOPLE), **bound})
    spec["participants"] = guests
    spec["from"] = {str(day): a_change(draw) for day in later if day > start}
    spec["except"] = [str(start + DAY * draw.randint(0, 100)) for _ in range(draw.randint(0, 2))]
    return {key: value for key, value in spec.items() if value or key == "participants"}


def a_change(draw: random.Random) -> JSON:
    found = {
        "starts": f"{draw.randint(10, 15)}:30",
        "location": "Room 2",
        "repeat": a_rule(draw),
        "duration": "45m",
    }
    return {key: found[key] for key in draw.sample(sorted(found), draw.randint(1, 3))}


def comes_back(folder: Path, seed: int, profile: str) -> None:
    draw = random.Random(seed)
    manifest = {**HEAD, "events": {f"series-{number}": a_series(draw) for number in range(4)}}
    with simulated(folder, now=NOW, profile=profile) as service:

        def command(name: str, *flags: str) -> Any:
            return run(name, "env.yaml", "--api-url", service.url, "--now", NOW, *flags, cwd=folder)

        (folder / "env.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False), encoding="utf-8")
        done = command("apply", "--auto-approve")
        assert done.code == 0, (done, manifest)
        whom = ("--all",) if profile == "live" else ("--users", ",".join(PEOPLE))
        made, again = (command("export", *whom) for _ in range(2))
        assert made.code == 0 and made.stdout == again.stdout, made
        assert "can't say" not in made.stderr, (made.stderr, manifest["events"], made.stdout)
        (folder / "env.yaml").write_text(f"prune: true\n{made.stdout}", encoding="utf-8")
        plan = command("plan", "--detailed-exitcode")
        assert plan.code == 0, (plan, manifest["events"], made.stdout)


@pytest.mark.parametrize("profile", ["live", "reference"])
@pytest.mark.parametrize("seed", range(3))
def test_what_a_series_applied_is_said_again(tmp_path: Path, seed: int, profile: str) -> None:
    comes_back(tmp_path, seed, profile)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 100))
def test_what_many_more_series_applied_is_said_again(tmp_path: Path, seed: int) -> None:
    comes_back(tmp_path, seed, ("live", "reference")[seed % 2])
