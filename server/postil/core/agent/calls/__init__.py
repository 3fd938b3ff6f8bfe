"""Calls as models write them, read in every dress, and what of them somebody has named. Which tools there are, and what
a call does, isn't known here.
"""
