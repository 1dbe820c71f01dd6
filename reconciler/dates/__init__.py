"""When: the grammar of hours and dates, zones, rules, recurrences, their words, holidays. Pure."""
