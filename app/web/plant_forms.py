"""What is typed of a plant, a line, a station and a sensor."""

from zoneinfo import available_timezones

from wtforms import Field, IntegerField, StringField, ValidationError
from wtforms.validators import InputRequired, NumberRange, Optional

from app.domain import plants
from app.web.forms import Form, MeasuredField, Sheet, Words

MOST_PIECES = 1_000_000
LONGEST_HOLD_SECONDS = 86_400
# Those of places; «Etc/…» and the like are on no wall.
ZONES = sorted(
    zone
    for zone in available_timezones()
    if zone.partition("/")[0]
    in {
        *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe"),
        *("Indian", "Pacific", "UTC"),
    }
)


class ZoneField(StringField):  # type: ignore[misc]
    """A time zone, typed with suggestions."""

    def pre_validate(self, form: Form) -> None:
        if self.data not in ZONES:
            raise ValidationError("Please choose one of the list, such as «Europe/Berlin».")


class Slug:
    """Empty, or as an address is spelled."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.field_flags = {"maxlength": most}

    def __call__(self, form: Form, field: Field) -> None:
        field.data = (field.data or "").strip()
        if field.data != plants.slug_of(field.data):
            raise ValidationError("Small letters, digits and dashes, such as «press-4».")
        if len(field.data) > self._most:
            raise ValidationError(f"At most {self._most} characters.")


def _slug_field(most: int) -> StringField:
    about = (
        "Names it in links and for gateways, and never changes. Left empty it is made of the name."
    )
    return StringField("Address", [Slug(most)], description=about)


class PlantForm(Sheet):
    """A plant."""

    name = StringField("Name", [Words(80)])
    time_zone = ZoneField(
        "Time zone",
        description="Of the clock on its wall: shifts and days go by it.",
        render_kw={"list": "zones", "spellcheck": "false"},
    )


class NewPlantForm(PlantForm):
    """A plant that comes to be."""

    slug = _slug_field(plants.LONGEST_SLUG)


class LineForm(Sheet):
    """A line."""

    name = StringField("Name", [Words(80)])
    target_per_hour = IntegerField(
        "Target per hour",
        [InputRequired("Please fill this in."), NumberRange(0, MOST_PIECES)],
        description="Good pieces.",
    )


class NewLineForm(LineForm):
    """A line that comes to be."""

    slug = _slug_field(plants.LONGEST_SLUG)


class StationForm(Sheet):
    """A station."""

    name = StringField("Name", [Words(80)])


class NewStationForm(StationForm):
    """A station that comes to be."""

    slug = _slug_field(plants.LONGEST_SLUG)


class SensorForm(Sheet):
    """A sensor; a column of it that is changed by hand needs its field here, and no more."""

    name = StringField("Name", [Words(80)])
    metric = StringField(
        "Metric", [Words(40)], description="What it measures, such as «temperature»."
    )
    unit = StringField("Unit", [Words(16)])
    low = MeasuredField(
        "Low limit", [Optional()], description="Below it the sensor breaches; empty: no limit."
    )
    high = MeasuredField(
        "High limit", [Optional()], description="Above it the sensor breaches; empty: no limit."
    )

    hysteresis = MeasuredField(
        "Hysteresis",
        [Optional()],
        description="How far inside a limit it has to come to be back; empty: 2% of the band.",
    )
    hold_seconds = IntegerField(
        "Hold, in seconds",
        [InputRequired("Please fill this in."), NumberRange(0, LONGEST_HOLD_SECONDS)],
        default=10,
        description="How long it has to be beyond a limit, or back, before that counts.",
    )

    def validate_high(self, field: Field) -> None:
        if None not in (self.low.data, field.data) and self.low.data >= field.data:
            raise ValidationError("The high limit is above the low one.")

    def validate_hysteresis(self, field: Field) -> None:
        low, high = self.low.data, self.high.data
        if field.data is None:
            return
        if field.data < 0:
            raise ValidationError("Not below 0.")
        if low is not None and high is not None and field.data >= high - low:
            raise ValidationError("Less than the band between the limits.")


class NewSensorForm(SensorForm):
    """A sensor that comes to be."""

    slug = _slug_field(80)
