# Vaultbar. `make` alone says what there is.

PREFIX  ?= /usr/local
DESTDIR ?=
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
FUZZTIME ?= 30s
BENCHTIME ?= 1x
SOAKTIME ?= 20m
BIN ?= bin
# RERUN=1, as in CI, runs up to three tests that failed once more, each alone, and says
# so: thousands of them drive browsers, panels and processes that are killed, on a
# machine that others keep busy. One that fails again is broken.
RERUN ?=
DIST ?= dist
# ONLY=deb,rpm makes these alone; MACOS is the folder of programs that a Mac has built.
# ARCH=amd64 makes those of Linux for it alone.
ONLY  ?=
ARCH  ?=
SIGN  ?=
MACOS ?=
SCREENSHOTS ?= $(CURDIR)/screenshots

# The tests and the tools never look for a session bus of their own: the keyring
# library connects to one as soon as it is linked in.
export DBUS_SESSION_BUS_ADDRESS ?= disabled:
# Each program with the race detector in it sleeps for a second as it ends, if it is let:
# a minute and a half, over all packages.
export GORACE ?= atexit_sleep_ms=0
# The command starts 0.8 ms faster without the C library's resolver; macOS needs
# cgo for its keychain, and sets it in the app's rule alone.
export GOFLAGS := -mod=readonly
GO      := go
TESTS   := $(GO) tool gotestsum --format pkgname $(if $(RERUN),--rerun-fails=1 --rerun-fails-max-failures=3)
# Functions begin at every 8th byte, not at every 32nd: 0.3 MB of the app, 65 kB of the command,
# and what is not there need not be read at a start. Loops of cryptography stay where they ask to.
LDFLAGS := -s -w -buildid= -funcalign=8 -X github.com/vaultbar/vaultbar/vaultcore.version=$(VERSION)
# On Linux the command begins before the Go runtime does: cli/output_entry.go.
CLI_ENTRY := $(if $(filter linux/amd64 linux/arm64,$(shell $(GO) env GOOS)/$(shell $(GO) env GOARCH)),-E vaultbar_entry)
# On Windows the app is no program of the console: else a window would open with it.
APP_GUI := $(if $(filter windows,$(shell $(GO) env GOOS)),-H=windowsgui)
# The transports to AWS speak HTTP/1.1 alone, as net/http's do that dial by a way of their own
# (awshttp), and what listens here has no TLS: HTTP/2 is 0.6 MB that nothing uses.
# The app waits for AWS and for people, so its code and that of its libraries, of which the
# AWS SDK is most, need not be inlined: 1 MB; nor need what speaks HTTP and TLS: 0.2 MB. The
# standard library's is else, cryptography above all.
APP_SMALL := -tags nethttpomithttp2 -gcflags='github.com/...=-l' -gcflags='net/http=-l' -gcflags='crypto/tls=-l'
APP_CGO := $(if $(filter darwin,$(shell $(GO) env GOOS)),1,0)
EXE     := $(if $(filter windows,$(shell $(GO) env GOOS)),.exe,)

PLACE   := PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' BIN='$(BIN)' OS='$(shell $(GO) env GOOS)' GO='$(GO)' sh packaging/install.sh

.DEFAULT_GOAL := help
.PHONY: help build demo smoke check style test golden soak long screenshots lint fuzz wine bench vuln dist install uninstall clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What Windows shows of a program's file is linked in: packaging/resources.
RESOURCES := $(if $(EXE),GOOS= GOARCH= CGO_ENABLED=0 $(GO) run ./packaging/resources '$(VERSION)' $(shell $(GO) env GOARCH))

build: ## build bin/vaultbar and bin/vaultbar-app
	$(RESOURCES)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS) $(CLI_ENTRY)' -o $(BIN)/vaultbar$(EXE) ./cli/vaultbar
	CGO_ENABLED=$(APP_CGO) $(GO) build -trimpath $(APP_SMALL) -ldflags '$(LDFLAGS) $(APP_GUI)' -o $(BIN)/vaultbar-app$(EXE) ./app/vaultbar-app

demo: ## see it work: no AWS account, no desktop; KEEP=1 stays in a shell
	@[ -e $(BIN)/vaultbar-app$(EXE) ] || echo 'Building. The first time Go downloads some 40 modules (23 MB), which it names, and compiles them: about a minute.'
	@$(MAKE) --no-print-directory build
	@$(GO) run ./vaultcore/testkit/demo -bin $(BIN) $(if $(KEEP),-keep)

