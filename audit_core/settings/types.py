"""The kinds of value a setting can hold, each with the words that say what was expected, and what groups them.

A description is the "expected …" half of the sentence a person reads when a value is wrong;
settings_file.py writes that sentence.
"""

import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator as After
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo


class Group(BaseModel):
    """A group of settings: a value that never changes, with no key but its own and no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def _from_config_folder(text: object, info: ValidationInfo) -> Path:
    if isinstance(text, Path):
        return text
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ValueError("not a path")
    folder: Path = (info.context or {}).get("folder", Path.cwd())
    try:
        return (folder / text).resolve()
    except (OSError, RuntimeError) as error:  # a loop of links
        raise ValueError("not a path") from error


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("blank")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or (parts.port or 1) < 1:
        raise ValueError("not a web address")
    return text


def _instant(value: object) -> datetime:
    # stricter than pydantic, which also takes "1751760000": nobody means that in a file written by hand
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", value):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment
    raise ValueError("not a time with its offset")


def _place(text: object, info: ValidationInfo) -> str:
    if isinstance(text, str) and text.startswith("s3://"):
        if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.-]+)*/?", text, re.ASCII):
            raise ValueError("not a bucket")
        return text.rstrip("/")
    if isinstance(text, str) and "://" in text:
        parts = urlsplit(text)
        if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
            raise ValueError("neither a folder nor a bucket")
        text = unquote(parts.path)
    return str(_from_config_folder(text, info))


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, OSError) as error:
        raise ValueError("not a time zone") from error
    return name


def _time_of_day(text: str) -> str:
    text = "02:00" if text == "daily" else text
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError("not a time of day")
    return text


def _sunday(day: date) -> date:
    if day.isoweekday() != 7:
        raise ValueError("not a Sunday")
    return day


def whole(low: int, high: int) -> Any:
    """Bounds of a whole number, with their words."""
    return Field(ge=low, le=high, description=f"a whole number from {low} to {high}")


FolderPath = Annotated[Path, PlainValidator(_from_config_folder), Field(description="the path of a folder, as text")]
Text = Annotated[str, After(_not_blank), Field(description="text that is not blank")]
Names = Annotated[tuple[Annotated[str, After(_not_blank)], ...], Field(description="a list of texts, none blank")]
Ids = Annotated[
    tuple[Annotated[int, Field(gt=0)], ...], Field(description="a list of ids, each a whole number above 0")
]
WebAddress = Annotated[
    Annotated[str, After(_web_address)] | None,
    Field(description="null or an address that begins with https:// or http://"),
]
PlaceAddress = Annotated[
    str,
    PlainValidator(_place),
    Field(description='the path of a folder, or an address like "s3://bucket/prefix" or "file:///mnt/backups"'),
]
Flag = Annotated[bool, Field(description="true or false")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, description="a number from 0 to 1")]
Port = Annotated[int, whole(1, 65535)]
Instant = Annotated[datetime, PlainValidator(_instant)]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
TimeZone = Annotated[str, After(_time_zone), Field(description='the name of a time zone, like "America/Chicago"')]
TimeOfDay = Annotated[
    str, After(_time_of_day), Field(description='a time of day from "00:00" to "23:59", or "daily" for "02:00"')
]
Sunday = Annotated[date, After(_sunday), Field(description='the date of a Sunday, like "2026-07-05"')]
FilePath = Annotated[
    Annotated[Path, PlainValidator(_from_config_folder)] | None,
    Field(description="null or the path of a file, as text"),
]
