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