# Windows has a keychain that asks nobody.
smoke: build ## try the two programs as they are on this machine, against a strict local AWS
	$(GO) run ./vaultcore/testkit/smoke -bin $(BIN) -backend $(if $(EXE),wincred,file)

# Twice as many packages at a time as there are cores: many of the tests wait for processes,
# for a bus or for the disk.
CORES = $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

check: style ## gofmt, vet, staticcheck and the quick tests of what has changed: a minute and a half when that is all
	$(TESTS) --hide-summary skipped --packages ./... -- -race -short -vet=off -p $$((2 * $(CORES))) -timeout 5m

test: lint build ## run all tests; what this machine cannot run is named at the end
	$(TESTS) --packages ./... -- -race -vet=off -timeout 20m

golden: build ## write all golden files anew: git shows what changed, and a person reads it
	$(GO) test -count=1 -timeout 30m $$(grep -rl --include='*_test.go' 'testkit/golden"' . | xargs -n1 dirname | sort -u) -update

style:
	@out=$$(gofmt -l .); [ -z "$$out" ] || { echo "not gofmt-ed:"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

soak: build ## use the app for SOAKTIME as many programs would, and see that it takes no more in the end
	$(GO) test -count=1 -timeout 0 -run '^TestSoak$$' -v ./app/stories -soak $(SOAKTIME)

long: ## run the long forms of the tests that kill the app and that click through a long menu, those of the keychain's files, the audit trail and approvals, and two builds that share nothing
	$(GO) test -race -count=1 -timeout 20m -run '^TestKilled' -v ./vaultcore/keystore -long
	$(GO) test -race -count=1 -timeout 20m -run '^(TestLines|TestRotation|TestTwoApps|TestAKill|TestFullDisk)' -v ./vaultcore/audit -long
	$(GO) test -count=1 -timeout 20m -run '^(TestTheSameSource|TestThousandsOfConnections)' -v ./vaultcore ./vaultcore/access -long
	$(GO) test -race -count=1 -timeout 1h -run '^(TestAKill|TestDesktopManyProfiles)' -v ./app/stories -long

lint: style ## gofmt, vet, staticcheck, and the other platforms' builds
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) build -trimpath -o /dev/null ./...
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 $(GO) build -trimpath -o /dev/null ./...
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 $(GO) vet ./...

fuzz: ## run every fuzz target for FUZZTIME
	@set -e; for dir in $$($(GO) list -f '{{.Dir}}' ./...); do \
	  for target in $$(grep -hos '^func Fuzz[A-Za-z0-9]*' $$dir/*_test.go | sed 's/^func //'); do \
	    echo "$$target ($${dir#$(CURDIR)/})"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x $$dir; \
	  done; done

wine: ## run the Windows programs and their tests in Wine, where it is installed (Debian: wine wine64 xvfb)
	$(GO) run ./vaultcore/testkit/wine

bench: build ## measure against references in the same run; fails past a limit
	$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) ./cli/... ./app/... ./tray/... ./vaultcore/...

screenshots: build ## run the stories on a desktop of their own, and keep pictures; the README's are taken from there
	SCREENSHOTS='$(SCREENSHOTS)' $(GO) test -count=1 -timeout 20m -run 'Desktop' ./app/stories
	SCREENSHOTS='$(SCREENSHOTS)' $(GO) test -count=1 -timeout 20m ./app/desktop/...
	@for picture in '$(SCREENSHOTS)'/readme-*.png; do cp "$$picture" "packaging/docs/screenshots/$${picture##*/readme-}"; done

dist: ## make all that is released, in dist: packages, archives, checksums; SIGN=FILE signs with that minisign key
	@$(GO) run ./packaging/dist -version '$(VERSION)' -out '$(DIST)' -only '$(ONLY)' -arch '$(ARCH)' -key '$(SIGN)' -macos '$(MACOS)'

vuln: ## look the dependencies up in the Go vulnerability database (needs the network)
	$(GO) tool govulncheck ./...

install: build ## install under PREFIX (and DESTDIR)
	@$(PLACE) install

uninstall: ## take out what install put there
	@$(PLACE) uninstall

clean: ## remove what was built
	rm -rf bin dist screenshots
