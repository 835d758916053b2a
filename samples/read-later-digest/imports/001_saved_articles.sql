-- What the readers had saved in the system before, as its last export says.

insert into article (url, title, saved_on, read_on, summary, words) values
    ('https://www.rfc-editor.org/rfc/rfc9110', 'HTTP Semantics', '2026-03-02', '2026-03-09', 'What a request means.', 74000),
    ('https://sqlite.org/atomiccommit.html', 'Atomic Commit in SQLite', '2026-03-14', null, 'How a transaction survives a power cut, step by step.', 1500),
    ('https://www.postgresql.org/docs/current/explicit-locking.html', 'Explicit Locking', '2026-03-20', null, 'Which statement waits for which.', 1200),
    ('https://landlock.io', 'Landlock', '2026-04-01', null, 'A process gives up what it does not need.', 700),
    ('https://jvns.ca/blog/2022/02/20/things-that-used-to-be-hard-and-are-now-easy/', 'Things that used to be hard and are now easy', '2026-04-03', null, 'A cheerful list.', 1100),
    ('https://danluu.com/file-consistency/', 'Files are fraught with peril', '2026-04-11', null, 'Nobody writes a file correctly, and here is why.', 4600);

-- down:
delete from article where url in (
    'https://www.rfc-editor.org/rfc/rfc9110',
    'https://sqlite.org/atomiccommit.html',
    'https://www.postgresql.org/docs/current/explicit-locking.html',
    'https://landlock.io',
    'https://jvns.ca/blog/2022/02/20/things-that-used-to-be-hard-and-are-now-easy/',
    'https://danluu.com/file-consistency/'
);
