"""`welkin-reconcile simulator`: the embedded Welkin by itself, to develop and rehearse against."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from reconciler.commands.files import RECORD
from reconciler.commands.options import NOW, Number, Whole

if TYPE_CHECKING:
    from reconciler.simulator import Fault

FAULT_HELP = (
    "Make requests go wrong: KIND[=VALUE]:METHOD:PATH[:WHEN], as in cut-after:POST:/calendar/events:1. "
    "WHEN: the first N, @N the Nth only, P% by lot. May be given again."
)


class _Fault(click.ParamType["Fault"]):
    name = "fault"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fault:
        from reconciler.simulator import parse_fault

        try:
            return parse_fault(str(value))
        except ValueError as error:
            self.fail(str(error))


class _Zone(click.ParamType[str]):
    name = "zone"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from reconciler.dates.zones import zone_of

        try:
            return zone_of(str(value)).key
        except ValueError as error:
            self.fail(str(error))


@click.command("simulator")
@click.option("--port", type=Whole(0, 65535), default=0, show_default=True, help="0 takes a free one.")
@click.option("--db", metavar="FILE", help="Keep data here; without it they live in memory.")
@click.option(
    "--seed", "seed_files", multiple=True, metavar="FILE", help="Fill it with invented people from this YAML."
)
@click.option("--record", type=RECORD, metavar="FILE", help="Write every exchange here, a line of JSON each.")
@click.option(
    "--profile",
    type=click.Choice(["live", "reference"]),
    default="live",
    show_default=True,
    help="The service as recorded, or only what the vendor's reference documents.",
)
@click.option("--latency", "latency_ms", type=Number(0), metavar="MS", default=0, help="Wait before answers.")
@click.option("--jitter", "jitter_ms", type=Number(0), metavar="MS", default=0, help="And a share of this.")
@click.option("--fault", "faults", type=_Fault(), multiple=True, metavar="FAULT", help=FAULT_HELP)
@click.option(
    "--random-seed", type=int, default=0, show_default=True, help="For what faults and jitter draw by lot."
)
@click.option(
    "--token-ttl",
    "token_ttl_s",
    type=Whole(1),
    default=3600,
    show_default=True,
    metavar="SECONDS",
    help="How long a token lives.",
)
@click.option("--max-page-size", type=Whole(1), default=1000, show_default=True, help="Largest page.")
@click.option(
    "--timezone",
    type=_Zone(),
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="In which schedules read the hours of users who have no time zone.",
)
@click.option("--tenant", "tenants", multiple=True, metavar="NAME", help="Know only these; else any will do.")
@click.option(
    "--keep-neighbours", is_flag=True, help="New work hours don't cut the ones that cover their start."
)
@click.option(
    "--ignore-fixed", is_flag=True, help="Ignore, not refuse, keys of users that activation has fixed."
)
@NOW
def command(
    port: int, keep_neighbours: bool, ignore_fixed: bool, now: datetime, tenants: tuple[str, ...], **more: Any
) -> None:
    """Run an embedded Welkin until SIGTERM or Ctrl-C; prints its URL once it answers.

    Its secret is $WELKIN_SECRET, or `simulator`; any client name is good. Its API is described at
    /openapi.json and /docs.
    """
    from reconciler.commands.output import show
    from reconciler.errors import UsageError
    from reconciler.errors.escape import page

    try:
        from reconciler.simulator import Options, serve

        options = Options(
            secret=os.environ.get("WELKIN_SECRET") or "simulator",
            cut_neighbours=not keep_neighbours,
            provisioned_rule="ignore" if ignore_fixed else "refuse",
            tenants=tenants or None,
            now=now if _is_given("now") else None,
            **more,
        )
        serve(options, port, lambda url: show(page([url])))
    except ImportError:
        raise UsageError(
            "the simulator needs more packages: pip install 'welkin-reconcile[simulator]'"
        ) from None
    except ValueError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"the simulator cannot start: {error.strerror or error}") from None


def _is_given(name: str) -> bool:
    """Whether somebody typed the option: the clock runs as ours does only if nobody did."""
    source = click.get_current_context().get_parameter_source(name)
    return source is not click.core.ParameterSource.DEFAULT
