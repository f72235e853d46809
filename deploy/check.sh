#!/bin/sh
# Everything that can be said about the code without running the tests. Runs to the end, so that
# one look shows all there is to mend.
set -u
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PWD/node_modules/.bin:$PATH"
failed=""

step() {
    name=$1
    shift
    printf '\n== %s\n' "$name"
    "$@" || failed="$failed $name;"
}

# The settings that production would have. The keys are made up anew each time, and no server
# named here is asked anything.
in_production() {
    env \
        ENVIRONMENT=production \
        SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
        ENCRYPTION_KEYS="$(python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())')" \
        ALLOWED_HOSTS=pay.example.com,staff.example.com \
        STAFF_HOSTS=staff.example.com \
        DATABASE_URL=postgres://portal:portal@127.0.0.1:1/portal \
        REDIS_URL=redis://127.0.0.1:1/0 \
        EMAIL_URL=smtp+tls://portal:portal@127.0.0.1:1 \
        DEFAULT_FROM_EMAIL=portal@example.com \
        TRUSTED_PROXIES=1 \
        "$@"
}

step "ruff" ruff check .
step "ruff format" ruff format --check .
step "biome" biome check --error-on-warnings
step "bandit" bandit --quiet --configfile pyproject.toml -r accounts api backoffice cis icsso inhance payments posting sandbox support
step "pip-audit" deploy/audit.sh
step "mypy" mypy
step "import-linter" lint-imports
step "migrations" python manage.py makemigrations --check --dry-run
step "table of roles" python manage.py roles_table --check
step "production settings" in_production python manage.py check --deploy --fail-level WARNING
step "translations" python deploy/messages.py --check
step "the tree" python deploy/tree.py
step "packages" python deploy/packages.py --check
step "answers" python deploy/answers.py --check

[ -z "$failed" ] && exit 0
printf '\nFailed:%s\n' "$failed" >&2
exit 1
