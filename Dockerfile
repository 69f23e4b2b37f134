# The service with its locked environment. docker-compose.yml builds and starts it; or on its own, with SQLite:
#   docker build -t coalition-ledger . && docker run -p 127.0.0.1:8000:8000 -v coalition:/var/lib/coalition \
#     -e COALITION_OPEN_READING=beyond-loopback coalition-ledger
FROM python:3.11-slim-bookworm AS build
RUN python -m pip install --no-cache-dir uv==0.13.9
ENV UV_PROJECT_ENVIRONMENT=/app/.venv \
    UV_PYTHON_DOWNLOADS=never \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy
WORKDIR /app
# Dependencies first: a change to our own code leaves this layer as it is.
COPY pyproject.toml uv.lock LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project
COPY domain domain
COPY projections projections
COPY api api
COPY examples examples
COPY docker/ready.py docker/ready.py
RUN uv sync --frozen --no-dev
RUN mkdir -m 0700 -p /var/lib/coalition

FROM python:3.11-slim-bookworm
COPY --from=build /app /app
# The code belongs to root and the data to the service's user, which has a number but no name, shell or password.
COPY --from=build --chown=10001:10001 /var/lib/coalition /var/lib/coalition
ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/var/lib/coalition \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    COALITION_DATABASE_URL=sqlite:////var/lib/coalition/ledger.sqlite3
WORKDIR /app
USER 10001:10001
VOLUME /var/lib/coalition
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "/app/docker/ready.py", "http://127.0.0.1:8000/health/ready"]
# Beyond loopback, as a container must; with open reading, the service refuses that unless COALITION_OPEN_READING is
# "beyond-loopback".
ENTRYPOINT ["coalition"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
