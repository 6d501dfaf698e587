"""The least that Flask can say: what the board page is compared with."""

from flask import Flask

application = Flask(__name__)


@application.get("/")
def hello() -> str:
    return "Hello, world\n"
