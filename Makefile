# A thin table of contents: whatever is longer than a line lives in .ci/.

DESTDIR    ?=
PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SWIFT      ?= swift

export DESTDIR PREFIX SYSCONFDIR UNITDIR SWIFT
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## publish posts to a local stand-in for Instagram; sets everything up by itself
	@.ci/demo

demo-stop: ## stop what the demo started, and remove its data
	@.ci/demo-stop

build: ## build belfry and graph-sandbox
	@.ci/packages build
	@.ci/build

test: ## run all tests; starts its own PostgreSQL
	@.ci/packages build database
	@.ci/test

crash: ## kill belfry a thousand times at random, and look for what it lost or did twice
	@.ci/packages build database
	@.ci/crash

acceptance: ## install the package in a booted Debian and prove the service there; needs root
	@.ci/acceptance

deb: ## build the Debian package, into .build/deb
	@.ci/packages build package
	@.ci/deb

docs: ## write what the code says about itself into documents, catalogue, sample configuration and belfry(1)
	@.ci/packages build
	@.ci/docs

lint: ## check format, walls between targets, scripts and texts
	@.ci/packages lint
	@.ci/lint

format: ## format the Swift sources in place
	@$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

install: ## install a release build (DESTDIR, PREFIX, SYSCONFDIR, UNITDIR)
	@.ci/packages build
	@.ci/install

hooks: ## let git run the format check before each commit
	@git config core.hooksPath .ci/hooks

clean: ## remove what was built
	@rm -rf .build

.PHONY: help demo demo-stop build test crash acceptance deb docs lint format install hooks clean
