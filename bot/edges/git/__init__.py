"""git, called so that neither the repository nor its content can make it run or write anything.

``repository`` implements the port; ``command`` is the one way in which git is called; ``scratch`` is the disposable
repository that takes everything that is fetched or made, so that the user's own is only ever read.
"""

from bot.edges.git.repository import GitRepository, find_repository

__all__ = ["GitRepository", "find_repository"]
