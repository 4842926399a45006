"""config.json: what it means, and the sentence for everything that can be wrong in it."""

import json
import traceback
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pydantic import ValidationError

from audit_core.errors import ConfigError
from audit_core.secrets_gate import find_secrets
from audit_core.settings import PasswordComplexity, Settings, load_settings
from audit_core.settings_source import ExportsSettings, SampleSettings

ROOT = Path(__file__).parent.parent
REOPENING = {"week_ending": "2026-07-05", "reason": "Late timesheets", "until": "2026-07-08T17:00:00-05:00"}


def config(**keys: Any) -> str:
    return json.dumps({"data_dir": "data", "source": {"kind": "sample"}, **keys})


def reopened(**keys: Any) -> str:
    return config(weeks={"reopenings": [{**REOPENING, **keys}]})


def read(folder: Path, text: str) -> Settings:
    path = folder / "config.json"
    path.write_text(text, "utf-8")
    return load_settings(path)


def refusal(folder: Path, text: str) -> str:
    """The sentence, without the file's name; what a log would hold as well is searched by the secrets' tests."""
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    sentence = str(caught.value)
    assert sentence.startswith(f"{folder / 'config.json'}: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence.removeprefix(f"{folder / 'config.json'}: ").removesuffix(".")


def test_two_keys_are_enough(tmp_path: Path) -> None:
    settings = read(tmp_path, config())
    assert settings.data_dir == tmp_path / "data"
    assert settings.source == SampleSettings(kind="sample")
    assert settings.zone == ZoneInfo("America/Chicago")
    assert (settings.backup.schedule, settings.jobs.sync_every_minutes, settings.dashboard.host) == (
        "02:00",
        15,
        "127.0.0.1",
    )


def test_the_project_comes_with_a_config_that_works() -> None:
    assert load_settings(ROOT / "config.json").data_dir == ROOT / "data"


def test_settings_are_a_value(tmp_path: Path) -> None:
    settings = read(tmp_path, reopened())
    assert settings == read(tmp_path, reopened())
    with pytest.raises(ValidationError):
        settings.dashboard.port = 1  # type: ignore[misc]


def test_relative_paths_count_from_the_config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    source = {"kind": "exports", "path": "../in"}
    settings = read(tmp_path, config(data_dir="/var/audit", source=source, rates="prices/rates.csv"))
    assert isinstance(settings.source, ExportsSettings)
    assert settings.source.path == tmp_path.parent / "in"
    assert settings.source.row_id == "Row ID"
    assert (settings.data_dir, settings.rates_path) == (Path("/var/audit"), tmp_path / "prices" / "rates.csv")


def test_only_the_sample_has_a_price_list_of_its_own(tmp_path: Path) -> None:
    assert read(tmp_path, config()).rates_path == ROOT / "sample_data" / "rates.csv"
    assert read(tmp_path, config(rates="r.csv")).rates_path == tmp_path / "r.csv"
    assert read(tmp_path, config(source={"kind": "exports", "path": "in"})).rates_path is None


def test_a_week_can_be_reopened(tmp_path: Path) -> None:
    (reopening,) = read(tmp_path, reopened(opened="2026-07-06T08:00:00Z")).weeks.reopenings
    assert reopening.week_ending == date(2026, 7, 5)
    assert reopening.opened == datetime(2026, 7, 6, 8, tzinfo=UTC)
    assert reopening.until == datetime(2026, 7, 8, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "meant", "shortest"),
    [(True, True, 12), (False, False, 8), ({"min_length": 16}, PasswordComplexity(min_length=16), 16)],
)
def test_password_complexity_has_two_spellings(tmp_path: Path, found: object, meant: object, shortest: int) -> None:
    security = read(tmp_path, config(security={"password_complexity": found})).security
    assert (security.password_complexity, security.min_password_length) == (meant, shortest)


def test_daily_is_two_in_the_morning(tmp_path: Path) -> None:
    assert read(tmp_path, config(backup={"schedule": "daily"})).backup.schedule == "02:00"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("/mnt/backups", "/mnt/backups"),
        ("file:///mnt/my%20backups", "/mnt/my backups"),
        ("file://localhost/mnt/backups/", "/mnt/backups"),
        ("second", "{folder}/second"),
        ("s3://redline-backups", "s3://redline-backups"),
        ("s3://redline-backups/north/2026/", "s3://redline-backups/north/2026"),
    ],
)
def test_a_second_place_is_a_folder_or_a_bucket(tmp_path: Path, given: str, meant: str) -> None:
    place = read(tmp_path, config(backup={"second_place": {"url": given}})).backup.second_place
    assert place is not None
    assert (place.url, place.endpoint) == (meant.format(folder=tmp_path), None)


