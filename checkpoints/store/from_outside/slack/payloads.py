"""Rows of what came from Slack and had its turn: SHA-256 alone, of what was said and of what Slack calls it."""

from collections.abc import Collection

from sqlalchemy import Connection, text

# Whoever inserts the same at the same moment waits for the first one's end. In order, so that no two wait for each
# other.
TAKE = text("""
    insert into desk.slack_payload (hash, came_at)
    select hash, desk.desk_now() from unnest(cast(:hashes as bytea[])) as hash order by hash
    on conflict do nothing""")
# Slack redelivers for an hour, and takes no timestamp older than five minutes for fresh: the rest is for who kept one.
FORGET = text("delete from desk.slack_payload where came_at < desk.desk_now() - interval '30 days'")


def take(tx: Connection, hashes: Collection[bytes]) -> bool:
    """True where none of them was here in the last 30 days: then all are from now on."""
    tx.execute(FORGET)
    return tx.execute(TAKE, {"hashes": sorted(hashes)}).rowcount == len(hashes)
