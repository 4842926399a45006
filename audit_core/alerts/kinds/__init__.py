"""Every kind of notice: what it looks for, and what somebody does about it. docs/alerts.md has them all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from audit_core.alerts.kinds.people import access_review, sign_in, training
from audit_core.alerts.kinds.record import backup, deliveries, disk, drill, record
from audit_core.alerts.kinds.running import channel, down, failing, late, settings
from audit_core.alerts.kinds.sheets import blind, forecast, risk, unread
from audit_core.alerts.notice import Found
from audit_core.alerts.sight import Sight

COOLING: Final = timedelta(minutes=30)
"""What was over and comes back is raised again so long after its end; twice as long for each time within a day."""

WATCHER: Final = "watcher"
"""The kind that says that another could not be looked at."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice. `find`: what is so now; None where the round itself finds it. `gone`: why it is over.

    `comes`: when it is raised, for people. `advice`: what to do.
    """

    name: str
    title: str
    severity: str
    comes: str
    advice: str
    gone: str
    find: Callable[[Sight], Iterable[Found]] | None


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            "risk", "New high risk", "HIGH or CRITICAL",
            "a sync recorded changes or findings that are HIGH or CRITICAL: one notice a sync, however many they are",
            "Look at the top ones first, and decide about each under Review.",
            "All of it is decided, held back by a suppression, or older than 14 days.", risk,
        ),
        Kind(
            "forecast", "Before the lock", "MEDIUM",
            "within two days before a week locks, when at least one of its rows is as likely to be corrected after the "
            "lock as one in four",
            "Look at these rows with their foremen before the week locks.", "The week has locked, or nothing is left.",
            forecast,
        ),
        Kind(
            "unread", "Sheet not read", "HIGH", "a sheet was to be read by the newest sync and was not",
            "Do what the sentence says; until then nothing that changes in this sheet is seen.",
            "It is read again.", unread,
        ),
        Kind(
            "blind", "Blind spot", "MEDIUM",
            "a sheet is read, but a column of it is not mapped, ambiguous or missing, rows or cells are not "
            "understood, or a rule cannot run",
            "Cure it under Sources; until then what stands there is not judged.", "It is seen again.", blind,
        ),
        Kind(
            "late", "Late", "HIGH for sync, else MEDIUM",
            "a job that runs by itself has not done its work for longer than its grace, for sync in working hours two "
            "of its intervals",
            "See Operations whether the runner lives and what the job's last run said; run it by hand.",
            "It has run.", late,
        ),
        Kind(
            "failing", "Fails again and again", "HIGH for sync, else MEDIUM",
            "the last three runs of a job failed, not counting commands that were given wrongly",
            "Read what its last run said, under Operations.", "It has done its work.", failing,
        ),
        Kind(
            "down", "No runner was alive", "MEDIUM", "nothing ran for a while, and now something runs again",
            "Find out what ended it (systemd's journal says). What was missed has been caught up once.",
            "That was more than a day ago.", down,
        ),
        Kind(
            "settings", "Settings not taken up", "MEDIUM",
            "the runner is alive, but what `config.json` says is wrong, so that it goes on with what stood there "
            "before",
            "Mend in `config.json` what the sentence names; the runner takes it up within seconds.",
            "It has taken up what stands there, or no runner is alive.", settings,
        ),
        Kind(
            "record", "Record not whole", "CRITICAL", "the newest verification failed; also in quiet hours",
            "Change nothing and keep the data folder as it is. Run `python -m jobs verify --anchor` with an anchor "
            "kept elsewhere, and compare with the newest backup.",
            "A verification has passed since.", record,
        ),
        Kind(
            "backup", "Backup", "HIGH, of the second place MEDIUM",
            "the last try to make a backup failed, the newest one is older than 36 hours, or it is not in the second "
            "place",
            "Run `python -m jobs run backup` and read what it says.", "There is a new backup.", backup,
        ),
        Kind(
            "drill", "Drill failed", "HIGH", "the newest drill could not bring a backup back",
            "Make a new backup, run `python -m jobs run drill`, and do not rely on the old one.",
            "A drill has passed since.", drill,
        ),
        Kind(
            "disk", "Little room", "HIGH, below 200 MB CRITICAL",
            "less than 1 GB is free on the data folder's disk, or no room for two more backups",
            "Make room, or move backups elsewhere.", "There is room again.", disk,
        ),
        Kind(
            "deliveries", "Documents wait", "MEDIUM",
            "documents may have arrived or could not be sent, or a restore holds delivery up",
            "Decide about each under Reports, Sent.", "Nothing waits for a decision.", deliveries,
        ),
        Kind(
            "access_review", "Access review overdue", "MEDIUM", "an access review is past its last day and not signed",
            "Decide about the lines that are left, and sign.", "It is signed.", access_review,
        ),
        Kind(
            "training", "Training overdue", "LOW", "somebody's training is overdue: one notice a week",
            "Remind them; each reads a topic in some minutes.", "Nobody is overdue, or another week has begun.",
            training,
        ),
        Kind(
            "sign_in", "Sign-ins refused", "HIGH", "50 or more sign-ins were refused within an hour",
            "See under Operations, What was done here, where they came from; block that network at the door.",
            "For an hour it has been calm.", sign_in,
        ),
        Kind(
            "channel", "Channel does not deliver", "HIGH",
            "notices wait for a receiver for 15 minutes because the way to them fails, or lacks something",
            "Mend what the sentence names, then run `python -m jobs alerts test`.", "It delivers again.", channel,
        ),
        Kind(
            WATCHER, "Could not look", "HIGH", "one of these kinds could not be looked at",
            "Do what the sentence says; until then nothing is known of it.", "It could be looked at again.", None,
        ),
    )
}  # fmt: skip
"""In the order of screens and of docs/alerts.md."""
