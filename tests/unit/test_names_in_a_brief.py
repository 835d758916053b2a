"""A project's name becomes a folder's name, and a brief names a folder: neither leads anywhere else."""

import re

import pytest

from checkpoints.core.errors import Refused
from flows.delivery import brief

BRIEF = """name = '{name}'
type = "web-application"
does = "Nothing."
aws_services = ["ECS"]
release = '{release}'
domain = '{domain}'
client = {{ name = "Nobody", location = "New York, US" }}
monthly_cost = {{ low = 1, high = 2, budget = 3 }}
"""
TRICKS = [
    "../..",
    "../../etc",
    "/etc/passwd",
    "; rm -rf x",
    "$(touch x)",
    "-chdir=/",
    "--help",
    "a/../b",
    "a//b",
    "a b",
    "~",
]


def read(name: str = "Good", release: str = "samples/good", domain: str = "") -> str:
    return brief.read(BRIEF.format(name=name, release=release, domain=domain).encode()).slug


def test_the_brief_that_the_tricks_are_played_on_is_a_good_one() -> None:
    assert read(domain="digest.client.com") == "good"


@pytest.mark.promise("E7.2")
@pytest.mark.parametrize("name", [*TRICKS, ".", "con..", "..\\..", "naïve", "a" * 60])
def test_whatever_the_name_the_short_name_is_a_plain_one_or_there_is_none(name: str) -> None:
    slug = brief.slugged(name)
    if slug is None:
        with pytest.raises(Refused, match="name"):
            read(name=name)
    else:
        assert re.fullmatch(r"[a-z][a-z0-9-]{1,30}", slug)


@pytest.mark.promise("E7.2")
@pytest.mark.parametrize("release", [*TRICKS, ".", "..", "a/..", "a/./b", "a/", ".git", "a\\..\\b", "a\\u0000"])
def test_a_path_that_leads_outside_is_refused(release: str) -> None:
    with pytest.raises(Refused, match="release"):
        read(release=release)


@pytest.mark.promise("E7.2")
@pytest.mark.parametrize("domain", [*TRICKS, "-x.com", "x..com", "x.com/../y", "x.com -chdir=/"])
def test_a_domain_that_is_none_is_refused(domain: str) -> None:
    with pytest.raises(Refused, match="domain"):
        read(domain=domain)
