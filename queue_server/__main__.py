"""`python -m queue_server` is `queue-server`."""

from queue_server.cli import main

main()
