-- A summary for the morning's mail, and a length to plan the reading by.

alter table article add column summary text not null default '';
alter table article add column words integer not null default 0;

-- down:
alter table article drop column words;
alter table article drop column summary;
