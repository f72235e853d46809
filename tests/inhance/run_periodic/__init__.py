"""An app whose commands the tests of `run_periodic` run."""
