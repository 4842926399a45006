"""Somebody else who acts between what one person read and the transaction in which they decide."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from audit_core.store.decisions import Decisions


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """The first decision in here comes to its turn right after `act`."""
    deciding = Decisions.deciding
    with patch.object(Decisions, "deciding", autospec=True) as waiting:

        def after_the_other(self: Decisions) -> object:
            waiting.side_effect = deciding
            act()
            return deciding(self)

        waiting.side_effect = after_the_other
        yield
