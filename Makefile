# Everything one types to run and to check the platform. `make up` is all a newcomer needs.
.DEFAULT_GOAL := help
.PHONY: help up down reset demo seed status scale backup backups rehearse restore secrets keys certificates settings test chaos fuzz examples codes contracts types pictures bench lint
SIZE ?= 10000
PYTHON := .venv/bin/python
RUNTIME := sh deploy/local/venv.sh requirements-local.txt
DEVELOPMENT := sh deploy/local/venv.sh requirements-dev.txt

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile
	@printf '%s\n' "" 'Variables, as in `make up PORT=8000`:' \
		"PORT         of the gateway (8080); the parts take others when theirs are taken" \
		"BROKER_URL   a RabbitMQ to use instead of a private one; memory:// for none" \
		"DATA_FOLDER  where everything is kept (.local), for a second platform on this machine" \
		"SIZE         how many loans make seed writes ($(SIZE))" \
		"AT, INTO     the moment make restore goes back to, and the folder of a second platform" \
		"ARCHIVE_FOLDER  where the database's log and its backups go (.local/archive); off for nowhere" \
		"SERVICE, N   what make scale scales, such as payments, lending-web or gateway, and to how many processes" \
		"TLS          on for TLS to broker and services, with certificates made at the start (off)" \
		"NAMES, INTO  more names in make certificates, of all parts or as part=name, and another folder" \
		"Settings of the parts (docs/settings.md) are taken from the environment too."

up:  ## start the platform on this machine (PORT=8080); Ctrl-C or `make down` ends it
	@$(RUNTIME) && exec $(PYTHON) -m deploy.local up

down:  ## end the running platform; the data stays
	@$(RUNTIME) && exec $(PYTHON) -m deploy.local down

reset:  ## delete all data of this machine, after asking
	@$(RUNTIME) && exec $(PYTHON) -m deploy.local reset

demo:  ## play one loan from application to its first repayment, against the running platform
	@$(RUNTIME) && exec $(PYTHON) -m deploy.demo

seed:  ## fill the running platform with a realistic book of SIZE loans
	@$(RUNTIME) && exec $(PYTHON) -m deploy.seed --size $(SIZE)

status:  ## how the running platform is, part by part; `bin/mp --help` has all commands of operators
	@exec bin/mp status

scale:  ## let SERVICE (its workers), such as lending-web, or gateway have N processes: SERVICE=payments N=3
	@$(RUNTIME) && exec $(PYTHON) -m deploy.local scale $(SERVICE) $(N)

backup:  ## make a base backup now, of what has changed since the last (FULL=yes: of all)
	@$(RUNTIME) && exec $(PYTHON) -m deploy.local backup $(if $(FULL),--full)

backups:  ## list what can be restored, and how the archive of the database is
	@$(RUNTIME) && exec $(PYTHON) -m deploy.local backups

rehearse:  ## restore the newest backup beside the running platform, and verify what is in it
	@$(RUNTIME) && exec $(PYTHON) -m deploy.local rehearse

restore:  ## go back to AT="2026-03-11 14:05", after asking; INTO=folder makes a second platform of it instead
	@$(RUNTIME) && exec $(PYTHON) -m deploy.local restore --at "$(AT)" --into "$(INTO)"

secrets:  ## make the secret files that docker compose wants, unless they are there
	@$(RUNTIME) && exec $(PYTHON) -m deploy.docker.make_secrets

keys:  ## print a new pair of keys for backups; the private half belongs elsewhere
	@$(RUNTIME) && exec $(PYTHON) -m deploy.backup_keys

certificates:  ## make or renew a private authority's certificates for TLS between the parts (docs/tls.md)
	@$(RUNTIME) && exec $(PYTHON) -m deploy.certificates $(if $(INTO),--into $(INTO)) $(NAMES)

settings:  ## write docs/settings.md from the settings classes
	@$(RUNTIME) && exec $(PYTHON) -m deploy.settings_page

test:  ## run every check and every test
	@$(DEVELOPMENT) && exec $(PYTHON) -m deploy.checks test

chaos:  ## the long form of the tests that kill processes
	@$(DEVELOPMENT) && exec $(PYTHON) -m deploy.checks chaos

fuzz:  ## generated requests to every route of the API, over 20,000
	@$(DEVELOPMENT) && exec $(PYTHON) -m deploy.checks fuzz

codes:  ## write docs/codes.md from the error classes
	@$(RUNTIME) && exec $(PYTHON) -m deploy.codes_page

contracts:  ## write the contracts of the events from their declarations
	@$(DEVELOPMENT) && exec $(PYTHON) -m deploy.event_contracts

types:  ## write the types by which the console knows the API
	@$(DEVELOPMENT) && exec $(PYTHON) -m deploy.console types

pictures:  ## make the pictures of the console in the README anew
	@$(DEVELOPMENT) && exec $(PYTHON) -m deploy.console pictures

examples:  ## record the examples of the API document anew
	@$(DEVELOPMENT) && exec $(PYTHON) -m deploy.checks examples

bench:  ## measure, in units of this machine's own speed (BENCH=--quick takes a few minutes)
	@$(RUNTIME) && exec $(PYTHON) -m bench $(BENCH)

lint:  ## ruff, mypy and the import rules
	@$(DEVELOPMENT) && exec $(PYTHON) -m deploy.checks lint
