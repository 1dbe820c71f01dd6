"""The bytes of an answer as the service meant them: unpacked, and never more than a bound.

By ourselves, for a library unpacks first and tells afterwards how much it was: 1.2 MB became 2.5 GB.
"""

from __future__ import annotations

import zlib

LARGEST = 64 << 20  # bytes of one answer, packed and unpacked
LAYERS = 4  # one on another; more is nobody's honest doing
_ANY_HEAD, _NO_HEAD = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS
PLAIN = frozenset({"", "identity"})
_ZLIB = frozenset({"gzip", "x-gzip", "deflate"})


class TooLarge(Exception):
    """An answer of more than LARGEST bytes."""


class Broken(ValueError):
    """Bytes that are not what their `Content-Encoding` says, or one we did not ask for."""


def unpacked(data: bytes, encodings: str) -> bytes:
    """Undo the encodings that a `Content-Encoding` names, the last one first.

    Raises: TooLarge, Broken.
    """
    layers = [name for name in (each.strip().lower() for each in encodings.split(",")) if name not in PLAIN]
    if len(layers) > LAYERS or not _ZLIB.issuperset(layers):
        raise Broken
    for _ in layers if data else ():
        data = _inflated(data)
    return data


def _inflated(data: bytes) -> bytes:
    try:
        return _run(data, _ANY_HEAD)
    except zlib.error:
        pass  # some servers' `deflate` has no head
    try:
        return _run(data, _NO_HEAD)
    except zlib.error:
        raise Broken from None


def _run(data: bytes, window: int) -> bytes:
    unpacker = zlib.decompressobj(window)
    found = unpacker.decompress(data, LARGEST + 1)
    if len(found) > LARGEST:
        raise TooLarge
    if not unpacker.eof:
        raise Broken
    return found
