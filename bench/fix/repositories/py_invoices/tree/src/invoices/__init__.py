"""Invoices in cents."""
