#!/bin/sh
# Puts a release into service without a gap, as root: deploy/release.sh /srv/portal/releases/FOLDER
# Without a folder, the one in service is started anew with the settings as they are now.
# If a step fails, the web processes that run now go on, and nothing has to be undone.
set -eu
current=/srv/portal/current
new=$(readlink -f "${1:-$current}")
cd "$new"
old_instance=b new_instance=a
systemctl is-active --quiet portal@a && old_instance=a new_instance=b
python=.venv/bin/python
export PYTHON="$python"

# All of it belongs to root: the portal itself cannot change it.
[ -x "$python" ] || python3 -m venv .venv
$python -m pip install --quiet --require-hashes -r requirements.txt
# Pages that the release before has sent still ask for its files.
[ ! -d "$current/staticfiles" ] || [ "$new" = "$(readlink -f "$current")" ] ||
    cp -R "$current/staticfiles" .
deploy/made-up-settings.sh $python manage.py collectstatic --noinput --verbosity 0

deploy/with-settings.sh $python manage.py check --deploy
# Waits for no lock longer than this, since all others would wait behind it. Each migration happens
# whole or not at all, and is tried again.
tries=0
until PGOPTIONS="-c lock_timeout=2s" deploy/with-settings.sh $python manage.py migrate; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || exit 1
    sleep 5
done

ln -sfn "$new" "$current.new"
mv -T "$current.new" "$current"
systemctl start "portal@$new_instance" # returns once it is ready
systemctl enable --quiet "portal@$new_instance" portal-worker@default portal-worker@emails portal-periodic
systemctl disable --quiet "portal@$old_instance"
systemctl stop "portal@$old_instance" # what it is answering comes to its end
systemctl restart portal-worker@default portal-worker@emails portal-periodic
