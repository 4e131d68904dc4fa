"""What the kiosk asks of the session that runs it, as it ends: exit codes."""

LARGER, SMALLER = 10, 11
"""Start the kiosk again with large letters, or with normal ones."""
