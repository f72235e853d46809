"""What the portal costs beside a floor: the least that a Django project can do for the same.

    python deploy/services.py python -m bench.floor

Two processes on one PostgreSQL and Redis, in turns: the portal (`portal.py`), and a new Django
project (`bare.py`) with a page for a signed-in user, and a form of theirs that keeps one row; with
DJSTRIPE_PYTHON a third, dj-stripe's webhook (`events.py`).
"""
