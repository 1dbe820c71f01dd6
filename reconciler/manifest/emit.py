"""Data to YAML, for people and for files that are read again."""

from __future__ import annotations

import yaml

from reconciler.errors.escape import Printable, page

WIDEST = 2**31 - 1  # a text isn't broken into lines: one of them could begin like something else


class _Pure(yaml.SafeDumper):
    """Writes any text; ten times as slow as theirs in C."""


class _Quick(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes any text but halves of surrogate pairs."""


def dump(value: object) -> Printable:
    """Write plain data as block YAML, keys in their order; texts that look like something else are quoted.

    What can't be printed as it is stands in double quotes, where YAML reads the spelling of our escape.
    """
    try:
        text = _dumped(value, _Quick)
    except UnicodeEncodeError:
        text = _dumped(value, _Pure)
    return page(text.removesuffix("\n").split("\n"))


def _dumped(value: object, dumper: type) -> str:
    return str(yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True, width=WIDEST))


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if page([text]) == text else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


for _dumper in (_Pure, _Quick):
    _dumper.add_representer(str, _text)
