"""Who works when, and what a plan does to people: hours, meetings and leave before and after. Pure.

Reckons with what the plan and the service say; judges by policies, and changes nothing of a plan.
"""
