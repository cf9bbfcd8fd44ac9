-- From version 6: long videos are looked at again where a short one may lie in them. All videos are
-- compared again, with the signatures they have; until then the old matches count.

CREATE TABLE glimpse (
    short TEXT NOT NULL,
    long TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    start REAL NOT NULL,
    stop REAL NOT NULL,
    likeness REAL NOT NULL,
    PRIMARY KEY (long, short, algorithm)
) WITHOUT ROWID;
CREATE INDEX glimpse_short ON glimpse (short);
UPDATE match SET stale = 1;
INSERT OR IGNORE INTO uncompared SELECT sha256, algorithm FROM signature;
