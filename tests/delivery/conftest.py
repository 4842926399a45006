"""An installation with documents to send."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.delivery.office import Office
from tests.delivery.servers import Mailbox, mail_server
from tests.exports import Desk


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def office(tmp_path: Path, box: Mailbox) -> Iterator[Office]:
    """Packets go to one person by e-mail, in the clear to a server on this machine."""
    with ExitStack() as stack:
        port = stack.enter_context(mail_server(box))
        opened = Office(Desk(tmp_path / "desk"))
        stack.callback(opened.close)
        opened.subscribe(port=port)
        yield opened
