"""The pytest plugin: fixtures for the hub and its plugins."""
