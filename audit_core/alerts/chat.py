"""Slack and Teams, by apprise: it knows how each wants a message, and says yes or no."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from audit_core.alerts.content import AGAIN, Content, head_of
from audit_core.alerts.targets import SLACK, Target
from audit_core.delivery.answers import Answer, Verdict, quoted
from audit_core.errors import ConfigError

CHAT_URLS: Final = {"slack": "REDLINE_SLACK_WEBHOOK_URL", "teams": "REDLINE_TEAMS_WEBHOOK_URL"}
"""The variables of the environment that hold the address of each, which is a secret."""

_MOST: Final = 3_500
_CONNECT_S: Final = 10.0
_READ_S: Final = 30.0


class Chat:
    """Slack or Teams, by apprise. It says yes or no: after a no without a status, the message may have arrived."""

    def __init__(self, target: Target, url: str) -> None:
        self._target, self._secrets = target, (url, *(part for part in url.split("/") if len(part) > 6))
        self._plugin = _plugin(target, url)

    def open(self) -> None:
        """There is no session to open."""

    def send(self, _key: str, content: Content, _now: datetime, *, again: bool) -> Answer:
        from apprise import NotifyFormat, NotifyType  # noqa: PLC0415  (only where a chat is written to)

        with _overheard() as heard:
            done = self._plugin.notify(
                body=chat_text(content, again=again), title=content.title, notify_type=NotifyType.WARNING,
                body_format=NotifyFormat.TEXT,
            )  # fmt: skip
        name = "Slack" if self._target.channel == SLACK else "Teams"
        if done:
            return Answer(Verdict.ACCEPTED, f"{name} took it.")
        said = quoted(" ".join(heard) or "no reason was given", self._secrets)
        if "error=" in said:
            return Answer(Verdict.LATER, f"{name} refused it: {said}", stops=True)
        return Answer(Verdict.UNCLEAR, f"{name} gave no answer, it may have it: {said}", stops=True)

    @property
    def stopped_early(self) -> bool:
        return False


def chat_text(content: Content, *, again: bool) -> str:
    """The message for a chat: short, so that it stays one."""
    said = [AGAIN] if again else []
    said += [content.intro] if content.intro else []
    left = content.more
    for place, line in enumerate(content.lines):
        facts = "".join(f"\n- {fact}" for fact in line.facts)
        told = f"{head_of(line)} {line.sentence}{facts}\n{line.url}"
        if sum(map(len, said)) + len(told) > _MOST:
            left += len(content.lines) - place
            break
        said.append(told)
    said += [f"and {left:,} more"] if left else []
    return "\n\n".join([*said, content.url])


def _plugin(target: Target, url: str) -> Any:
    """The plugin of apprise for an address as Slack or Teams give it. Raises ConfigError for another."""
    from apprise import AppriseAsset, PersistentStoreMode  # noqa: PLC0415  (likewise)
    from apprise.plugins.slack import NotifySlack  # noqa: PLC0415
    from apprise.plugins.workflows import NotifyWorkflows  # noqa: PLC0415

    plugin: Any = NotifySlack if target.channel == SLACK else NotifyWorkflows
    with _overheard():
        found = plugin.parse_native_url(url)
        if found is None:
            name = CHAT_URLS[target.channel]
            raise ConfigError(f"{name} holds what is no address of a webhook of {target.channel.capitalize()}.")
        if target.channel == SLACK and target.to.startswith(("#", "@")):
            found["targets"] = [target.to]
        found |= {"cto": _CONNECT_S, "rto": _READ_S, "redirect": "no"}
        asset = AppriseAsset(app_id="Redline", storage_mode=PersistentStoreMode.MEMORY, secure_logging=True)
        return plugin(**found, asset=asset)


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What apprise would say in the log: kept out of it, because it may quote what is secret."""
    logger, heard = logging.getLogger("apprise"), list[str]()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear = Ear(logging.WARNING)
    before = logger.propagate, logger.level
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.propagate, level = before
        logger.setLevel(level)
