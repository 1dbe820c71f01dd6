"""`python -m reconciler` is `welkin-reconcile`."""

from reconciler.cli import main

main()
