"""Plan -> writes, read back, noted in the journal -> report."""
