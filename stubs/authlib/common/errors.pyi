"""The part of Authlib's errors that we read."""

class AuthlibBaseError(Exception):
    error: str | None
    description: str | None
