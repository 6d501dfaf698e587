"""The function of `.ebextensions/lambda.config` lands beside the application, and loses nothing.

Each row plants one fault into the real file and names the rule that catches it.
"""

from pathlib import Path

import pytest

from lab.deploycheck.rules.reading import said
from lab.deploycheck.strict import load
from tests.deployment.planting import FILES, ROOT, breaks, complaints, deployed, plant

FILE = ROOT / ".ebextensions" / "lambda.config"

GROUP_OF_IT = '      SourceSecurityGroupId: {"Fn::GetAtt": [IngestSecurityGroup, GroupId]}\n'
CACHE_OF_IT = '      GroupId: {"Fn::GetAtt": [CacheSecurityGroup, GroupId]}\n'
SUBNET = "              OptionName: CacheSubnetB\n"
LOCK = '          - {"Fn::GetAtt": [IngestSecurityGroup, GroupId]}\n'
RETENTION = "SqsManagedSseEnabled: true\n      MessageRetentionPeriod: 1209600\n"
CLEAR = "      SqsManagedSseEnabled: true\n      # At least"
CONNECT_AS = '                  - {"Fn::GetAtt": [CacheUser, Arn]}\n'
TRUST = "Service: lambda.amazonaws.com\n            Action: sts:AssumeRole\n"
MANAGED = "      ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonSQSFullAccess]\n"
DEFECTS = [
    # What is planted, the text it replaces, the fault, the rule that catches it.
    ("another cache", "[CacheAddress, Value]", "[CacheIdentity, Value]", "lands"),
    ("no token", "          CACHE_IAM:", "          CACHE_ROLE:", "lands"),
    ("no right to the cache", ":elasticache:", ":elasticash:", "connects"),
    ("no right to be the user", CONNECT_AS, "", "connects"),
    ("an address of old", "          CACHE_URL:", "          REDIS_URL:", "lands"),
    ("more streams than are drained", 'DefaultValue: "2"', 'DefaultValue: "3"', "lands"),
    ("another bound", 'DefaultValue: "64"', 'DefaultValue: "32"', "lands"),
    (
        "a variable that nobody reads",
        "        Variables:\n",
        "        Variables:\n          SECRET_KEY: " + "k" * 40 + "\n",
        "lands",
    ),
    ("other subnets", SUBNET, SUBNET.replace("SubnetB", "SubnetA"), "reaches"),
    ("a group that is not let in", GROUP_OF_IT, GROUP_OF_IT.replace("Ingest", "Cache"), "reaches"),
    ("a door to the database", CACHE_OF_IT, CACHE_OF_IT.replace("Cache", "Database"), "reaches"),
    ("no group of its own", LOCK, LOCK.replace("Ingest", "Cache"), "reaches"),
    ("all ports", "      FromPort: 6379\n", "      FromPort: 0\n", "ingress"),
    ("a message given again at once", "Timeout: 120", "Timeout: 60", "redelivered"),
    ("a slower function", "      Timeout: 15\n", "      Timeout: 60\n", "redelivered"),
    ("all or nothing", "[ReportBatchItemFailures]", "[]", "redelivered"),
    ("few tries", "maxReceiveCount: 10", "maxReceiveCount: 1", "redelivered"),
    ("dead letters that go", RETENTION, RETENTION.replace("1209600", "345600"), "redelivered"),
    (
        "concurrency that is reserved",
        "      MemorySize: 256\n",
        "      MemorySize: 256\n      ReservedConcurrentExecutions: 4\n",
        "redelivered",
    ),
    ("messages kept in clear", CLEAR, CLEAR.replace("true", "false"), "guarded"),
    ("messages sent in clear", "        - {Ref: IngestDeadLetters}\n", "", "guarded"),
    ("a queue for all", "Effect: Deny", "Effect: Allow", "guarded"),
    ("any right at the queue", "Action: sqs:SendMessage", "Action: sqs:*", "least"),
    (
        "any log",
        'Resource: {"Fn::GetAtt": [IngestLog, Arn]}',
        'Resource: "*"',
        "least",
    ),
    ("rights that AWS lists", TRUST, TRUST + MANAGED, "least"),
    ("code brought by all", "    leader_only: true\n", "", "brought"),
    ("code brought first", "  20_function:", "  05_function:", "brought"),
    ("no code brought", "--app application deploy-function", "--version", "brought"),
    (
        "a function's own name",
        "      Handler: index.handler\n",
        "      Handler: index.handler\n      FunctionName: andon\n",
        "unnamed",
    ),
    (
        "a queue's own name",
        CLEAR,
        "      QueueName: andon\n" + CLEAR,
        "unnamed",
    ),
    ("a runtime of old", "Runtime: python3.13", "Runtime: python3.6", "E2533"),
    ("a processor there is not", "[arm64]", "[arm65]", "E3030"),
    ("no such log", "LogGroup: {Ref: IngestLog}", "LogGroup: {Ref: IngestLogs}", "E1020"),
    ("an address it has not", "[CacheAddress, Value]", "[CacheAddress, Address]", "E1010"),
]


@pytest.mark.parametrize(
    ("old", "new", "rule"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS]
)
def test_a_fault_planted_in_the_function_is_caught(
    tmp_path: Path, old: str, new: str, rule: str
) -> None:
    assert breaks(rule, plant(tmp_path, FILE, old, new))


def test_streams_that_are_chosen_are_chosen_for_both(tmp_path: Path) -> None:
    chosen = tmp_path / "zz.config"
    chosen.write_text(
        "option_settings:\n  aws:elasticbeanstalk:application:environment:\n"
        '    LANDING_STREAMS: "4"\n    LANDING_MEGABYTES: "128"\n',
        encoding="utf-8",
    )
    function = deployed([*FILES, chosen]).of_type("AWS::Lambda::Function")["IngestFunction"]
    told = function["Environment"]["Variables"]

    assert (told["LANDING_STREAMS"], told["LANDING_MEGABYTES"]) == ("4", "128")
    assert complaints([*FILES, chosen]) == set()


def test_without_the_file_all_else_stands() -> None:
    assert complaints([file for file in FILES if file != FILE]) == set()


def test_the_placeholder_takes_no_message() -> None:
    code = load(FILE)["Resources"]["IngestFunction"]["Properties"]["Code"]["ZipFile"]
    names: dict[str, object] = {}
    exec(compile(code, "index.py", "exec"), names)  # noqa: S102 (ours, as Lambda would)

    with pytest.raises(RuntimeError, match="flask deploy-function"):
        names["handler"]({"Records": []}, None)  # type: ignore[operator]


def test_a_gateway_is_who_the_topic_says_and_not_who_the_message_says() -> None:
    deployment = deployed()
    rule = deployment.of_type("AWS::IoT::TopicRule")["IngestRule"]["TopicRulePayload"]
    sql = said(rule["Sql"], deployment)

    assert sql.startswith("SELECT readings, output, topic(3) AS gateway FROM '")
    assert sql.endswith("/gateways/+/batches'")
