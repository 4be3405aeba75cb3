# SPDX-License-Identifier: BSD-2-Clause
# Everything is built below $(BUILD); `make help` lists the goals.

VERSION := 0.1.0
BUILD ?= build
PREFIX ?= /usr
DESTDIR ?=
CC := gcc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/lib/linux-tools/*/bpftool /usr/sbin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config
# A cross compiler tells for what: CC='aarch64-linux-gnu-gcc --sysroot=…'.
MACHINE := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(MACHINE)))
SYSROOT := $(patsubst %/,%,$(shell $(CC) -print-sysroot))
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)

DAEMON_PACKAGES := libbpf libelf libdw libseccomp zlib libsystemd libmicrohttpd gnutls yaml-0.1 \
	libcrypt yajl inih libcurl jansson sqlite3
CLI_PACKAGES := libcurl jansson yajl ncursesw
TEST_PACKAGES := cmocka jansson

# SAN=1: AddressSanitizer and UndefinedBehaviorSanitizer, in a folder of its own.
ifdef SAN
override BUILD := $(BUILD)/asan
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

WERROR ?= -Werror
WARNINGS := -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	-Wvla -Wundef -Wpointer-arith -Wwrite-strings
CFLAGS ?= -O2 -g
HARDENING := -fstack-protector-strong -fPIE $(if $(SAN),,-D_FORTIFY_SOURCE=2)
ALL_CFLAGS = -std=gnu17 $(CFLAGS) $(WARNINGS) $(HARDENING) $(SANITIZE) -D_GNU_SOURCE \
	-ffile-prefix-map=$(CURDIR)=. \
	-DFDW_VERSION='"$(VERSION)"' -Iinclude
ALL_LDFLAGS = $(LDFLAGS) $(SANITIZE) -pie -Wl,-z,relro,-z,now

ifneq ($(V),1)
Q := @
say = @printf '  %-6s %s\n' $(1) $(2);
endif

DAEMON_SOURCES := $(wildcard daemon/*.c daemon/*/*.c)
CLI_SOURCES := $(wildcard cli/*.c cli/*/*.c)
UNIT_SOURCES := $(wildcard tests/unit/*/*.c tests/unit/*/*/*.c)
DAEMON_OBJECTS := $(DAEMON_SOURCES:%.c=$(BUILD)/%.o)
CLI_OBJECTS := $(CLI_SOURCES:%.c=$(BUILD)/%.o)
UNIT_PROGRAMS := $(UNIT_SOURCES:%.c=$(BUILD)/%)
BPF_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard bpf/*.bpf.c))
SKELETONS := $(BUILD)/bpf/fdwatch.skel.h $(BUILD)/bpf/early.skel.h

.PHONY: all deps run check check-unit check-live check-vm bench lint install \
	compile_commands clean help FORCE
.DELETE_ON_ERROR:

all: $(BUILD)/fdwatchd $(BUILD)/fdwatch
	@:

# What a file is put together of, by its name and ".parts": that is newer when one has come or gone,
# however old the others are.
$(BUILD)/%.parts: FORCE
	@mkdir -p $(@D); echo '$(PARTS)' | cmp -s - $@ || echo '$(PARTS)' >$@

help:
	@sed -n 's/^## //p' $(firstword $(MAKEFILE_LIST))

# One clear line where something that the build needs is missing.
$(BUILD)/.prepared: packaging/check-build-deps
	$(Q)mkdir -p $(BUILD)
	$(Q)PKG_CONFIG=$(PKG_CONFIG) CLANG=$(CLANG) BPFTOOL=$(BPFTOOL) packaging/check-build-deps \
		$(DAEMON_PACKAGES) $(CLI_PACKAGES)
	@touch $@

# The programs in the kernel: each file compiled for itself, linked into one object, one skeleton.
BPF_CFLAGS := -g -ffile-prefix-map=$(CURDIR)=. -O2 -Wall -Wextra -Werror -target bpf -mcpu=v3 \
	-D__TARGET_ARCH_$(ARCH) -Iinclude \
	$(if $(MULTIARCH),-I$(SYSROOT)/usr/include/$(MULTIARCH))

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(BUILD)/.prepared
	$(call say,BPF,$@)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -c $< -o $@

# Once more for kernels before 5.17: see bpf/early.h.
$(BUILD)/bpf/early/%.bpf.o: bpf/%.bpf.c $(BUILD)/.prepared
	$(call say,BPF,$@)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -DFDWATCH_EARLY -MMD -MP -MT $@ \
		-c $< -o $@

$(BUILD)/bpf/fdwatch.o: $(BPF_OBJECTS)
$(BUILD)/bpf/early.o: $(BPF_OBJECTS:$(BUILD)/bpf/%=$(BUILD)/bpf/early/%)
$(BUILD)/bpf/fdwatch.o.parts $(BUILD)/bpf/early.o.parts: PARTS = $(BPF_OBJECTS)
$(BUILD)/bpf/fdwatch.o $(BUILD)/bpf/early.o: %: %.parts
	$(call say,LINK,$@)$(BPFTOOL) gen object $@ $(filter %.o,$^)

$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

DAEMON_LINK = $(shell $(PKG_CONFIG) --libs $(DAEMON_PACKAGES)) -lpthread -lm
CLI_LINK = $(shell $(PKG_CONFIG) --libs $(CLI_PACKAGES)) -lpthread -lm
UNIT_LINK = $(shell $(PKG_CONFIG) --cflags --libs $(TEST_PACKAGES))

DAEMON_FLAGS = $(shell $(PKG_CONFIG) --cflags $(DAEMON_PACKAGES)) -Idaemon
CLI_FLAGS = $(shell $(PKG_CONFIG) --cflags $(CLI_PACKAGES)) -Icli

$(BUILD)/daemon/%.o: daemon/%.c $(BUILD)/.prepared
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(DAEMON_FLAGS) -MMD -MP -c $< -o $@

# Only ingest talks to libbpf, so only it waits for the skeleton.
$(filter $(BUILD)/daemon/ingest/%,$(DAEMON_OBJECTS)): DAEMON_FLAGS += -isystem $(BUILD)/bpf
$(filter $(BUILD)/daemon/ingest/%,$(DAEMON_OBJECTS)): $(SKELETONS)

$(BUILD)/cli/%.o: cli/%.c $(BUILD)/.prepared
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(CLI_FLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libdaemon.a: $(filter-out $(BUILD)/daemon/main.o,$(DAEMON_OBJECTS))
$(BUILD)/libdaemon.a.parts: PARTS = $(DAEMON_OBJECTS)
$(BUILD)/libcli.a: $(filter-out $(BUILD)/cli/main.o,$(CLI_OBJECTS))
$(BUILD)/libcli.a.parts: PARTS = $(CLI_OBJECTS)
$(BUILD)/libdaemon.a $(BUILD)/libcli.a $(BUILD)/fuzz/fuzzed.a: %: %.parts
	$(call say,AR,$@)rm -f $@ && ar rcs $@ $(filter %.o,$^)

$(BUILD)/fdwatchd: $(BUILD)/daemon/main.o $(BUILD)/libdaemon.a
	$(call say,LINK,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ \
		$(DAEMON_LINK) -o $@

$(BUILD)/fdwatch: $(BUILD)/cli/main.o $(BUILD)/libcli.a
	$(call say,LINK,$@)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ \
		$(CLI_LINK) -o $@

# Unit tests mirror the sources: tests/unit/daemon/model/table.c tests daemon/model/table.c.
$(BUILD)/tests/unit/daemon/%: tests/unit/daemon/%.c $(BUILD)/libdaemon.a
	$(call say,TEST,$@)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(DAEMON_FLAGS) -Itests/unit \
		-MMD -MP $(ALL_LDFLAGS) $< $(BUILD)/libdaemon.a \
		$(UNIT_LINK) $(DAEMON_LINK) -o $@

$(BUILD)/tests/unit/cli/%: tests/unit/cli/%.c $(BUILD)/libcli.a
	$(call say,TEST,$@)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(CLI_FLAGS) -Itests/unit \
		-MMD -MP $(ALL_LDFLAGS) $< $(BUILD)/libcli.a \
		$(UNIT_LINK) $(CLI_LINK) -o $@

# Fuzzers: clang's libFuzzer over what reads other people's bytes, where clang has it.
FUZZERS := $(patsubst %.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
FUZZED := $(wildcard daemon/config/*.c daemon/ingest/decode*.c daemon/model/*.c \
	daemon/notify/*.c daemon/resolve/*.c) \
	daemon/serve/exposition.c daemon/serve/web_config.c daemon/failure.c daemon/procdir.c \
	daemon/worker.c
FUZZ_PACKAGES := libelf libdw libseccomp libsystemd yaml-0.1 libcrypt inih jansson libcurl
FUZZ_FLAGS := -std=gnu17 -g -O1 -D_GNU_SOURCE -DFDW_VERSION='"$(VERSION)"' -Iinclude -Idaemon \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

# What is fuzzed is compiled once for all fuzzers; the linker takes what each of them reaches.
$(BUILD)/fuzz/daemon/%.o: daemon/%.c $(BUILD)/.prepared
	$(call say,CC,$@)mkdir -p $(@D) && $(CLANG) $(FUZZ_FLAGS) -MMD -MP -c $< -o $@

$(BUILD)/fuzz/fuzzed.a: $(FUZZED:%.c=$(BUILD)/fuzz/%.o)
$(BUILD)/fuzz/fuzzed.a.parts: PARTS = $(FUZZED)

$(BUILD)/fuzz/tests/fuzz/%: tests/fuzz/%.c $(BUILD)/fuzz/fuzzed.a
	$(call say,FUZZ,$@)mkdir -p $(@D) && $(CLANG) $(FUZZ_FLAGS) $^ \
		$(shell $(PKG_CONFIG) --cflags --libs $(FUZZ_PACKAGES)) -lm -o $@ \
		2>$@.log || { tail -3 $@.log; echo '  fuzzer not built: skipped'; rm -f $@; }

# The forecast over generated traces: its score beside other rules, and its cost.
SCENARIO_TOOLS := $(BUILD)/tests/scenarios/score $(BUILD)/tests/scenarios/cost

$(BUILD)/tests/scenarios/score: tests/scenarios/rules.c tests/scenarios/rules.h
$(SCENARIO_TOOLS): $(BUILD)/tests/scenarios/%: tests/scenarios/%.c $(BUILD)/libdaemon.a
	$(call say,TEST,$@)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -Idaemon $(ALL_LDFLAGS) \
		$(filter %.c,$^) $(BUILD)/libdaemon.a -lm -o $@

# Programs that tests and benchmarks run: one C file each.
$(BUILD)/tests/%: tests/%.c $(BUILD)/.prepared
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP $< -lpthread -o $@

TEST_TOOLS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fdmaker.c tests/bench/*.c))

## make              build fdwatchd and fdwatch below build/
## make deps         install what build and tests need (apt or dnf)
## make run          build, start the daemon, show every process; the daemon ends with it
## make check        every test that runs on this host
## make check-unit   the unit tests alone; make check-live: those of this kernel
## make check-package  the packages: built twice to the same bytes, and what is in them
## make check-vm     the service in virtual machines, one a kernel
## make bench        the benchmarks, against the peers in one run
## make bench-vm     instructions that each backend adds to a call, in virtual machines
## make bench-fleet  a Prometheus with a fleet, some ten minutes: HOSTS=1000 takes 16 GiB
## make install      DESTDIR= PREFIX=
## make deb          the Debian package, in build/deb; make rpm: the RPM package, in build/rpm
## make fuzz         the fuzzers for longer: FUZZ_SECONDS=600
## make lint         layers, style
## make compile_commands, make clean
deps:
	$(Q)packaging/install-deps

run:
	$(Q)packaging/install-deps build
	$(Q)$(MAKE) --no-print-directory $(if $(V),,-s) all
	$(Q)packaging/run-demo $(BUILD)

# Services that tests run beside fdwatch: unpacked, not installed.
TEST_PEERS := prometheus prometheus-alertmanager nginx kubernetes-client
TEST_PYTHONS := bullseye:3.9 trixie:3.13 forky:3.14
BENCH_PEERS := prometheus-process-exporter

check: deps
	$(Q)packaging/fetch-peers $(BUILD) $(TEST_PEERS)
	$(Q)packaging/fetch-pythons $(BUILD) $(TEST_PYTHONS)
	$(Q)$(MAKE) --no-print-directory all check-programs
	$(Q)$(MAKE) --no-print-directory SAN=1 all check-programs
	$(Q)tests/run $(BUILD)

check-unit: $(UNIT_PROGRAMS)
	$(Q)tests/run $(BUILD) unit

.PHONY: fuzz
fuzz: $(FUZZERS)
	$(Q)tests/run $(BUILD) fuzz

check-live: all $(TEST_TOOLS)
	$(Q)tests/run $(BUILD) live

.PHONY: check-programs
check-programs: $(UNIT_PROGRAMS) $(TEST_TOOLS) $(if $(SAN),,$(FUZZERS))

check-vm:
	$(Q)packaging/install-deps build vm package
	$(Q)$(MAKE) --no-print-directory all $(BUILD)/tests/fdmaker
	$(Q)! command -v dpkg-buildpackage >/dev/null || packaging/make-deb $(BUILD) $(VERSION)
	$(Q)tests/vm/run $(BUILD)

bench:
	$(Q)packaging/install-deps build bench
	$(Q)packaging/fetch-peers $(BUILD) $(BENCH_PEERS)
	$(Q)$(MAKE) --no-print-directory all $(TEST_TOOLS) $(SCENARIO_TOOLS)
	$(Q)tests/bench/run $(BUILD)
	$(Q)tests/bench/forecast.py $(BUILD)

.PHONY: bench-vm
bench-vm:
	$(Q)packaging/install-deps build vm
	$(Q)$(MAKE) --no-print-directory all $(BUILD)/tests/bench/calls
	$(Q)tests/vm/instructions $(BUILD)

.PHONY: bench-fleet
bench-fleet:
	$(Q)packaging/install-deps build bench
	$(Q)packaging/fetch-peers $(BUILD) prometheus
	$(Q)$(MAKE) --no-print-directory all $(TEST_TOOLS)
	$(Q)tests/bench/fleet.py $(BUILD) $(HOSTS)

lint:
	$(Q)tests/lint/layers
	$(Q)tests/lint/style

install: all
	$(Q)packaging/install-files "$(BUILD)" "$(DESTDIR)" "$(PREFIX)"

.PHONY: deb
deb:
	$(Q)packaging/install-deps build package
	$(Q)packaging/make-deb $(BUILD) $(VERSION)

.PHONY: rpm
rpm:
	$(Q)packaging/install-deps build package
	$(Q)packaging/make-rpm $(BUILD) $(VERSION)

.PHONY: check-package
check-package:
	$(Q)packaging/install-deps build package
	$(Q)tests/package/run $(BUILD)

compile_commands: $(BUILD)/compile_commands.json
$(BUILD)/compile_commands.json: Makefile
	$(Q)mkdir -p $(BUILD)
	$(call say,GEN,$@)$(MAKE) -nkB V=1 BUILD=$(BUILD) all 2>/dev/null \
		| packaging/compile-commands > $@

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
