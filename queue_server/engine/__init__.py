"""The rules of the queue. Pure: no clock, no chance, no I/O, no framework.

`decide(day, command, context)` reads and answers with events or a refusal; `evolve(day, event)` is the only
code that changes a `Day`. All times are integer milliseconds since the Unix epoch, UTC.

Which room a rule is in:

    what there is          facility · model · events
    what happens           decide/ (one room per subject) · decision · draft · evolve · sites
    time                   clock (what falls due) · due (when) · hours (moments) · turning (lines it turns)
    sessions               sessions (who was taken in) · shifts (begin and end) · lateness
    who is called next     lines · lanes · policies (shares) · course (whose turn) · calling (order, and why)
    which clinic           balancing · proposals · authority (whose word) · desks · walking
    when                   learning (paces) · estimates · capacity · promises (told) · judging (held)
    which stop next        routes (steps, gates) · journeys · returning · preparation · advice · way
    names and papers       numbering · places · appointments · alerts · emergencies
"""
