"""`welkin-reconcile fmt`: manifests in one style, whoever wrote them. They say what they said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from reconciler.model import Findings


class _Styled(NamedTuple):
    """A file that isn't in our style yet, and what is to stand in it."""

    path: Path
    shown: str
    data: bytes
    text: str


@click.command("fmt")
@click.argument("files", metavar="ENV|FILE…", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is not in style.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(files: tuple[str, ...], check: bool, diff: bool) -> int:
    """Put manifests in one style: blanks, indents and empty lines; an environment with all it includes.

    Words, quotes, comments and the lines on which they stand stay, and so does what the files say.
    """
    from reconciler.commands.output import say, show
    from reconciler.errors import Exit
    from reconciler.errors.escape import page
    from reconciler.errors.output_file import rewrite_file
    from reconciler.model import Findings
    from reconciler.report.problems import problem_lines

    findings = Findings()
    found = list(_found(files, findings))
    changed = [each for each in found if each.text.encode() != each.data]
    for each in () if check or diff else changed:
        rewrite_file(each.path, each.text, each.data)
    say(*problem_lines(sorted(set(findings.errors)), ()))
    done = "not in style" if check or diff else "put in style"
    told = (_difference(each) if diff else [f"{each.shown}: {done}"] for each in changed)
    show(*([page(line for lines in told for line in lines)] if changed else []))
    if found:
        say(f"{len(changed)} of {_files(found)} {done}" if changed else f"{_files(found)} in style")
    return Exit.ERROR if findings.errors or (check and changed) else Exit.OK


def _found(files: Iterable[str], findings: Findings) -> Iterator[_Styled]:
    """Each file once, as it is and as it should be; reported, if it can't be read."""
    from reconciler.manifest.files import meant
    from reconciler.manifest.style import styled

    seen = set[Path]()
    for name in files:
        for file in meant(Path(name), name, findings):
            path = file.path.resolve()
            text = None if path in seen else styled(file.data, file.shown, findings)
            seen.add(path)
            if text is not None:
                yield _Styled(path, file.shown, file.data, text)


def _difference(file: _Styled) -> Iterator[str]:
    from difflib import unified_diff

    before = file.data.decode().splitlines()
    yield file.shown
    yield from list(unified_diff(before, file.text.splitlines(), lineterm=""))[2:]


def _files(found: Sequence[_Styled]) -> str:
    return f"{len(found)} file{'s' * (len(found) != 1)}"
