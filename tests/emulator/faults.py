"""Rules that spoil answers: which request, when, how often, and in what way."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from tests.emulator.state import Json

# no answer of the tenant is asked for
INSTEAD = ("rate", "api", "html", "redirect", "hang_before", "reset", "eof")
# the answer is right, what arrives is not
WIRE = ("hang_body", "drip", "truncate_len", "truncate_chunk", "truncate_json", "bad_gzip", "bad_utf8")
# the answer is changed
PAYLOAD = (
    "nan", "huge_int", "dup_rows", "dup_cells", "dup_titles", "missing_cells", "extra_cells", "unknown_enum",
    "unknown_field", "unknown_object_type", "string_ids", "string_version", "numeric_dates", "version_back",
    "stale_list", "empty_rows", "partial_rows",
)  # fmt: skip
# something about the request or the tenant is changed
AROUND = ("stale_version", "mutate_during_paging", "skew", "token_flip")
KINDS = frozenset({*INSTEAD, *WIRE, *PAYLOAD, *AROUND})

When = str | int | float | tuple[float, float]


@dataclass(slots=True)
class Fault:
    """A rule. `match` is searched in "METHOD /path" (without `/2.0` and query).

    `when`: "always"; a whole number n, from the n-th matching request on (once, unless `times` says more); a fraction,
    the probability; (a, b), virtual seconds after the rule was added. `times`: how often at most.
    """

    kind: str
    match: str = ""
    when: When = "always"
    times: int | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    seen: int = 0  # matching requests
    fired: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault {self.kind}")
        re.compile(self.match)
        if isinstance(self.when, int) and self.times is None:
            self.times = 1

    @classmethod
    def read(cls, rule: Json) -> "Fault":
        """A rule from JSON, where a window is a list."""
        when = rule.get("when", "always")
        return cls(**{**rule, "when": tuple(when) if isinstance(when, list) else when})

    def number(self, name: str, default: float) -> float:
        """An argument that is a number."""
        return float(self.args.get(name, default))

    def as_dict(self) -> Json:
        """The rule as JSON."""
        rule = {"kind": self.kind, "match": self.match, "when": self.when, "times": self.times}
        return {**rule, "args": dict(self.args), "seen": self.seen, "fired": self.fired}


class Faults:
    """The rules in force."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._dice = Random(seed)
        self._rules: list[tuple[Fault, datetime | None]] = []

    def add(self, fault: Fault | str, match: str = "", *, at: datetime | None = None, **rest: Any) -> Fault:
        """Put a rule into force: `add(Fault("rate", "GET /sheets$"))` or `add("rate", "GET /sheets$", times=2)`.

        `at`: the virtual time from which a window counts; by default the time of the first request after this.
        """
        rule = fault if isinstance(fault, Fault) else Fault(fault, match, **rest)
        with self._lock:
            self._rules.append((rule, at))
        return rule

    def clear(self) -> None:
        """No rule any more."""
        with self._lock:
            self._rules.clear()

    def rules(self) -> list[Fault]:
        """All rules."""
        with self._lock:
            return [rule for rule, _ in self._rules]

    def strike(self, method: str, path: str, now: datetime) -> list[Fault]:
        """The rules that hit this request."""
        with self._lock:
            self._rules = [(rule, at or now) for rule, at in self._rules]
            return [rule for rule, at in self._rules if self._hits(rule, f"{method} {path}", (now, at or now))]

    def _hits(self, rule: Fault, line: str, times: tuple[datetime, datetime]) -> bool:
        if not re.search(rule.match, line):
            return False
        rule.seen += 1
        if rule.times is not None and rule.fired >= rule.times:
            return False
        match rule.when:
            case tuple():
                hit = rule.when[0] <= (times[0] - times[1]).total_seconds() < rule.when[1]
            case bool() | str():
                hit = True
            case int():
                hit = rule.seen >= rule.when
            case _:
                hit = self._dice.random() < rule.when
        rule.fired += hit
        return hit
