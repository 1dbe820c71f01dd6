"""Hours from others' tables and meetings from their calendars, as manifests. Pure: text in, values out.

Whatever can't be taken is left out whole and named by line and cause, never by what it says: it may be about
a patient, or about nobody's business. Knows no service; people are those that manifests declare.
"""
