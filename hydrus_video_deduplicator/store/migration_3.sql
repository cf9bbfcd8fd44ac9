-- From version 2: the limit that a failure depends on, and the hashes of files in plain folders.

ALTER TABLE failure ADD COLUMN memory INTEGER;
ALTER TABLE failure ADD COLUMN seconds REAL;

-- What version 2 said of files that met a limit: they are tried again.
DELETE FROM failure
    WHERE reason LIKE 'needs more than % MiB of memory%' OR reason LIKE 'the decoder took longer%';

CREATE TABLE file_hash (
    path BLOB NOT NULL PRIMARY KEY,
    stamp TEXT NOT NULL,
    sha256 TEXT NOT NULL
) WITHOUT ROWID;
