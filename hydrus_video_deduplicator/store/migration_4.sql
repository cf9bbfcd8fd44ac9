-- From version 3: what the user decides while looking at the pairs.

CREATE TABLE decision (
    library TEXT NOT NULL,
    step INTEGER NOT NULL,              -- what was decided at once is undone at once
    first TEXT NOT NULL,
    second TEXT NOT NULL,
    relation TEXT,                      -- see Relation; NULL: what was decided is taken back
    deletes INTEGER NOT NULL,           -- 1: the second file goes to the trash
    by_advice INTEGER NOT NULL,         -- 1: the program's advice was taken
    state TEXT NOT NULL,                -- see DecisionState
    PRIMARY KEY (library, step, first, second)
) WITHOUT ROWID;
-- Which files have no moving picture, such as sound with a cover. They had counted as failed.

ALTER TABLE failure ADD COLUMN is_no_video INTEGER NOT NULL DEFAULT 0;
UPDATE failure SET is_no_video = 1
    WHERE reason LIKE 'no moving picture, only %' OR reason LIKE 'a zip that is no ugoira%';

-- A match is a map of parts now: all videos are compared anew, with the signatures they have.

INSERT OR IGNORE INTO uncompared SELECT sha256, algorithm FROM signature;
