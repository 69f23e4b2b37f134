"""``/docs``: the OpenAPI document to read and try out in a browser, without anything from other sites.

The page has a content security policy: scripts, style sheets and requests are for the service itself only, and nothing
is inline. The one exception that Swagger UI needs is for images as ``data:`` URLs, the icons in its style sheet; it
sets styles from its script, which a policy on inline styles does not prevent.
"""

from html import escape
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

ASSETS = Path(__file__).parent / "static" / "swagger-ui"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


def install(app: FastAPI) -> None:
    """Serve ``/docs`` and its files; the application must be made with ``docs_url=None, redoc_url=None``."""
    app.mount("/docs/assets", StaticFiles(directory=ASSETS), name="docs-assets")
    app.include_router(router)


router = APIRouter(include_in_schema=False)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """The page. It takes the application from the request: FastAPI caches endpoints for the life of the process."""
    app: FastAPI = request.app
    page = _page(app.title, request.scope.get("root_path", ""), app.openapi_url or "")
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Content-Type-Options": "nosniff"}
    return HTMLResponse(page, headers=headers)


def _page(title: str, root: str, openapi_url: str) -> str:
    files, document = escape(f"{root}/docs/assets"), escape(root + openapi_url)
    return f"""<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="openapi" content="{document}">
    <title>{escape(title)}</title>
    <link rel="icon" href="{files}/favicon-32x32.png">
    <link rel="stylesheet" href="{files}/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>This page needs JavaScript; <a href="{document}">the document itself</a> does not.</noscript>
    <script src="{files}/swagger-ui-bundle.js"></script>
    <script src="{files}/start.js"></script>
  </body>
</html>
"""
