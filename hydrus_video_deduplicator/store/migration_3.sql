-- From version 2: how much of a file could be read, and which files may be read otherwise now; the
-- limit that a failure depends on, and the hashes of files in plain folders.

ALTER TABLE signature ADD COLUMN readable REAL NOT NULL DEFAULT 1;
CREATE INDEX signature_readable ON signature (algorithm, sha256, readable) WHERE readable < 1;

CREATE TABLE doubtful (
    sha256 TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    PRIMARY KEY (sha256, algorithm)
) WITHOUT ROWID;
INSERT INTO doubtful SELECT sha256, algorithm FROM signature;

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
