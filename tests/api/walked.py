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
    ("POST", "/v1/conversations"): {"json": {"client_id": "lulu"}},
    ("GET", "/v1/conversations"): {"params": {"client_id": "lulu"}},
    ("GET", "/v1/clients/{client_id}/gaps"): {},
    ("GET", "/v1/clients/{client_id}/insights"): {},
}
# Routes that list over clients, or take a foreign system's words: other tests show that each keeps to the
# caller's own clients.
OVER_CLIENTS = {
    ("GET", "/v1/clients"),
    ("GET", "/v1/audit"),
    ("GET", "/v1/audit/export"),
    ("GET", "/v1/alerts"),
    ("GET", "/v1/escalations"),
    ("GET", "/v1/promises"),
    ("POST", "/v1/integrations/webhook"),
}
# Routes about a stored thing: test_stored_objects.py shows that another client's is a 404.
OF_STORED_OBJECTS = {
    ("GET", "/v1/conversations/{conversation_id}"),
    ("PATCH", "/v1/conversations/{conversation_id}"),
    ("POST", "/v1/conversations/{conversation_id}/turns"),
    ("GET", "/v1/conversations/{conversation_id}/turns"),
    ("GET", "/v1/conversations/{conversation_id}/events"),
    ("POST", "/v1/conversations/{conversation_id}/suggestions"),
    ("POST", "/v1/suggestions/{suggestion_id}/feedback"),
    ("POST", "/v1/alerts/{alert_id}/acknowledge"),
    ("POST", "/v1/conversations/{conversation_id}/escalations"),
    ("GET", "/v1/escalations/{escalation_id}"),
    ("PATCH", "/v1/escalations/{escalation_id}"),
    ("POST", "/v1/escalations/{escalation_id}/send"),
    ("POST", "/v1/escalations/{escalation_id}/acknowledge"),
    ("POST", "/v1/escalations/{escalation_id}/resolve"),
    ("POST", "/v1/escalations/{escalation_id}/reopen"),
    ("POST", "/v1/promises/{promise_id}/kept"),
}
