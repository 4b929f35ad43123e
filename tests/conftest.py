"""What all tests share: drawn examples have no deadline of their own, since a busy machine is not a fault."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("yance", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("yance")
