"""Acting: what happens when somebody clicks a button or types a command.

Read in this order: ``incoming`` (from events to actions), ``act`` (once, by whom it may be), ``targets`` and
``buttons`` (which command, which card), ``permission``, ``perform`` (call the plugin), ``answers`` (what the card and
the person are told). ``chat_commands`` says what can be typed.
"""
