"""`welkin-reconcile completion`: what has a shell complete commands, flags and names of manifests."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_WELKIN_RECONCILE_COMPLETE"  # in which a shell asks what may stand here


@click.command("completion")
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print what a shell needs to complete commands, flags, people, keys, schemas, rules and runs.

    bash, in ~/.bashrc, and zsh, in ~/.zshrc behind compinit: eval "$(welkin-reconcile completion bash)"

    fish: welkin-reconcile completion fish > ~/.config/fish/completions/welkin-reconcile.fish
    """
    from click.shell_completion import ShellComplete, get_completion_class

    from reconciler.commands.output import show
    from reconciler.errors.escape import page

    kind = get_completion_class(shell)
    assert kind is not None, "click knows these three"
    # The base class: bash's own first runs a bash to ask for its version.
    script = ShellComplete.source(kind(ctx.find_root().command, {}, "welkin-reconcile", VARIABLE))
    show(page(script.splitlines()))
