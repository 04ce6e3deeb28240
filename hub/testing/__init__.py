"""Public test harness for the hub and its plugins."""
