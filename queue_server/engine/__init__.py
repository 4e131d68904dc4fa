"""The rules of the queue. Pure: no clock, no chance, no I/O, no framework.

`decide(day, command, context)` reads and answers with events or a refusal; `evolve(day, event)` is the only
code that changes a `Day`. All times are integer milliseconds since the Unix epoch, UTC.
"""
