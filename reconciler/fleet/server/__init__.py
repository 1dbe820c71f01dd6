"""The fleet's page, its interface for machines and its metrics: what is looked at, and by whom.

Owns: who asks and what they may see, HTML of what the database holds. Must not: plan, apply or read a
service; what a button asks for is asked of `runs` and `pauses`, as commands do. Starlette, uvicorn and Jinja2
come late.
"""
