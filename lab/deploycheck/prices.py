"""A price list: a table of ours, dated, from memory.

For us-east-1, on demand, without taxes, traffic, requests and storage beyond what is created. It is
there to see a factor of two coming; a bill is another thing.
"""

WRITTEN = "2026-11-25"
HOURS = 730

# Dollars an hour, of one node or instance. A type that is not here is shown without a price.
NODE_HOURS = {
    "cache.t4g.micro": 0.0128,
    "cache.t4g.small": 0.0256,
    "cache.t4g.medium": 0.052,
    "cache.m7g.large": 0.126,
    "cache.r7g.large": 0.175,
    "db.t4g.micro": 0.016,
    "db.t4g.small": 0.032,
    "db.t4g.medium": 0.065,
    "db.m7g.large": 0.168,
    "t3.micro": 0.0104,
    "t3.small": 0.0208,
    "t3.medium": 0.0416,
}
# Of Valkey: a gigabyte that is stored, and the least that is counted; commands come on top.
SERVERLESS_GIGABYTE_HOUR = 0.084
SERVERLESS_LEAST_GIGABYTES = 0.1
ALARM_MONTH = 0.10
BALANCER_HOUR = 0.0225
SECRET_MONTH = 0.40
GP3_GIGABYTE_MONTH = 0.115
INSTANCE = "t3.small"
