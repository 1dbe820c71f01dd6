"""What differs between two objects, held against one comparison of all of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from deepdiff import DeepDiff
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.diff import at, diff

names = st.sampled_from(["eventTitle", "hostId", "npi", "days"])
plain = (
    st.none() | st.booleans() | st.sampled_from(["", "a", "b"]) | st.lists(st.sampled_from("ab"), max_size=2)
)
values = st.recursive(plain, lambda below: st.dictionaries(names, below, max_size=3), max_leaves=6)
objects = st.dictionaries(names, values, max_size=4)


@given(objects, objects)
@settings(max_examples=300)
def test_fields_differ_where_deepdiff_finds_the_objects_to(before, after):
    shared = {name: before.get(name) for name in after}
    found = DeepDiff(shared, after, view="tree", ignore_order=False)
    steps = (level.path(output_format="list") for levels in found.values() for level in levels)
    expected = {".".join(_names(path)) for path in steps}
    differing = diff(before, after)
    assert [field.path for field in differing] == sorted(expected, key=lambda path: path.split("."))
    for path, was, wanted in differing:
        assert (was, wanted) == (at(before, path.split(".")), at(after, path.split(".")))


def _names(path: list[Any]) -> list[str]:
    """A path up to the first place in a list."""
    places = [place for place, step in enumerate(path) if not isinstance(step, str)]
    return path[: places[0]] if places else path


def test_plain_fields_are_told_without_deepdiff():
    script = (
        "import sys; from reconciler.diff import diff\n"
        "assert diff({'a': 1, 'b': [1], 'c': {}}, {'a': 2, 'b': [2], 'c': {}})\n"
        "assert 'deepdiff' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
