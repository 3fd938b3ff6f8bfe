"""Which calls are allowed, asked about or denied, and for which commands a yes may be kept. What is kept, and where, is
the service's; what a request for a yes holds is in `permission.py` beside this package."""
