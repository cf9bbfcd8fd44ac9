-- From version 4: pictures within a picture are compared as well. The signatures of earlier versions
-- count until their files are hashed again.

ALTER TABLE doubtful RENAME TO outdated;
INSERT OR IGNORE INTO outdated SELECT sha256, algorithm FROM signature WHERE sha256 NOT LIKE '%~%';

CREATE INDEX match_b ON match (b);
