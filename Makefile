# Everything a contributor types. Needs Rust's toolchain, a C compiler and make; nothing else is installed for it,
# save PostgreSQL for its tests (see tests/with-postgres), and below target/ what they run against the server (see
# tests/clients/install; it takes Python, Node and a network, and is skipped loudly without).

CARGO ?= cargo
# Further arguments for `run`, `demo`, `test` and `bench`: make test ARGS='-p transom-domain'
ARGS ?=
# `ci` sets --locked here.
CARGO_FLAGS ?=
# How long each fuzz target runs.
FUZZ_SECONDS ?= 60
# Cases at random for each route of the API.
FUZZ_EXAMPLES ?= 100

# Crates that must stay out of the product: a second crypto stack beside aws-lc-rs, a library that the system would
# have to bring, a licence that does not fit ours.
BANNED_CRATES = ring|openssl-sys|native-tls|actix-governor

.DEFAULT_GOAL := help
.PHONY: help run demo test lint fmt bans doc ci bench fuzz fuzz-api graph-clients openapi clean-data
# The steps of `ci` share Cargo's lock and read best in order.
.NOTPARALLEL:

help: ## Lists these targets
	@echo 'Usage: make TARGET'
	@sed -n 's/^\([a-z-]*\):.*## /  \1|/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

# The development profile: it builds in about half the time of the release profile, and its slow spots
# (password hashing, SQLite) are compiled optimised all the same.
run: ## Builds and starts the server on embedded SQLite, with its data in ./data
	$(CARGO) run --bin transom -- serve --config config/default.toml $(ARGS)

demo: ## Shows the main job: three virtual PCs enrol, get commands and answer them
	$(CARGO) run --quiet --bin transom -- demo $(ARGS)

test: ## Runs every test; those of PostgreSQL on TEST_DATABASE_URL or on a throw-away cluster
	tests/with-postgres $(if $(strip $(ARGS)),,tests/all) $(CARGO) test $(CARGO_FLAGS) --workspace $(ARGS)

lint: bans ## Checks the format, clippy's lints and the crates that must stay out
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings

fmt: ## Formats the code
	$(CARGO) fmt --all

bans: ## Fails if a crate that must stay out is in the product
	@tree=$$($(CARGO) tree $(CARGO_FLAGS) --workspace --edges normal,build --prefix none) || exit 1; \
	if echo "$$tree" | grep -E '^($(BANNED_CRATES)) v'; then \
		echo 'These crates must stay out of the product; see BANNED_CRATES in the Makefile.' >&2; exit 1; \
	fi

doc: ## Builds the API documentation of the crates; a broken link fails
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc $(CARGO_FLAGS) --no-deps --workspace

# A machine without PostgreSQL must not pass by skipping, and Cargo.lock must be the one that was committed.
ci: export TRANSOM_REQUIRE_POSTGRES = 1
ci: export TRANSOM_COMPILE_CLIENTS = 1
ci: CARGO_FLAGS = --locked
ci: lint doc test ## What .ci/run does: lint, doc, test, with PostgreSQL required

# The measured cluster syncs to disk as a real one does.
bench: ## Measures check-ins a second on SQLite and PostgreSQL
	TRANSOM_POSTGRES_DURABLE=1 tests/with-postgres $(CARGO) bench -p transom-app --bench checkin -- $(ARGS)

fuzz: ## Fuzzes the decoders and the session, each for FUZZ_SECONDS (without cargo-fuzz: property tests)
	CARGO='$(CARGO)' FUZZ_SECONDS='$(FUZZ_SECONDS)' fuzz/run

fuzz-api: ## Fuzzes the management API on both databases by its own description, much longer than `test` does
	TRANSOM_REQUIRE_SCHEMATHESIS=1 SCHEMATHESIS_EXAMPLES='$(FUZZ_EXAMPLES)' \
		tests/with-postgres $(CARGO) test -p transom-app --test product -- schemathesis --nocapture $(ARGS)

# `test` runs them too, and skips loudly what cannot be installed; here that is a failure.
graph-clients: ## Runs real clients of Microsoft Graph by the recipes of docs/GRAPH.md, all of which must be to be had
	TRANSOM_REQUIRE_GRAPH_CLIENTS=1 TRANSOM_COMPILE_CLIENTS=1 tests/with-postgres $(CARGO) test $(CARGO_FLAGS) -p transom-app --test product -- \
		graph_clients --nocapture $(ARGS)

# By way of a second file, so that a failure leaves the checked-in document as it was.
openapi: ## Writes docs/openapi.json anew from the code
	$(CARGO) run --quiet --bin transom -- openapi > docs/openapi.json.new \
		&& mv docs/openapi.json.new docs/openapi.json \
		|| { rm -f docs/openapi.json.new; exit 1; }

clean-data: ## Removes ./data: database, certificate authority and tokens of `make run`
	rm -rf data
