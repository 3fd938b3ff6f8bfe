from subject import Settings, SettingsError, load_settings

assert load_settings({"GATEWAY_UPSTREAM": "http://a/"}) == Settings("http://a", 4, True, False, ())
full_env = {
    "GATEWAY_UPSTREAM": "http://a",
    "GATEWAY_WORKERS": "8",
    "GATEWAY_VERIFY_TLS": "off",
    "GATEWAY_DEBUG": "Yes",
    "GATEWAY_ALLOWED_ORIGINS": "x, y,",
}
assert load_settings(full_env) == Settings("http://a", 8, False, True, ("x", "y"))
for bad in ({"GATEWAY_UPSTREAM": ""}, full_env | {"GATEWAY_WORKERS": "0"}, full_env | {"GATEWAY_DEBUG": "?"}):
    try:
        load_settings(bad)
    except SettingsError:
        continue
    raise AssertionError(bad)
