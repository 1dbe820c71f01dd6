"""Plan -> writes, read back, noted in the journal -> report. Decides nothing that the plan doesn't say."""
