"""Objects of a service that nobody has asked: what manifests would have made there. No kind."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid5

from reconciler.model import Key, Ref

_OURS = UUID("8f4ad2f0-52b5-4c55-9b2c-0e6a7c1c9b11")


def supposed_id(key: Key) -> str:
    """The id of an object of such a service: always the same one for a key, and nobody else's."""
    return str(uuid5(_OURS, str(key)))


def settled(value: object) -> object:
    """A request's body as it is sent there, ids in place of references."""
    if isinstance(value, Ref):
        return supposed_id(value.key)
    if isinstance(value, Mapping):
        return {name: settled(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [settled(item) for item in value]
    return value
