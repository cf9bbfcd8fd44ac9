-- From version 4: which files have no moving picture, such as sound with a cover. They had counted
-- as failed.

ALTER TABLE failure ADD COLUMN is_no_video INTEGER NOT NULL DEFAULT 0;
UPDATE failure SET is_no_video = 1
    WHERE reason LIKE 'no moving picture, only %' OR reason LIKE 'a zip that is no ugoira%';
