"""The function in the VPC: what comes by SQS lands in the streams that HTTP lands in.

It runs on Lambda, from a zip that `app/commands/function` makes: nothing here may load what is not
in there. docs/lambda.md tells how to send, docs/decisions/0024-… why it is so.
"""

from app.ingest.handler import Handler, create_handler

__all__ = ["Handler", "create_handler"]
