#!/bin/sh
# Runs a command as the user of the portal, with the settings of /etc/portal.env, which only root
# reads: deploy/with-settings.sh .venv/bin/python manage.py check --deploy
set -eu
export HOME=/srv/portal
# The last line may end without a line break.
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    '' | '#'*) ;;
    *) export "$line" ;;
    esac
done <"${PORTAL_ENV:-/etc/portal.env}"
exec setpriv --reuid=portal --regid=portal --init-groups "$@"
