#!/bin/sh
# Puts a release into service without a gap, as root: deploy/release.sh /srv/portal/releases/FOLDER
# Without a folder, restarts the current release with the current settings.
# If a step fails, the running web processes continue, and nothing has to be undone.
set -eu
exec 9>/run/portal-release.lock
flock -n 9 || {
    echo "Another release is running." >&2
    exit 1
}
current=/srv/portal/current
new=$(readlink -f "${1:-$current}")
before=$(readlink "$current" || true) # none at first
cd "$new"
old_instance=b new_instance=a
systemctl is-active --quiet portal@a && old_instance=a new_instance=b
python=.venv/bin/python
export PYTHON="$python"
requirements=requirements.txt
! grep -q '^TRACES_URL=.' "${PORTAL_ENV:-/etc/portal.env}" || requirements=requirements-traces.txt

point_at() {
    ln -sfn "$1" "$current.new"
    mv -T "$current.new" "$current"
}

# All of it belongs to root: the portal itself cannot change it.
[ -x "$python" ] || python3 -m venv .venv
$python -m pip install --quiet --require-hashes -r "$requirements"
# Pages sent by the previous release still request its files.
[ ! -d "$current/staticfiles" ] || [ "$new" = "$(readlink -f "$current")" ] ||
    cp -Rp "$current/staticfiles" .
deploy/made-up-settings.sh $python manage.py collectstatic --noinput --verbosity 0

deploy/with-settings.sh $python manage.py check --deploy
# It waits for a lock for two seconds at most, since everything else would wait behind it. Each
# migration is applied completely or not at all, and is tried again.
tries=0
until deploy/with-settings.sh $python manage.py migrate; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || exit 1
    sleep 5
done

point_at "$new"
# Not "start": an instance left by an interrupted run would continue with its old code. Returns once it has loaded.
# Then both answer for a few seconds: the old one while each new process gets through its first requests.
# This does not check whether the new processes answer correctly, but notices if the first one has ended.
if ! systemctl restart "portal@$new_instance" || ! sleep 3 || ! systemctl is-active --quiet "portal@$new_instance"; then
    systemctl stop "portal@$new_instance" || true
    systemctl reset-failed "portal@$new_instance" || true
    [ -z "$before" ] || point_at "$before"
    echo "portal@$new_instance did not start: journalctl -u portal@$new_instance says why" >&2
    exit 1
fi
systemctl enable --quiet "portal@$new_instance" portal-worker@default portal-worker@emails portal-periodic
systemctl disable --quiet "portal@$old_instance"
systemctl stop "portal@$old_instance" # it completes the requests in progress
systemctl restart portal-worker@default portal-worker@emails portal-periodic
