"""Breaks, planned stops, the history of states, and why lines stood.

Additive, so that instances of before go on while this is in: their drain never writes «planned», and
takes a line that is for one that neither runs nor is slow. What it changes of a state is kept as
well: the history is written by a trigger. `stop.reason` stays for them, and nothing reads it here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATES = "state in ('running', 'slow', 'stopped', 'planned', 'unknown')"
STATES_BEFORE = "state in ('running', 'slow', 'stopped', 'unknown')"
# What a new plant begins with, for each plant there is: slug, name, group, planned.
REASONS = (
    ("machine", "Machine", None, False),
    ("machine-failure", "Failure", "machine", False),
    ("machine-jam", "Jam", "machine", False),
    ("machine-tool", "Tool worn or broken", "machine", False),
    ("machine-setting", "Setting", "machine", False),
    ("supply", "Supply", None, False),
    ("supply-material", "No material", "supply", False),
    ("supply-previous", "Line before stands", "supply", False),
    ("supply-next", "Line after is full", "supply", False),
    ("supply-energy", "No power, air or water", "supply", False),
    ("quality", "Quality", None, False),
    ("quality-parts", "Bad parts", "quality", False),
    ("quality-check", "Waits for a check", "quality", False),
    ("people", "People", None, False),
    ("people-missing", "Nobody at the line", "people", False),
    ("people-safety", "Safety", "people", False),
    ("planned", "Planned", None, True),
    ("planned-changeover", "Changeover", "planned", True),
    ("planned-maintenance", "Maintenance", "planned", True),
    ("planned-cleaning", "Cleaning", "planned", True),
    ("planned-no-order", "No order", "planned", True),
)


def upgrade() -> None:
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.drop_constraint(op.f("ck_line_status_state_is_known"), "line_status")
    op.create_check_constraint(op.f("ck_line_status_state_is_known"), "line_status", STATES)
    _keep_states(schema)
    _create_breaks()
    _create_work(schema)
    _create_planned_stop()
    _create_reasons(schema)
    # Pages keep what depends on these: a console's UPDATE must expel it.
    for table in ("shift_break", "planned_stop", "stop_reason", "said_reason"):
        op.execute(f"""
            CREATE TRIGGER cache_debt AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT
                WHEN (current_setting('cache.handled', true) IS DISTINCT FROM 'on')
                EXECUTE FUNCTION {schema}.cache_owe('{table}', '{table}:*')
        """)
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER cache_debt")


def _keep_states(schema: str) -> None:
    op.create_table(
        "line_state",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_line_state_state_is_known")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_line_state_line_id")),
        sa.PrimaryKeyConstraint("line_id", "starts_at", name=op.f("pk_line_state")),
    )
    # Whoever changes a line's status holds its row: one at a time comes here.
    op.execute(f"""
        CREATE FUNCTION {schema}.keep_line_state() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            DELETE FROM {schema}.line_state
                WHERE line_id = NEW.line_id AND starts_at >= NEW.since;
            INSERT INTO {schema}.line_state (line_id, starts_at, state)
                VALUES (NEW.line_id, NEW.since, NEW.state);
            RETURN NULL;
        END
        $$
    """)
    op.execute(f"""
        CREATE TRIGGER keep_new_state AFTER INSERT ON line_status FOR EACH ROW
            WHEN (NEW.since IS NOT NULL) EXECUTE FUNCTION {schema}.keep_line_state()
    """)
    op.execute(f"""
        CREATE TRIGGER keep_changed_state AFTER UPDATE OF state, since ON line_status FOR EACH ROW
            WHEN (NEW.since IS NOT NULL AND (NEW.state, NEW.since)
                IS DISTINCT FROM (OLD.state, OLD.since))
            EXECUTE FUNCTION {schema}.keep_line_state()
    """)
    op.execute("""
        INSERT INTO line_state (line_id, starts_at, state)
        SELECT line_id, since, state FROM line_status WHERE since IS NOT NULL
    """)


def _create_breaks() -> None:
    op.create_table(
        "shift_break",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "starts_at < ends_at", name=op.f("ck_shift_break_starts_before_it_ends")
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shift.id"], ondelete="CASCADE", name=op.f("fk_shift_break_shift_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_break")),
        sa.UniqueConstraint("shift_id", "starts_at", name="uq_shift_break_shift_id_starts_at"),
    )


def _create_work(schema: str) -> None:
    op.create_table(
        "work",
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("shift_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shift_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shift_target", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("target", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shift.id"], ondelete="CASCADE", name=op.f("fk_work_shift_id")
        ),
        sa.PrimaryKeyConstraint("shift_id", "starts_at", name=op.f("pk_work")),
    )
    op.create_index("ix_work_line_id_starts_at", "work", ["line_id", "starts_at"])
    # The one rule of working time: a shift without its breaks, piece by piece, each with its part
    # of the target. Breaks may overlap, and what lies outside the shift is no break of it.
    # Kept, and not worked out by who reads: a year of stops took five times as long.
    op.execute(f"""
        CREATE FUNCTION {schema}.lay_out_work(shifts integer[]) RETURNS void LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            -- Two who change the breaks of one shift take turns: the second sees both.
            PERFORM FROM {schema}.shift WHERE id = ANY(shifts) ORDER BY id FOR NO KEY UPDATE;
            DELETE FROM {schema}.work WHERE shift_id = ANY(shifts);
            INSERT INTO {schema}.work (shift_id, line_id, shift_starts_at, shift_ends_at,
                                       shift_target, starts_at, ends_at, target)
            SELECT shift.id, shift.line_id, shift.starts_at, shift.ends_at, shift.target,
                   lower(stretch), upper(stretch),
                   shift.target * extract(epoch FROM upper(stretch) - lower(stretch))
                       / extract(epoch FROM whole.length)
            FROM {schema}.shift
            CROSS JOIN LATERAL (
                SELECT tstzmultirange(tstzrange(shift.starts_at, shift.ends_at)) - coalesce((
                    SELECT range_agg(tstzrange(rest.starts_at, rest.ends_at))
                    FROM {schema}.shift_break AS rest WHERE rest.shift_id = shift.id
                ), '{{}}') AS stretches
            ) AS cut
            CROSS JOIN LATERAL (
                SELECT sum(upper(each) - lower(each)) AS length FROM unnest(cut.stretches) AS each
            ) AS whole
            CROSS JOIN LATERAL unnest(cut.stretches) AS stretch
            WHERE shift.id = ANY(shifts);
        END
        $$
    """)
    op.execute(f"""
        CREATE FUNCTION {schema}.keep_work() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            PERFORM {schema}.lay_out_work(ARRAY[
                (to_jsonb(OLD) ->> TG_ARGV[0])::integer, (to_jsonb(NEW) ->> TG_ARGV[0])::integer
            ]);
            RETURN NULL;
        END
        $$
    """)
    for table, column in (("shift", "id"), ("shift_break", "shift_id")):
        op.execute(f"""
            CREATE TRIGGER keep_work AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW
                EXECUTE FUNCTION {schema}.keep_work('{column}')
        """)
    op.execute("SELECT lay_out_work(array_agg(id)) FROM shift")


def _create_planned_stop() -> None:
    op.create_table(
        "planned_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.Integer(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "begins_at <= ends_at", name=op.f("ck_planned_stop_begins_before_it_ends")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_planned_stop_line_id")),
        *(
            sa.ForeignKeyConstraint([name], ["operator.id"], name=op.f(f"fk_planned_stop_{name}"))
            for name in ("begun_by", "ended_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_stop")),
    )
    op.create_index(
        "uq_planned_stop_open_line_id",
        "planned_stop",
        ["line_id"],
        unique=True,
        postgresql_where=sa.text("ends_at IS NULL"),
    )
    op.create_index("ix_planned_stop_line_id_begins_at", "planned_stop", ["line_id", "begins_at"])


def _create_reasons(schema: str) -> None:
    op.create_table(
        "stop_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("parent", sa.String(length=40), nullable=True),
        sa.Column("planned", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.CheckConstraint("parent <> slug", name=op.f("ck_stop_reason_in_another")),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_stop_reason_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_reason")),
        sa.UniqueConstraint("plant_id", "slug", name=op.f("uq_stop_reason_plant_id_slug")),
        sa.ForeignKeyConstraint(
            ["plant_id", "parent"],
            ["stop_reason.plant_id", "stop_reason.slug"],
            name=op.f("fk_stop_reason_plant_id_parent"),
        ),
    )
    for position, values in enumerate(REASONS):
        op.get_bind().execute(
            sa.text("""
                INSERT INTO stop_reason (plant_id, slug, name, parent, planned, position)
                SELECT id, :slug, :name, :parent, :planned, :position FROM plant
            """),
            dict(zip("slug name parent planned".split(), values, strict=True), position=position),
        )
    op.create_table(
        "said_reason",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("comment", sa.String(length=300), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "starts_at < ends_at", name=op.f("ck_said_reason_starts_before_it_ends")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_said_reason_line_id")),
        sa.ForeignKeyConstraint(["said_by"], ["operator.id"], name=op.f("fk_said_reason_said_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_said_reason")),
    )
    op.create_index("ix_said_reason_line_id_starts_at", "said_reason", ["line_id", "starts_at"])
    # What a console may have written on the stops themselves.
    op.execute("""
        INSERT INTO said_reason (line_id, starts_at, ends_at, reason, said_at)
        SELECT line_id, starts_at, ends_at, reason, now() FROM stop WHERE reason IS NOT NULL
    """)
    # The newest word on any part of a stop. That a stretch begins two days before the stop at most
    # lets an index find the few that matter among a year's.
    op.execute(f"""
        CREATE FUNCTION {schema}.said_of(
            line integer, stood_from timestamptz, stood_until timestamptz
        )
        RETURNS TABLE (id integer, reason varchar, comment varchar, said_at timestamptz,
                       said_by integer)
        LANGUAGE sql STABLE AS $$
            SELECT said.id, said.reason, said.comment, said.said_at, said.said_by
            FROM {schema}.said_reason AS said
            WHERE said.line_id = line AND said.starts_at < stood_until
              AND said.starts_at > stood_from - interval '2 days' AND said.ends_at > stood_from
            ORDER BY said.id DESC LIMIT 1
        $$
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_work ON shift")
    op.execute("DROP TRIGGER keep_new_state ON line_status")
    op.execute("DROP TRIGGER keep_changed_state ON line_status")
    for table in "said_reason stop_reason planned_stop work shift_break line_state".split():
        op.drop_table(table)
    for function in ("said_of", "keep_work", "lay_out_work", "keep_line_state"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("UPDATE line_status SET state = 'unknown' WHERE state = 'planned'")
    op.drop_constraint(op.f("ck_line_status_state_is_known"), "line_status")
    op.create_check_constraint(op.f("ck_line_status_state_is_known"), "line_status", STATES_BEFORE)
