# `make` or `make help` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help run test check format test-services test-contrary test-variants faults bench bench-floor bench-hanging bench-postbacks bench-releases bench-restore bench-imports bench-lists bench-dashboard bench-reconciliation bench-posting bench-customer-page bench-pay-links bench-steps bench-search bench-growth accessibility-tree pictures words messages lock
SHELL := /bin/sh
PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml

# One worker more than there are cores (tests/conftest.py). A worker without tests left takes another one's.
PYTEST = .venv/bin/pytest -n auto --dist worksteal $(ARGS)

export PORT SANDBOX_PORT SMTP_PORT PYTHON
# Otherwise, every worker and server of a run would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

help: ## This list
	@echo "make ..."
	@sed -n 's/^\([a-z-]*\):.*## /  \1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name what; \
		do printf '%-16s %s\n' "$$name" "$$what"; done

run: .venv/installed ## Portal and sandbox on this machine (PORT=8000 SANDBOX_PORT=8001)
	@$(PY) deploy/local.py

test: .venv/installed-dev node_modules/installed ## All tests on SQLite, browser included (ARGS="tests/icsso -k expired")
	@deploy/browser.sh
	$(PYTEST)

test-services: .venv/installed-dev node_modules/installed ## What uses a database or a cache, and faults, on a throw-away PostgreSQL and Redis (ARGS=...)
	$(PY) deploy/services.py $(PYTEST) --servers-only

