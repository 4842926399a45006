"""One tree of errors; each is one sentence for a person and one exit code.

AuditError (1)
├── ConfigError (2)            a key of config.json or an argument is wrong
├── StoreNotReady (10)         no store, or one that needs migrating
├── LockHeld (11)              another live run holds the lock
├── LeaseLost (11)             another run took over from one that gave no sign of life
├── WrongKey (12)              a backup was encrypted for a key that is not here
├── VerificationFailed (20)    the ledger, a snapshot or a backup is not what was sealed
├── SourceUnavailable (75)     nothing could be read now; try again later
├── TimeLimit (124)            a job ran over its time limit
├── NotAllowed (2)             the actor's role may not do this
│   └── ConfirmationNeeded     it may, once the person proves again who it is
├── SignInRefused (2)          a sign-in failed, or must wait
│   └── ProofUsed              what the provider said was used before
└── SnapshotRefused            one snapshot cannot be taken; becomes a blind spot, the run goes on
"""

from typing import ClassVar


def on_one_line(words: str) -> str:
    """The same words without line breaks."""
    return " ".join(line.strip() for line in words.splitlines())


class AuditError(Exception):
    """A failure that a person can act on: `str(error)` is one sentence saying what, where, what to do."""

    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        """On one line, whatever it quotes: SQLite names a damaged trigger with all of its text."""
        return on_one_line(super().__str__())


class ConfigError(AuditError):
    """A setting, file name or argument is wrong: names the place, what was found, what was expected."""

    exit_code = 2


class StoreNotReady(AuditError):
    """There is no store yet, or its schema is older or newer than this program."""

    exit_code = 10


class LockHeld(AuditError):
    """Another live run of the same job holds its lock."""

    exit_code = 11


class LeaseLost(AuditError):
    """Another run took over, because this one gave no sign of life for too long."""

    exit_code = 11


class WrongKey(AuditError):
    """A backup cannot be encrypted or opened with the keys that are here."""

    exit_code = 12


class VerificationFailed(AuditError):
    """Something sealed no longer matches its seal; the sentence names the first bad place."""

    exit_code = 20


class SourceUnavailable(AuditError):
    """Nothing could be read from the source now; a later try may succeed. `retry_after`: seconds, where it says so."""

    exit_code = 75
    retry_after: float | None = None


class TimeLimit(AuditError):
    """A job ran longer than its limit and was stopped."""

    exit_code = 124


class NotAllowed(AuditError):
    """The actor's role does not allow this; the sentence says which role does."""

    exit_code = 2


class ConfirmationNeeded(NotAllowed):
    """The actor's role allows this, but the session's last proof of who it is is too old."""


class SignInRefused(AuditError):
    """A sign-in failed; the sentence never says whether the e-mail is known."""

    exit_code = 2


class ProofUsed(SignInRefused):
    """What the provider said of somebody opened a session, or confirmed one, before."""


class SnapshotRefused(AuditError):
    """One snapshot cannot be taken. Sync turns it into a blind spot and leaves the sheet's baseline alone."""
