"""Keywords that judge which keys a mapping has: those it needs, and which of several forms it is of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from reconciler.errors.nearest import nearest
from reconciler.manifest.judging import SOUND, Flaws, Judge, Part, Reader, Schema, flaw

EXCLUSIVE = "more than one of"  # `oneOf`, where several of them fit


def required(names: Sequence[str], schema: Schema, reader: Reader) -> Judge:
    needed = frozenset(names)

    def judge(instance: object) -> Flaws:
        if not isinstance(instance, dict) or instance.keys() >= needed:
            return SOUND
        there = {*instance, *_misspelt(instance, schema)}
        return [flaw(f"`{name}` is missing") for name in names if name not in there]

    return judge


def dependent_required(needs: Mapping[str, Sequence[str]], schema: Schema, reader: Reader) -> Judge:
    def judge(instance: object) -> Flaws:
        there = instance if isinstance(instance, dict) else {}
        return [
            flaw(f"`{name}` is missing: `{key}` needs it")
            for key, names in needs.items()
            if key in there
            for name in names
            if name not in there
        ]

    return judge


def one_of(branches: Sequence[Schema], schema: Schema, reader: Reader) -> Judge:
    branches = [branch for branch in branches if "required" in branch]  # another one is for what has no keys

    def judge(instance: object) -> Flaws:
        if not isinstance(instance, dict):
            return SOUND  # branches tell mappings apart; another type has been reported
        fits = [branch for branch in branches if _fits(branch, instance)]
        if len(fits) > 1:
            keys = [key for branch in fits for key in branch.get("required", ())[:1]]
            advice = schema.get("exclusive", "write one of them")
            return [flaw(f"{listed(keys)} exclude each other: {advice}", validator=EXCLUSIVE)]
        return SOUND if fits else _meant(branches, instance, schema)

    return judge


def any_of(branches: Sequence[Schema], schema: Schema, reader: Reader) -> Judge:
    def judge(instance: object) -> Flaws:
        if isinstance(instance, dict) and not any(_fits(branch, instance) for branch in branches):
            return _meant(branches, instance, schema)
        return SOUND

    return judge


def if_(test: Schema, schema: Schema, reader: Reader) -> Judge:
    """What stands under `then` or `else`, which speaks of the keys of the schema around it."""
    branches, tests = cast(Mapping[str, Schema], schema), test.get("anyOf", [test])
    then, otherwise = (Part(branches.get(name, {}), reader, around=schema) for name in ("then", "else"))

    def judge(instance: object) -> Flaws:
        holds = not isinstance(instance, dict) or any(_fits(branch, instance) for branch in tests)
        return (then if holds else otherwise).flaws(instance)

    return judge


def _fits(branch: Schema, instance: Mapping[str, object]) -> bool:
    """Whether a mapping is of a branch: those of our schemas say what is `required`, and nothing else."""
    return instance.keys() >= set(branch["required"])


def _meant(branches: Sequence[Schema], instance: Iterable[str], schema: Schema) -> Flaws:
    """What the branch that was meant, by the keys there are, still needs; between several, what decides."""
    present = {*instance, *_misspelt(instance, schema)}
    missing = [[key for key in branch.get("required", ()) if key not in present] for branch in branches]
    shared = [
        len(branch.get("required", ())) - len(keys) for branch, keys in zip(branches, missing, strict=True)
    ]
    likely = [keys for keys, count in zip(missing, shared, strict=True) if count == max(shared)]
    if len(likely) == 1:
        return [flaw(f"`{key}` is missing") for key in likely[0]]
    said = f"one of {listed([keys[0] for keys in likely])} is missing"
    return [flaw(said)] if all(likely) else []


def _misspelt(instance: Iterable[str], schema: Schema) -> set[str]:
    """The known keys that unknown ones were probably meant to be: they needn't be called missing as well."""
    known = schema.get("properties")
    if not known:
        return set()
    return {close for key in instance if key not in known and (close := nearest(key, list(known)))}


def listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
