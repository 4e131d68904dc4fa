"""The calling rule for the wall: what a head nurse can read aloud, made from the numbers of the site file.

Every sentence is made of the policy in force; there is none that could stay when a number changes.
"""

from queue_server.poster.rules import Poster, posters
from queue_server.poster.sheets import html, plain, svg

__all__ = ["Poster", "html", "plain", "posters", "svg"]
