"""Fixtures for every test of the hub: hubs, and servers that start when a test first asks for them."""

pytest_plugins = [
    "hubs",
    "posted",
    "servers.chromium",
    "servers.databases",
    "servers.postgres",
    "servers.rabbitmq",
    "servers.redis",
]
