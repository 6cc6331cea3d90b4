"""Steering: from plane estimates to probe targets on the skin."""

from sonoreach.policies.steering.steering import Steering

__all__ = ["Steering"]
