"""What PostgreSQL's own log says it refused our logins: whoever was refused can't be relied on to say so.

Rule: the names that a client signs in with stand in it, and could bring a line of their own: such a line is known by
the server's words behind it, and is what it is, a sign-in of nobody's that was refused.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

PREFIX = "%m [%p] %q%e %u@%d "
"""How each line of the server's log begins (`log_line_prefix`): when, which process, SQLSTATE, login, database."""
LINE = re.compile(
    r"\d{4}-\d\d-\d\d [\d:.]+ \w+ \[\d+\] (42501|28P01|28000|CS00[1-4]) ([^@]*)@(\S*) (ERROR|FATAL):  (.*)"
)
SEVERITY = re.compile(r"\b[A-Z]{3,}:  ")
NAMED = re.compile(r"\buser (\".*)")
UNKNOWN = "an unknown login"


@dataclass(frozen=True)
class Barred:
    """A login of the database that was refused something, in the server's words.

    `signing_in`: it didn't get in. `by_us`: a function of ours refused it, not a right that is missing.
    """

    login: str
    signing_in: bool
    by_us: bool
    why: str


def barred(text: str, logins: Collection[str], databases: Collection[str]) -> Iterator[Barred]:
    """Each refusal in a piece of the log that concerns one of these databases, in its order."""
    for line in text.split("\n"):
        found = LINE.fullmatch(line)
        if found is None or found[3] not in databases:
            continue
        state, login, _, how, why = found.groups()
        # The server's own severity comes after what the client called itself: a second one is the server's.
        brought, says = SEVERITY.search(why) is not None, NAMED.search(why)
        theirs = not brought and login in logins and (says is None or says[1] == f'"{login}"')
        signing_in, by_us = how == "FATAL" or brought, state.startswith("CS")
        yield Barred(login if theirs else UNKNOWN, signing_in, by_us, f"{why} ({state})")
