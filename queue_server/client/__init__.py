"""What every screen and kiosk talks through: a pure conversation, replicas of topics, and a connection.

conversation  frames in, effects out; keeps every wish until it is answered
replica       one topic's rows: snapshot, patches, resume
patience      when to come back after which close code
connection    the asyncio shell: a list of servers, back-off with jitter
"""

from queue_server.client.connection import ClientError, Connection, NoAnswer, Wish
from queue_server.client.conversation import Change, Link, LinkState
from queue_server.client.replica import Replica

__all__ = ["Change", "ClientError", "Connection", "Link", "LinkState", "NoAnswer", "Replica", "Wish"]
