"""The link to a hospital's own system (HIS): an ordinary client of the queue server, role `integration`.

port      what a HIS says and what it is told, as values; what an adapter has to do
link      the conversation, pure: what a saying means in commands, and what a changed row has to be told
keep      what the link must not forget: sayings it took, facts it still has to tell
runner    the asyncio shell around link, keep, adapter and connection
http      adapter: JSON over HTTP, webhook in and calls out
view      adapter: a read-only database view that is polled
settings  the file his.toml

HIS.md beside this file tells a hospital's IT how to connect.
"""
