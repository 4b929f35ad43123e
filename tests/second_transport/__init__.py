"""A second server of the transport interface, written from its published documents alone.

It shares no line and no design with the reference server, so that what both happen to do alike is not mistaken for what the
documents demand. `Choices` holds what the documents leave to a vendor.
"""

from __future__ import annotations

from tests.second_transport.application import SecondServer
from tests.second_transport.choices import TOKENS, Choices

__all__ = ["TOKENS", "Choices", "SecondServer"]
