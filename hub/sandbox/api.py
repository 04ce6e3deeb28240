"""x"""

from starlette.routing import Route

from hub.sandbox.actions import Actions
from hub.sandbox.portal import Portal


def api_routes(portal: Portal, actions: Actions) -> list[Route]:
    return []
