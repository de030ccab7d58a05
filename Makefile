# make help lists what can be made.

# The race detector needs a C compiler.
RACE := $(shell command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 && echo -race)
TOOL := go tool -modfile=tools/go.mod
FUZZTIME ?= 10s

.PHONY: help build test format vet staticcheck vulnerabilities unit bench bench-large microbench fuzz

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | sort | awk -F '\t' '{printf "  %-16s %s\n", $$1, $$2}'

build: ## the program, ./guidepost
	go build -trimpath -o guidepost .

test: format vet staticcheck vulnerabilities unit ## everything that a change must pass

format: ## are all files as gofmt writes them?
	@files=$$(gofmt -l . 2>&1); if [ -n "$$files" ]; then echo "not as gofmt writes them:"; echo "$$files"; exit 1; fi

vet: ## go vet
	go vet ./...

staticcheck: ## staticcheck, at the version of tools/go.mod
	$(TOOL) staticcheck ./...

vulnerabilities: ## known vulnerabilities, where their list can be reached
	@sh tools/vulnerabilities

unit: ## the tests, with the race detector where there is a C compiler
	go test $(RACE) -timeout 10m ./...

bench: ## how fast it is: a synthetic site against a floor taken in the same run
	go run ./generator/bench $(BENCH)

bench-large: ## the same, and how it grows to 100,000 articles
	go run ./generator/bench -large 100000 $(BENCH)

microbench: ## benchmarks of single packages
	go test -run '^$$' -bench . -benchmem ./...

fuzz: ## every fuzz target for FUZZTIME (10s)
	@set -e; for p in $$(go list ./...); do \
	  for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
	    echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p; \
	  done; \
	done
