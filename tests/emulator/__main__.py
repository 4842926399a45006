"""The emulator by itself: `python tests/emulator --sheets 3 --rows 50` prints its address, and serves."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from types import ModuleType

if "tests" not in sys.modules:  # started as a folder, not as a module
    root = ModuleType("tests")
    root.__path__ = [str(Path(__file__).resolve().parents[1])]
    sys.modules["tests"] = root

from tests.emulator import Tenant, billing_sheet, serving


def main() -> None:
    """Serve a tenant of billing sheets in one workspace until killed."""
    parser = argparse.ArgumentParser(prog="python tests/emulator", description=__doc__)
    parser.add_argument("--sheets", type=int, default=3)
    parser.add_argument("--rows", type=int, default=50, help="rows a sheet")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--wide", action="store_true", help="25 columns")
    given = parser.parse_args()
    tenant = Tenant(given.seed)
    home = tenant.new_workspace("Billing")
    for number in range(given.sheets):
        billing_sheet(tenant, f"Billing {number + 1}", given.rows, given.seed + number, home, given.wide)
    over = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    with serving(tenant, given.port) as emulator:
        about: dict[str, object] = {
            "base": emulator.base,
            "control": f"{emulator.root}/_emu",
            "token": tenant.token.text,
        }
        about |= {"workspace": home.id}
        print(json.dumps({**about, "sheets": {each.name: each.id for each in tenant.sheets.values()}}), flush=True)
        over.wait()


if __name__ == "__main__":
    main()
