"""Servers for tests, each started when a test first asks for it."""

pytest_plugins = [
    "servers.chromium",
    "servers.databases",
    "servers.postgres",
    "servers.rabbitmq",
    "servers.redis",
]
