#!/bin/sh
# Everything that can be said about the code without running the tests.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

say() { printf '\n== %s\n' "$*"; }

# `check --deploy` looks at the settings production would have. The keys are made up anew each
# time and no server named here is asked anything.
in_production() {
    env \
        ENVIRONMENT=production \
        SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
        ENCRYPTION_KEYS="$(python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())')" \
        ALLOWED_HOSTS=pay.example.com \
        DATABASE_URL=postgres://portal:portal@127.0.0.1:1/portal \
        REDIS_URL=redis://127.0.0.1:1/0 \
        EMAIL_URL=smtp+tls://portal:portal@127.0.0.1:1 \
        DEFAULT_FROM_EMAIL=portal@example.com \
        TRUSTED_PROXIES=1 \
        "$@"
}

say "ruff"
ruff check .
ruff format --check .
say "mypy"
mypy
say "import-linter"
lint-imports
say "migrations"
python manage.py makemigrations --check --dry-run
say "production settings"
in_production python manage.py check --deploy --fail-level WARNING
say "translations"
python deploy/messages.py --check
say "the tree"
python deploy/tree.py
