"""Whatever stands in a manifest: lines with places, never a trace of our own insides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import HEAD, NOW, Workspace
from tests.support.cli import run
from tests.support.examples import examples
from tests.support.service import Service

ONE = HEAD + "events: {x: {title: A, host: j, starts: 2026-12-01T09:00"
ODD = {
    "empty": "",
    "a-list": "[]",
    "half-a-head": "tenant: gh\n",
    "tenant-list": "tenant: [gh]\n",
    "users-list": HEAD + "users: []\n",
    "user-empty": HEAD + "users: {johndoe: }\n",
    "user-list": HEAD + "users: {johndoe: [a]}\n",
    "email-list": HEAD + "users: {johndoe: {email: [x]}}\n",
    "clear-text": HEAD + "users: {johndoe: {clear: phone}}\n",
    "clear-and-set": HEAD + "users: {johndoe: {clear: [phone], phone: +15552009845}}\n",
    "hours-mapping": HEAD + "workHours: {johndoe: {}}\n",
    "hours-empty-entry": HEAD + "workHours: {johndoe: [{}]}\n",
    "hours-no-days": HEAD + "workHours: {johndoe: [{from: 2026-12-01}]}\n",
    "hours-days-empty": HEAD + "workHours: {johndoe: [{from: 2026-12-01, days: {}}]}\n",
    "hours-no-such-day": HEAD + "workHours: {johndoe: [{from: 2026-02-30, days: {mon: 09:00-10:00}}]}\n",
    "hours-ends-first": HEAD
    + "workHours: {johndoe: [{from: 2026-12-01, to: 2026-11-01, days: {mon: 09:00-10:00}}]}\n",
    "hours-9-10": HEAD + "workHours: {johndoe: [{from: 2026-12-01, days: {mon: 9-10}}]}\n",
    "override-at-night": HEAD
    + "workHours: {johndoe: [{override: x, from: 2026-12-01, days: {mon: 22:00-06:00}}]}\n",
    "rotation-empty": HEAD
    + "workHours: {johndoe: [{from: 2026-12-01, rotation: {weeks: [], starts: 2026-12-01}}]}\n",
    "template-undeclared": HEAD + "workHours: {johndoe: [{template: x, from: 2026-12-01}]}\n",
    "template-empty": HEAD + "templates: {t: {}}\nworkHours: {johndoe: [{template: t, from: 2026-12-01}]}\n",
    "event-endless": ONE + "}}\n",
    "event-no-time": HEAD + "events: {x: {title: A, host: j, starts: 2026-12-01, duration: 30m}}\n",
    "event-unknown-host": ONE + ", duration: 30m}}\n",
    "event-hourly": ONE + ", duration: 30m, repeat: 'FREQ=HOURLY'}}\n",
    "event-xyz": ONE + ", duration: 30m, repeat: {every: week, on: xyz}}}\n",
    "event-in-gap": HEAD + "events: {x: {title: A, host: j, starts: 2027-03-14T02:30, duration: 30m}}\n",
    "event-two-ends": ONE + ", ends: 08:00, duration: 30m}}\n",
    "event-change-misses": ONE + ", duration: 30m, change: {2026-12-09: cancelled}}}\n",
    "leave-backwards": HEAD + "leave: {johndoe: [2026-12-05..2026-12-01]}\n",
    "leave-list": HEAD + "leave: [gh]\n",
    "swaps-mapping": HEAD + "swaps: {on: 2027-02-02, between: [ann, cat]}\n",
    "closures-mapping": HEAD + "closures: {on: 2027-02-02, name: Inventory}\n",
    "records-mapping": HEAD + "demoData: true\nrecords: {a: {b: c}}\n",
    "rule-every-list": ONE + ", duration: 30m, repeat: {every: [day]}}}\n",
    "include-escapes": HEAD + "include: ../../../../etc/passwd\n",
    "include-nothing": HEAD + "include: nothing-*.yaml\n",
    "include-itself": HEAD + "include: env.yaml\n",
    "vars-undefined": HEAD + "vars: {a: $(b)}\nusers: {johndoe: {lastName: $(a)}}\n",
    "alias": HEAD + "users: &x {johndoe: {email: a@b.co}}\nworkHours: *x\n",
    "tag": HEAD + "users: !!python/object:os.system {}\n",
    "renamed-nothing": HEAD + "renamed: {event/a: event/b}\nprotect: ['event/*']\n",
    "tab": "\ttenant: gh\n",
    "two-documents": HEAD + "---\n" + HEAD,
    "unfinished": HEAD + "users: {johndoe: {email: 'unfinished}}\n",
    "horizon-far": HEAD + "horizon: 9000 weeks\n",
    "zone-unknown": HEAD.replace("America/Los_Angeles", "Mars/Olympus"),
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_manifests_give_lines_with_places_or_pass(
    workspace: Workspace, service: Service, text: str
) -> None:
    workspace.at(service).write(text, head="")
    for done in (run("validate", "env.yaml", "--now", NOW, cwd=workspace.folder), workspace.run("plan")):
        assert done.code in (0, 1), done
        if done.code == 1:
            assert done.stdout == ""
            assert all(line.startswith("env.yaml:") for line in done.stderr.splitlines()), done.stderr
    assert not service.writes()


def test_bytes_that_are_no_text_are_told(workspace: Workspace) -> None:
    (workspace.folder / "env.yaml").write_bytes(b"\xff\xfe\x00t\x00e")
    done = workspace.run("plan")
    assert done.code == 1
    assert "UTF-8" in done.stderr


_KEYS = """
tenant instance owner timezone users workHours events leave johndoe email clear ensure from to days mon-fri
override rotation weeks starts title host duration ends repeat every on until except also change participants
user patient externalId allDay horizon limits deletes protect prune renamed vars include
shifts rotations cycle offset E N x teams team closures roster swaps between
"""
_TEXTS = """
gh sb-demo staffing UTC America/Los_Angeles johndoe a@b.co phone absent 2026-12-01 2026-12-01T09:00
09:00-17:00 22:00-06:00
off week 30m FREQ=WEEKLY;BYDAY=MO FREQ=MONTHLY;BYMONTHDAY=31 tue,thu cancelled true false no 1e3
2026-03-08T02:30 24:00 00:00-24:00 -1 99999999999 event/x ../x.yaml $(x) x
E . - 07:00-07:00
"""
_ROWS = ("E E N . . . .", "- E 09:00-17:00", "E N", "off E E E E E Q", "1 week", "3 days", "x")
_keys = st.sampled_from(_KEYS.split())
_texts = st.sampled_from(_TEXTS.split()) | st.sampled_from(_ROWS) | st.text(max_size=12)
_values = st.recursive(
    _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)
_well_meant = st.fixed_dictionaries(
    {"tenant": st.just("gh"), "instance": st.just("sb-demo"), "timezone": st.just("America/Los_Angeles")},
    optional={
        "users": st.dictionaries(st.just("johndoe"), _values),
        "workHours": st.dictionaries(
            st.just("johndoe"), st.lists(st.dictionaries(_keys, _values, max_size=4), max_size=3)
        ),
        "events": st.dictionaries(
            st.sampled_from(["x", "y"]),
            st.fixed_dictionaries(
                {"title": _texts, "host": st.just("johndoe"), "starts": _texts},
                optional={"duration": _texts, "ends": _texts, "repeat": _values, "except": _values,
                          "also": _values, "change": _values, "participants": _values, "allDay": _texts},
            ),
        ),
        "leave": _values,
        "shifts": st.dictionaries(st.sampled_from(["E", "N"]), _values),
        "rotations": st.dictionaries(
            st.just("x"), st.dictionaries(st.sampled_from(["starts", "weeks", "cycle"]), _values)
        ),
        "teams": st.dictionaries(st.sampled_from(["x", "y"]), _values),
        "roster": st.dictionaries(
            st.sampled_from(["2027-W05", "2027-W60", "2027-02-07"]),
            st.dictionaries(st.just("johndoe"), _values),
        ),
        "swaps": st.lists(st.dictionaries(_keys, _values, max_size=4), max_size=2),
        "closures": st.lists(st.dictionaries(_keys, _values, max_size=4), max_size=2),
    },
)  # fmt: skip


@settings(examples(150), suppress_health_check=[*HealthCheck])
@given(_well_meant | st.dictionaries(_keys, _values, max_size=5))
def test_no_manifest_is_an_internal_error(tmp_path: Path, content: Any) -> None:
    (tmp_path / "env.yaml").write_text(json.dumps(content, ensure_ascii=True), encoding="utf-8")
    done = run("validate", "env.yaml", "--now", NOW, cwd=tmp_path)
    assert done.code in (0, 1)
    assert "Traceback" not in done.stderr
