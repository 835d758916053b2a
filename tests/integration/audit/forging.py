"""What the owner of the tables can do to an audit, as SQL."""

from collections.abc import Callable

WRITTEN_ANEW = """
    do $$ declare line desk.audit_line; begin
        create temp table kept on commit drop as select * from desk.audit_line order by number;
        delete from desk.audit_line;
        update desk.audit_head set number = 0, hash = repeat('0', 64);
        for line in select * from kept order by number loop
            perform desk.audit_append(line.event, cast(replace(line.body, '60', '61') as jsonb));
        end loop;
    end $$"""
CUT_OFF = """
    with gone as (delete from desk.audit_line where number > 4 returning number)
    update desk.audit_head set (number, hash) = (select number, hash from desk.audit_line where number = 4)"""
Forge = Callable[[str], None]
