"""Runs an embedded Welkin for a benchmark: database, latency in ms, largest page."""

import sys

from reconciler.simulator import Options, serve

db, latency_ms, page = sys.argv[1:]
serve(
    Options(db=db, latency_ms=float(latency_ms), max_page_size=int(page)),
    0,
    lambda url: print(url, flush=True),
)
