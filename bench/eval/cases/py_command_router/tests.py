from subject import Router, UsageError


class FakePlatform:
    def __init__(self):
        self.calls = []

    def deploy(self, environment, version):
        self.calls.append(("deploy", environment, version))

    def rollback(self, environment):
        self.calls.append(("rollback", environment))
        return "1.0"


platform = FakePlatform()
router = Router(platform)
assert router.usage() == ""
router.add("ping", "test the connection", lambda arguments: "pong")
router.add_environments(["staging", "live"])
assert router.run("ping") == "pong"
assert router.run("deploy-live '2.0 beta'") == "2.0 beta runs in live"
assert router.run("deploy-staging 2.1") == "2.1 runs in staging"
assert router.run("rollback-staging") == "1.0 runs in staging again"
assert platform.calls == [("deploy", "live", "2.0 beta"), ("deploy", "staging", "2.1"), ("rollback", "staging")]
assert router.run("").splitlines()[2] == "ping              test the connection"
for line in ("stop", "deploy-live", "rollback-live now", "ping 'x"):
    try:
        router.run(line)
    except UsageError:
        pass
    else:
        raise AssertionError(line)
