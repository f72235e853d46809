#!/bin/sh
# Runs a command with the settings that production would have. The keys are generated each time,
# and none of the servers named here is contacted: for checks, and to collect static files.
set -eu
random() { "${PYTHON:-python}" -c 'import base64, secrets; print(base64.urlsafe_b64encode(secrets.token_bytes('"$1"')).decode())'; }
exec env \
    ENVIRONMENT=production \
    SECRET_KEY="$(random 64)" \
    ENCRYPTION_KEYS="$(random 32)" \
    ALLOWED_HOSTS=pay.example.com,staff.example.com \
    STAFF_HOSTS=staff.example.com \
    DATABASE_URL=postgres://portal:portal@127.0.0.1:1/portal \
    REDIS_URL=redis://127.0.0.1:1/0 \
    EMAIL_URL=smtp+tls://portal:portal@127.0.0.1:1 \
    DEFAULT_FROM_EMAIL=portal@example.com \
    TRUSTED_PROXIES=1 \
    "$@"
