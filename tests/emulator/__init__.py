"""A Smartsheet tenant of our own: the API on 127.0.0.1, with a virtual clock, a truth log and faults on demand.

`with serving(tenant) as emu:` gives `emu.base` for a client; `tenant` is changed by its methods, and `net(a, b)` says
what a client that read at both marks can know to have happened.
"""

from tests.emulator.billing import EDITORS, RATES, billing_sheet
from tests.emulator.calls import Call, worst_minute
from tests.emulator.faults import Fault
from tests.emulator.server import Emulator, serving
from tests.emulator.state import Column
from tests.emulator.tenant import Tenant
from tests.emulator.truth import Fact, Mark, Net, Writer, net

__all__ = [
    "EDITORS", "RATES", "Call", "Column", "Emulator", "Fact", "Fault", "Mark", "Net", "Tenant", "Writer",
    "billing_sheet", "net", "serving", "worst_minute",
]  # fmt: skip
