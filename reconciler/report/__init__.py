"""Values -> text, Markdown, HTML, JSON, iCalendar. Returns what is to be printed, and prints nothing.

All that is said of a plan comes of one value, `review.py`, so that each format says the same. No text that a
person typed becomes markup here.
"""
