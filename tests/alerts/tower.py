"""An installation that watches, with the verbs a test needs; its clock moves only when it is told to."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from audit_core.actors import OPERATOR
from audit_core.alerts import Board, Watched, acknowledge, board, watch
from audit_core.blind_spots import BlindSpot, Reason
from audit_core.store.alerts import AlertFacts
from tests.delivery.servers import Mailbox, Sink, mail_server, sink_server
from tests.exports import Desk

BOB, CAROL, DORA = "bob@example.com", "carol@example.com", "dora@example.com"
SECRET = "canary-of-the-webhook-4711"
NOON = datetime(2026, 1, 7, 18, tzinfo=UTC)  # a Wednesday, in Chicago
WATCHING = ["late", "backup", "disk", "risk"]
"""Kinds that a store without a past would raise by itself."""


class Tower:
    """A desk whose config.json says who is told."""

    def __init__(self, desk: Desk, box: Mailbox, sink: Sink, port: int, url: str) -> None:
        self.desk, self.box, self.sink, self._port, self._url = desk, box, sink, port, url
        self.now, self._runs = NOON, 0
        self.workspace = desk.workspace()
        self.tell()

    def tell(self, *, mail: Sequence[str] = (BOB,), hook: bool = False, port: int | None = None, **alerts: Any) -> None:
        """Who is told, and how else alerts are set."""
        email = {
            "enabled": bool(mail), "smtp_host": "127.0.0.1", "smtp_port": port or self._port, "security": "none",
            "sender": "redline@example.com", "recipients": list(mail), **alerts.pop("email", {}),
        }  # fmt: skip
        said = json.loads(self.desk.config.read_text())
        webhook = {"url": self._url, **alerts.pop("webhook", {})} if hook else {}
        said["alerts"] = {"off": WATCHING, "email": email, "webhook": webhook, **alerts}
        self.desk.config.write_text(json.dumps(said))
        self.workspace.store.database.close()
        self.workspace = self.desk.workspace()

    def unread(self, *sheets: str, job: str = "sync", code: int = 3, message: str = "") -> None:
        """The newest sync was to read these and did not. Other runs: `job`, with its exit code and words."""
        self._runs += 1
        run_id, store = f"{job}-{self._runs}", self.workspace.store
        store.runs.start(run_id, job, self.now, None)
        spots = [BlindSpot(each, Reason.SHEET_MISSING, f"'{each}' is gone.", unread=True) for each in sheets]
        status = "ok" if code == 0 else "partial" if code == 3 else "failed"
        counters = {"events": 1} if job == "verify" else {}
        store.runs.finish(run_id, self.now, status, code, message, counters, spots)

    def verified(self, *, whole: bool) -> None:
        """A verification passed, or did not."""
        self.unread(job="verify", code=0 if whole else 20, message="" if whole else "Event 7 is not as it was sealed.")

    def look(self) -> Watched:
        """One round of the watch, as the job runs it."""
        self._runs += 1
        store, run_id = self.workspace.store, f"alert-{self._runs}"
        store.runs.start(run_id, "alert", self.now, None)
        done = watch(self.workspace, run_id, lambda: self.now)
        store.runs.finish(run_id, self.now, "ok", 0, "looked", {"not_looked_at": sorted(done.looked.blind)})
        return done

    def later(self, **how: float) -> "Tower":
        """Let time pass."""
        self.now += timedelta(**how)
        return self

    def take(self, *keys: str, note: str = "") -> None:
        """Somebody takes care of what is open under these keys."""
        numbers = [line.notice.number for line in self.board().open if line.notice.found.key in keys]
        acknowledge(self.workspace, OPERATOR, numbers, note, self.now)

    def board(self) -> Board:
        """What the page shows."""
        return board(self.workspace, OPERATOR, self.now)

    def open_keys(self) -> list[str]:
        """The keys of what is open."""
        return [line.notice.found.key for line in self.board().open]

    def titles(self) -> list[str]:
        """The subjects of the mails, in the order in which they came."""
        return [str(each["Subject"]) for each in self.box.messages]

    def texts(self) -> list[str]:
        """What the mails say."""
        return [each.get_content() for each in self.box.messages]

    def told_by_hook(self) -> list[tuple[str, str]]:
        """(key, how) of every line that the webhook got, in the order in which they came."""
        return [(line["key"], line["how"]) for message in self.sink.got for line in message["lines"]]

    def steps(self, *actions: str) -> list[dict[str, Any]]:
        """What was sealed, in order."""
        return AlertFacts(self.workspace.store.database).steps(actions)


@contextmanager
def tower(root: Path) -> Iterator[Tower]:
    """One with a mail server and a receiver of webhooks on this machine."""
    with ExitStack() as stack:
        box, sink = Mailbox(), Sink()
        port, url = stack.enter_context(mail_server(box)), stack.enter_context(sink_server(sink))
        made = Tower(Desk(root / "desk"), box, sink, port, url)
        try:
            yield made
        finally:
            made.workspace.store.database.close()
