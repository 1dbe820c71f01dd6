"""Custom data types: their definitions, and how values are coerced by a field's type."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from reconciler.simulator import checks
from reconciler.simulator.checks import Bad
from reconciler.simulator.store import Store

# What the system keeps in every record, before the type's own fields (reference, System Fields).
SYSTEM_FIELDS = {
    "id": "text",
    "created_at": "datetime",
    "created_by": "text",
    "created_by_name": "text",
    "updated_at": "datetime",
    "updated_by": "text",
    "updated_by_name": "text",
    "source_type": "text",
    "source_name": "text",
    "source_id": "text",
    "external_id": "text",
    "external_guid": "text",
}

_DIGITS = re.compile(r"[+-]?\d{1,15}", re.ASCII)


def _name(value: Any) -> str:
    """Letters, digits, hyphens and underscores: a name stands in paths and in SQL."""
    if not checks.filled(value).replace("_", "").replace("-", "").isalnum() or not value.isascii():
        raise Bad(("", "must be made of letters, digits, - and _"))
    return str(value)


def _field_name(value: Any) -> str:
    if _name(value) in SYSTEM_FIELDS:
        raise Bad(("", "is the name of a system field"))
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    checked: int = checks.whole(-(2**53), 2**53)(value)  # what every JSON reader holds exactly
    return checked


def _text(value: Any) -> str:
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    return checks.text(value)


def _date(value: Any) -> str:
    day = checks.text(value)
    return checks.birth_date(f"{day}T00:00:00.000Z" if "T" not in day else day)


def _checkbox(value: Any) -> bool:
    return checks.flag(value) if isinstance(value, str) else checks.boolean(value)


_COERCIONS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "textarea": _text,
    "select": _text,
    "integer": _integer,
    "date": _date,
    "datetime": checks.instant,
    "phone": checks.blank_or(checks.phone),
    "email": checks.blank_or(checks.email),
    "checkbox": _checkbox,
}

_OPTION = checks.shape({"value": checks.filled}, {"label": checks.text}, "refuse")
_FIELD = checks.shape(
    {"name": _field_name, "type": checks.one_of(*_COERCIONS)},
    {
        "label": checks.text,
        "required": checks.boolean,
        "multiple": checks.boolean,
        "options": checks.listed(_OPTION),
        "bulkEdit": checks.boolean,
        "phi": checks.boolean,
    },
    "refuse",
)
# A type as a seed file writes it.
DEFINITION = checks.shape(
    {"name": _name, "fields": checks.listed(_FIELD)},
    {
        "title": checks.text,
        "type": checks.one_of("MULTI_RECORD", "SINGLE_RECORD"),
        "version": checks.whole(1, 10_000),
        "readable": checks.boolean,
        "updatable": checks.boolean,
    },
    "refuse",
)

# The type the reference's examples are about: every instance has it until a seed defines its own.
_VITALS = {
    "name": "vitals",
    "title": "Vitals",
    "version": 5,
    "fields": [{"name": name, "type": "integer"} for name in ("blood_sugar", "systolic", "diastolic")],
}


def named(store: Store, place: str, name: str) -> dict[str, Any] | None:
    found = store.body("SELECT body FROM cdts WHERE place = ? AND name = ?", (place, name))
    return found or (formation(place, _VITALS) if name == "vitals" else None)


def all_of(store: Store, place: str) -> list[dict[str, Any]]:
    found = store.bodies("SELECT body FROM cdts WHERE place = ? ORDER BY name", (place,))
    return found if any(each["name"] == "vitals" for each in found) else [*found, formation(place, _VITALS)]


def save(store: Store, place: str, definition: dict[str, Any]) -> None:
    body = json.dumps(formation(place, definition))
    store.write("INSERT OR REPLACE INTO cdts VALUES (?, ?, ?)", (place, definition["name"], body))


def formation(place: str, definition: dict[str, Any]) -> dict[str, Any]:
    """A definition in the shape the service gives, system fields first."""
    system = [_field({"name": name, "type": kind}, editable=False) for name, kind in SYSTEM_FIELDS.items()]
    return {
        "id": str(uuid5(NAMESPACE_URL, f"welkin:{place}/cdts/{definition['name']}")),
        "name": definition["name"],
        "title": definition.get("title", definition["name"]),
        "label": definition.get("title", definition["name"]),
        "version": definition.get("version", 1),
        "internal": definition["name"].startswith("_"),
        "readable": definition.get("readable", True),
        "updatable": definition.get("updatable", True),
        "type": definition.get("type", "MULTI_RECORD"),
        "relation": "PATIENT",
        "fields": [*system, *(_field(each, editable=True) for each in definition["fields"])],
        "_containsPHI": any(each.get("phi", False) for each in definition["fields"]),
    }


def _field(field: dict[str, Any], *, editable: bool) -> dict[str, Any]:
    return {
        "name": field["name"],
        "label": field.get("label", field["name"]),
        "type": field["type"],
        "editable": editable,
        "valueType": field["type"],
        "displayType": field["type"],
        "bulkEdit": editable and field.get("bulkEdit", True),
        "phi": field.get("phi", False),
        "searchable": False,
        "disable": False,
        "formula": None,
        "dictionary": None,
        "meta": {
            "required": field.get("required", False),
            "options": field.get("options", []),
            "multiple": field.get("multiple", False),
        },
    }


def editable_fields(cdt: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The type's own fields, by name."""
    return {field["name"]: field for field in cdt["fields"] if field["editable"]}


def coercion(field: dict[str, Any]) -> checks.Check:
    """Checks a value of this field and gives it the field's type: the reference sends "200" and reads 200."""
    one = _COERCIONS[field["type"]]
    allowed = [option["value"] for option in field["meta"]["options"]]

    def chosen(value: Any) -> Any:
        coerced = one(value)
        return checks.one_of(*allowed)(coerced) if field["type"] == "select" and allowed else coerced

    check = checks.listed(chosen) if field["meta"]["multiple"] else chosen
    return check if field["meta"]["required"] else checks.nullable(check)
