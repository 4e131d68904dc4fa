"""How a hospital looks cards up, as its site file says."""

from dataclasses import dataclass

from queue_server.insurance.account import Account


@dataclass(frozen=True, slots=True)
class Settings:
    """url: of the portal, without a path. timeout: seconds for one look-up. at_once: how many together.

    opens, ends: minutes since local midnight between which anybody is looked up.
    """

    url: str
    account: Account
    timeout: int
    at_once: int
    opens: int
    ends: int
