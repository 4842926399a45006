"""A second place: a folder, and a real S3 server; there once its manifest is, and restored from by address."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
import s3fs
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

from audit_core.backups.manifest import MANIFEST
from audit_core.backups.second_place import Place
from audit_core.errors import AuditError, ConfigError, VerificationFailed
from jobs.execute import execute
from jobs.tasks import JOBS
from tests.backups.damages import nothing_happens, seal_again
from tests.backups.stores import (
    EVENTS,
    NAME,
    NOW,
    actions,
    back_up,
    logs,
    machine,
    manifest_of,
    opened,
    restored,
    tree,
    with_keys,
)
from tests.exports import Desk

pytestmark = pytest.mark.in_turn(3)

DAY = timedelta(days=1)
SECRETS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMIexamplekey"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    host, port = running.get_host_and_port()
    address = f"http://{host}:{port}"
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    bucket(address).mkdir("backups")
    yield address
    running.stop()


def bucket(address: str) -> Any:
    """The server as its owner sees it."""
    return fsspec.filesystem(
        "s3", key="owner", secret="owner", endpoint_url=address, use_listings_cache=False, skip_instance_cache=True
    )


class There:
    """A second place of a test: its settings, and a look at what really lies there."""

    def __init__(self, desk: Desk, url: str, endpoint: str | None, files: Any, root: str) -> None:
        self.url, self.endpoint, self.files, self.root = url, endpoint, files, root
        with_keys(desk, **SECRETS)
        self.settings = {"url": url, "endpoint": endpoint}
        Desk(desk.root, backup={"second_place": self.settings})

    def names(self) -> list[str]:
        """Every file there, from the place's root."""
        found = self.files.find(self.root) if self.files.isdir(self.root) else []
        return sorted(name.partition(f"{self.root}/")[2] for name in found)

    def content(self, name: str) -> bytes:
        content: bytes = self.files.cat_file(f"{self.root}/{name}")
        return content


@pytest.fixture(params=["folder", "bucket"])
def there(request: pytest.FixtureRequest, desk: Desk, tmp_path: Path) -> There:
    if request.param == "folder":
        (tmp_path / "second").mkdir()
        files = fsspec.filesystem("file", auto_mkdir=True, skip_instance_cache=True)
        return There(desk, str(tmp_path / "second"), None, files, str(tmp_path / "second"))
    server, prefix = request.getfixturevalue("server"), tmp_path.name.replace("_", "-")
    return There(desk, f"s3://backups/{prefix}", server, bucket(server), f"backups/{prefix}")


def test_a_backup_is_copied_byte_for_byte_and_that_is_recorded(desk: Desk, there: There) -> None:
    made = back_up(desk)
    expected = {name: content for name, content in tree(made.path).items() if content is not None}
    assert there.names() == sorted(f"{made.path.name}/{name}" for name in expected)
    assert {name: there.content(f"{made.path.name}/{name}") for name in expected} == expected
    assert made.problem is None
    assert made.message.endswith(f"; copied to {there.url}.")
    assert [row["second_place"] for row in logs(desk)] == ["ok"]
    (told,) = actions(desk, "backup_copied")
    assert json.loads(told["evidence"]) == {"backup": made.path.name, "place": there.url}


def test_a_machine_that_has_nothing_restores_from_the_address(desk: Desk, there: There, tmp_path: Path) -> None:
    made = back_up(desk)
    shutil.rmtree(desk.root / "data")
    config = machine(
        tmp_path / "machine", **SECRETS, **({"AWS_ENDPOINT_URL": there.endpoint} if there.endpoint else {})
    )
    address = there.url if there.endpoint else f"file://{there.url}"
    for given in (f"{address}/{made.path.name}", f"{address}/{made.path.name}/{MANIFEST}"):
        done = restored(given, tmp_path / "new" / given[-4:], config)
        assert (done.events, done.files) == (EVENTS, 8)
    assert not list(tmp_path.glob(".fetched-*"))


def test_generations_are_kept_there_too(desk: Desk, there: There) -> None:
    Desk(desk.root, backup={"second_place": there.settings, "keep_weeks": 0, "keep_months": 0})
    old, last = back_up(desk, NOW - 31 * DAY), back_up(desk)
    assert {name.partition("/")[0] for name in there.names()} == {last.path.name}
    removed = [event["issue_description"] for event in actions(desk, "backup_removed")]
    assert [str(old.path) in text or f"{there.url}/{old.path.name}" in text for text in removed] == [True, True]


