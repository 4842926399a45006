"""An office whose access review was made, copied for each test."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from audit_core.access_review import AccessReview, make_review
from audit_core.access_review.reviews import read_review
from audit_core.actors import JOBS, Actor
from audit_core.workspace import Workspace
from tests.access_review.office import RITA, SAM, UMA, come_in, now_of, office


@dataclass
class Room:
    """An installation of its own, the moment in it, and who is signed in."""

    workspace: Workspace
    now: datetime
    rita: Actor
    sam: Actor
    uma: Actor

    @property
    def review(self) -> AccessReview:
        """The newest review as it stands."""
        found = read_review(self.workspace, None)
        assert found is not None
        return found

    @property
    def month(self) -> str:
        """Its month."""
        return self.review.month

    def later(self, **much: int) -> datetime:
        """Let time pass; those who are signed in prove anew who they are."""
        self.now += timedelta(**much)
        self.rita, self.sam, self.uma = (
            replace(each, confirmed_at=self.now) for each in (self.rita, self.sam, self.uma)
        )
        return self.now


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime, dict[str, Actor]]:
    """(the folder of an office with its review, the moment, who is signed in)."""
    root = tmp_path_factory.mktemp("office")
    with office(root) as desk:
        now = now_of(desk)
        workspace = desk.open()
        with closing(workspace.store.database):
            people = {email: come_in(workspace, email, now) for email in (RITA, SAM, UMA)}
            make_review(workspace, JOBS, "review-1", now)
    return root, now, people


@pytest.fixture
def room(made: tuple[Path, datetime, dict[str, Actor]], tmp_path: Path) -> Iterator[Room]:
    root, now, people = made
    shutil.copytree(root, tmp_path / "own")
    workspace = Workspace.open(tmp_path / "own" / "config.json")
    with closing(workspace.store.database):
        yield Room(workspace, now, people[RITA], people[SAM], people[UMA])
