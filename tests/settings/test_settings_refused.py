"""The sentence for everything that can be wrong in config.json."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from audit_core.errors import ConfigError
from audit_core.settings import Settings, load_settings
from tests.configs import REOPENING, config, read, refusal, reopened

GROUPS = (
    "data_dir, source, time_zone, rates, system, webhook, dashboard, ml, backup, retention, alerts, security, weeks, "
    "rules, incidents, review, people, jobs, delivery, switches, log, access_review, training"
)
KINDS = 'one of "exports", "smartsheet", "sample"'
PORT = "a whole number from 1 to 65535"
UNTIL = 'a time with its offset, like "2026-07-08T17:00:00-05:00", after opened and after the week'

# (the file, the whole sentence after its name)
WRONG = [
    # not JSON
    ("", "line 1, column 1: found a slip (expecting value), expected valid JSON"),
    ('{\n "a": 1,,\n}', None),
    ("{} {}", "line 1, column 4: found text after the end, expected valid JSON"),
    ('{"ml": {"anomaly_threshold": NaN}}', "found NaN, expected a number that JSON knows"),
    ("[" * 100_000, "found values nested too deep, expected a few levels"),
    ("[]", f"found a list, expected an object with the keys {GROUPS}"),
    ("7", f"found 7, expected an object with the keys {GROUPS}"),
    ('{"ml": {}, "ml": {}}', "ml: found this key twice, expected it once"),
    (
        '{"alerts": {"email": {"sender": 1, "sender": 2}}}',
        "alerts.email.sender: found this key twice, expected it once",
    ),
    # missing and unknown keys
    ('{"source": {"kind": "sample"}}', "data_dir: found nothing, expected the path of a folder, as text"),
    ('{"data_dir": "d"}', f"source: found nothing, expected an object whose key kind is {KINDS}"),
    ("{}", "data_dir: found nothing, expected the path of a folder, as text (and 1 more error)"),
    (config(dashbord={}), f"dashbord: found an unknown key, expected one of {GROUPS} (did you mean dashboard?)"),
    (
        config(dashboard={"prot": 1}),
        "dashboard.prot: found an unknown key, expected one of port, host, hosts (did you mean port?)",
    ),
    (
        config(ml={"zz": 1}),
        "ml.zz: found an unknown key, expected one of anomaly_threshold, risk_score_threshold, retrain_interval_days",
    ),
    (
        reopened(who="x"),
        "weeks.reopenings[0].who: found an unknown key, expected one of week_ending, reason, opened, until",
    ),
    # the source
    (config(source=[]), f"source: found a list, expected an object whose key kind is {KINDS}"),
    (config(source={}), f"source.kind: found nothing, expected {KINDS}"),
    (config(source={"kind": "export"}), f'source.kind: found "export", expected {KINDS}'),
    (config(source={"kind": "exports"}), "source.path: found nothing, expected the path of a folder, as text"),
    (config(source={"kind": "exports", "path": " "}), 'source.path: found " ", expected the path of a folder, as text'),
    (config(source={"kind": "sample", "path": "x"}), "source.path: found an unknown key, expected one of kind"),
    (
        config(source={"kind": "smartsheet", "sheet_ids": [1, "2"]}),
        'source.sheet_ids[1]: found "2", expected an item of a list of ids, each a whole number above 0',
    ),
    (
        config(source={"kind": "smartsheet", "api_base": "ftp://x"}),
        'source.api_base: found "ftp://x", expected null or an address that begins with https:// or http://',
    ),
    # values
    (config(data_dir=None), "data_dir: found null, expected the path of a folder, as text"),
    (config(data_dir=["d"]), "data_dir: found a list, expected the path of a folder, as text"),
    (config(rates=5), "rates: found 5, expected null or the path of a file, as text"),
    (config(time_zone="Mars"), 'time_zone: found "Mars", expected the name of a time zone, like "America/Chicago"'),
    (
        config(time_zone="America"),
        'time_zone: found "America", expected the name of a time zone, like "America/Chicago"',
    ),
    (config(dashboard=8501), "dashboard: found 8501, expected an object with the keys port, host, hosts"),
    (config(dashboard={"port": "8501"}), f'dashboard.port: found "8501", expected {PORT}'),
    (config(dashboard={"port": 0}), f"dashboard.port: found 0, expected {PORT}"),
    (
        config(webhook={"port": 65536, "enabled": 1}),
        "webhook.enabled: found 1, expected true or false (and 1 more error)",
    ),
    (config(webhook={"port": True}), f"webhook.port: found true, expected {PORT}"),
    (config(ml={"anomaly_threshold": 1.1}), "ml.anomaly_threshold: found 1.1, expected a number from 0 to 1"),
    (
        config(backup={"schedule": "24:00"}),
        'backup.schedule: found "24:00", expected a time of day from "00:00" to "23:59", or "daily" for "02:00"',
    ),
    (
        config(backup={"retention_days": 3651}),
        "backup.retention_days: found 3651, expected a whole number from 1 to 3650",
    ),
    (
        config(backup={"second_place": {"url": "ftp://host/x"}}),
        (
            'backup.second_place.url: found "ftp://host/x", expected the path of a folder, or an address like '
            '"s3://bucket/prefix" or "file:///mnt/backups"'
        ),
    ),
    (
        config(backup={"second_place": "s3://bucket"}),
        'backup.second_place: found "s3://bucket", expected null or an object with the keys url, endpoint',
    ),
    (
        config(backup={"encryption": "age"}),
        'backup.encryption: found "age", expected true or false, because the method (age) is fixed',
    ),
    (
        config(backup={"keep_weeks": -1}),
        "backup.keep_weeks: found -1, expected a whole number from 0 to 520",
    ),
    (
        config(backup={"compression": "gzip"}),
        'backup.compression: found "gzip", expected true or false, because the method (zstandard) is fixed',
    ),
    (
        config(people={"visible_to": ["User"]}),
        'people.visible_to[0]: found "User", expected an item of a list of roles, of "Admin" and "Auditor"',
    ),
    (
        config(weeks={"lock_grace_hours": 169}),
        "weeks.lock_grace_hours: found 169, expected a whole number from 0 to 168",
    ),
    (
        config(weeks={"reopenings": {}}),
        "weeks.reopenings: found an object, expected a list of objects, one for each reopening",
    ),
    (
        config(weeks={"reopenings": [5]}),
        "weeks.reopenings[0]: found 5, expected an object with the keys week_ending, reason, opened, until",
    ),
    (
        reopened(week_ending="2026-07-06"),
        'weeks.reopenings[0].week_ending: found "2026-07-06", expected the date of a Sunday, like "2026-07-05"',
    ),
    (reopened(reason=""), 'weeks.reopenings[0].reason: found "", expected text that is not blank'),
    (reopened(until="2026-07-08"), f'weeks.reopenings[0].until: found "2026-07-08", expected {UNTIL}'),
    (reopened(until="2026-07-08T10:00"), f'weeks.reopenings[0].until: found "2026-07-08T10:00", expected {UNTIL}'),
    (reopened(until="1783500000"), f'weeks.reopenings[0].until: found "1783500000", expected {UNTIL}'),
    (reopened(until=1783500000), f"weeks.reopenings[0].until: found 1783500000, expected {UNTIL}"),
    (
        reopened(opened="2026-07-09T00:00Z"),
        f'weeks.reopenings[0].until: found "{REOPENING["until"]}", expected {UNTIL}',
    ),
    (reopened(until="2025-07-08T10:00Z"), f'weeks.reopenings[0].until: found "2025-07-08T10:00Z", expected {UNTIL}'),
    (
        config(jobs={"retrain_weekday": "Mon"}),
        'jobs.retrain_weekday: found "Mon", expected the English name of a weekday, like "Monday"',
    ),
    (config(rules={"critical_money": -1}), "rules.critical_money: found -1, expected an amount in dollars, 0 or more"),
    (
        config(security={"password_complexity": {"min_length": 4}}),
        "security.password_complexity.min_length: found 4, expected a whole number from 8 to 128",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[(sentence or text)[:50] for text, sentence in WRONG])
def test_what_is_wrong_is_one_sentence(tmp_path: Path, text: str, sentence: str | None) -> None:
    said = refusal(tmp_path, text)
    if sentence is None:  # the decoder's own words differ between versions of Python
        assert said.startswith("line 2, column 9: found ")
    else:
        assert said == sentence


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda _: None, "no such file"),
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: path.write_bytes(b'{"data_dir": "\xff"}'), "a byte that is not UTF-8 at position 14"),
    ],
    ids=["missing", "folder", "not text"],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, make: Any, found: str) -> None:
    path = tmp_path / "config.json"
    make(path)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert str(caught.value) == f"{path}: found {found}, expected a JSON file in UTF-8."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)


def check_any_value(folder: Path, key: str, value: object) -> None:
    """Whatever stands at a key, the file is read or refused in one printable sentence."""
    said = "ok"
    try:
        read(folder, config(**{key: value}))
    except ConfigError as error:
        said = str(error)
    assert said.isprintable()


KEYS = st.sampled_from(sorted(Settings.model_fields)) | st.text(max_size=8)


@effort(max_examples=60)
@given(key=KEYS, value=JSON)
def test_no_value_breaks_the_reader(key: str, value: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    check_any_value(tmp_path_factory.getbasetemp(), key, value)


@pytest.mark.soak
@effort(max_examples=5_000)
@given(key=KEYS, value=JSON)
def test_no_value_breaks_the_reader_for_long(key: str, value: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    check_any_value(tmp_path_factory.getbasetemp(), key, value)
