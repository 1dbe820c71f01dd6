"""A user as the kind reads it: the table of fields, and a live user in the words of the declared ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.dates.zones import same_zone
from reconciler.kinds import Field, same_address
from reconciler.model.shapes import mapping, maybe, plain
from reconciler.model.typed import JsonObject

ATTRIBUTES = "customUserAttributes"
FIELDS = (
    Field("email", rank=4, copied=True, same=same_address),
    Field("phone", rank=5, copied=True),
    Field("timezone", rank=6, copied=True, same=same_zone),
    Field("firstName", rank=1, copied=True),
    Field("lastName", rank=2, copied=True),
    Field("credentials", rank=3, copied=True),
    Field("locale", copied=True, beyond=True),
    Field(ATTRIBUTES, "attributes", form=maybe(mapping(plain)), beyond=True),
)
REFERENCE_KEYS = frozenset(("username", *(field.name for field in FIELDS if not field.beyond)))
# Once a person is activated an API client may no longer write these.
FIXED_BY_ACTIVATION = frozenset(("email", "phone", "firstName", "lastName"))


def normalise(fields: JsonObject, declared: JsonObject, field: Callable[[str], Field]) -> dict[str, object]:
    """A live user in the words of the declared fields; whatever spells the same value is spelled alike.

    Missing, null and "" are one; zones are compared by their rules, e-mails without case.
    field: the kind's, by name.
    """
    told: dict[str, object] = {}
    for name, wanted in declared.items():
        value = fields.get(name) or None
        if name == ATTRIBUTES and wanted is not None:
            had = attributes_of(fields)
            told[name] = {key: plain_value(had.get(key)) for key in attributes_of(declared)}
        elif value is not None and wanted is not None and field(name).same(str(value), str(wanted)):
            told[name] = wanted
        else:
            told[name] = value
    return told


def attributes_of(fields: JsonObject) -> JsonObject:
    found = fields.get(ATTRIBUTES)
    return found if isinstance(found, Mapping) else {}


def plain_value(value: object) -> object:
    """An attribute's value: text, or a list of texts whose order means nothing."""
    return sorted(map(str, value)) if isinstance(value, list) else value if value is None else str(value)


def is_kept(name: str, found: JsonObject) -> bool:
    """Whether this service keeps the field at all: the reference knows seven, the live one all."""
    return name in REFERENCE_KEYS or name in found or "userState" in found


def shown(found: JsonObject) -> dict[str, object]:
    return {field.name: found[field.name] for field in FIELDS if found.get(field.name)}


def is_plain(found: JsonObject) -> bool:
    """Whether a live user shows no key beyond the reference's."""
    return set(found) <= REFERENCE_KEYS | {"id"}


def whole(fields: JsonObject, changed: JsonObject) -> dict[str, object]:
    """The body of a PUT: all that the reference knows of a user."""
    known = {name: value for name, value in fields.items() if name in REFERENCE_KEYS}
    return without_none({**known, **changed})


def without_none(fields: JsonObject) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}
