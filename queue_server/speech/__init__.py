"""Spoken calls as lists of clips; nothing here makes a sound."""

from queue_server.speech.calls import spoken_call

__all__ = ["spoken_call"]
