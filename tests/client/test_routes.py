"""Paths, queries and encoding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from reconciler import routes
from reconciler.errors import UsageError
from reconciler.model import Request

SCOPE = routes.Scope("gh", "sb-demo")


def test_timestamps_are_utc_with_three_digits_and_z():
    noon = datetime(2026, 12, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-8)))
    assert routes.stamp(noon) == "2026-12-01T20:00:00.123Z"
    assert routes.stamp(datetime(2026, 12, 1, tzinfo=UTC)) == "2026-12-01T00:00:00.000Z"


def test_queries_keep_commas_and_colons_and_encode_the_rest():
    request = Request("GET", "/a", {"psmIds": "a,b", "from": "T00:00", "email": "a+b@c.example&x=1"})
    assert routes.target(request) == "/a?psmIds=a,b&from=T00:00&email=a%2Bb%40c.example%26x%3D1"
    assert routes.target(Request("GET", "/a")) == "/a"


@pytest.mark.parametrize("name", ["", ".", "..", "a\nb", "\udc80"])
def test_a_name_that_would_change_the_route_is_refused(name):
    with pytest.raises(UsageError, match="cannot be a name or an id"):
        routes.delete_user(SCOPE, name)


def test_only_gets_and_the_patient_filter_are_reads():
    assert routes.is_read(routes.read_user(SCOPE, "johndoe"))
    assert routes.is_read(routes.filter_patients(SCOPE, {}, size=100))
    assert not routes.is_read(routes.create_user(SCOPE, {}))
    assert not routes.is_read(routes.delete_event(SCOPE, "1"))
