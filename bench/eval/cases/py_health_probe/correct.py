"""Health checks of the services behind the load balancer."""

import http.client
import urllib.request
from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """How one service is checked."""

    url: str
    timeout_ms: int = 2000


def is_healthy(probe: Probe) -> bool:
    """Return whether the service answers with status 200 within the timeout of the probe."""
    request = urllib.request.Request(probe.url, headers={"User-Agent": "health-probe"})
    try:
        with urllib.request.urlopen(request, timeout=probe.timeout_ms / 1000) as response:
            return response.status == http.HTTPStatus.OK
    except (http.client.HTTPException, OSError):
        return False
