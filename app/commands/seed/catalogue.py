"""What stands in the two plants: kinds of sensors, stations with four each, lines of five."""

from typing import NamedTuple


class SensorKind(NamedTuple):
    name: str
    metric: str
    unit: str
    low: float | None
    high: float | None


class LineKind(NamedTuple):
    slug: str
    name: str
    stations: str
    target_per_hour: int


class PlantKind(NamedTuple):
    slug: str
    name: str
    time_zone: str
    lines: tuple[LineKind, ...]


# The one sensor without a history: `flask replay` fills it with a recording.
RECORDER_SLUG = "press-1-recorder-temperature"
RECORDER_STATION = "deep-draw"
# The limits fit a recorded machine that runs at 70 to 105 °F and failed below 40.
RECORDER = SensorKind("Recorder", "temperature", "°F", 40, 105)

SENSORS = {
    "motor-temperature": SensorKind("Motor temperature", "temperature", "°C", None, 105),
    "bearing-temperature": SensorKind("Bearing temperature", "temperature", "°C", None, 85),
    "oil-temperature": SensorKind("Oil temperature", "temperature", "°C", 32, 68),
    "bath-temperature": SensorKind("Bath temperature", "temperature", "°C", 48, 62),
    "air-temperature": SensorKind("Air temperature", "temperature", "°C", 19, 27),
    "oven-temperature": SensorKind("Oven temperature", "temperature", "°C", 165, 195),
    "melt-temperature": SensorKind("Melt temperature", "temperature", "°C", 210, 245),
    "water-temperature": SensorKind("Cooling water", "temperature", "°C", 14, 24),
    # Velocity in mm/s; the limits are the zone borders of ISO 20816 for small and large machines.
    "motor-vibration": SensorKind("Motor vibration", "vibration", "mm/s", None, 4.5),
    "fan-vibration": SensorKind("Fan vibration", "vibration", "mm/s", None, 7.1),
    "spindle-vibration": SensorKind("Spindle vibration", "vibration", "mm/s", None, 2.8),
    "hydraulic-pressure": SensorKind("Hydraulic pressure", "pressure", "bar", 140, 210),
    "air-pressure": SensorKind("Air pressure", "pressure", "bar", 5.5, 7.5),
    "spray-pressure": SensorKind("Spray pressure", "pressure", "bar", 2.2, 4.0),
    "pump-pressure": SensorKind("Pump pressure", "pressure", "bar", 1.5, 3.5),
    "injection-pressure": SensorKind("Injection pressure", "pressure", "bar", 700, 1100),
    "drive-torque": SensorKind("Drive torque", "torque", "N·m", None, 120),
    "spindle-torque": SensorKind("Spindle torque", "torque", "N·m", None, 85),
    "screw-torque": SensorKind("Screw torque", "torque", "N·m", 18, 26),
    "motor-current": SensorKind("Motor current", "current", "A", None, 42),
    "heater-current": SensorKind("Heater current", "current", "A", 40, 95),
    "weld-current": SensorKind("Weld current", "current", "kA", 8.5, 11.5),
    "humidity": SensorKind("Humidity", "humidity", "%", 40, 65),
}

# The stations of a line by its kind, in the order a piece passes them.
STATIONS: dict[str, dict[str, str]] = {
    "press": {
        "Uncoiler": "motor-temperature motor-vibration drive-torque motor-current",
        "Blanking": "oil-temperature motor-vibration hydraulic-pressure motor-current",
        "Deep draw": "oil-temperature bearing-temperature hydraulic-pressure motor-vibration",
        "Trim": "bearing-temperature motor-vibration air-pressure motor-current",
        "Press check": "air-temperature air-pressure drive-torque motor-current",
    },
    "weld": {
        "Loading": "motor-temperature air-pressure drive-torque motor-current",
        "Spot weld": "water-temperature air-pressure weld-current motor-vibration",
        "Seam weld": "water-temperature air-pressure weld-current drive-torque",
        "Grinding": "motor-temperature spindle-vibration spindle-torque motor-current",
        "Weld check": "air-temperature air-pressure motor-vibration motor-current",
    },
    "paint": {
        "Degrease": "bath-temperature pump-pressure motor-vibration motor-current",
        "Primer": "air-temperature spray-pressure fan-vibration humidity",
        "Top coat": "air-temperature spray-pressure fan-vibration humidity",
        "Oven": "oven-temperature fan-vibration heater-current motor-temperature",
        "Paint check": "air-temperature air-pressure humidity motor-current",
    },
    "assembly": {
        "Kitting": "motor-temperature air-pressure motor-vibration motor-current",
        "Frame": "motor-temperature air-pressure screw-torque motor-current",
        "Drive": "bearing-temperature hydraulic-pressure screw-torque motor-vibration",
        "Wheels": "motor-temperature air-pressure screw-torque motor-current",
        "End test": "bearing-temperature drive-torque motor-vibration motor-current",
    },
    "machining": {
        "Saw": "motor-temperature motor-vibration spindle-torque motor-current",
        "Lathe": "oil-temperature spindle-vibration spindle-torque motor-current",
        "Mill": "oil-temperature spindle-vibration spindle-torque motor-current",
        "Deburr": "motor-temperature motor-vibration air-pressure motor-current",
        "Wash": "bath-temperature pump-pressure motor-vibration motor-current",
    },
    "molding": {
        "Dryer": "air-temperature fan-vibration humidity heater-current",
        "Injection": "melt-temperature injection-pressure drive-torque hydraulic-pressure",
        "Cooling": "water-temperature pump-pressure motor-vibration motor-current",
        "Degating": "motor-temperature air-pressure motor-vibration motor-current",
        "Packing": "motor-temperature air-pressure drive-torque motor-current",
    },
}

PLANTS = (
    PlantKind(
        "north",
        "North Works",
        "Europe/Berlin",
        (
            LineKind("press-1", "Press 1", "press", 360),
            LineKind("weld-1", "Weld 1", "weld", 180),
            LineKind("paint-1", "Paint 1", "paint", 150),
            LineKind("assembly-1", "Assembly 1", "assembly", 120),
        ),
    ),
    PlantKind(
        "south",
        "South Works",
        "America/Monterrey",
        (
            LineKind("press-2", "Press 2", "press", 330),
            LineKind("machining-1", "Machining 1", "machining", 140),
            LineKind("molding-1", "Molding 1", "molding", 240),
            LineKind("assembly-2", "Assembly 2", "assembly", 110),
        ),
    ),
)
