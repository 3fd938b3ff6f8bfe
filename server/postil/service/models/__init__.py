"""Lists, downloads, copies, removes and loads models, for the command line and for editors.

The choice of engine and model for a request belongs in `engine.choose`, the layout of tables in `cli`.
"""
