"""Tests that kill, stop, starve and cut off real processes."""
