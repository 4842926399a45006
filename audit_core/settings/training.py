"""The settings about training: which topics there are, how long people have, and when one is suggested."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from audit_core.settings.types import Flag, Group, Text, whole


def _topic_name(text: str) -> str:
    if not (text.isascii() and text.isidentifier() and text.islower() and len(text) <= 40):
        raise ValueError("not a name")
    return text


class AddedTopic(Group):
    """A topic of this installation's own, or one that takes the place of a topic that ships by the same name.

    `text`: Markdown. `roles`: who must have it. `months`: how long a completion holds. Whoever changes what a topic
    says gives it the next `version`: completions of an earlier one no longer hold. `since`: from which day on this
    version is asked for; null: from the day on which the settings first did so.
    """

    name: Annotated[
        Annotated[str, AfterValidator(_topic_name)],
        Field(description='a name of small letters, digits and underscores, like "crane_week"'),
    ]
    title: Text
    text: Text
    roles: Annotated[
        tuple[Literal["User", "Auditor", "Admin"], ...],
        Field(description='a list of roles, of "User", "Auditor" and "Admin"'),
    ] = ()
    months: Annotated[int, whole(1, 120)] = 12
    version: Annotated[int, whole(1, 10_000)] = 1
    since: date | None = Field(default=None, description='null or a date, like "2026-11-01"')


class TrainingSettings(Group):
    """Who must know what, and from how many corrections on a topic is suggested.

    `suggest_after`: so many corrected or repeated findings of one kind within `suggest_days` suggest its topic to whom
    has at least `people.min_edits` edits in them.
    """

    required: Flag = True
    days_to_complete: Annotated[int, whole(1, 365)] = 30
    suggest_days: Annotated[int, whole(1, 365)] = 30
    suggest_after: Annotated[int, whole(2, 1000)] = 3
    added: Annotated[
        tuple[AddedTopic, ...], Field(description="a list of objects, one for each topic, each name once")
    ] = ()

    @field_validator("added")
    @classmethod
    def _each_once(cls, added: tuple[AddedTopic, ...]) -> tuple[AddedTopic, ...]:
        if len({each.name for each in added}) != len(added):
            raise ValueError("a name stands twice")
        return added
