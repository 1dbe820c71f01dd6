"""JSON of an answer to plain values, which everything behind may walk, print and save without a thought.

A service is not our friend by being reached: a megabyte of `[`, a number of 5,000 digits or half a surrogate
pair would otherwise surface far from here. Of a key given twice the last counts, as with other parsers.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from msgspec.json import Decoder

DEEPEST = 64  # levels; the service's own have six
SMALL = 8 << 20  # bytes that make no more than a few hundred megabytes of values, whatever they are
MOST_VALUES = 6_000_000  # in more than that; an event of 1.4 kB has 65
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SURROGATES = re.compile("[\ud800-\udfff]")


def decoded(body: bytes, form: type | None = None) -> object:
    """Parse one document.

    form: of a document that is of it, only the keys that it names are made values; of any other, all are.
    Raises: ValueError: it is no JSON (NaN and Infinity are none), or nobody's honest one.
    """
    if len(body) > SMALL and sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ValueError("too many values")
    may_be_deep = _may_be_deep(body)
    if form and not may_be_deep and (known := _known(body, form)) is not None:
        return known
    try:
        found = _DECODER.decode(body.decode(json.detect_encoding(body)))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if may_be_deep and _depth(found) > DEEPEST:
        raise ValueError("nested too deeply")
    return _encodable(found) if b"\\" in body else found


def _known(body: bytes, form: type) -> object:
    """A document of a form, less what the form doesn't name; None for one that is not of it."""
    from msgspec import MsgspecError

    try:
        return _decoder(form).decode(body)
    except (MsgspecError, ValueError, RecursionError):
        return None


@cache
def _decoder(form: type) -> Decoder[Any]:
    from msgspec.json import Decoder  # 10 ms: where thousands of answers come

    return Decoder(form)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


def _may_be_deep(body: bytes) -> bool:
    """Whether brackets are left when pairs are taken out, level by level; ones in texts may be among them."""
    brackets = body.translate(None, _NO_BRACKETS)
    for _ in range(DEEPEST):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets)


def _depth(value: object) -> int:
    """The levels of a value, a flat list having one; without recursion, which is what it guards."""
    levels, below = 0, [value]
    while below := [each for each in below if isinstance(each, dict | list)]:
        levels += 1
        below = [item for each in below for item in (each.values() if isinstance(each, dict) else each)]
    return levels


def _encodable(value: object) -> object:
    """The value with U+FFFD for halves of surrogate pairs, which no file and no terminal takes."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(_SURROGATES.sub("\ufffd", text)) if _SURROGATES.search(text) else value
