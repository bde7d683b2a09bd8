"""How every route is called by the walk of two clients; a new route gets a line here or the walk fails."""

from __future__ import annotations

from typing import Any

ASSIST = {"client_id": "lulu", "turns": [{"role": "customer", "text": "在吗"}]}
_ARTICLE = "/v1/clients/{client_id}/articles/{article_id}"
# Routes that name a client: method, path, and what is sent. `{client_id}` is filled in, in bodies too.
ABOUT_A_CLIENT: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/assist"): {"json": ASSIST},
    ("GET", "/v1/clients/{client_id}/articles"): {},
    ("GET", _ARTICLE): {},
    ("PUT", _ARTICLE): {"json": {"title": "x", "body": "y"}},
    ("DELETE", _ARTICLE): {},
    ("GET", "/v1/clients/{client_id}/search"): {"params": {"q": "退款"}},
    ("GET", "/v1/clients/{client_id}/authority"): {},
    ("PUT", "/v1/clients/{client_id}/authority"): {"json": {"actions": []}},
    ("GET", "/v1/clients/{client_id}/settings"): {},
    ("PUT", "/v1/clients/{client_id}/settings"): {"json": {"name": "x"}},
    ("POST", "/v1/clients/{client_id}/import"): {"files": {"file": ("a.zip", b"x")}},
    ("DELETE", "/v1/clients/{client_id}/customers/{customer_id}"): {},
    ("GET", "/v1/clients/{client_id}/suggestions/{suggestion_id}/basis"): {},
    ("POST", "/v1/sidebar-tokens"): {"json": {"client_id": "lulu", "agent_id": "a-17"}},
}
# Routes that list over clients: test_access.py shows that each lists the caller's own only.
OVER_CLIENTS = {("GET", "/v1/clients"), ("GET", "/v1/audit"), ("GET", "/v1/audit/export")}
# Routes about a stored object: tests beside the object's own show that another client's is a 404.
OF_STORED_OBJECTS: set[tuple[str, str]] = set()
