"""What the service raises.

ServiceError
├── SiteRefused         the changed site file removes what somebody waits for
├── JournalUnreadable   the journal of the newest day cannot be folded by this code
└── NotServing          there is no day to look at any more
"""

EXIT_BROKEN_STORAGE = 74
"""Exit code of a process whose storage failed (EX_IOERR): only a fresh open can say what is true."""


class ServiceError(Exception):
    """The service cannot do its work."""


class SiteRefused(ServiceError):
    """The changed site file removes what somebody waits for."""


class JournalUnreadable(ServiceError):
    """The journal of the newest day cannot be folded by this code."""


class NotServing(ServiceError):
    """There is no day to look at: the service has ended or no longer owns the facility."""
