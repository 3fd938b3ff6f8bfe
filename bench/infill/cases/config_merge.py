"""Put configuration from several places together."""

import copy


def merge(base, override):
    """A new dictionary: values of `override` win, dictionaries are merged, None removes a key."""
    result = copy.deepcopy(base)
    for key, value in override.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def lookup(config, path, default=None):
    """The value at a dotted path such as "server.port"."""
    current = config
    for name in path.split("."):
        if not isinstance(current, dict) or name not in current:
            return default
        current = current[name]
    return current


def from_environment(environment, prefix="APP_"):
    """Variables like APP_SERVER__PORT=80 as {"server": {"port": "80"}}."""
    config = {}
    for name, value in environment.items():
        if not name.startswith(prefix):
            continue
        *parents, last = name[len(prefix) :].lower().split("__")
        target = config
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = value
    return config


def flatten(config, parent=""):
    """Nested keys joined with dots: {"a": {"b": 1}} becomes {"a.b": 1}."""
    flat = {}
    for key, value in config.items():
        name = f"{parent}.{key}" if parent else key
        if isinstance(value, dict):
            flat.update(flatten(value, name))
        else:
            flat[name] = value
    return flat
