"""The settings, personas and dismissals of each folder: read, validated, watched, and reloaded.

The settings themselves are defined in `postil.settings`, the format of a persona's file in `core.persona`.
"""
