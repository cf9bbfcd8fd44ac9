-- From version 5: pairs are judged differently. All videos are compared again, with the signatures
-- they have; until then the old matches count.

ALTER TABLE match ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
UPDATE match SET stale = 1;
INSERT OR IGNORE INTO uncompared SELECT sha256, algorithm FROM signature;
