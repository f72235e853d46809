#!/bin/sh
# All checks of the code except the tests. Runs to the end, so that one run shows everything that has
# to be fixed.
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

step "ruff" ruff check .
step "ruff format" ruff format --check .
step "biome" biome check --error-on-warnings
step "bandit" bandit --quiet --configfile pyproject.toml -r accounts api backoffice cis icsso inhance payments posting sandbox support
step "pip-audit" deploy/audit.sh
step "mypy" mypy
step "import-linter" lint-imports
step "migrations" python manage.py makemigrations --check --dry-run
step "migrations beside the running release" python manage.py check_migrations
step "table of roles" python manage.py roles_table --check
step "production settings" deploy/made-up-settings.sh python manage.py check --deploy --fail-level WARNING
step "translations" python deploy/messages.py --check
step "the tree" python deploy/tree.py
step "packages" python deploy/packages.py --check
step "answers" python deploy/answers.py --check

[ -z "$failed" ] && exit 0
printf '\nFailed:%s\n' "$failed" >&2
exit 1