@pytest.mark.parametrize(
    "given",
    ["s3://", "s3://B", "s3://bucket//x", "s3://bucket/../x y", "http://x", "file://host/x", "", "a\0b", 5, None],
)
def test_what_is_no_second_place_is_refused(tmp_path: Path, given: object) -> None:
    with pytest.raises(ConfigError, match=r"backup\.second_place\.url: found"):
        read(tmp_path, config(backup={"second_place": {"url": given}}))


def test_windows_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + config()).dashboard.port == 8501


GROUPS = (
    "data_dir, source, time_zone, rates, system, webhook, dashboard, ml, backup, retention, alerts, security, weeks, "
    "rules, incidents, review, people, jobs"
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
        "dashboard.prot: found an unknown key, expected one of port, host (did you mean port?)",
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
    (config(dashboard=8501), "dashboard: found 8501, expected an object with the keys port, host"),
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


TOKEN = "k7Qz2mXw9Lr4Vt8Bn3Hy6Jd1Fc5"
SLACK = "https://hooks.slack.com/services/T000/B000/XXXX"

# (where, the value that must not be shown, the file)
SECRETS = [
    ("source.token", "hunter2", config(source={"kind": "smartsheet", "token": "hunter2"})),
    ("SMARTSHEET_API_TOKEN", "hunter2", config(SMARTSHEET_API_TOKEN="hunter2")),
    ("alerts.email.smtpPassword", "hunter2", config(alerts={"email": {"smtpPassword": "hunter2"}})),
    ("alerts.email.passwd", "hunter2", config(alerts={"email": {"passwd": "hunter2"}})),
    ("alerts.slack.webhook_url", "hunter2", config(alerts={"slack": {"webhook_url": "hunter2"}})),
    ("webhook.shared-secret", "hunter2", config(webhook={"shared-secret": "hunter2"})),
    ("backup.access_key", "hunter2", config(backup={"access_key": "hunter2"})),
    ("system.apiKey", "hunter2", config(system={"apiKey": "hunter2"})),
    ("credentials.user", "hunter2", config(credentials={"user": "hunter2"})),
    ("tokens[1]", "hunter2", config(tokens=["", "hunter2"])),
    ("alerts.slack.channel", SLACK, config(alerts={"slack": {"channel": SLACK}})),
    ("webhook.url", "outlook", config(webhook={"url": "https://acme.webhook.office.com/webhookb2/outlook"})),
    ("webhook.url", "hunter2", config(webhook={"url": "https://jo:hunter2@example.com/"})),
    ("webhook.url", "hunter2", config(webhook={"url": "https://example.com/hook?sig=hunter2"})),
    ("system.name", "hunter2", config(system={"name": "Bearer hunter2"})),
    ("weeks.reopenings[0].reason", TOKEN, reopened(reason=f"see {TOKEN}")),
    ("system.version", TOKEN, config(system={"version": TOKEN})),
    ("(a key not shown)", TOKEN, config(**{TOKEN: "x", "token": ""})),
    ("security.password_complexity", "hunter2", config(security={"password_complexity": "hunter2"})),
    ("system.passwords", "4711", config(system={"passwords": 4711})),
]


@pytest.mark.parametrize(("place", "secret", "text"), SECRETS, ids=[place for place, _, _ in SECRETS])
def test_a_secret_is_refused_and_never_shown(tmp_path: Path, place: str, secret: str, text: str) -> None:
    sentence = refusal(tmp_path, text)
    assert sentence.startswith(f"{place}: found ")
    try:
        read(tmp_path, text)
    except ConfigError as error:
        logged = "".join(traceback.format_exception(error))
    assert secret not in sentence + logged


def test_a_refused_secret_is_told_where_to_go(tmp_path: Path) -> None:
    assert refusal(tmp_path, config(source={"kind": "smartsheet", "token": "x"}, api_key="y")) == (
        "source.token: found a secret (not shown), expected none here: move it to the environment "
        "or to a .env file (mode 0600) beside this file (and 1 more error)"
    )


@pytest.mark.parametrize(
    "harmless",
    [
        {"security": {"password_complexity": True, "session_timeout": 30, "max_login_attempts": 5}},
        {"source": {"kind": "exports", "path": f"/srv/{TOKEN}/in"}},
        {"data_dir": "redline-data-2026-north-and-south"},
        {"webhook": {"url": "https://audit.example.com/hooks/1"}},
        {"alerts": {"email": {"recipients": ["billing.audit.2026.north.office@example.com"]}}},
        {"time_zone": "America/Argentina/Buenos_Aires"},
        {"token": "", "password": None},
        {"weeks": {"reopenings": [{"until": "2026-07-08T17:00:00.000000-05:00"}]}},
    ],
    ids=str,
)
def test_what_is_no_secret_passes(harmless: dict[str, Any]) -> None:
    assert not list(find_secrets(harmless))


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
