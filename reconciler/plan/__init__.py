"""Desired + live -> plan, and what a saved plan may be. Pure: no network, file or clock."""
