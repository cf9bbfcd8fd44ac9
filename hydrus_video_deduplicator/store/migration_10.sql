-- From version 9: what follows from a match for other pairs is sought later than it is found, so that
-- it does not depend on which files were compared together.

ALTER TABLE match ADD COLUMN followed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX match_new ON match (algorithm, a, b) WHERE followed = 0 AND stale = 0;
