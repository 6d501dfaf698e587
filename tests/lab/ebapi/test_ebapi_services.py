"""The stand-in's protocol, its applications, objects and roles, and what it does not know."""

import pytest
from botocore.exceptions import ClientError

from lab.ebapi import platforms
from lab.ebapi.query import Refusal, parse
from lab.ebapi.server import Api
from tests.lab.ebapi.asking import Ask, Boto, code_of, option, upload


def test_members_of_a_list_are_in_the_order_of_their_numbers() -> None:
    form = {f"L.member.{number}.Name": str(number) for number in (10, 9, 1)} | {"Empty": ""}

    assert parse(form) == {"L": [{"Name": "1"}, {"Name": "9"}, {"Name": "10"}], "Empty": ""}


@pytest.mark.parametrize(
    "form", [{"A": "1", "A.B": "2"}, {"A.B": "2", "A": "1"}, {"A.member.first": "1"}]
)
def test_a_form_that_contradicts_itself_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        parse(form)


def test_the_platform_is_found_by_its_branch_and_by_no_other(ask: Ask) -> None:
    def branches(name: str) -> list[str]:
        wanted = {"Attribute": "BranchName", "Operator": "=", "Values": [name]}
        found = ask("elasticbeanstalk").list_platform_branches(Filters=[wanted])
        return [branch["BranchName"] for branch in found["PlatformBranchSummaryList"]]

    assert branches(platforms.BRANCH) == [platforms.BRANCH]
    assert branches("Ruby") == []


def test_an_application_and_a_version_are_registered_once(up: Boto, ask: Ask) -> None:
    with pytest.raises(ClientError, match="Application andon already exists"):
        up.create_application(ApplicationName="andon")
    with pytest.raises(ClientError, match="Application Version v1 already exists"):
        upload(ask, "v1")

    labels = up.describe_application_versions(ApplicationName="andon")["ApplicationVersions"]
    assert [each["VersionLabel"] for each in labels] == ["v1"]
    applications = up.describe_applications(ApplicationNames=["andon"])["Applications"]
    assert [each["Versions"] for each in applications] == [["v1"]]


def test_a_version_of_nothing_is_refused(up: Boto) -> None:
    bucket = up.create_storage_location()["S3Bucket"]
    with pytest.raises(ClientError) as refused:
        up.create_application_version(
            ApplicationName="andon",
            VersionLabel="v2",
            SourceBundle={"S3Bucket": bucket, "S3Key": "nothing"},
        )

    assert code_of(refused) == (404, "NoSuchKey")


def test_an_object_is_given_back_as_it_was_put(ask: Ask) -> None:
    bucket = ask("elasticbeanstalk").create_storage_location()["S3Bucket"]
    s3 = ask("s3")
    for key in ("andon/a.zip", "andon/../../b", "else"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())

    assert s3.get_object(Bucket=bucket, Key="andon/../../b")["Body"].read() == b"andon/../../b"
    assert s3.head_object(Bucket=bucket, Key="else")["ContentLength"] == 4
    found = s3.list_objects(Bucket=bucket, Prefix="andon/")["Contents"]
    assert [(each["Key"], each["Size"]) for each in found] == [
        ("andon/../../b", 13),
        ("andon/a.zip", 11),
    ]
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=bucket, Key="nothing")
    assert code_of(refused) == (404, "NoSuchKey")


def test_a_role_is_made_once_and_shows_its_trust_and_policies(ask: Ask) -> None:
    iam = ask("iam")
    trust = '{"Statement": [{"Effect": "Allow"}]}'
    iam.create_role(RoleName="instances", AssumeRolePolicyDocument=trust)
    iam.attach_role_policy(RoleName="instances", PolicyArn="arn:aws:iam::aws:policy/WebTier")
    iam.create_instance_profile(InstanceProfileName="instances")
    iam.add_role_to_instance_profile(InstanceProfileName="instances", RoleName="instances")
    with pytest.raises(ClientError) as refused:
        iam.create_role(RoleName="instances", AssumeRolePolicyDocument=trust)

    assert code_of(refused) == (409, "EntityAlreadyExists")
    found = iam.get_role(RoleName="instances")["Role"]["AssumeRolePolicyDocument"]
    assert found == {"Statement": [{"Effect": "Allow"}]}
    policies = iam.list_attached_role_policies(RoleName="instances")["AttachedPolicies"]
    assert [each["PolicyName"] for each in policies] == ["WebTier"]


def test_what_is_not_known_is_refused_in_the_service_s_own_shape_and_noted(
    ask: Ask, api: Api
) -> None:
    codes = []
    for service, call in (
        ("elasticbeanstalk", "swap_environment_cnames"),
        ("iam", "list_users"),
        ("s3", "list_buckets"),
        ("sts", "get_caller_identity"),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(ask(service), call)()
        codes.append(code_of(refused))

    assert codes[:3] == [(400, "InvalidAction"), (400, "InvalidAction"), (501, "NotImplemented")]
    assert [call.service for call in api.unknown()] == ["elasticbeanstalk", "iam", "s3", "sts"]


def test_what_is_asked_is_noted_with_its_parameters(up: Boto, api: Api) -> None:
    (created,) = api.asked("CreateEnvironment")

    assert created.parameters["OptionSettings"] == [option("A", "set")]
    assert created.refused is None
    assert api.unknown() == []
