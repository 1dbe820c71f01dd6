"""What an answer may hold, so that whatever works with it need not fear it."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.client import json_text
from reconciler.client.events import page_of
from reconciler.client.json_text import DEEPEST, decoded
from reconciler.errors import NoAnswer
from reconciler.kinds.event.bodies import ELEMENT_KEYS
from reconciler.kinds.event.reads import KEPT
from reconciler.model import Request
from reconciler.model.typed import Participant

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(PLAIN, st.booleans())
def test_json_is_read_as_the_standard_library_does(value: Any, escaped: bool) -> None:
    assert decoded(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(st.text(alphabet=st.characters(), max_size=20) | st.text(alphabet='\ud83d\ude00\udfff\ud800x\\"[]{}'))
def test_any_text_can_be_encoded_and_only_halves_of_pairs_are_replaced(text: str) -> None:
    found = decoded(json.dumps([text]).encode())[0]
    assert found == re.sub("[\ud800-\udfff]", "\ufffd", json.loads(json.dumps(text)))
    found.encode()


HOSTILE = {
    "deep lists": b"[" * 200 + b"]" * 200,
    "deep objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "deep behind brackets in texts": b'["]]]]}}}}", ' * 65 + b"1" + b"]" * 65,
    "deeper than Python": b"[" * 100_000 + b"]" * 100_000,
    "never closed": b"[" * 100_000,
    "a number of 5,000 digits": b"[" + b"9" * 5000 + b"]",
    "infinity": b"[Infinity]",
    "nan": b"[NaN]",
    "a number beyond floats": b"[1e999]",
    "half a surrogate pair in bytes": b'["\xed\xa0\x80"]',
    "no utf-8": b'["\xff"]',
    "two documents": b"[] []",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_answer_is_one_clear_line(service: Any, client: Any, body: bytes) -> None:
    service.replies((200, body))
    with pytest.raises(NoAnswer, match=r"^GET /gh/x: 200 with something that is not JSON") as caught:
        client.send(Request("GET", "/gh/x"))
    assert caught.value.__cause__ is None and len(str(caught.value)) < 300


def test_as_many_levels_as_allowed_and_any_brackets_in_texts_are_fine() -> None:
    for body in (b"[" * DEEPEST + b"]" * DEEPEST, b'["' + b"[{" * 1000 + b'"]'):
        assert decoded(body) == json.loads(body)


def test_many_small_values_are_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "SMALL", 100)
    monkeypatch.setattr(json_text, "MOST_VALUES", 1000)
    assert len(decoded(b"[" + b"1," * 900 + b"1]")) == 901
    with pytest.raises(ValueError, match="too many values"):
        decoded(b"[" + b"{}," * 900 + b"1]")


PAGE = page_of(KEPT)
EVENT: dict[str, Any] = {
    "id": "e1", "startDateTime": "2026-12-01T17:00:00.000Z", "hostId": "h", "duration": 1800,
    "additionalInfo": {"remarks": "😀", "attachment": [1e5, 10**30]}, "localStartDateTime": None,
    "participants": [{"participantId": "h", "participantRole": "psm", "firstName": "Ann", "id": "p1"}],
}  # fmt: skip


def paged(*events: Any) -> dict[str, Any]:
    return {"content": [*events], "last": True, "totalElements": len(events)}


ODD: dict[str, Any] = {
    "a page": {**paged(EVENT, EVENT), "size": 2},
    "an empty one": paged(),
    "no total": {"content": [EVENT]},
    "a list": [EVENT],
    "one in another": {"data": paged(EVENT)},
    "no participants": paged({**EVENT, "participants": None}),
    "odd participants": paged({**EVENT, "participants": ["h"]}),
    "an odd role": paged({**EVENT, "participants": [{"participantId": "h", "participantRole": 1}]}),
    "an odd flag": paged(EVENT, {**EVENT, "allDayEvent": 1}),
    "an odd title": paged({**EVENT, "eventTitle": 7}),
    "no object": paged(None),
    "null": None,
    "deep": paged({**EVENT, "additionalInfo": {"remarks": json.loads("[" * 40 + "]" * 40)}}),
}


@pytest.mark.parametrize("page", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("escaped", [False, True])
def test_what_a_form_names_is_read_as_if_all_was(page: Any, coding: str, escaped: bool) -> None:
    body = json.dumps(page, ensure_ascii=escaped).encode(coding)
    assert named(decoded(body, PAGE)) == named(decoded(body))


def named(page: Any) -> Any:
    """A page with the keys alone that somebody reads; as it is, where it is no page of events."""
    try:
        events = [{key: value for key, value in each.items() if key in KEPT}
                  for each in page["content"]]  # fmt: skip
        for event in events:
            event["participants"] = [
                {key: value for key, value in each.items() if key in Participant.__annotations__}
                for each in event["participants"]
            ]
    except (TypeError, AttributeError, KeyError):
        return page
    return {key: value for key, value in page.items() if key in ("content", "last", "totalElements")} | {
        "content": events
    }


def test_half_a_pair_is_replaced_in_what_a_form_names() -> None:
    assert decoded(b'{"content": [{"eventTitle": "\\ud800"}]}', PAGE) == {
        "content": [{"eventTitle": "\ufffd"}]
    }


def test_what_no_form_names_is_not_kept() -> None:
    (event, _), *_ = decoded(json.dumps(ODD["a page"]).encode(), PAGE).values()
    assert "duration" not in event and "firstName" not in event["participants"][0]


def test_all_that_is_sent_of_who_takes_part_is_read() -> None:
    assert set(ELEMENT_KEYS) <= Participant.__annotations__.keys()


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_read_of_a_page_is_not_hostile(body: bytes) -> None:
    with pytest.raises(ValueError):
        decoded(json.dumps(paged({"eventTitle": 1})).encode().replace(b"1", body, 1), PAGE)


@pytest.mark.parametrize("claims", [{"exp": 10**400}, {"exp": 1e308, "iat": -1e308}, {"exp": True}])
def test_an_absurd_life_of_a_token_is_a_long_one(service: Any, client: Any, claims: dict[str, Any]) -> None:
    middle = base64.urlsafe_b64encode(json.dumps({"iat": 0, **claims}).encode()).decode()
    service.token = lambda call: (200, {"token": f"a.{middle}.c"})
    service.replies((200, []))
    assert client.send(Request("GET", "/gh/x")) == []
