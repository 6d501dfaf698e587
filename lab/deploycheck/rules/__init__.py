"""What our deployment must be and cfn-lint does not ask: one short rule each, by name.

A rule yields what is wrong and why. `ALL` lists them; the tests show that each can fail.
"""

from lab.deploycheck.rules import access, cache, database, environment, network, settings
from lab.deploycheck.rules.reading import Rule

ALL: dict[str, Rule] = {
    rule.__name__: rule
    for module in (access, cache, database, environment, network, settings)
    for rule in module.RULES
}