test-contrary: .venv/installed-dev ## The stories in a browser, against an Invoice Cloud that differs in every way (VARIANTS=a,b)
	@deploy/browser.sh
	$(PYTEST) --variants $(or $(VARIANTS),contrary) $(wildcard tests/journeys/*/test_stor*.py)

test-variants: .venv/installed-dev ## One run in a browser against each of the sandbox's variants by itself, before releases (VARIANTS=payload)
	@deploy/browser.sh
	$(PYTEST) tests/journeys/other_invoice_clouds/variants.py $(addprefix -k ,$(VARIANTS))

faults: .venv/installed-dev ## A storm in which everything fails, then an audit (SEED=7, SEEDS="1 2 3", SECONDS=60 HOSTS=2)
	@deploy/browser.sh
	$(if $(HOSTS),$(PY) -m tests.storm.machines.hosts $(HOSTS)) $(PY) -m tests.storm $(addprefix --seeds ,$(firstword $(SEED) $(SEEDS))) $(wordlist 2,99,$(SEED) $(SEEDS)) \
		$(addprefix --seconds ,$(SECONDS)) $(ARGS)

check: .venv/installed-dev node_modules/installed ## Lint, types, imports, migrations, production settings, translations
	@deploy/check.sh

format: .venv/installed-dev node_modules/installed ## Format the code, sort imports, fix what can be fixed
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .
	node_modules/.bin/biome check --write

bench: .venv/installed-dev ## What sign-in and the main pages cost
	@for script in $(filter-out bench/hanging.py bench/imports.py bench/lists.py bench/dashboard.py bench/reconciliation.py bench/posting.py bench/customer_page.py bench/pay_links.py bench/lighthouse.py,$(wildcard bench/*.py)); do echo "== $$script"; $(PY) "$$script" || exit 1; done

bench-floor: .venv/installed-dev ## Pages, postbacks, sign-in beside a bare Django, CPU of PostgreSQL included (ROUNDS=5 ONLY=postback)
	$(PY) deploy/services.py $(PY) -m bench.floor

bench-hanging: .venv/installed-dev ## How a hanging Invoice Cloud affects other pages (2 minutes)
	$(PY) bench/hanging.py

bench-lists: .venv/installed-dev ## The admin's lists with millions of rows, on PostgreSQL (10 minutes, 6 GB)
	$(PY) deploy/services.py $(PY) bench/lists.py

bench-customer-page: .venv/installed-dev ## The page about a customer with 5,000 accounts and 10 years of payments, on PostgreSQL (SCALE=0.1)
	$(PY) deploy/services.py $(PY) bench/customer_page.py

bench-dashboard: .venv/installed-dev ## A member's dashboard with 1 to 20,000 accounts, on PostgreSQL (OTHERS=300000)
	$(PY) deploy/services.py $(PY) bench/dashboard.py

bench-search: .venv/installed-dev ## The search of the back office among 500,000 accounts, on PostgreSQL (SCALE=0.1)
	$(PY) deploy/services.py $(PY) bench/search.py

bench-reconciliation: .venv/installed-dev ## Lists of 10,000 and 100,000 payments, imported and matched
	$(PY) bench/reconciliation.py

bench-posting: .venv/installed-dev ## 1,000,000 payments posted to the CIS, on both databases (LINES=...)
	$(PY) bench/posting.py
	$(PY) deploy/services.py $(PY) bench/posting.py

bench-growth: .venv/installed-dev ## What grows with the rows that are kept: plans, sizes, nightly work, on PostgreSQL (CHECKOUTS="100000 1000000")
	$(PY) deploy/services.py $(PY) -m bench.growth

bench-steps: .venv/installed-dev ## Steps and seconds of customers' tasks in a browser (ACCOUNTS=100)
	$(PY) -m pytest -q -n0 -s tests/journeys/steps.py

bench-pay-links: .venv/installed-dev ## Pay links and QR codes of 1,000,000 accounts: time and memory (MANY=... QR_CODES=...)
	$(PY) bench/pay_links.py

bench-postbacks: .venv/installed-dev ## 100,000 postbacks while processes die (CALLS=...)
	$(PY) -m bench.flood $(CALLS)

bench-releases: .venv/installed-dev ## 20 releases under postbacks: longest gap, lost, errors (RELEASES=...)
	$(PY) -m bench.operation.releases $(RELEASES)

bench-restore: .venv/installed-dev ## A backup of a million rows, restored, until a member has signed in and paid (ROWS=100000)
	$(PY) -m bench.operation.restore

bench-imports: .venv/installed-dev ## What importing a million accounts costs, on both databases (minutes)
	$(PY) bench/imports.py
	$(PY) deploy/services.py $(PY) bench/imports.py

# Files whose tests visit pages of customers (tests/journeys/pages/records.py).
VISITS = $(shell grep -rl --include='test_*.py' -e 'look_at(' -e 'record(page' tests)

accessibility-tree: .venv/installed-dev ## What a screen reader says of each page, into docs/accessibility (read the difference)
	ACCESSIBILITY_TREE=write $(PYTEST) $(VISITS)

pictures: .venv/installed-dev ## Every page and state at 390 and 1280 px, both languages, light and dark, into var/pictures
	@mkdir -p var/pictures
	SCREENSHOTS=var/pictures $(PYTEST) $(VISITS)

words: .venv/installed-dev ## The visible words of each page in both languages, into var/words.tsv
	@rm -f var/words.tsv
	WORDS=var/words.tsv $(PYTEST) $(VISITS)

messages: .venv/installed-dev ## Collect and compile translations
	$(PY) deploy/messages.py

lock: .venv/installed-dev ## Pin what pyproject.toml asks for (UPGRADE=--upgrade takes newer ones)
	$(COMPILE) $(UPGRADE) -o requirements.txt
	$(COMPILE) $(UPGRADE) --constraint requirements.txt --extra traces -o requirements-traces.txt
	$(COMPILE) $(UPGRADE) --constraint requirements-traces.txt --extra traces --group dev -o requirements-dev.txt

.venv/bin/python:
	@deploy/venv.sh

.venv/installed: requirements.txt | .venv/bin/python
	$(PIP) requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt | .venv/bin/python
	$(PIP) requirements-dev.txt
	@touch $@

node_modules/installed: package-lock.json
	@command -v npm > /dev/null || { echo "npm installs Biome, which lints JavaScript and CSS, and oidc-provider, at which the tests sign in: please install Node.js 20 or newer with npm (Debian: apt install nodejs npm)." >&2; exit 1; }
	@npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@
