"""What a vendor of logistics may get wrong, thought up from the documents alone: each fault is one way in which a server is bent.

A fault names the requirements under which it should show. `FAULTS` has all of them by name.
"""

from __future__ import annotations

from tests.second_logistics.faults import capturing, holding, listing, making, sending, serving, shipping
from tests.second_logistics.faults.bending import FAULTS, Fault

__all__ = ["FAULTS", "Fault", "capturing", "holding", "listing", "making", "sending", "serving", "shipping"]
