"""One file a command: the only places that print, read flags and choose exit codes.

Nothing is decided here of what is done: that is the pipeline's, which other programs drive as well. What a
command needs is imported where it runs, so that `--help` pays for none of it.
"""
