"""An environment in the stand-in: what changes it, what shows it, and what is said of it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from lab.ebapi.environment import DeploymentFailed
from lab.ebapi.events import Events
from lab.ebapi.server import Api
from tests.lab.ebapi.asking import (
    NAME,
    PROPERTY,
    Ask,
    Boto,
    Configurable,
    code_of,
    create,
    deploy,
    messages,
    option,
    packed,
    properties,
    shown,
    upload,
)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_event_is_later_than_the_one_before_by_more_than_the_client_skips() -> None:
    events = Events()
    for word in ("first", "second"):
        events.add(word, severity="INFO", application="a", environment="e", request_id="r")
    second, first = events.since(None)

    assert second.at - first.at > timedelta(milliseconds=1)
    assert [event.message for event in events.since(first.at + timedelta(milliseconds=1))] == [
        "second"
    ]


def test_what_is_created_is_launching_and_then_ready(
    ask: Ask, api: Api, environment: Configurable
) -> None:
    beanstalk = ask("elasticbeanstalk")
    beanstalk.create_application(ApplicationName="andon")
    upload(ask, "v1")
    environment.may_go_on.clear()
    request_id = create(ask, option("SESSION_MINUTES", "480"))

    until(lambda: len(messages(beanstalk, request_id)) > 1)
    during, said = shown(beanstalk), messages(beanstalk, request_id)
    environment.may_go_on.set()
    api.operations.wait()

    assert (during["Status"], during["Health"]) == ("Launching", "Grey")
    assert said == ["INFO createEnvironment is starting.", "INFO [1mat it[0m"]
    assert environment.done == [("created", {"SESSION_MINUTES": "480"})]
    after = shown(beanstalk)
    assert (after["Status"], after["Health"], after["VersionLabel"]) == ("Ready", "Green", "v1")
    assert messages(beanstalk, request_id)[-1] == f"INFO Successfully launched environment: {NAME}"
    assert datetime.now(UTC) - after["DateUpdated"] < timedelta(minutes=1)


def test_a_deployment_is_handed_the_bundle_that_was_uploaded(
    up: Boto, ask: Ask, api: Api, environment: Configurable
) -> None:
    upload(ask, "v2", packed(Procfile="web: other", other="1"))
    request_id = deploy(up, "v2")
    api.operations.wait()

    assert environment.done[-1] == ("deployed", ["Procfile", "other"])
    assert shown(up)["VersionLabel"] == "v2"
    assert messages(up, request_id)[-1] == "INFO Environment update completed successfully."


def test_a_deployment_that_fails_leaves_the_version_and_its_words(
    up: Boto, ask: Ask, api: Api, environment: Configurable
) -> None:
    upload(ask, "v2")
    environment.failing = DeploymentFailed("a hook refused")
    request_id = deploy(up, "v2")
    api.operations.wait()

    after = shown(up)
    assert (after["Status"], after["Health"], after["VersionLabel"]) == ("Ready", "Red", "v1")
    assert messages(up, request_id)[-2:] == [
        "ERROR a hook refused",
        "ERROR Failed to deploy application.",
    ]
    assert properties(up) == {"A": "set", "B": '`{"Ref": "Cache"}`'}
    health = up.describe_environment_health(EnvironmentName=NAME, AttributeNames=["All"])
    assert health["Causes"] == ["a hook refused"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_environment_ends_the_operation_in_words_too(
    up: Boto, ask: Ask, api: Api, environment: Configurable
) -> None:
    upload(ask, "v2")
    environment.failing = RuntimeError("a fault")
    request_id = deploy(up, "v2")
    api.operations.wait()

    assert shown(up)["Status"] == "Ready"
    assert messages(up, request_id)[-1] == "ERROR Failed to deploy application."


def test_files_that_cannot_be_read_fail_the_deployment_before_it_begins(
    up: Boto, ask: Ask, api: Api, environment: Configurable
) -> None:
    upload(ask, "v2", packed(**{".ebextensions/some.config": "option_settings: [\n"}))
    request_id = deploy(up, "v2")
    api.operations.wait()

    assert "some.config" in messages(up, request_id)[-2]
    assert [done for done, _ in environment.done] == ["created"]


def test_while_an_operation_runs_another_is_refused(
    up: Boto, ask: Ask, environment: Configurable
) -> None:
    upload(ask, "v2")
    environment.may_go_on.clear()
    deploy(up, "v2")
    with pytest.raises(ClientError, match="is in an invalid state") as refused:
        up.terminate_environment(EnvironmentName=NAME)

    assert code_of(refused) == (400, "InvalidParameterValue")
    assert shown(up)["Status"] == "Updating"


def test_a_property_that_is_set_wins_over_the_files_until_it_is_removed(
    up: Boto, api: Api, environment: Configurable
) -> None:
    before = properties(up)
    up.update_environment(EnvironmentName=NAME, OptionSettings=[option("C", "new")])
    api.operations.wait()
    removed = [{"Namespace": PROPERTY, "OptionName": "A"}]
    up.update_environment(EnvironmentName=NAME, OptionsToRemove=removed)
    api.operations.wait()

    assert before == {"A": "set", "B": '`{"Ref": "Cache"}`'}
    assert environment.done[1:] == [
        ("configured", {"A": "set", "C": "new"}),
        ("configured", {"C": "new"}),
    ]
    assert properties(up) == {"A": "file", "B": '`{"Ref": "Cache"}`', "C": "new"}


def test_settings_that_are_refused_do_not_hold(
    up: Boto, api: Api, environment: Configurable
) -> None:
    environment.failing = DeploymentFailed("unreadable")
    up.update_environment(EnvironmentName=NAME, OptionSettings=[option("A", "bad")])
    api.operations.wait()

    assert properties(up)["A"] == "set"


def test_what_is_terminated_is_gone_and_its_name_free(
    up: Boto, ask: Ask, api: Api, environment: Configurable
) -> None:
    prefix = shown(up)["CNAME"].partition(".")[0]
    taken = up.check_dns_availability(CNAMEPrefix=prefix)["Available"]
    up.terminate_environment(EnvironmentName=NAME)
    api.operations.wait()

    assert taken is False
    assert up.check_dns_availability(CNAMEPrefix=prefix)["Available"] is True
    assert up.describe_environments(EnvironmentNames=[NAME])["Environments"] == []
    everything = up.describe_environments(IncludeDeleted=True)["Environments"]
    assert [each["Status"] for each in everything] == ["Terminated"]
    create(ask)
    api.operations.wait()
    assert shown(up)["Status"] == "Ready"


def test_there_is_one_environment_at_a_time(up: Boto, ask: Ask) -> None:
    with pytest.raises(ClientError) as refused:
        create(ask)

    assert code_of(refused) == (400, "TooManyEnvironmentsException")


def test_events_can_be_asked_for_from_a_moment_on(up: Boto) -> None:
    newest, *older = up.describe_events(EnvironmentName=NAME)["Events"]
    since = newest["EventDate"]

    assert older
    assert up.describe_events(EnvironmentName=NAME, StartTime=since)["Events"] == [newest]
