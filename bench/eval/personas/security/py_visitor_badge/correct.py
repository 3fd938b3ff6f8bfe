"""The page with the badge that a visitor prints at the reception."""

from flask import Flask, abort, render_template_string, request

app = Flask(__name__)

MAX_LENGTH = 80


@app.get("/badge")
def badge() -> str:
    """Show the badge for the name and the company in the query of the request."""
    name = request.args.get("name", "").strip()
    company = request.args.get("company", "").strip()
    if not name or len(name) > MAX_LENGTH or len(company) > MAX_LENGTH:
        abort(400)
    return render_template_string(
        "<h1>{{ name }}</h1><p>{{ company }}</p><p>Please wear this badge at all times.</p>",
        name=name,
        company=company,
    )
