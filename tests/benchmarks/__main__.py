"""`make bench`: whole processes against the bare loop of the same requests, in one run.

Each figure is the median of several runs; what counts are ratios and differences within one run, as machines
are noisy. Prints a Markdown table; its README keeps the last one.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
NOW = "2026-11-24T00:00:00Z"
RUNS = 5
ALTERNATIVES = 100  # people; one by one takes long enough


class Cost(NamedTuple):
    """What a process took: seconds on the wall and of CPU, and its peak memory in MiB."""

    wall_s: float
    cpu_s: float
    peak_mib: float


class Service:
    """An embedded Welkin in a process of its own, so that its CPU is not ours."""

    def __init__(self, db: Path, *, latency_ms: int = 0, page: int = 1000) -> None:
        command = [sys.executable, str(HERE / "service.py"), str(db), str(latency_ms), str(page)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.terminate()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


def measured(command: Sequence[str], url: str = "") -> Cost:
    """Run a process to its end; it has to succeed."""
    environ = {**os.environ, "WELKIN_API_URL": url, "WELKIN_SECRET": "simulator", "WELKIN_CLIENT": "BENCH"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    script = "import resource,subprocess,sys;" + (
        "code=subprocess.call(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);sys.exit(code)"
    )
    wrapped = [sys.executable, "-S", "-c", script, *command]
    done = subprocess.run(wrapped, env=environ, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, int(done.stdout) / 1024)


def medians(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def paired(ours: Sequence[str], bare: Sequence[str], url: str, runs: int = RUNS) -> tuple[Cost, Cost]:
    """Both, turn by turn, so that a slow spell of the machine meets both."""
    pairs = [(measured(ours, url), measured(bare, url)) for _ in range(runs)]
    return medians([pair[0] for pair in pairs]), medians([pair[1] for pair in pairs])


def clinic(folder: Path, people: int, hour: int = 9, per_series: int = 10) -> Path:
    """Write an environment of `people` users with hours, and a weekly series each of `per_series` events."""
    lines = ["tenant: gh", "instance: bench", "owner: staffing", "timezone: America/Los_Angeles"]
    lines += ["horizon: 12 weeks", "limits: {updatePercent: 100}", "users:"]
    names = [f"user{number:05}" for number in range(people)]
    for number, name in enumerate(names):
        lines.append(f"  {name}: {{email: {name}@example.com, firstName: F{number}, lastName: L{number}}}")
    lines.append("workHours:")
    hours = "{mon-thu: 09:00-18:00, fri: [09:00-12:00, 12:30-17:00]}"
    lines += [f"  {name}: [{{from: 2026-12-01, to: 2027-03-31, days: {hours}}}]" for name in names]
    lines.append("events:")
    for number, name in enumerate(names):
        rule = f"{{every: week, on: [tue], count: {per_series}}}"
        lines.append(
            f"  series-{number:05}: {{title: Meeting {number}, host: {name}, duration: 30m, "
            f"starts: 2026-12-01T{hour + number % 8:02}:00, repeat: {rule}, "
            f"participants: [{{user: {names[number - 1]}}}]}}"
        )
    path = folder / f"{people}-{hour}" / "clinic.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def ours(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "reconciler", *arguments]


def bare(*arguments: str) -> list[str]:
    return [sys.executable, str(HERE / "bare.py"), *arguments]


def row(what: str, figure: str, budget: str) -> None:
    print(f"| {what} | {figure} | {budget} |", flush=True)


def start_up() -> None:
    for flag in ("--help", "--version"):
        cost = medians([measured(ours(flag)) for _ in range(RUNS)])
        row(f"`{flag}`", f"{cost.cpu_s * 1000:.0f} ms of CPU", "≤ 150 ms")


def no_op_plans(folder: Path) -> None:
    costs = {}
    for people in (100, 1000):
        env, db = clinic(folder, people), folder / f"{people}.db"
        plan = ours("plan", str(env), "--now", NOW, "--detailed-exitcode")
        with Service(db) as service:
            measured(ours("apply", str(env), "--auto-approve", "--now", NOW), service.url)
            us, loop = paired(plan, bare("read", str(people)), service.url)
            costs[people] = us
            export = ours("export", str(env), "--all", "--now", NOW)
            written, planned = paired(export, plan, service.url, runs=3)
        if people == 1000:
            row("no-op plan, 1,000 users and timelines, 10,000 events: CPU beyond the loop",
                f"{us.cpu_s - loop.cpu_s:.2f} s (of {us.cpu_s:.2f})", "≤ 0.7 s")  # fmt: skip
            row("its peak memory", f"{us.peak_mib:.0f} MiB", "≤ 110 MiB")
            row("exporting them: time against that plan",
                f"{written.wall_s / planned.wall_s:.1f} × ({written.wall_s:.1f} s)", "≤ 3 ×")  # fmt: skip
            with Service(db, latency_ms=20, page=20) as service:
                us, loop = paired(plan, bare("read", str(people)), service.url, runs=3)
            row("the same at 20 ms and pages of 20: time against the bare loop",
                f"{us.wall_s / loop.wall_s:.2f} × ({us.wall_s:.2f} s)", "≤ 1.25 ×")  # fmt: skip
    row("ten times the objects, CPU beyond start-up",
        f"{(costs[1000].cpu_s - _idle()) / (costs[100].cpu_s - _idle()):.1f} ×", "≤ 10.5 ×")  # fmt: skip


def _idle() -> float:
    """The CPU of a command that loads all rooms and does nothing."""
    return medians([measured(ours("schema")) for _ in range(RUNS)]).cpu_s


def expansion() -> None:
    """Weekly series over 12 months, in processes of their own, as the garbage of one would slow the next."""

    def seconds(series: int, runs: int) -> float:
        command = [sys.executable, str(HERE / "expansion.py"), str(series)]
        return statistics.median(float(subprocess.check_output(command)) for _ in range(runs))

    one, ten = seconds(1000, RUNS), seconds(10_000, 3)
    row("1,000 weekly series × 12 months, expanded", f"{one:.2f} s of CPU", "≤ 1.3 s")
    row("ten times the series", f"{ten / one:.1f} ×", "≤ 10.5 ×")


def hours() -> None:
    """Hours of many people and their rows, as rotations, and as rotations and weeks with public holidays."""

    def seconds(what: str, people: int, runs: int) -> float:
        command = [sys.executable, str(HERE / "hours.py"), what, str(people)]
        return statistics.median(float(subprocess.check_output(command)) for _ in range(runs))

    few, many = seconds("rotations", 100, RUNS), seconds("rotations", 1000, 3)
    row("rotations of 100 people over 26 weeks, expanded", f"{few:.2f} s of CPU", "≤ 0.3 s")
    row("ten times the people", f"{many / few:.1f} ×", "≤ 11 ×")
    few, many = seconds("closures", 1000, RUNS), seconds("closures", 10_000, 3)
    row("public holidays over the hours of 1,000 people, expanded", f"{few:.2f} s of CPU", "≤ 1.0 s")
    row("ten times the people", f"{many / few:.1f} ×", "≤ 11 ×")


def staffing_effect() -> None:
    """1,000 people over 26 weeks, as usual hours and as rotations that are another row each week."""
    for what, weeks in (("one row each", 1), ("a row a week", 26)):
        command = [sys.executable, "-m", "tests.benchmarks.effect", str(weeks)]
        took = statistics.median(
            float(subprocess.check_output(command, cwd=HERE.parent.parent)) for _ in range(RUNS)
        )
        row(f"staffing effect of 1,000 people over 26 weeks, {what}", f"{took:.2f} s of CPU", "≤ 1.0 s")


def typed_answers() -> None:
    command = [sys.executable, str(HERE / "typed.py")]
    parsing, typing = map(float, subprocess.check_output(command).split())
    row("the answers of 12,000 objects read into typed values, beyond parsing their JSON",
        f"{typing:.3f} s of CPU (parsing {parsing:.3f})", "≤ 0.1 s")  # fmt: skip


def fleet_pages() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.pages"]
    printed = subprocess.check_output(command, cwd=HERE.parent.parent, text=True)
    (overview, size), (week, _) = (map(float, line.split()) for line in printed.splitlines())
    row("the overview of a fleet of 5,000 environments",
        f"{overview * 1000:.0f} ms, {size / 1000:.0f} KB", "≤ 100 ms, ≤ 100 KB")  # fmt: skip
    row("the week of a tenant of 100 of them", f"{week * 1000:.0f} ms", "≤ 300 ms")


def applies(folder: Path) -> None:
    """1,000 changes: every event of 100 series an hour later, and back."""
    first, second = clinic(folder, 100, hour=9), clinic(folder, 100, hour=10)
    pairs = []
    with Service(folder / "apply.db", latency_ms=20) as service:
        measured(ours("apply", str(first), "--auto-approve", "--now", NOW), service.url)
        for env in (second, first, second):
            us = measured(ours("apply", str(env), "--auto-approve", "--now", NOW), service.url)
            pairs.append((us, measured(bare("write", "100", "1000"), service.url)))
    us, loop = medians([pair[0] for pair in pairs]), medians([pair[1] for pair in pairs])
    row("applying 1,000 changes at 20 ms: time against the bare loop",
        f"{us.wall_s / loop.wall_s:.2f} × ({us.wall_s:.2f} s)", "≤ 1.15 ×")  # fmt: skip


def alternatives(folder: Path) -> None:
    """A no-op run over 100 people at 20 ms, beside what people would use instead."""
    env = clinic(folder, ALTERNATIVES)
    plan = ours("plan", str(env), "--now", NOW, "--detailed-exitcode")
    ansible = shutil.which("ansible-playbook")
    with Service(folder / "alternatives.db", latency_ms=20) as service:
        measured(ours("apply", str(env), "--auto-approve", "--now", NOW), service.url)
        plain = [sys.executable, str(HERE / "plain.py"), str(ALTERNATIVES)]
        us, script = paired(plan, plain, service.url, runs=3)
        row("a plain script over 100 people at 20 ms, against our no-op plan",
            f"{script.wall_s / us.wall_s:.1f} × ({script.wall_s:.1f} s; {us.wall_s:.1f} s)", "–")  # fmt: skip
        if ansible:
            book = [ansible, str(HERE / "playbook.yml"), "-i", "localhost,", "-e", f"people={ALTERNATIVES}"]
            cost = measured(book, service.url)
            row("an Ansible playbook with `uri` over 100 people, users and hours only",
                f"{cost.wall_s / us.wall_s:.0f} × ({cost.wall_s:.1f} s)", "–")  # fmt: skip


def main() -> None:
    print("| what | measured | budget |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        start_up()
        expansion()
        hours()
        staffing_effect()
        typed_answers()
        fleet_pages()
        no_op_plans(Path(name))
        applies(Path(name))
        alternatives(Path(name))


main()
