"""What a script locks, by PostgreSQL's documentation, and whether there is a way back."""

import pytest

from checkpoints.cloud import sql
from tests.stage.sandbox import SAMPLE, SOURCES


@pytest.mark.parametrize(
    ("statement", "what", "mode"),
    [
        ("ALTER TABLE article ADD COLUMN words integer", "article", "ACCESS EXCLUSIVE"),
        ("alter table only desk.article drop column words", "desk.article", "ACCESS EXCLUSIVE"),
        ("alter table article validate constraint article_words", "article", "SHARE UPDATE EXCLUSIVE"),
        ("alter table article add constraint x foreign key (a) references b", "article", "SHARE ROW EXCLUSIVE"),
        ("create index on article (words)", "article", "SHARE"),
        ("create unique index concurrently if not exists x on article (words)", "article", "SHARE UPDATE EXCLUSIVE"),
        ("drop table if exists article", "article", "ACCESS EXCLUSIVE"),
        ("TRUNCATE article", "article", "ACCESS EXCLUSIVE"),
        ("insert into article values ('drop table article;')", "article", "ROW EXCLUSIVE"),
        ("update article set words = 1", "article", "ROW EXCLUSIVE"),
        ("delete from article", "article", "ROW EXCLUSIVE"),
        ("create trigger x after insert on article execute function y()", "article", "SHARE ROW EXCLUSIVE"),
        ("refresh materialized view concurrently digest", "digest", "EXCLUSIVE"),
        ("vacuum full article", "article", "ACCESS EXCLUSIVE"),
        ("vacuum article", "article", "SHARE UPDATE EXCLUSIVE"),
        ("create table if not exists digest (day date)", "digest", "none"),
        ("select count(*) from article", "article", "ACCESS SHARE"),
        ("do $$ begin drop table article; end $$", "?", "unknown"),
        ("grant all on article to public", "?", "unknown"),
    ],
)
def test_a_statement_locks_as_the_documentation_says(statement: str, what: str, mode: str) -> None:
    (lock,) = sql.locks(f"-- a comment; with a semicolon\n{statement};\n")
    assert (lock.what, lock.mode) == (what, mode)
    assert lock.means


def test_what_the_script_itself_made_nobody_waits_for() -> None:
    found = sql.locks("create table digest (day date); create index on digest (day); create index on article (words);")
    assert [lock.mode for lock in found] == ["none", "none", "SHARE"]


def test_the_strongest_lock_is_named_and_an_unknown_one_counts_as_that() -> None:
    script = "insert into a values (1); alter table b add column c int; select 1 from d;"
    strongest = sql.strongest(sql.locks(script))
    assert strongest is not None
    assert strongest.what == "b"
    unknown = sql.strongest(sql.locks(f"{script} reassign owned by a to b;"))
    assert unknown is not None
    assert unknown.mode == "unknown"
    assert sql.strongest(()) is None


@pytest.mark.parametrize(
    ("script", "reversible"),
    [
        ("create table a (b int);\n-- down:\ndrop table a;", True),
        ("alter table a add column b int;\n-- down:\nalter table a drop column b;", True),
        ("create table a (b int);", False),
        ("create table a (b int);\n-- down:\n", False),
        ("drop table a;\n-- down:\ncreate table a (b int);", False),
        ("delete from a;\n-- down:\ninsert into a values (1);", False),
        ("update a set b = 1 where c;\n-- down:\nupdate a set b = 0;", False),
        ("alter table a alter column b type bigint;\n-- down:\nalter table a alter column b type int;", False),
        ("drop index a;\n-- down:\ncreate index a on b (c);", True),
        ("insert into a values ('; drop table b;');\n-- down:\ndelete from a;", True),
        ("/* drop table a; */ create table b (c int);\n-- down:\ndrop table b;", True),
    ],
)
def test_there_is_a_way_back_only_where_all_comes_back(script: str, reversible: bool) -> None:
    assert sql.is_reversible(script) is reversible


def test_every_script_of_the_sample_has_a_way_back() -> None:
    for script in (SOURCES / SAMPLE).glob("*/*.sql"):
        assert sql.is_reversible(script.read_text()), script
