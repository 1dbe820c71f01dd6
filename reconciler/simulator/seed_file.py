"""Reads a seed file: YAML whose scalars are what they look like in JSON, so times and dates stay texts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

LARGEST = 64 << 20  # bytes
_DIRECT = build_opener(ProxyHandler({}))  # no proxy of the environment's: simulators are on this machine
_SCALARS = (
    ("bool", "true|false", "tf"),
    ("null", "null|~|", ["n", "~", ""]),
    ("int", "-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?[0-9]+\.[0-9]+", "-0123456789"),
)


def read_seed(path: str) -> Any:
    """The document. Raises OSError, and ValueError with one line where it is no YAML."""
    import yaml  # here, because only a simulator with a seed needs it

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {}  # noqa: RUF012  (as PyYAML declares it)

    for tag, pattern, first in _SCALARS:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), first)
    file = Path(path)
    if file.exists() and not file.is_file():
        raise ValueError(f"{path}: not a regular file")
    if file.stat().st_size > LARGEST:
        raise ValueError(f"{path}: larger than {LARGEST >> 20} MiB")
    try:
        return yaml.load(file.read_bytes(), Loader)
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from error


def send_seed(url: str, path: str) -> None:
    """Load the file into the simulator at this URL. Raises OSError, and ValueError where it is refused."""
    body = json.dumps(read_seed(path)).encode()
    try:
        _DIRECT.open(Request(f"{url}/_simulator/seed", body, method="POST"), timeout=60).close()
    except HTTPError as refused:
        with refused:
            raise ValueError(f"{path}: {json.load(refused)[0]['message']}") from None
