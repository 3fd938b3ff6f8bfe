"""An application."""

from web.routes import match


class App:
    """Handlers by method and route; the one that was added first wins."""

    def __init__(self):
        self._routes = []

    def add(self, method, route, handler):
        self._routes.append((method, route, handler))

    def handle(self, method, path):
        """Status and body."""
        allowed = False
        for one, route, handler in self._routes:
            values = match(route, path)
            if values is None:
                continue
            if one == method:
                return 200, handler(**values)
            allowed = True
        return (405, "method not allowed") if allowed else (404, "not found")
