from django.apps import AppConfig


class PeriodicConfig(AppConfig):
    name = "inhance.periodic"
    label = "periodic"
