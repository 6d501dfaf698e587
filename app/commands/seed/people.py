"""Thirty people a plant: who they are, on which team, and on which line."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from app.commands.seed.shifts import TEAMS
from app.models import Line, Operator, Plant

OFFICE = "Office"
PER_LINE_AND_TEAM = 2
# The first four posts of the first plant are the accounts one signs in with.
DEMO_USERNAMES = ("admin", "supervisor", "operator", "viewer")

FIRST_NAMES = {
    "north": (
        "Anja Bernd Carla Deniz Elif Felix Greta Hakan Ines Jonas Katrin Lars Mareike Nils Olga "
        "Pawel Ronja Stefan Tamara Ulrich Vera Wiebke Yusuf Zoran Jürgen Birgit Emil Frauke Malte "
        "Selin"
    ),
    "south": (
        "Alejandra Benito Camila Diego Esteban Fernanda Gerardo Hortensia Ignacio Jimena Karla "
        "Leonardo Marisol Néstor Octavio Paloma Regina Ramiro Sofía Teodoro Úrsula Valeria "
        "Wendy Ximena Yolanda Zacarías Abril Bruno Citlali Darío"
    ),
}
LAST_NAMES = {
    "north": (
        "Albers Brandt Cordes Demir Ehlers Fricke Gerdes Harms Ihnen Janssen Kowalski Lührs "
        "Meyer Nowak Onken Peters Quast Reents Schulte Tjaden Ufken Voss Wessels Yilmaz Ziegler "
        "Öztürk Behrens Dirks Kramer Tamm"
    ),
    "south": (
        "Aguirre Barrera Cantú Dávila Elizondo Flores Garza Herrera Ibarra Juárez Leal Montemayor "
        "Navarro Olivares Peña Quiroga Rentería Salinas Treviño Urdiales Villarreal Zambrano "
        "Cavazos Lozano Guajardo Tamez Sada Marroquín Ochoa Rangel"
    ),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A person with the line they work on; those who work on none have no line."""

    operator: Operator
    line_id: int | None


def people_of(plant: Plant, lines: Sequence[Line], random: Random) -> list[Person]:
    """The people of a plant; nobody has a password yet."""
    first_names, last_names = FIRST_NAMES[plant.slug].split(), LAST_NAMES[plant.slug].split()
    random.shuffle(first_names)
    random.shuffle(last_names)
    names = zip(first_names, last_names, strict=True)
    posts = _posts(lines)
    is_demo = plant.id == 1
    return [
        Person(
            Operator(
                id=(plant.id - 1) * len(posts) + number + 1,
                plant_id=plant.id,
                username=(
                    DEMO_USERNAMES[number]
                    if is_demo and number < len(DEMO_USERNAMES)
                    else _username(first, last)
                ),
                name=f"{first} {last}",
                team=team,
                role=role,
            ),
            line_id,
        )
        for number, ((first, last), (role, team, line_id)) in enumerate(
            zip(names, posts, strict=True)
        )
    ]


def _posts(lines: Sequence[Line]) -> list[tuple[str, str, int | None]]:
    """Role, team and line of each: an admin, a supervisor a team, the lines' crews, two viewers."""
    crews = [
        ("operator", team, line.id)
        for line in lines
        for team in TEAMS
        for _ in range(PER_LINE_AND_TEAM)
    ]
    supervisors = [("supervisor", team, None) for team in TEAMS]
    viewer = ("viewer", OFFICE, None)
    return [
        ("admin", OFFICE, None),
        supervisors[0],
        crews[0],
        viewer,
        *supervisors[1:],
        *crews[1:],
        viewer,
    ]


def _username(first: str, last: str) -> str:
    plain = unicodedata.normalize("NFKD", f"{first}.{last}".lower())
    return plain.encode("ascii", "ignore").decode()
