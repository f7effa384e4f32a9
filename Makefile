# Short names for what CONTRIBUTING.md describes. `make test` is the README's
# second command.
TOOLS ?= $(CURDIR)/.cache/tools
export IPNPM_TOOLS := $(TOOLS)
VERSION ?= $(shell git describe --tags --always 2>/dev/null || echo devel)

.PHONY: build install test race lint cross fuzz bench docs clean

build:
	go build -trimpath -ldflags "-s -w -X github.com/ipnpm/ipnpm/cmd.release=$(VERSION)" -o ipnpm ./cmd/ipnpm

test: tools
	go test ./...

.PHONY: tools
tools:
	./tools/get

race: tools
	go test -race ./...

lint:
	./tools/get golangci-lint
	$(TOOLS)/golangci-lint run

# Every platform that a release holds must at least build.
cross:
	@for os in linux darwin windows; do for arch in amd64 arm64; do \
		echo "$$os/$$arch"; GOOS=$$os GOARCH=$$arch CGO_ENABLED=0 go build -o /dev/null ./cmd/ipnpm || exit 1; \
	done; done

# FUZZ is how long each fuzz target runs.
FUZZ ?= 10s
fuzz:
	./tools/fuzz $(FUZZ)

bench:
	go test -run '^$$' -bench . ./...

# The main job, shown on real projects; needs the network once, then minutes.
.PHONY: acceptance
acceptance: tools
	go test -tags acceptance -v -timeout 40m ./internal/acceptance

# The command reference is generated; a test fails when it is stale.
docs:
	go test ./cmd -run TestReference -update

clean:
	rm -rf ipnpm dist
