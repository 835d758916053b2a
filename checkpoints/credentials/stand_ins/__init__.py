"""Stand-ins for third parties' services, so that the sample runs without the internet and without anybody's account.

Rule: a key of the right shape is accepted, any other is not; -limited at its end gives 429, -down gives 503.
"""

from starlette.routing import Route

from checkpoints.credentials.stand_ins import consenting, keys

__all__ = ["routes"]


def routes() -> list[Route]:
    """Each service under its slug; to be mounted at `/stand-in`."""
    return [*keys.routes(), *consenting.routes()]
