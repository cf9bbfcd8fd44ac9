-- From version 7: pairs are judged differently. All videos are compared again, with the signatures
-- they have; until then the old matches count. And what was posted is looked up by a later run.

UPDATE match SET stale = 1;
INSERT OR IGNORE INTO uncompared SELECT sha256, algorithm FROM signature;
ALTER TABLE posting ADD COLUMN posted REAL NOT NULL DEFAULT 0;
