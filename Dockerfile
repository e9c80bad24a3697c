# Muster, without the embedded database: bring DATABASE_URL.
#
#   docker build -t muster .
#   docker run --env-file .env -p 3000:3000 muster
#
# Its steps also run in CI without a container engine: see .ci/dockerfile.py.

FROM python:3.13-slim AS build
WORKDIR /src
COPY locks/ locks/
COPY deploy/ deploy/
RUN deploy/install-dependencies /opt/muster
COPY pyproject.toml README.md LICENSE ./
COPY migrations/ migrations/
COPY runbooks/ runbooks/
COPY templates/ templates/
COPY bot/ bot/
RUN deploy/install-muster /opt/muster

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/muster --shell /usr/sbin/nologin muster
COPY --from=build /opt/muster /opt/muster
COPY deploy/healthy /opt/muster/bin/healthy
ENV PATH=/opt/muster/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MUSTER_HOST=0.0.0.0 \
    MUSTER_PORT=3000 \
    MUSTER_DATA_DIR=/var/lib/muster
USER 10001
WORKDIR /var/lib/muster
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["python", "/opt/muster/bin/healthy"]
ENTRYPOINT ["muster"]
CMD ["serve"]
