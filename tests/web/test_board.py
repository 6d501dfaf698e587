"""The board over HTTP."""

from flask.testing import FlaskClient

from tests.builders import Plant, sign_in


def test_a_stranger_is_sent_to_the_sign_in_page(client: FlaskClient, plant: Plant) -> None:
    answer = client.get("/")

    assert (answer.status_code, answer.location) == (302, "/sign-in")


def test_the_board_shows_each_line_of_ones_plant(client: FlaskClient, plant: Plant) -> None:
    sign_in(client, "vera")
    page = client.get("/")

    assert page.status_code == 200
    assert 'data-line="press"' in page.text
    assert 'data-line="weld"' in page.text


def test_a_line_that_was_never_heard_of_is_unknown(client: FlaskClient, plant: Plant) -> None:
    sign_in(client, "vera")
    tiles = client.get("/board.json").get_json()["tiles"]

    assert [tile["state"] for tile in tiles] == ["unknown", "unknown"]
