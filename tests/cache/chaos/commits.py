"""COMMITs that take their time, as on a busy disk: the window that a writer can be lost in."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

# A deferred trigger runs inside COMMIT, after the tags were closed. Now and then for longer than a
# writer is waited for: it must not be taken for dead, even if its process is.
_SLOW = """
CREATE OR REPLACE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF random() < 0.01 THEN PERFORM pg_sleep(1.8);
  ELSIF random() < 0.25 THEN PERFORM pg_sleep(0.15 * random()); END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER slow_commit AFTER UPDATE ON cached_item
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow_commit()
"""


@contextmanager
def slow_commits(engine: Engine) -> Iterator[None]:
    """One COMMIT of four takes up to 0.15 s, and one of a hundred 1.8 s."""
    with engine.begin() as connection:
        connection.execute(text(_SLOW))
    yield
    with engine.begin() as connection:
        connection.execute(text("DROP FUNCTION slow_commit CASCADE"))
