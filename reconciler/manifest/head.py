"""What an environment file says of itself, told before its sections and includes are read.

Only a guess that can't be wrong is one: where anything is odd there is none, and `load` says what it is.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from reconciler.errors.named_file import Unfit, read_file
from reconciler.manifest.decode import decode
from reconciler.manifest.files import ManifestFile
from reconciler.manifest.load import environment_of, sections
from reconciler.manifest.reader import read
from reconciler.manifest.schema import check
from reconciler.manifest.variables import LARGEST, substituted, variables_of
from reconciler.model import Block, Environment, Findings

LONGEST = 65_536  # characters; a longer one is read once, with all the rest


class Head(NamedTuple):
    """An environment without manifests and digest, and its sections; None where it includes some."""

    environment: Environment
    sections: frozenset[str] | None


def head_of(path: str) -> Head | None:
    """Read an environment's own keys, where they stand before its sections.

    Returns: None where the file has to be read whole.
    """
    findings = Findings()
    try:
        data = read_file(Path(path), LARGEST).data
    except Unfit:
        return None
    text = decode(data, path, findings) or ""
    section = rf"({'|'.join(sections())}) *:"
    first = re.search(rf"^{section}", text, re.MULTILINE)
    end = first.start() if first else len(text)
    other = re.compile(rf"^(?!{section})[^\s#-]", re.MULTILINE)  # a key of the environment may hide here
    if end > LONGEST or other.search(text, end):
        return None
    tree = read(text[:end].encode(), path, findings)
    if not isinstance(tree, Block):
        return None
    known = variables_of(tree, findings)
    own = Block(tree.source)
    own.update((key, value) for key, value in tree.items() if key != "vars")
    filled = substituted(own, known, findings)
    if filled is None:
        return None
    check("environment", filled[0], findings)
    if findings.errors:
        return None
    environment = environment_of(ManifestFile(Path(path), path, data, filled[0]), (), "")
    named = re.findall(rf"^{section}", text[end:], re.MULTILINE)
    return Head(environment, None if "include" in tree else frozenset((*map(str, tree), *named)))
