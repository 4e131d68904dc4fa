"""Telling of an exception without telling of a person."""

import traceback


def where(error: BaseException) -> str:
    """The kind of an exception and where it came from. Never its message: it may quote a name."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    path = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    cause = f" from {type(error.__cause__).__name__}" if error.__cause__ is not None else ""
    return f"{type(error).__name__}{cause} ({path})"
