"""Doctor: looks at everything the hub needs, side by side, and says what to do about what is wrong."""
