"""What came of limits that were passed: which alerts there are, and who has seen them."""

from app.domain.alerts.acknowledging import AlertsError, NoSuchAlert, acknowledge
from app.domain.alerts.lists import AlertView, open_alerts, recent_alerts

__all__ = [
    "AlertView",
    "AlertsError",
    "NoSuchAlert",
    "acknowledge",
    "open_alerts",
    "recent_alerts",
]
