"""Fixtures for every test of the hub: servers that start when a test first asks for them."""

pytest_plugins = [
    "servers.chromium",
    "servers.databases",
    "servers.postgres",
    "servers.rabbitmq",
    "servers.redis",
]
