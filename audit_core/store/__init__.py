"""Everything that changes state: the ledger, the snapshots, the runs, and the tables that they are in."""

import sys
from importlib import import_module

# sqlite_utils takes along pandas where it finds it, for frames that nothing here gives it: a quarter of the time that a
# command needs to start. None is what the import system takes for "not there".
if "pandas" not in sys.modules:
    sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        import_module("sqlite_utils")
    finally:
        del sys.modules["pandas"]
