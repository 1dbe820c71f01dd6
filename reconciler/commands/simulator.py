"""`welkin-reconcile simulator`: the embedded Welkin by itself, to develop and rehearse against."""

from __future__ import annotations

import os

import click


@click.command("simulator")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one."
)
@click.option("--db", metavar="FILE", help="Keep data here; without it they live in memory.")
@click.option("--profile", type=click.Choice(["live", "reference"]), default="live", show_default=True)
def command(port: int, db: str | None, profile: str) -> None:
    """Run an embedded Welkin. Its secret is $WELKIN_SECRET, or `simulator`."""
    from reconciler.errors import UsageError

    try:
        from reconciler.simulator import Options, serve

        secret = os.environ.get("WELKIN_SECRET") or "simulator"
        serve(Options(db=db, profile=profile, secret=secret), port, lambda url: click.echo(url))  # type: ignore[arg-type]
    except ImportError:
        raise UsageError(
            "the simulator needs two more packages: pip install 'welkin-reconcile[simulator]'"
        ) from None
    except OSError as error:
        raise UsageError(f"the simulator cannot start: {error.strerror or error}") from None
