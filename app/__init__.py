"""Andon, drawn as five floors; a module imports only from floors below it.

    5  factory  commands  live      doors     put the parts together, start processes
       ingest
    4  web                          faces     HTTP in; pages and JSON out
    3  domain                       rooms     what the plant does; one room per subject
    2  models  parts                ground    the tables, and the list of running parts
    1  cache  sessions  streams     machines  tools that know nothing of the plant
       leaderboards  observability
       iam  database  config

Rooms never import each other. `lint-imports` keeps this drawing true.
"""
