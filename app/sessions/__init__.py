"""Web sessions in Redis or Valkey: `interface` for Flask, `reader` for asyncio.

They stand on flask-session 0.8, less its pickle. The two modules are imported by name, so that the
asyncio process never loads Flask.
"""
