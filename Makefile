# make check   everything that has to hold before a change lands
# make golden  rewrite the golden trees from the examples, then read the diff
# make bench   10,000 hosts beside the least that the same work costs, as BENCHMARKS.md shows
# make integration  Ansible, Salt, Jinja2 and mandoc themselves, installed into .venv, on what carpool writes for them
# make simulate  every command of a switch-over struck by every kind of fault, every story, forty storms
# make torture a thousand kills and swaps of a rendering, 24,000 hostile texts: about five minutes
# make dist    what is published, into dist: VERSION=1.2.3 make dist; only for one platform: ONLY=linux/amd64
# make dist-check  build that twice in different places and compare the bytes
# make vulnerable  known vulnerabilities of dependencies; needs the network
# make fuzzed  every fuzz target for ten seconds; part of check
# make fuzz    a longer fuzz campaign: FUZZTIME=10m make fuzz

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK = golang.org/x/vuln/cmd/govulncheck@v1.9.0
SCRIPTS     = $(shell find templates -type f ! -name '*.tmpl' ! -name '*.go') examples/ansible/inventory integration/testdata/run.sh
PLATFORMS   = $(shell go run ./release -list)
SHELLS      = dash busybox mksh
COMPLETING  = bash zsh fish
FUZZTIME   ?= 5m

.PHONY: dist dist-check check tools format vet shell test build golden integration programs simulate torture bench fuzz fuzzed vulnerable

check: tools format vet shell build test fuzzed

# The shells are what the switch is tried under, beside FreeBSD's own, and those
# that complete command lines.
tools:
	@missing=; for t in shellcheck $(SHELLS) $(COMPLETING); do command -v $$t >/dev/null || missing="$$missing $$t"; done; \
	[ -z "$$missing" ] || { \
		command -v apt-get >/dev/null || { echo "please install:$$missing" >&2; exit 1; }; \
		apt-get update -q >/dev/null && apt-get install -qy $$missing; \
	}

format:
	@out=$$(gofmt -l .); [ -z "$$out" ] || { echo "gofmt these:"; echo "$$out"; exit 1; }

vet:
	go vet ./...
	go run $(STATICCHECK) ./...

shell:
	shellcheck -x -P SCRIPTDIR $(SCRIPTS)

build:
	@for p in $(PLATFORMS); do \
		echo "build $$p"; \
		CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} go build -o /dev/null ./cmd/carpool || exit 1; \
	done

test:
	go test -timeout 20m ./...

dist:
	go run ./release -version "$(VERSION)" -only "$(ONLY)"

# Two clones of the last commit, in folders of different names, have to give
# the same bytes. A clone has no other tags than those of its commits.
dist-check:
	@set -e; dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	for name in one another/place; do \
		git clone -q . "$$dir/$$name"; \
		(cd "$$dir/$$name" && go run ./release -version "$(VERSION)" -only "$(ONLY)"); \
	done; \
	cat "$$dir/one/dist/SHA256SUMS"; \
	cmp "$$dir/one/dist/SHA256SUMS" "$$dir/another/place/dist/SHA256SUMS"

golden:
	go test ./golden -update
	go test ./graph -update
	go test ./docs -update
	go test ./cmd/carpool -run '^TestManual$$' -update

integration: programs
	go vet -tags integration ./integration
	go test -tags integration -count=1 -timeout 20m ./integration

# What each list of pinned packages says, in a folder of its own, made anew when
# the list has changed.
programs:
	@command -v mandoc >/dev/null && python3 -c 'import ensurepip, venv' 2>/dev/null || { \
		command -v apt-get >/dev/null || { echo "please install: mandoc, python3 with venv" >&2; exit 1; }; \
		apt-get update -q >/dev/null && apt-get install -qy mandoc python3-venv; \
	}
	@for p in ansible salt; do ( \
		cmp -s integration/$$p.txt .venv/$$p/installed.txt && exit; \
		echo "install $$p"; \
		rm -rf .venv/$$p && python3 -m venv .venv/$$p && \
		.venv/$$p/bin/pip install -q --disable-pip-version-check --no-deps -r integration/$$p.txt && \
		cp integration/$$p.txt .venv/$$p/installed.txt \
	) & pids="$$pids $$!"; done; for pid in $$pids; do wait $$pid || exit 1; done

simulate:
	CARPOOL_FULL=1 go test -count=1 -timeout 2h ./simulator

torture:
	CARPOOL_TORTURE=1000 go test -count=1 -timeout 120m -v ./torture

bench:
	go run ./bench

# Known vulnerabilities of what carpool calls. It needs the network, or a copy of
# the database (VULNDB=file:///PATH), and is therefore no part of check.
vulnerable:
	go mod verify
	go run $(GOVULNCHECK) $(if $(VULNDB),-db $(VULNDB)) ./...

# Ten seconds for each fuzz target: enough for what a change broke at once.
fuzzed:
	@$(MAKE) --no-print-directory fuzz FUZZTIME=10s

# Two targets beside each other, one worker each. What one finds stops the rest,
# and lies in testdata/fuzz of its package as a test from then on. Before Go 1.27 a
# target may fail with nothing found when its time is over (go.dev/issue/75804).
fuzz:
	@awk -F'[ (]' '/^func Fuzz/ { dir = FILENAME; sub("/[^/]*$$", "", dir); print dir, $$2 }' $$(find . -name '*_test.go') | \
	xargs -n 2 -P 2 sh -c '\
		out=$$(go test -run "^$$" -fuzz "^$$1$$" -fuzztime $(FUZZTIME) -parallel 1 "$$0" 2>&1) || \
		case $$out in *"Failing input"*) false ;; *"context deadline exceeded"*) ;; *) false ;; esac || \
		{ echo "$$0 $$1"; echo "$$out"; exit 255; }; \
		echo "$$0 $$1: $$(echo "$$out" | grep "^fuzz: elapsed" | tail -n 1)"'
