"""Keep the page to this machine and to itself."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@web.middleware
async def only_this_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site's page sends, directly or through a name that it points here."""
    if urlsplit(f"//{request.host}").hostname not in LOOPBACK:
        raise web.HTTPForbidden(text="Open the playground by its address, http://127.0.0.1")
    origin = request.headers.get("Origin")
    if origin not in {None, f"http://{request.host}"}:
        raise web.HTTPForbidden(text="The playground takes requests from its own page alone")
    # Another site's form can send neither this type nor, without asking first, a script of its.
    if request.method == "POST" and request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send application/json")
    return await handler(request)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Let the page load from here alone, and be framed by nobody."""
    response.headers.update(HEADERS)
