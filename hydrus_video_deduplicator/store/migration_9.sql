-- From version 8: pairs are judged differently. All videos are compared again, with the signatures
-- they have; until then the old matches count.

UPDATE match SET stale = 1;
INSERT OR IGNORE INTO uncompared SELECT sha256, algorithm FROM signature;
