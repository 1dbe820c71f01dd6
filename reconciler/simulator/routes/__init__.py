"""The service's routes, one file for each resource; each ends with its `ROUTES`."""

from reconciler.simulator.routes import events, hours, patients, tokens, users

__all__ = ["events", "hours", "patients", "tokens", "users"]
