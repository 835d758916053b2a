-- The articles that a reader saved, and when they read them.

create table article (
    url text primary key,
    title text not null,
    saved_on text not null,
    read_on text
);

create index article_unread on article (saved_on) where read_on is null;

-- down:
drop table article;
