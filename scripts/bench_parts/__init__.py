"""What `scripts/bench` measures: each part against the simplest thing that moves the same bytes, in the same
rounds, so that a ratio says something even on a machine that is busy with other work.

`engine` (what a command costs the rules), `simulate` (a day in simulated time), `durable` (commands made
durable, against raw sqlite3), `fanout` (calls to boards, against plain asyncio TCP), `restart` (from exec to
the first welcome) and `kiosk` (from a card to its paper, from a tap to its page; its start against a program
of two widgets). `figures` is how a figure is kept and told.
"""
