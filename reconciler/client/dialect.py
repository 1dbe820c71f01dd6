"""What this service turned out to know: found at run time, remembered for the run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Dialect:
    """Capabilities; None means not known yet. Each is set once, so threads need no lock.

    user_list: `GET /admin/users` exists.
    hours_parameter: the names under which work hours are asked for: psmIds, psm-ids, or both where no
        answer has told them apart yet.
    page_size: the largest size a paged route took.
    event_query: True: events take sort and includeCancelled; False: only what the reference knows.
    records_path: True: `cdts`; False: the reference's `cdt`.
    whole: kinds of which PATCH is not known, so that objects are PUT whole. Set by `apply`.
    external_id: events echo `externalId`. Set by `live` and `apply`.
    rule_type: work hours keep `ruleType`. Set by `live` and `apply`.
    rich: kinds of which the service took or showed keys beyond the reference: a 400 there means something
        else. Set by `live` and `apply`.
    plain: kinds whose bodies go without the keys that the reference doesn't know. Set by `apply`.
    """

    user_list: bool | None = None
    hours_parameter: tuple[str, ...] | None = None
    page_size: int | None = None
    event_query: bool | None = None
    records_path: bool | None = None
    external_id: bool | None = None
    rule_type: bool | None = None
    whole: set[str] = field(default_factory=set)
    rich: set[str] = field(default_factory=set)
    plain: set[str] = field(default_factory=set)
