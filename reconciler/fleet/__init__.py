"""Many environments kept true by any number of workers, on the pipeline and a database.

Owns: the fleet's configuration, sources in Git, schedules, runs, leases, workers. Must not: plan or write by
itself (that is the pipeline's), print, or read flags. The engine (dbos) is behind `engine.py` alone.
"""
