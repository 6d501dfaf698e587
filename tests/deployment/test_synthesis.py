import textwrap
from pathlib import Path

import pytest

from lab.deploycheck.strict import (
    DefinedTwice,
    DuplicateKey,
    OptionUnset,
    Refused,
    ShortTag,
    UndocumentedFunction,
    UnknownSection,
    Unreadable,
    load,
)
from lab.deploycheck.synthesis import CUSTOM_OPTIONS, ENVIRONMENT, synthesise

ASKING = """
    Resources:
      Cache:
        Type: AWS::ElastiCache::ReplicationGroup
        Properties:
          NumCacheClusters:
            Fn::GetOptionSetting: {OptionName: CacheNodes, DefaultValue: "2"}
    """


def written(folder: Path, text: str, name: str = "some.config") -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def test_a_duplicate_key_is_refused_with_file_and_line(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        option_settings:
          aws:elasticbeanstalk:application:environment:
            CACHE_URL: one
            OTHER: text
            CACHE_URL: two
        """,
    )

    with pytest.raises(DuplicateKey, match=r"^some\.config:5: CACHE_URL is given twice"):
        load(path)


def test_a_duplicate_namespace_is_refused_like_any_key(tmp_path: Path) -> None:
    path = written(tmp_path, "option_settings:\n  some:ns: {A: 1}\n  some:ns: {B: 2}\n")

    with pytest.raises(DuplicateKey, match=r"^some\.config:3: some:ns"):
        load(path)


def test_a_short_tag_is_refused_with_file_and_line(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        Outputs:
          Host:
            Value: !GetAtt Cache.PrimaryEndPoint.Address
        """,
    )

    with pytest.raises(ShortTag, match=r"^some\.config:3: !GetAtt is not evaluated"):
        load(path)


@pytest.mark.parametrize("section", ["Conditions", "Transform", "Rules", "resources"])
def test_an_unknown_section_is_refused_with_file_and_line(tmp_path: Path, section: str) -> None:
    path = written(tmp_path, f"Resources: {{}}\n{section}: {{}}\n")

    with pytest.raises(UnknownSection, match=rf"^some\.config:2: {section} is no section"):
        load(path)


@pytest.mark.parametrize("function", ["Fn::Sub", "Fn::If", "Fn::Select", "Fn::Split"])
def test_an_undocumented_function_is_refused_with_file_and_line(
    tmp_path: Path, function: str
) -> None:
    path = written(tmp_path, f"Outputs:\n  Host:\n    Value: {{'{function}': text}}\n")

    with pytest.raises(UndocumentedFunction, match=rf"^some\.config:3: {function}"):
        load(path)


def test_a_tab_is_refused_with_file_and_line(tmp_path: Path) -> None:
    path = written(tmp_path, "Resources:\n\tCache: {}\n")

    with pytest.raises(Unreadable, match=r"^some\.config:2: "):
        load(path)


@pytest.mark.parametrize("text", ["", "- a list\n", "Resources:\n", "option_settings:\n  - a: b\n"])
def test_a_file_without_sections_is_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)

    with pytest.raises(Unreadable, match=r"^some\.config"):
        load(path)


def test_an_option_gives_its_default_until_one_is_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, ASKING)

    as_written = synthesise([path])
    as_chosen = synthesise([path], chosen={CUSTOM_OPTIONS: {"CacheNodes": "3"}})

    kind = "AWS::ElastiCache::ReplicationGroup"
    assert as_written.of_type(kind) == {"Cache": {"NumCacheClusters": "2"}}
    assert as_chosen.of_type(kind) == {"Cache": {"NumCacheClusters": "3"}}


def test_of_two_files_the_alphabetically_later_sets_the_option(tmp_path: Path) -> None:
    setting = "option_settings:\n  aws:elasticbeanstalk:customoption: {CacheNodes: '%s'}\n"
    later = written(tmp_path, setting % 5, "z.config")
    earlier = written(tmp_path, setting % 4, "a.config")
    asking = written(tmp_path, ASKING)

    deployment = synthesise([later, asking, earlier])

    assert deployment.template["Resources"]["Cache"]["Properties"] == {"NumCacheClusters": "5"}


def test_an_option_of_another_namespace_is_read_from_there(tmp_path: Path) -> None:
    asking = "{Namespace: aws:ec2:vpc, OptionName: VPCId, DefaultValue: none}"
    path = written(tmp_path, f"Outputs:\n  V:\n    Value:\n      Fn::GetOptionSetting: {asking}\n")

    deployment = synthesise([path], chosen={"aws:ec2:vpc": {"VPCId": "vpc-1"}})

    assert deployment.template["Outputs"]["V"] == {"Value": "vpc-1"}


def test_an_option_with_neither_value_nor_default_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, ASKING.replace(', DefaultValue: "2"', ""))

    with pytest.raises(OptionUnset, match="CacheNodes"):
        synthesise([path])


def test_a_resource_defined_in_two_files_is_refused(tmp_path: Path) -> None:
    files = [written(tmp_path, ASKING, name) for name in ("a.config", "b.config")]

    with pytest.raises(DefinedTwice, match=r"^b\.config: Resources Cache"):
        synthesise(files)


def with_property(folder: Path, value: str) -> Path:
    return written(folder, f"option_settings:\n  {ENVIRONMENT}:\n    HOME_URL: '{value}'\n")


def test_a_backticked_function_becomes_an_output_and_text_does_not(tmp_path: Path) -> None:
    spoken = synthesise([with_property(tmp_path, '`{"Ref": "AWSEBEnvironmentName"}`')])
    plain = synthesise([with_property(tmp_path, "somewhere")])

    value = {"Ref": "AWSEBEnvironmentName"}
    assert spoken.template["Outputs"] == {"PropertyHOMEURL": {"Value": value}}
    assert spoken.properties == {"HOME_URL": value}
    assert plain.template["Outputs"] == {}
    assert plain.properties == {"HOME_URL": "somewhere"}


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        ("redis://`{}`", Unreadable),
        ("`not JSON`", Unreadable),
        ('`{"Fn::Sub": "x"}`', UndocumentedFunction),
        ('`{"Ref": "A", "Ref": "B"}`', DuplicateKey),
    ],
)
def test_a_broken_expression_is_refused_by_the_name_of_its_property(
    tmp_path: Path, value: str, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal, match=r"^HOME_URL"):
        synthesise([with_property(tmp_path, value)])
