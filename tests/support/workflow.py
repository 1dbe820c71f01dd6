"""Runs the steps of workflows and pipelines in order, in a scratch repository, with what a job may use."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ("bash", "git", "curl")


def shimmed(folder: Path) -> str:
    """A $PATH on which there are bash, git, curl and this program, and a `pip` that only notes its words."""
    folder.mkdir(exist_ok=True)
    for tool in TOOLS:
        found = shutil.which(tool)
        if found and not (folder / tool).exists():
            (folder / tool).symlink_to(found)
    program = f'#!/bin/bash\nPYTHONPATH={ROOT} exec {sys.executable} -P -m reconciler "$@"\n'
    for name, text in (("welkin-reconcile", program), ("pip", '#!/bin/bash\nprintf "%s\\n" "$@"\n')):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return str(folder)
