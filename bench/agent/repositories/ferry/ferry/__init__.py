"""Bookings for the island boats."""