def test_what_was_copied_in_part_is_no_backup_and_is_removed_after_a_day(desk: Desk, there: There) -> None:
    first = back_up(desk)
    there.files.rm_file(f"{there.root}/{first.path.name}/{MANIFEST}")
    place = Place(there.url, there.endpoint, desk.config)
    assert place.backups() == []
    second = back_up(desk, NOW + timedelta(hours=1))
    assert {name.partition("/")[0] for name in there.names()} == {first.path.name, second.path.name}
    third = back_up(desk, NOW + 2 * DAY)
    assert {name.partition("/")[0] for name in there.names()} == {second.path.name, third.path.name}
    assert place.backups() == [second.path.name, third.path.name]


def test_what_is_not_ours_there_stays(desk: Desk, there: There) -> None:
    there.files.pipe_file(f"{there.root}/notes/{MANIFEST}", b"{}")
    there.files.pipe_file(f"{there.root}/20209999T999999Z/{MANIFEST}", b"{}")
    Desk(desk.root, backup={"second_place": there.settings, "keep_weeks": 0, "keep_months": 0})
    back_up(desk, NOW - 31 * DAY)
    back_up(desk)
    assert {f"notes/{MANIFEST}", f"20209999T999999Z/{MANIFEST}"} <= set(there.names())


def test_other_bytes_than_were_written_are_noticed(desk: Desk, there: There, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that loses a bit on the way: the manifest never follows, so that nobody takes it for a backup."""
    copyfileobj = shutil.copyfileobj

    def with_a_flipped_bit(source: Any, target: Any, length: int = 0) -> None:
        if str(getattr(source, "name", "")).endswith("audit.db.zst") and "backups" in source.name:
            content = bytearray(source.read())
            content[100] ^= 1
            target.write(bytes(content))
        else:
            copyfileobj(source, target, length)

    monkeypatch.setattr(shutil, "copyfileobj", with_a_flipped_bit)
    made = back_up(desk)
    assert made.problem is not None
    assert "reads back from" in made.problem
    assert f"{made.path.name}/{MANIFEST}" not in there.names()
    assert restored(made.path, desk.root / "restored").events == made.events


# --- what fails there leaves the first copy standing ---


def without_its_folder(desk: Desk, there: There) -> None:
    shutil.rmtree(there.root)


def a_file_in_its_place(desk: Desk, there: There) -> None:
    shutil.rmtree(there.root)
    Path(there.root).write_text("")


def without_credentials(desk: Desk, there: There) -> None:
    with_keys(desk)


def without_its_bucket(desk: Desk, there: There) -> None:
    Desk(desk.root, backup={"second_place": {**there.settings, "url": "s3://nobody-made-this"}})


def without_its_server(desk: Desk, there: There) -> None:
    Desk(desk.root, backup={"second_place": {**there.settings, "endpoint": "http://127.0.0.1:9"}})


BROKEN = [
    ("folder", without_its_folder, "is not there: mount it, or make the folder"),
    ("folder", a_file_in_its_place, "is not there"),
    ("bucket", without_credentials, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be in the environment"),
    ("bucket", without_its_bucket, "could not be used"),
    # the libraries below try for nine seconds
    pytest.param("bucket", without_its_server, "could not be used", marks=pytest.mark.soak),
]
IDS = ["no folder", "a file", "no credentials", "no bucket", "no server"]


@pytest.mark.parametrize(("there", "breaks", "why"), BROKEN, ids=IDS, indirect=["there"])
def test_a_second_place_that_fails_makes_the_run_partial(
    desk: Desk, there: There, breaks: Callable[[Desk, There], None], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    breaks(desk, there)
    with opened(desk) as workspace:
        result = execute(workspace, JOBS["backup"])
    assert (result.status, result.exit_code) == ("partial", 3)
    assert "but the copy in the second place failed: " in result.message
    assert why in result.message
    (row,) = logs(desk)
    assert (row["status"], row["verified"], why in row["second_place"]) == ("ok", 1, True)
    assert why in actions(desk, "backup_not_copied")[0]["issue_description"]
    assert restored(row["path"], desk.root / "restored").events == EVENTS
    assert not [value for value in SECRETS.values() if value in result.message]


def test_a_rehearsal_copies_nothing(desk: Desk, there: There) -> None:
    with opened(desk) as workspace:
        result = execute(workspace, JOBS["backup"], dry_run=True)
    assert f"it would be copied to {there.url}" in result.message
    assert (there.names(), logs(desk)) == ([], [])


# --- hostile backups there ---


def put(there: There, saved: Path, name: str = "20260101T080000Z") -> str:
    """Lay a backup there by hand; returns its address."""
    for path, content in tree(saved).items():
        if content is not None:
            there.files.pipe_file(f"{there.root}/{name}/{path}", content)
    return f"{there.url}/{name}"


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "snapshots/../../outside", "s3://other/audit.db"])
def test_a_name_that_leads_out_is_refused_before_anything_is_fetched(
    desk: Desk, there: There, saved: Path, tmp_path: Path, name: str
) -> None:
    manifest = manifest_of(saved)
    hostile = manifest.files[1].model_copy(update={"name": name})
    (saved / MANIFEST).write_bytes(manifest.model_copy(update={"files": (*manifest.files, hostile)}).sealed())
    address = put(there, saved)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="which is no file of a backup"):
        restored(address, tmp_path / "restored", desk.config, there.endpoint)


@pytest.mark.parametrize("length", [0, 1, 100, -1, None])
def test_a_file_that_is_cut_or_grown_there_is_found(
    desk: Desk, there: There, saved: Path, tmp_path: Path, length: int | None
) -> None:
    """One that never ends is read one byte further than it should be, and no more."""
    content = (saved / "audit.db.zst").read_bytes()
    (saved / "audit.db.zst").write_bytes(content[:length] if length is not None else content + b"x" * 9_000_000)
    address = put(there, saved)
    said = rf"audit\.db\.zst has {len(content[:length]) if length is not None else len(content) + 1:,} bytes"
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=said if there.endpoint else r"audit\.db"):
        restored(address, tmp_path / "restored", desk.config, there.endpoint)


def test_what_is_missing_there_is_a_sentence(desk: Desk, there: There, saved: Path, tmp_path: Path) -> None:
    (saved / "config.json").unlink()
    address = put(there, saved)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match=r"config\.json is gone"):
        restored(address, tmp_path / "restored", desk.config, there.endpoint)
    with nothing_happens(tmp_path), pytest.raises(ConfigError, match="is not a backup"):
        restored(f"{there.url}/nothing", tmp_path / "restored", desk.config, there.endpoint)


@pytest.mark.parametrize("there", ["bucket"], indirect=True)
def test_a_server_that_does_not_answer_is_not_one_that_has_no_backup(
    desk: Desk, there: There, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(**given: Any) -> S3FileSystem:  # it tries for nine seconds otherwise
        return S3FileSystem(**given | {"config_kwargs": {"retries": {"max_attempts": 0}}})

    monkeypatch.setattr(S3FileSystem, "retries", 1)
    monkeypatch.setattr(s3fs, "S3FileSystem", impatient)
    with nothing_happens(tmp_path), pytest.raises(AuditError, match=r"could not be used .*127\.0\.0\.1:9") as raised:
        restored(f"{there.url}/{NAME}", tmp_path / "restored", desk.config, "http://127.0.0.1:9")
    assert raised.value.exit_code == 1


def test_a_manifest_that_was_altered_there_is_found(desk: Desk, there: There, saved: Path, tmp_path: Path) -> None:
    seal_again(saved, run_id="x")
    (saved / MANIFEST).write_bytes((saved / MANIFEST).read_bytes()[:-3])
    address = put(there, saved)
    with nothing_happens(tmp_path), pytest.raises(VerificationFailed, match="was altered"):
        restored(address, tmp_path / "restored", desk.config, there.endpoint)


@pytest.mark.parametrize("path", ["http://example.com/x", "ftp://x/y", "file://elsewhere/x"])
def test_an_address_of_another_kind_is_refused(tmp_path: Path, path: str) -> None:
    with nothing_happens(tmp_path), pytest.raises(ConfigError, match=r"give a folder, or an address like s3://bucket"):
        restored(path, tmp_path / "restored")
