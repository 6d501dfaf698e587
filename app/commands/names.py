"""Names given on a command line."""

import click

LONGEST_NAME = 80


class Name(click.ParamType[str]):
    """A name people read: not empty, on one line, no longer than its column."""

    name = "name"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        name = str(value).strip()
        if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
            self.fail(f"a name is one line of 1 to {LONGEST_NAME} characters", param, ctx)
        return name
