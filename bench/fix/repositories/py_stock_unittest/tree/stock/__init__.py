"""Goods in warehouses."""
