"""Looks up users and patients that other objects name by id."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from reconciler.simulator.store import Store

_AMONG = "id IN (SELECT value FROM json_each(?))"


def users(store: Store, tenant: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Those that exist, by id."""
    return _by_id(store, f"SELECT body FROM users WHERE {_AMONG} AND tenant = ?", ids, tenant)


def patients(store: Store, place: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Those that exist, by id."""
    return _by_id(store, f"SELECT body FROM patients WHERE {_AMONG} AND place = ?", ids, place)


def _by_id(store: Store, sql: str, ids: Iterable[str], where: str) -> dict[str, dict[str, Any]]:
    return {found["id"]: found for found in store.bodies(sql, (json.dumps(sorted(set(ids))), where))}
