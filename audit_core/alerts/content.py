"""What a message says: one for everything that is to be told at once, whatever its length would be.

Made once, sealed with the message, and sent again as it was where it may not have arrived.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from audit_core.alerts.due import Due, held_until
from audit_core.alerts.messages import How, Item
from audit_core.alerts.notice import SEVERITIES, Notice
from audit_core.alerts.targets import Target
from audit_core.delivery.letter import plain_line
from audit_core.settings import Settings

MOST: Final = 20
"""So many notices a message tells; of the others it says how many they are."""

_FACTS: Final = 5
_LONGEST: Final = 400
_TITLE: Final = 120


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as a message tells it. `advice`: what to do. `url`: where to look."""

    number: int
    how: str
    kind: str
    key: str
    severity: str
    sentence: str
    facts: tuple[str, ...]
    advice: str
    since: str
    url: str


@dataclass(frozen=True, slots=True)
class Content:
    """A message. `more`: notices beyond `lines`. `url`: the page Alerts. `system`: how this installation is called."""

    title: str
    intro: str
    lines: tuple[Line, ...]
    more: int
    url: str
    system: str

    def to_json(self) -> dict[str, Any]:
        """As its event holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Content":
        """From what `to_json` gave."""
        lines = tuple(Line(**{**each, "facts": tuple(each["facts"])}) for each in said["lines"])
        return cls(**{**said, "lines": lines})


def content_of(
    due: Due, notices: Mapping[int, Notice], advice: Mapping[str, str], settings: Settings, now: datetime
) -> Content:
    """What is due, as a message. `advice`: kind of notice → what to do."""
    system, page = plain_line(settings.system.name), page_url(settings, "alerts", {})
    if due.held:
        told = f"{due.held:,} more held back"
        intro = (
            f"More than {settings.alerts.per_hour:,} messages went out to you within an hour, so {due.held:,} more "
            "notices wait until there is room again. All of them stand on the page."
        )
        return Content(f"[{system}] {told}", intro, (), 0, page, system)
    lines = tuple(_line(item, notices[item.number], advice, settings) for item in due.items[:MOST])
    return Content(
        _title(system, due.items, lines), _intro(due.items, notices, settings, now), lines,
        len(due.items) - len(lines), page, system,
    )  # fmt: skip


def trial_content(settings: Settings, who: str) -> Content:
    """A message that only shows that the way is open."""
    system = plain_line(settings.system.name)
    intro = f"{who} asked for this message, to see whether notices arrive here. Nothing is wrong."
    return Content(f"[{system}] Test", intro, (), 0, page_url(settings, "alerts", {}), system)


def key_of(target: Target, items: Sequence[Item], held: int, now: datetime) -> str:
    """What all tries of one message have in common, and no other message has."""
    told = [target.name, [item.to_json() for item in items], held, now.isoformat()]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:40]


def page_url(settings: Settings, page: str, query: Mapping[str, Sequence[str]]) -> str:
    """The address of a page of the app."""
    dashboard = settings.dashboard
    base = settings.alerts.app_url or f"http://{dashboard.host}:{dashboard.port}"
    asked = urlencode({name: list(values) for name, values in query.items()}, doseq=True)
    return f"{base.rstrip('/')}/{page}{'?' if asked else ''}{asked}"


def text_of(content: Content, *, again: bool) -> str:
    """The message as plain text."""
    said = [AGAIN, ""] if again else []
    said += [content.intro, ""] if content.intro else []
    for line in content.lines:
        said += [f"{head_of(line)} {line.sentence}", *(f"  - {fact}" for fact in line.facts)]
        said += [f"  What to do: {line.advice}", f"  {line.url}", ""] if line.advice else [f"  {line.url}", ""]
    if content.more:
        said += [f"and {content.more:,} more:", ""]
    return "\n".join([*said, content.url, "", content.system, ""])


AGAIN: Final = "This message may have come before: it is not known whether it arrived."


def head_of(line: Line) -> str:
    """How a line begins: `[HIGH]`, or what else is said of it."""
    word = {How.NEW: "", How.WORSE: ", worse than before", How.PASSED: ", came and went", How.GONE: ", resolved",
            How.ESCALATED: ", not acknowledged"}[How(line.how)]  # fmt: skip
    return f"[{line.severity}{word}]"


def _line(item: Item, notice: Notice, advice: Mapping[str, str], settings: Settings) -> Line:
    found, over = notice.found, item.how in (How.GONE, How.PASSED)
    since = (found.since or notice.raised_at).astimezone(settings.zone)
    sentence = f"{found.sentence} {notice.why}" if over and notice.why else found.sentence
    return Line(
        item.number, item.how.value, found.kind, found.key, item.severity, _short(sentence),
        () if over else tuple(map(_short, found.facts[:_FACTS])), "" if over else advice.get(found.kind, ""),
        since.isoformat(timespec="minutes"), page_url(settings, found.page, found.query),
    )  # fmt: skip


def _title(system: str, items: Sequence[Item], lines: Sequence[Line]) -> str:
    if len(items) == 1:
        told = f"{head_of(lines[0])[1:-1]}: {lines[0].sentence}"
    else:
        by_how = Counter(item.how for item in items)
        grave = Counter(item.severity for item in items if item.how is not How.GONE)
        told = ", ".join(f"{count:,} {how}" for how, count in by_how.items())
        told += "".join(f", {grave[each]:,} {each}" for each in reversed(SEVERITIES[2:]) if grave[each])
    line = plain_line(f"[{system}] {told}")
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1]}…"


def _intro(items: Sequence[Item], notices: Mapping[int, Notice], settings: Settings, now: datetime) -> str:
    """How many of these waited for the end of quiet hours."""
    waited = sum(
        item.how in (How.NEW, How.PASSED)
        and held_until(notices[item.number], settings, notices[item.number].raised_at) is not None
        for item in items
    )
    if not waited:
        return ""
    which = "These" if waited == len(items) else f"{waited:,} of these"
    return f"{which} came in quiet hours, {now.astimezone(settings.zone):%a %H:%M} is the first moment after them."


def _short(text: str) -> str:
    line = plain_line(text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
