"""Acting: what happens when somebody clicks a button or types a command.

Read in this order: ``buttons`` (which button a click is about), ``act`` (once, by whom it may be), ``permission``,
``perform`` (call the plugin), ``answers`` (what the card and the person are told).
"""
