"""What can be typed to the bot, and the buttons of the hub's own cards; one subject per file.

Each class gives its commands; ``hub.pipeline.hub_plugin`` makes a plugin of all of them.
"""
