-- From version 2: how much of a file could be read; and some files are read otherwise now.

ALTER TABLE signature ADD COLUMN readable REAL NOT NULL DEFAULT 1;
CREATE INDEX signature_readable ON signature (algorithm, sha256, readable) WHERE readable < 1;

CREATE TABLE doubtful (
    sha256 TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    PRIMARY KEY (sha256, algorithm)
) WITHOUT ROWID;
INSERT INTO doubtful SELECT sha256, algorithm FROM signature;
