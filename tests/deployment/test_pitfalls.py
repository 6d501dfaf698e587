"""What goes wrong in files of others, and where each of it is planted in ours.

The pitfalls are those of AWS's own examples, of public repositories that copied them, of issues of
the EB CLI and of clients, and what cfn-lint lets pass. A fault is named as its row in a table of
faults is; its test fails where the check no longer catches it.
"""

import pytest

from tests.deployment.test_elasticache import DEFECTS as CACHE
from tests.deployment.test_environment_files import DEFECTS as ENVIRONMENT
from tests.deployment.test_options import DEFECTS as OPTIONS

PITFALLS = {
    # How Elastic Beanstalk reads files.
    "of a key written twice one is dropped silently": "a duplicate key",
    "so is a whole namespace": "a namespace twice",
    "short tags are not evaluated": "a short tag",
    "Conditions are documented nowhere": "a condition",
    "nor is Fn::Sub": "Fn::Sub",
    "a function within other text is not evaluated": "half an expression",
    "an unknown option is ignored or refused": "a misspelt option",
    "properties end at 4,096 bytes": "too much environment",
    "and hold few characters": "an odd character",
    "so an address with ?cluster=true is refused": "a cluster said in the URL",
    "a RollingUpdateType makes deployments immutable": "an immutable kind under a rolling policy",
    "a coupled database is deleted with its environment": "a database of Elastic Beanstalk's own",
    # The wrong door.
    "ConfigurationEndpoint and ConfigurationEndPoint differ": "a wrong-case endpoint",
    "RedisEndpoint is not a replication group's": "a single node's endpoint",
    "a resource is spoken of that nobody makes": "a resource that no file makes",
    "a cluster's client is sent to one server": "a cluster's scheme for one server",
    "a single server's client is sent to a cluster": "one server's scheme for a cluster",
    "a client without TLS hangs": "an address in clear",
    "nobody tells the application where the cache is": "no tokens",
    # The lock.
    "a security group by name fails in a VPC": "a group by name",
    "its Ref is now a name, now an id": "a group by its Ref",
    "it is open to the world": "open to the world",
    "it is made and not attached": "the VPC's own group",
    "it opens the port of another engine": "Memcached behind another port",
    "instances are without it": "instances without the group",
    "a rule on the application's group keeps it from going": "a rule in a group that stays",
    "whoever gets there may connect": "no user group",
    "a user of IAM whose name is not its id is refused": "a user with another name",
    "a policy needs cache and user": "a policy without the user",
    "a policy is for everything": "a policy for more than connecting",
    "an access key is written onto instances": "keys of a user of IAM",
    "a password stands in the file": "a password in the file",
    "a secret is shown in the console": "a password shown in the console",
    "the instance's credentials are had by a forged GET": "credentials for a forged GET",
    # A second environment.
    "a fixed name collides, and cannot be replaced": "a fixed cluster name",
    "Serverless must have a name": "Serverless by a fixed name",
    "so must a user": "a user's fixed id",
    "an export's name is the account's": "an export's fixed name",
    # What the service refuses, or does instead.
    "TLS must be stated for Valkey": "TLS left out",
    "an engine is misspelt": "a misspelt engine",
    "a version is not offered": "an unknown version",
    "a node type is not made any more": "a node type of old",
    "several zones need failover": "zones without failover",
    "failover needs two nodes": "one node with failover",
    "parameters follow the engine's major": "another family",
    "a parameter has no such name": "an unknown parameter",
    "shards need cluster-enabled": "shards without cluster-enabled",
    "another number of shards replaces all of them": "shards that are replaced to be more",
    "Serverless takes no policy Snapshot": "a policy that Serverless cannot have",
    "Serverless costs without end": "no limits",
    "Memcached has TLS from 1.6.12 on": "Memcached before TLS",
    "and not on every node": "Memcached on a node without TLS",
    # What is lost.
    "by default nothing is backed up": "backups left out",
    "nor encrypted at rest": "at rest left out",
    "nor is there a last snapshot": "no last snapshot",
    "the default eviction takes what must stay": "evicting anything",
    "a group that goes under a database that stays": "subnets that go along",
    # Deploying.
    "a health check of the cache ends all instances": "a health check of the cache",
    "every instance migrates at once": "a migration everywhere",
    "all instances are deployed at once": "all at once",
    "an environment without logs": "logs that go",
}


@pytest.mark.parametrize("fault", PITFALLS.values())
def test_every_pitfall_is_planted(fault: str) -> None:
    planted = {row[0] for row in (*CACHE, *ENVIRONMENT, *OPTIONS)}

    assert fault in planted
