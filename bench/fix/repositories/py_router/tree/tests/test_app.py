from web.app import App


def app():
    found = App()
    found.add("GET", "/users/{id}", lambda id: f"user {id}")
    found.add("GET", "/users", lambda: "all users")
    return found


def test_value():
    assert app().handle("GET", "/users/7") == (200, "user 7")


def test_list():
    assert app().handle("GET", "/users") == (200, "all users")


def test_method():
    assert app().handle("POST", "/users/7") == (405, "method not allowed")


def test_not_found():
    assert app().handle("GET", "/orders/1") == (404, "not found")
