"""The flags that several commands share, each written once, and what they come to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import click

from reconciler.dates.grammar import YEARS

F = TypeVar("F", bound=Callable[..., int | None])


class Instant(click.ParamType[datetime]):
    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        text = str(value)
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            instant = None
        if instant and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            instant = instant.replace(tzinfo=UTC)
        if instant is not None and instant.year not in YEARS:
            self.fail(f"`{value}`: the year is not between {YEARS[0]} and {YEARS[-1]}")
        if instant is None or instant.tzinfo is None:
            self.fail(
                f"`{value}` is no instant: write a date and time with a zone, as in 2026-12-01T09:00:00Z, "
                "or a date"
            )
        return instant


class Whole(click.IntRange):
    name = "whole number"


class Number(click.FloatRange):
    name = "number"


class Wait(click.ParamType[float]):
    name = "duration"
    units: ClassVar = {"s": 1, "m": 60, "h": 3600, "": 1}

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = re.fullmatch(r"([0-9]{1,6})(s|m|h)", str(value)) or re.fullmatch(r"(0)()", str(value))
        if not found:
            self.fail(f"`{value}`: write a length of time with its unit, as in 30s, 10m or 1h")
        return float(found[1]) * self.units[found[2]]


class _Rate(click.ParamType[float]):
    name = "rate"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)/s", str(value))
        if not found or not float(found[1]):
            self.fail(f"`{value}`: write how many calls a second, as in 10/s or 0.5/s")
        return float(found[1])


def _now() -> datetime:
    """This moment, to the millisecond that the service's own timestamps keep."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


FORMAT = click.option(
    "--format", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print."
)
REPORT = click.option(
    "--format", type=click.Choice(["text", "json", "markdown", "html"]), default="text", show_default=True,
    help="How to print: for people, for programs, for a pull request, or as a page.",
)  # fmt: skip
NOW = click.option(
    "--now",
    type=Instant(),
    default=_now,
    metavar="INSTANT",
    help="Take this for the present moment; a date is its midnight in UTC.",
)
CHANGED_SINCE = click.option(
    "--changed-since",
    metavar="REV",
    help="Only environments of which a file, an included one too, differs from this Git revision.",
)
JOURNAL_FILE = Path(".welkin-reconcile") / "journal.db"
JOURNAL = click.option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    default=JOURNAL_FILE,
    show_default=True,
    help="What was applied, by whom, with what answer.",
)
LOG_FORMAT = click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", is_eager=True, expose_value=False,
    callback=lambda ctx, param, value: ctx.meta.__setitem__("log-format", value), show_default=True,
    help="How to log.",
)  # fmt: skip
VERBOSE = click.option(
    "-v", "--verbose", count=True, expose_value=False, callback=lambda ctx, param, count: _log(ctx, count),
    help="Log each call; twice, in detail.",
)  # fmt: skip


def common(command: F, format: Callable[[F], F] = FORMAT) -> F:
    """Add the flags of every command that reaches a service: it takes them as `settings` and `format`."""

    def gathered(*args: object, **options: Any) -> int | None:
        from reconciler.client import PATIENT, Patience
        from reconciler.pipeline import Settings

        names = [name for name in Settings._fields if name in options]
        patience = click.get_current_context().find_object(Patience) or PATIENT
        settings = Settings(**{name: options.pop(name) for name in names}, patience=patience)
        return command(*args, settings=settings, **options)

    gathered.__name__, gathered.__doc__ = command.__name__, command.__doc__
    gathered.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in reversed(
        (
            click.option("--api-url", metavar="URL", help="The service; wins over $WELKIN_API_URL."),
            click.option(
                "--secret-file", metavar="FILE", help="Read the secret here, if not $WELKIN_SECRET."
            ),
            click.option(
                "--simulator", is_flag=True, help="Use the embedded Welkin, data in .welkin-reconcile/."
            ),
            NOW,
            format,
            click.option(
                "--parallelism",
                type=Whole(1, 64),
                default=8,
                show_default=True,
                help="Calls at once.",
            ),
            click.option("--rate", type=_Rate(), metavar="N/s", help="No more calls a second than this."),
            LOG_FORMAT,
            VERBOSE,
        )
    ):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]


def people(command: F) -> F:
    """Add the flags that choose what is of certain people: the command takes `users` and `teams`."""
    for option in (
        click.option(
            "--team", "teams", multiple=True, metavar="NAME", help="Only what is of those in this team today."
        ),
        click.option("--user", "users", multiple=True, metavar="NAME", help="Only what is this person's."),
    ):
        command = option(command)
    return command


def selection(command: F) -> F:
    """Add the flags that choose part of a plan."""
    for option in (
        click.option("--adopt", is_flag=True, help="Take over events that exist unowned."),
        people,
        click.option("--exclude", "excludes", multiple=True, metavar="KEY", help="Leave this out."),
        click.option(
            "--target", "targets", multiple=True, metavar="KEY", help="Only this; globs and prefixes work."
        ),
    ):
        command = option(command)
    return command


def _log(ctx: click.Context, count: int) -> None:
    ctx.meta["verbose"] = count
    if count:
        from reconciler.commands.logs import set_up

        set_up(count, ctx.meta.get("log-format") == "json")
