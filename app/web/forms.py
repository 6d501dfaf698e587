"""Forms whose token is the session's own."""

from flask_wtf import FlaskForm

from app.sessions.csrf import SessionCSRF


class Form(FlaskForm):  # type: ignore[misc]
    """A form of ours; nothing of it is stored before it is sent."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Whose token it is."""

        csrf_class = SessionCSRF
