"""Call types, words and escalation of calls, and the audit.

Additive, so that instances of before go on while this is in: they write `call.reason`, which is the
slug of a call type, and leave the rest to its defaults. A call that one of them raises is never
critical; everything else about its type is found by the slug.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What could be called for so far, for each plant there is: slug, name, colour, urgency, impact,
# minutes until somebody comes, until it is put right, until others are told.
TYPES = (
    ("safety", "Safety", "red", "critical", "down", 1, 30, 2),
    ("maintenance", "Maintenance", "orange", "critical", "down", 5, 45, 8),
    ("quality", "Quality", "purple", "normal", "impacting", 5, 30, 10),
    ("material", "Material", "blue", "normal", "impacting", 5, 20, 10),
    ("help", "Help", "grey", "normal", "none", 10, 60, 20),
)


def upgrade() -> None:
    _create_call_type()
    _widen_call()
    _create_audit()


def _create_call_type() -> None:
    op.create_table(
        "call_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("colour", sa.String(length=16), nullable=False),
        sa.Column("urgency", sa.String(length=16), nullable=False),
        sa.Column("impact", sa.String(length=16), nullable=False),
        sa.Column("response_minutes", sa.Integer(), nullable=False),
        sa.Column("resolve_minutes", sa.Integer(), nullable=True),
        sa.Column("escalation_minutes", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.CheckConstraint(
            "colour in ('red', 'orange', 'yellow', 'green', 'blue', 'purple', 'grey')",
            name=op.f("ck_call_type_colour_is_known"),
        ),
        sa.CheckConstraint(
            "urgency in ('critical', 'normal')", name=op.f("ck_call_type_urgency_is_known")
        ),
        sa.CheckConstraint(
            "impact in ('down', 'impacting', 'planned', 'none')",
            name=op.f("ck_call_type_impact_is_known"),
        ),
        sa.CheckConstraint(
            "response_minutes > 0 AND resolve_minutes > 0 AND escalation_minutes > 0",
            name=op.f("ck_call_type_minutes_positive"),
        ),
        sa.ForeignKeyConstraint(["plant_id"], ["plant.id"], name=op.f("fk_call_type_plant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_type")),
        sa.UniqueConstraint("plant_id", "slug", name=op.f("uq_call_type_plant_id_slug")),
    )
    for position, values in enumerate(TYPES):
        op.get_bind().execute(
            sa.text("""
                INSERT INTO call_type (plant_id, slug, name, colour, urgency, impact,
                    response_minutes, resolve_minutes, escalation_minutes, position)
                SELECT id, :slug, :name, :colour, :urgency, :impact, :response, :resolve,
                    :escalation, :position
                FROM plant
            """),
            dict(
                zip(
                    "slug name colour urgency impact response resolve escalation".split(),
                    values,
                    strict=True,
                ),
                position=position,
            ),
        )
    # Pages keep the types by the query cache: a console's UPDATE must expel them.
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(f"""
        CREATE TRIGGER cache_debt AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON call_type
            FOR EACH STATEMENT
            WHEN (current_setting('cache.handled', true) IS DISTINCT FROM 'on')
            EXECUTE FUNCTION {schema}.cache_owe('call_type', 'call_type:*')
    """)
    op.execute("ALTER TABLE call_type ENABLE ALWAYS TRIGGER cache_debt")


def _widen_call() -> None:
    op.add_column(
        "call", sa.Column("urgency", sa.String(length=16), server_default="normal", nullable=False)
    )
    for moment in ("raised", "acknowledged", "resolved"):
        op.add_column("call", sa.Column(f"{moment}_note", sa.String(length=300), nullable=True))
    op.add_column(
        "call",
        sa.Column("escalation_level", sa.SmallInteger(), server_default="0", nullable=False),
    )
    op.add_column("call", sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_call_urgency_is_known"), "call", "urgency in ('critical', 'normal')"
    )
    op.create_check_constraint(
        op.f("ck_call_escalated_at_a_moment"),
        "call",
        "escalation_level BETWEEN 0 AND 2 AND (escalation_level > 0) = (escalated_at IS NOT NULL)",
    )
    op.create_index(
        "uq_call_open_critical_line_id",
        "call",
        ["line_id"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL AND urgency = 'critical'"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["operator.id"], name=op.f("fk_audit_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(
        "ix_audit_subject_kind_subject_id_at", "audit", ["subject_kind", "subject_id", "at"]
    )
    # Whoever owns the table may switch the trigger off to forget what is old; the application
    # never does.
    op.execute("""
        CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit is only added to' USING ERRCODE = 'integrity_constraint_violation';
        END
        $$
    """)
    op.execute("""
        CREATE TRIGGER audit_is_final BEFORE UPDATE OR DELETE ON audit
            FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final()
    """)


def downgrade() -> None:
    op.drop_table("audit")
    op.execute("DROP FUNCTION audit_is_final()")
    op.drop_index("uq_call_open_critical_line_id", "call")
    names = "urgency raised_note acknowledged_note resolved_note escalation_level escalated_at"
    for name in names.split():
        op.drop_column("call", name)
    op.drop_table("call_type")
