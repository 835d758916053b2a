"""A brief: the sample is good, and every bad one is refused with the field, the line and what would be right."""

import tracemalloc
from pathlib import Path

import pytest

from agents.delivery.defaults import services_for
from checkpoints.core.errors import Refused
from checkpoints.rules.catalogue import read_catalogue
from flows.delivery import brief
from tests.plugins.work import under_a_second

SAMPLE = Path(brief.__file__).with_name("read-later-digest.toml").read_bytes()

BAD = [
    ('name = "Read Later Digest"', 'nome = "Read Later Digest"', r"name: is missing(.|\n)*line 3, nome: is not known"),
    ('name = "Read Later Digest"', 'name = "1984"', "line 3, name: must begin with a letter"),
    ('name = "Read Later Digest"', 'name = "x"', "line 3, name: must begin with a letter"),
    ('name = "Read Later Digest"', 'name = ""', "line 3, name: must be plain text"),
    ('name = "Read Later Digest"', f'name = "{"x" * 61}"', "line 3, name: .* at most 60"),
    ('name = "Read Later Digest"', "name = 3", "line 3, name: .* valid string"),
    (
        'type = "web-application"',
        'type = "spaceship"',
        "line 4, type: is not a .*; right would be one of web-",
    ),
    ('"digest.client.com"', '"not a domain"', "line 8, domain"),
    (
        '"security-review", "monitoring"',
        '"world-peace"',
        "optional_kinds.2: is not an optional .*monitoring",
    ),
    ('"security-review", "monitoring"', '"terraform-plan"', "line 9, optional_kinds.2: is not an optional kind"),
    ('location = "New York, US" ', 'where = "New York, US" ', "client.location: is missing"),
    ("low = 45", "low = -45", "line 19, monthly_cost.low: must be dollars a month from 0 up"),
    ("low = 45", "low = nan", "line 19, monthly_cost.low"),
    ("low = 45", "low = 1e309", "line 19, monthly_cost.low: must be at most 1,000,000"),
    ("low = 45", "low = 45.001", "line 19, monthly_cost.low: .* at most two decimals"),
    ("low = 45", 'low = "a lot"', "line 19, monthly_cost.low"),
    ("low = 45", f"low = {'9' * 5000}", "digits"),
    ("high = 60", "high = 40", "monthly_cost: high must not be less than low"),
    (
        'name = "SendGrid"\nkey = "needed"',
        'name = "SendGrid"\nkey = "lost"',
        "line 29, api.2.key: .*'needed' or 'in the vault'",
    ),
    ('release = "samples', 'release = "../samples', "line 7, release"),
    ("low = 45", "low = 45\nlow = 46", "overwrite"),
    (
        '"security-review", "monitoring"',
        '"custom-infrastructure"',
        "names custom-infrastructure, and nothing says which",
    ),
    ('name = "SendGrid"', 'name = "pocket!"', r"two of \[\[api\]\] have the same name"),
    ('domain = "digest.client.com"', 'compliance = ["SOX"]', "is not a regime; right would be one of GDPR, HIPAA"),
    ('domain = "digest.client.com"', 'pre_provision = "perhaps"', "line 8, pre_provision"),
    ("low = 45", "low = = 45", "line 19"),
]


@pytest.mark.parametrize(("good", "bad", "told"), BAD, ids=[bad[:30] for _, bad, _ in BAD])
def test_a_mistake_is_named_with_its_field_and_line(good: str, bad: str, told: str) -> None:
    assert good in SAMPLE.decode()
    with pytest.raises(Refused, match=told) as refused:
        brief.read(SAMPLE.decode().replace(good, bad).encode(), "b.toml")
    assert "Nothing was stored." in str(refused.value)
    assert len(str(refused.value)) < 2000


def test_every_mistake_is_named_at_once() -> None:
    twice = SAMPLE.replace(b"low = 45", b"low = -1").replace(b'"web-application"', b'"spaceship"')
    with pytest.raises(Refused, match=r"type: (.|\n)*monthly_cost\.low: "):
        brief.read(twice)


JUNK = {
    "1 MB": b"a = 1\n" * 170_000,
    "50 MB": b"#" * 50_000_000,
    "not UTF-8": SAMPLE.replace(b"Pocket", b"P\xe9cket"),
    "NUL": SAMPLE.replace(b"Pocket", b"P\0cket"),
    "an escape": SAMPLE.replace(b"Pocket", b"P\x1b[2Jcket"),
    "half a pair": SAMPLE.replace(b"Pocket", b"P\\ud800cket"),
    "right to left": SAMPLE.replace(b"Pocket", "P\u202ecket".encode()),
    "10,000 deep": b"a = " + b"[" * 10_000 + b"]" * 10_000,
    "10,000 deep by lines": b"a = " + b"[\n" * 10_000 + b"]\n" * 10_000,
    "a long dotted key": b".".join([b"a"] * 30_000) + b" = 1",
    "many tables": b"\n".join(b"[t%d]" % number for number in range(7_000)),
    "nothing": b"",
    "an image": bytes(range(256)) * 10,
}


@pytest.mark.promise("E4.1")
@pytest.mark.parametrize("junk", JUNK.values(), ids=list(JUNK))
def test_junk_is_refused_soon_with_a_reason_and_flat_memory(junk: bytes) -> None:
    with under_a_second(), pytest.raises(Refused, match="Nothing was stored"):
        brief.read(junk)
    tracemalloc.start()
    with pytest.raises(Refused):
        brief.read(junk)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000


def test_a_line_is_named_where_the_text_stops_being_utf_8() -> None:
    with pytest.raises(Refused, match="line 24: not UTF-8"):
        brief.read(SAMPLE.replace(b'"Pocket"', b'"P\xe9cket"'))


def test_the_sample_is_read_and_read_back() -> None:
    new = brief.read(SAMPLE)
    assert (new.slug, new.title, new.client) == ("read-later-digest", "Read Later Digest", "Client Inc.")
    project = brief.project(new.slug, new.brief)
    assert [(api.name, api.have) for api in project.third_parties] == [
        ("Pocket", False), ("SendGrid", False), ("OpenAI", True),
    ]  # fmt: skip
    assert (str(project.cost_low), str(project.cost_high), str(project.budget)) == ("45", "60", "100")


def test_the_brief_with_every_kind_plans_each_of_them_once() -> None:
    every = Path(brief.__file__).parents[2] / "samples" / "every-kind.toml"
    plan = brief.read(every.read_bytes()).plan
    assert {name for name, kind in read_catalogue().items() if kind.optional} <= {item.kind for item in plan}
    assert len({item.branch for item in plan}) == len(plan)


def test_services_that_are_left_out_are_the_usual_ones_of_the_type() -> None:
    document = SAMPLE.replace(b'aws_services = ["ECS", "RDS", "SQS", "Lambda"]', b"")
    new = brief.read(document)
    assert brief.project(new.slug, new.brief).aws_services == services_for("web-application")
