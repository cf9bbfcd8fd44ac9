-- From version 1: what was a column of each signature became a table of few rows.

DROP INDEX signature_new;

CREATE TABLE uncompared (
    sha256 TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    PRIMARY KEY (sha256, algorithm)
) WITHOUT ROWID;
INSERT INTO uncompared SELECT sha256, algorithm FROM signature WHERE compared = 0;

ALTER TABLE signature DROP COLUMN compared;
CREATE INDEX signature_too_little ON signature (algorithm, sha256, too_little)
    WHERE too_little IS NOT NULL;

CREATE TABLE sketch (
    sha256 TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    version TEXT NOT NULL,
    listed BLOB NOT NULL,
    placed BLOB NOT NULL,
    PRIMARY KEY (sha256, algorithm, version)
);
