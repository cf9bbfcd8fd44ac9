-- Hashes are lower-case hexadecimal. `a` is the smaller hash of a pair, `b` the larger.

CREATE TABLE signature (
    sha256 TEXT NOT NULL,               -- with a suffix: of the file seen otherwise, see SUFFIXES
    algorithm TEXT NOT NULL,            -- version of everything that affects the two hashes
    video_hash TEXT NOT NULL,           -- 16 digits: the 64-bit VideoHash, written as a tag
    signature BLOB NOT NULL,
    too_little TEXT,                    -- why there is too little in the video to judge it
    readable REAL NOT NULL DEFAULT 1,   -- share of the video that could be decoded, 0 to 1
    PRIMARY KEY (sha256, algorithm)
);
CREATE INDEX signature_too_little ON signature (algorithm, sha256, too_little)
    WHERE too_little IS NOT NULL;

CREATE INDEX signature_readable ON signature (algorithm, sha256, readable) WHERE readable < 1;

-- Files whose signatures are of an earlier version: they count until the file is hashed again.
CREATE TABLE outdated (
    sha256 TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    PRIMARY KEY (sha256, algorithm)
) WITHOUT ROWID;

-- Signatures that have not been compared with every other one that is not listed here.
CREATE TABLE uncompared (
    sha256 TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    PRIMARY KEY (sha256, algorithm)
) WITHOUT ROWID;

-- What the search for candidates needs of a signature. Apart from it, so that it is read quickly.
CREATE TABLE sketch (
    sha256 TEXT NOT NULL,
    algorithm TEXT NOT NULL,            -- of the signature
    version TEXT NOT NULL,              -- of the sketch
    listed BLOB NOT NULL,
    placed BLOB NOT NULL,
    PRIMARY KEY (sha256, algorithm, version)
);

CREATE TABLE failure (
    sha256 TEXT NOT NULL,               -- or the name, of what could not be read to be hashed
    algorithm TEXT NOT NULL,            -- a new version tries again; what cannot be read, every run
    reason TEXT NOT NULL,
    memory INTEGER,                     -- MiB that were not enough: more of them may be
    seconds REAL,                       -- the same of time
    is_no_video INTEGER NOT NULL DEFAULT 0, -- 1: nothing moves in it, so trying again is no use
    PRIMARY KEY (sha256, algorithm)
);

CREATE TABLE match (
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    score REAL NOT NULL,                -- 0 to 1
    detail TEXT NOT NULL,               -- JSON: how a and b match
    heard INTEGER NOT NULL DEFAULT 0,   -- 1: their sound has been compared too
    stale INTEGER NOT NULL DEFAULT 0,   -- 1: an earlier version judged it; it is judged again
    followed INTEGER NOT NULL DEFAULT 0, -- 1: what follows from it for other pairs is known
    PRIMARY KEY (a, b, algorithm)
);
CREATE INDEX match_b ON match (b);
CREATE INDEX match_new ON match (algorithm, a, b) WHERE followed = 0 AND stale = 0;

-- Where a long video is to be looked at again: at one moment, a short one looks like it.
CREATE TABLE glimpse (
    short TEXT NOT NULL,
    long TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    start REAL NOT NULL,                -- seconds of the long one between which the short one lies
    stop REAL NOT NULL,
    likeness REAL NOT NULL,             -- correlation of the pictures at that moment
    PRIMARY KEY (long, short, algorithm)
) WITHOUT ROWID;
CREATE INDEX glimpse_short ON glimpse (short);

CREATE TABLE soundprint (
    sha256 TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    soundprint BLOB,                    -- NULL: the file has no sound
    PRIMARY KEY (sha256, algorithm)
);

-- The ledger: what became of each pair in each library.
CREATE TABLE posting (
    library TEXT NOT NULL,
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    state TEXT NOT NULL,                -- see PostState
    posted REAL NOT NULL DEFAULT 0,     -- when, in seconds since 1970; 0: it was seen there later
    PRIMARY KEY (library, a, b)
);

-- Pairs that a rollback has to put back: written before it removes anything.
CREATE TABLE put_back (
    library TEXT NOT NULL,
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    PRIMARY KEY (library, a, b)
);

-- The hashes of files in plain folders, so that a file that has not changed is not read again.
CREATE TABLE file_hash (
    path BLOB NOT NULL PRIMARY KEY,     -- as the system has it
    stamp TEXT NOT NULL,                -- its size and times
    sha256 TEXT NOT NULL
) WITHOUT ROWID;

-- What the user has decided while looking at the pairs; of a pair, the last step counts.
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
