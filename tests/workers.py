"""Background tasks as in production: kept in the database until a worker takes them."""

WORKERS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default", "emails"],
    }
}
