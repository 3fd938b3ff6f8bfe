"""Settings, personas in use and dismissals of each folder: read, validated, watched, and read again.

What the settings are is in `postil.settings`, what a persona's file may say in `core.persona`.
"""
