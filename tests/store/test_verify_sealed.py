"""What stands beside the events is sealed by them: incidents, snapshots, what looks told, settings, models."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from audit_core.errors import VerificationFailed
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.exports import FIRST, SECOND, THIRD, Desk, edited, line, two_looks
from tests.store.tampering import LINES, Record

# --- incidents, snapshots ---


@pytest.mark.parametrize(
    "edit",
    [
        "events = events + 1", "rows = rows - 1", "sheets = 2", "financial_impact = financial_impact + 0.01",
        "risk_score = risk_score - 0.000001", "severity = 'CRITICAL'", "severity = NULL", "severity = 'IG'",
        "look = '2025-07-31'", "audit_run_id = 'run-0'",
    ],
)  # fmt: skip
def test_an_incident_that_was_edited_is_found(record: Record, edit: str) -> None:
    record.tamper(f"UPDATE incidents SET {edit} WHERE incident_id = 2")
    with pytest.raises(VerificationFailed, match=r"^Incident 2 does not match its events"):
        record.verify()


def test_an_incident_that_was_removed_or_made_up_is_found(record: Record) -> None:
    made_up = Record(shutil.copytree(record.data, record.data.parent / "made up"))
    record.tamper("DELETE FROM incidents WHERE incident_id = 2")
    with pytest.raises(VerificationFailed, match=r"^Incident 2 "):
        record.verify()
    made_up.tamper(
        "CREATE TABLE one AS SELECT * FROM incidents WHERE incident_id = 2",
        "UPDATE one SET incident_id = 77",
        "INSERT INTO incidents SELECT * FROM one",
    )
    with pytest.raises(VerificationFailed, match=r"^Incident 77 "):
        made_up.verify()


def test_an_event_put_into_another_incident_is_found_although_the_chain_was_made_anew(record: Record) -> None:
    record.tamper("UPDATE audit_events SET incident_id = 1 WHERE incident_id = 2 AND column_name = 'Quantity'")
    record.seal_again(1)
    record.anchors.unlink()
    with pytest.raises(VerificationFailed, match=r"^Incident 1 does not match its events"):
        record.verify()


OF_LEDGER = "is not the one that the ledger sealed"
INDEX: dict[str, tuple[str, str]] = {
    "another hash": ("UPDATE snapshots SET file_sha256 = 'ab' WHERE look = '2025-08-07'", OF_LEDGER),
    "another file": (
        """UPDATE snapshots SET (file, file_sha256) = (SELECT file, file_sha256 FROM snapshots WHERE
        look = '2025-07-31') WHERE look = '2025-08-07'""",
        OF_LEDGER,
    ),
    "another content": ("UPDATE snapshots SET content_sha256 = 'ab' WHERE look = '2025-08-07'", OF_LEDGER),
    "another look": ("UPDATE snapshots SET look = '2025-08-08' WHERE look = '2025-08-07'", OF_LEDGER),
    "another sheet": ("UPDATE snapshots SET sheet_id = 'South' WHERE look = '2025-08-07'", OF_LEDGER),
    "a file elsewhere": ("UPDATE snapshots SET file = '/dev/zero' WHERE look = '2025-08-07'", OF_LEDGER),
    "a folder": ("UPDATE snapshots SET file = '..' WHERE look = '2025-08-07'", OF_LEDGER),
    "removed": ("DELETE FROM snapshots WHERE look = '2025-08-07'", OF_LEDGER),
    "no instant": ("UPDATE snapshots SET look_at = 'soon' WHERE look = '2025-08-07'", "never writes"),
    "no list of columns": ("UPDATE snapshots SET columns = '[' WHERE look = '2025-08-07'", "never writes"),
    "no blind spots": ("UPDATE snapshots SET blind_spots = '[{}]' WHERE look = '2025-08-07'", "never writes"),
}


@pytest.mark.parametrize(("statement", "named"), INDEX.values(), ids=INDEX)
def test_an_index_of_snapshots_that_was_edited_is_found(record: Record, statement: str, named: str) -> None:
    record.tamper(statement)
    with pytest.raises(VerificationFailed, match=named):
        record.verify()


def test_a_snapshot_that_was_made_up_is_found(record: Record) -> None:
    record.tamper(
        "CREATE TABLE one AS SELECT * FROM snapshots WHERE look = '2025-08-07'",
        "UPDATE one SET look = '2025-08-08', snapshot_id = 77",
        "INSERT INTO snapshots SELECT * FROM one",
    )
    with pytest.raises(VerificationFailed, match=f"2025-08-08 of 'Field Billing North' {OF_LEDGER}"):
        record.verify()


@pytest.mark.parametrize("look", [FIRST, SECOND, THIRD])
def test_a_snapshot_file_that_was_altered_is_found(record: Record, look: str) -> None:
    path = record.snapshot(look)
    content = bytearray(path.read_bytes())
    for place in (0, len(content) // 2, len(content) - 1):
        content[place] ^= 1
        path.write_bytes(content)
        with pytest.raises(VerificationFailed, match=rf"^The snapshot {look} .* is not the file that was taken"):
            record.verify()
        content[place] ^= 1
    path.write_bytes(content[:-1])
    with pytest.raises(VerificationFailed, match=rf"^The snapshot {look} .* is not the file that was taken"):
        record.verify()
    path.write_bytes(content)
    record.verify()
    path.unlink()
    with pytest.raises(VerificationFailed, match=rf"^The snapshot {look} .* is gone"):
        record.verify()


def test_an_incident_with_a_number_beyond_all_is_found_at_once(record: Record) -> None:
    record.tamper(f"UPDATE incidents SET incident_id = {2**62} WHERE incident_id = 2")
    with pytest.raises(VerificationFailed, match=r"^Incident 2 "):
        record.verify()
    record.tamper(
        "CREATE TABLE one AS SELECT * FROM incidents WHERE incident_id = 1",
        f"UPDATE incidents SET incident_id = 2 WHERE incident_id = {2**62}",
        f"UPDATE one SET incident_id = {2**62}",
        "INSERT INTO incidents SELECT * FROM one",
    )
    with pytest.raises(VerificationFailed, match=rf"^Incident {2**62} does not match its events: there are none"):
        record.verify()


# --- what a look told, and under which settings ---

OTHERS = '{"judging": {}}'
TOLD: dict[str, tuple[str, str]] = {
    "an incident's wording": ("UPDATE incidents SET summary = 'All is well' WHERE incident_id = 2", "2025-08-12 told"),
    "an incident's kind": ("UPDATE incidents SET kind = 'changed' || kind WHERE incident_id = 1", "2025-08-07 told"),
    "an incident's start": ("UPDATE incidents SET started_at = '2020-01-01' WHERE incident_id = 1", "2025-08-07 told"),
    "a rule hit taken away": ("DELETE FROM rule_hits WHERE event_id = 3", "2025-08-07 told"),
    "a rule hit made up": ("INSERT INTO rule_hits (event_id, rule) VALUES (6, 'price_zeroed')", "2025-08-12 told"),
    "another rule": ("UPDATE rule_hits SET rule = 'price_zeroed' WHERE event_id = 3", "2025-08-07 told"),
    "a rule hit of no look": ("INSERT INTO rule_hits (event_id, rule) VALUES (5, 'price_zeroed')", "belong to no look"),
    "a count": ("UPDATE rule_counts SET hit = 0, checked = 99 WHERE look = '2025-08-07'", "2025-08-07 told"),
    "a state": ("UPDATE rule_counts SET state = 'shadow' WHERE look = '2025-08-07'", "2025-08-07 told"),
    "an exempt count": ("UPDATE rule_counts SET exempt = 9 WHERE look = '2025-08-07'", "2025-08-07 told"),
    "a count taken away": ("DELETE FROM rule_counts WHERE look = '2025-08-12'", "2025-08-12 told"),
    "where a snapshot came from": (
        "UPDATE snapshots SET location = 'elsewhere' WHERE look = '2025-08-07'", "snapshot 2025-08-07 .* is not what"
    ),
    "what a snapshot could not see": (
        "UPDATE snapshots SET blind_spots = '[]', rows = 5 WHERE look = '2025-08-07'",
        "snapshot 2025-08-07 .* is not what event",
    ),
    "how a snapshot's titles were understood": (
        "UPDATE snapshots SET titles = '{}' WHERE look = '2025-08-07'", "snapshot 2025-08-07 .* is not what event"
    ),
    "a simulated snapshot": ("UPDATE snapshots SET simulated = 1 WHERE look = '2025-08-07'", "is not what event"),
    "the settings": (
        "UPDATE settings_versions SET settings = replace(settings, '0.95', '0.99')", "Version 1 of the settings"
    ),
    "the settings taken away": ("DELETE FROM settings_versions", "settings under which the look"),
    "the settings and their digest": (
        f"UPDATE settings_versions SET (settings, sha256) = ('{OTHERS}', '{sha256(OTHERS.encode()).hexdigest()}')",
        "settings under which the look",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "named"), TOLD.values(), ids=TOLD)
def test_what_a_look_told_cannot_be_told_otherwise(record: Record, statement: str, named: str) -> None:
    record.tamper(statement)
    with pytest.raises(VerificationFailed, match=named):
        record.verify()


def test_settings_that_change_are_an_event_that_says_how(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.look(FIRST, LINES)
    desk.sync()
    config = json.loads(desk.config.read_text())
    desk.config.write_text(json.dumps(config | {"ml": {"risk_score_threshold": 0.8}, "rules": {"off": ["row_moved"]}}))
    desk.sync()
    desk.sync()
    (event,) = desk.rows("SELECT * FROM audit_events WHERE action = 'settings_changed'")
    assert event["issue_description"] == (
        'Settings changed: judging.ml.risk_score_threshold: 0.7 → 0.8; judging.rules.off: [] → ["row_moved"].'
    )
    (tmp_path / "rates.csv").write_text("CU,Work Type,Unit Price\nANC-10,Inst,57.00\n")
    desk.sync()
    told = desk.rows("SELECT issue_description t FROM audit_events WHERE action = 'settings_changed'")[-1]["t"]
    assert told.startswith("Settings changed: judging.rates_sha256: ")
    Record(tmp_path / "data").verify()


# --- models ---


@pytest.fixture(scope="module")
def with_a_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = Desk(tmp_path_factory.mktemp("trained"))
    many = [line(n) for n in range(40)]
    for look, foreman in ((FIRST, "A"), (SECOND, "B"), (THIRD, "C")):
        desk.look(
            look, [edited(each, foreman=f"{foreman}{n % 5}", pole=f"P{foreman}{n}") for n, each in enumerate(many)]
        )
    desk.sync()
    workspace = desk.workspace()
    assert execute(workspace, JOBS["retrain"]).counters["model_id"]
    workspace.store.database.close()
    return desk.root / "data"


@pytest.fixture
def trained(with_a_model: Path, tmp_path: Path) -> Record:
    return Record(shutil.copytree(with_a_model, tmp_path / "data"))


MODELS = {
    "another card": ("UPDATE models SET card_sha256 = 'ab'", "is not the one that event"),
    "none": ("DELETE FROM models", "is not the one that event"),
    "one made up": (
        """INSERT INTO models (model_id, trained_at, folder, card_sha256, events, audit_run_id)
        SELECT 'mine', trained_at, folder, card_sha256, events, 'run-77' FROM models""", "was never sealed"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "named"), MODELS.values(), ids=MODELS)
def test_a_model_that_was_put_in_place_of_the_sealed_one_is_found(trained: Record, statement: str, named: str) -> None:
    trained.verify()
    trained.tamper(statement)
    with pytest.raises(VerificationFailed, match=named):
        trained.verify()


@pytest.mark.parametrize("name", ["card.json", "features.parquet"])
def test_a_model_whose_files_are_others_is_found(trained: Record, name: str) -> None:
    (path,) = (trained.data / "models").glob(f"*/{name}")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(VerificationFailed, match=r"of the model .* not"):
        trained.verify()


def test_another_model_put_in_use_is_found(trained: Record) -> None:
    trained.tamper("UPDATE decisions SET content = json_set(content, '$.model_id', NULL) WHERE kind = 'model_in_use'")
    with pytest.raises(VerificationFailed, match=r"^Decision 1 is not as an event sealed it"):
        trained.verify()


# --- features, forecasts ---

FEATURES = {
    "altered": (
        "UPDATE features SET content = zeroblob(length(content))",
        "from event 3 on are not those that were sealed",
    ),
    "of another look": ("UPDATE features SET first_event = 4 WHERE first_event = 3", "from event 4 on are not those"),
    "gone": ("DELETE FROM features WHERE first_event = 3", "from event 3 on, sealed by event 2, are gone"),
    "made up": ("INSERT INTO features SELECT 5, layout, content FROM features LIMIT 1", "from event 5 on are not"),
    # nothing is learned from numbers whose layout, which says what they mean, is another one
    "of another meaning": ("UPDATE features SET layout = 'x'", "from event 3 on are not those that were sealed"),
}


@pytest.mark.parametrize(("statement", "named"), FEATURES.values(), ids=FEATURES)
def test_features_that_are_not_those_of_their_look_are_found(record: Record, statement: str, named: str) -> None:
    record.tamper(statement)
    with pytest.raises(VerificationFailed, match=named):
        record.verify()


@pytest.mark.parametrize("act", ["altered", "gone"])
def test_the_file_of_a_forecast_that_is(tmp_path: Path, act: str) -> None:
    desk = two_looks(tmp_path, LINES, LINES)
    workspace = desk.workspace()
    path = Path(execute(workspace, JOBS["forecast"]).counters["path"])
    workspace.store.database.close()
    record = Record(tmp_path / "data")
    record.verify()
    if act == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(VerificationFailed, match=r"^The forecast \(.*\) is (gone|not the file that was made)"):
        record.verify()
