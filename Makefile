# daicho: one non-recursive makefile. `make help` lists the targets.
CC      ?= cc
prefix  ?= /usr/local
DESTDIR ?=
SAN     ?=
V       ?= 0
VERSION := $(shell cat VERSION)

ROOMS := base model foreign ledger front keeper signer verifier witness cli
PKGS  := libgit2 gpgme libarchive inih jansson libcrypto libmicrohttpd libcurl sqlite3 libseccomp libpcre2-8 zlib

empty :=
comma := ,
variant := $(notdir $(CC))$(if $(SAN),-$(subst $(comma),-,$(SAN)))
B := build/$(variant)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wpointer-arith \
        -Wwrite-strings -Wundef
ifneq (,$(findstring gcc,$(shell $(CC) --version 2>/dev/null | head -1)))
WARN += -Wjump-misses-init
endif
OPT := $(if $(SAN),-O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all,\
        -O2 -g -D_FORTIFY_SOURCE=2)
HARDEN := -fstack-protector-strong -fPIE
CPPFLAGS_ALL := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DDAICHO_VERSION='"$(VERSION)"' -Idaemon \
        $(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
CFLAGS_ALL := -std=gnu11 $(OPT) $(HARDEN) $(WARN) $(WERROR) -pthread $(CFLAGS)
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now -Wl,--as-needed -pthread $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
LIBS := $(shell pkg-config --libs $(PKGS)) -lm

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2);)

room_src = $(wildcard daemon/$(1)/*.c)
room_obj = $(patsubst daemon/%.c,$(B)/obj/%.o,$(call room_src,$(1)))
ARCHIVES := $(foreach r,$(ROOMS),$(B)/lib$(r).a)

DAICHO  := $(B)/bin/daicho
DAICHOD := $(B)/bin/daichod
VERIFY  := $(B)/bin/daicho-verify
WITNESS := $(B)/bin/daicho-witness
PROGRAMS := $(DAICHO) $(DAICHOD) $(VERIFY) $(WITNESS)
UNIT_SRC := $(wildcard tests/unit/*_test.c)
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

CATALOG := $(B)/share/locale/ja/LC_MESSAGES/daicho.mo

all: $(PROGRAMS) $(B)/share/daicho $(CATALOG) ## build the programs
.PHONY: all

# A change of flags rebuilds.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL)' | cmp -s - $@ || \
	 echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL)' > $@
FORCE:
.PHONY: FORCE

$(B)/obj/%.o: daemon/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

define room_rule
$(B)/lib$(1).a: $(call room_obj,$(1))
	@rm -f $$@
	$$(call say,AR,$$@)ar rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rule,$(r))))

core := $(foreach r,ledger foreign model base,$(B)/lib$(r).a)
$(DAICHO) $(VERIFY): $(B)/bin/%: $(B)/obj/%.o $(B)/libcli.a $(core)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
$(WITNESS): $(B)/obj/daicho-witness.o $(B)/libwitness.a $(B)/libcli.a $(core)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
$(DAICHOD): $(B)/obj/daichod.o $(foreach r,front keeper signer verifier,$(B)/lib$(r).a) $(core)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

# The build folder looks like an installed prefix: bin/ beside share/daicho/.
SHARED := etc/rulebooks schemas hooks
$(B)/share/daicho: $(foreach s,$(SHARED),$(B)/share/daicho/$(notdir $(s)))
define share_rule
$(B)/share/daicho/$(notdir $(1)): | $(1)
	@mkdir -p $$(@D)
	@ln -sfn $(CURDIR)/$(1) $$@
endef
$(foreach s,$(SHARED),$(eval $(call share_rule,$(s))))

# Messages in Japanese; English stands in the sources. A message without a translation is shown in English.
$(CATALOG): contrib/po/ja.po
	@mkdir -p $(@D)
	$(call say,MSGFMT,$@)msgfmt --check --output-file=$@ $<

po: ## extract all messages anew and merge them into contrib/po/ja.po
	@contrib/po/update contrib/po/ja.po
.PHONY: po

# Unit tests: tests/unit/<room>_<module>_test.c, one program each, linked with all rooms.
$(B)/unit/%: tests/unit/%.c $(foreach r,front keeper signer verifier witness cli,$(B)/lib$(r).a) $(core) \
 $(B)/flags | $(CATALOG)
	@mkdir -p $(@D)
	$(call say,TEST,$@)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -DTESTS_DATA='"$(CURDIR)/tests/data"' \
	 -DPROJECT='"$(CURDIR)"' -MMD -MP -MF $@.d $(LDFLAGS_ALL) -o $@ $< \
	 $(foreach r,front keeper signer verifier witness cli,$(B)/lib$(r).a) $(core) $(LIBS) -lcmocka

unit: $(UNIT_BIN)
.PHONY: unit

check-lint: $(ARCHIVES) $(PROGRAMS) ## layers, headers, names, text, rule books, shell, error words, catalog
	@CC='$(CC)' tests/lint/run $(B)
.PHONY: check-lint

# Preloaded by the fault sweep.
$(B)/inject.so: tests/fault/inject.c $(B)/flags
	$(call say,CC,$<)$(CC) -std=gnu11 -O1 -g -fPIC -shared $(WARN) -o $@ $< -ldl

# The sweep over every point, linked with the rooms as unit tests are: a process with them is what the disk fails.
POINTS := $(B)/fault/points
$(POINTS): $(filter-out tests/fault/inject.c,$(wildcard tests/fault/*.c)) \
 $(foreach r,cli keeper signer,$(B)/lib$(r).a) $(core) $(wildcard tests/fault/*.h) tests/unit/ledger_office.h $(B)/flags
	@mkdir -p $(@D)
	$(call say,FAULT,$@)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -DTESTS_DATA='"$(CURDIR)/tests/data"' $(LDFLAGS_ALL) \
	 -o $@ $(filter %.c,$^) $(filter %.a,$^) $(LIBS) -lcmocka -Wl,--wrap=date_now,--wrap=file_trim

# Attacked ledgers: what builds a chain anew, and a world with a SHA-1 collision, to be preloaded.
$(B)/attack/collide.so: tests/attack/collide.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -std=gnu11 -O1 -g -fPIC -shared $(WARN) -o $@ $< -ldl -lcrypto
$(B)/attack/%: tests/attack/%.c $(core) $(B)/flags
	@mkdir -p $(@D)
	$(call say,ATTACK,$@)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -MF $@.d $(LDFLAGS_ALL) -o $@ $< $(core) $(LIBS)

$(B)/attack/mutate: $(wildcard tests/attack/mutate*.c) tests/attack/mutate.h \
 tests/unit/ledger_office.h $(core) $(B)/flags
	@mkdir -p $(@D)
	$(call say,ATTACK,$@)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -DTESTS_DATA='"$(CURDIR)/tests/data"' $(LDFLAGS_ALL) \
	 -o $@ $(filter %.c,$^) $(filter %.a,$^) $(LIBS) -lcmocka

STRIDE ?= 997
check-attack: all $(B)/attack/forge $(B)/attack/collide.so $(B)/attack/mutate ## attacks; every STRIDE-th (997) mutant
	@tests/attack/run $(B)
	@$(B)/attack/mutate $(STRIDE) 8
.PHONY: check-attack

# Fuzzed parsers, by libFuzzer: each from its corpus on, for so many seconds; a fault stays as
# build/.../fuzz/<parser>-*.
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
SECONDS ?= 60
$(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.h $(core) $(B)/flags
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $< $(core) $(LIBS)
fuzz-run: $(FUZZ:%=$(B)/fuzz/%)
	@tests/fuzz/run $(B)/fuzz $(SECONDS) $(FUZZ)
fuzz: ## fuzz each parser for SECONDS (60), from tests/fuzz/corpus on
	@$(MAKE) --no-print-directory CC=clang SAN=fuzzer-no-link,address,undefined fuzz-run
.PHONY: fuzz fuzz-run

setup: ## install the Debian packages that are missing
	@sh contrib/setup
.PHONY: setup

# Packages first, then a make of its own: the flags come from pkg-config.
check: setup ## pass the tests: lint, unit, end to end
	@$(MAKE) --no-print-directory -j"$$(nproc)" check-run SUITES='lint unit e2e'
.PHONY: check

check-run: all unit $(B)/inject.so
	@tests/run $(B) $(SUITES)
.PHONY: check-run

check-unit: ## the unit tests alone
	@$(MAKE) --no-print-directory check-run SUITES=unit
check-e2e: ## the end-to-end tests alone
	@$(MAKE) --no-print-directory check-run SUITES=e2e
check-sweep: $(POINTS) ## faults through the daemon at each call of an append, at every 23rd of a disposal; some points
	@$(MAKE) --no-print-directory check-run SUITES='sweep points'
check-fault: all $(POINTS) $(B)/inject.so ## kill, full, io, readonly, fail: at every call that changes a file
	@tests/fault/every $(B)
check-san: ## unit and end-to-end tests under sanitizers
	@$(MAKE) --no-print-directory check-run SAN=address,undefined SUITES='unit e2e'
.PHONY: check-unit check-e2e check-sweep check-fault check-san

check-more: setup ## what takes longer: no warning by gcc and clang, sanitizers, the whole sweep
	@$(MAKE) --no-print-directory all unit CC=gcc WERROR=-Werror
	@$(MAKE) --no-print-directory check-run CC=clang WERROR=-Werror SUITES=unit
	@$(MAKE) --no-print-directory check-san
	@$(MAKE) --no-print-directory check-sweep
.PHONY: check-more

demo: setup ## play the directive's life in a temporary store
	@$(MAKE) --no-print-directory demo-run
demo-run: all
	@DAICHO_BIN=$(CURDIR)/$(B)/bin contrib/demo
.PHONY: demo demo-run

# Helpers of the benches: tests/bench/<name>.c, linked with the rooms that a store needs.
$(B)/bench/%: tests/bench/%.c $(core) $(B)/flags
	@mkdir -p $(@D)
	$(call say,BENCH,$@)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -MF $@.d $(LDFLAGS_ALL) -o $@ $< $(core) $(LIBS)

bench: all $(B)/bench/disposal ## measure appends, disposals, archives and verification against git, gc and tar
	@PROJECT=$(CURDIR) DAICHO_BIN=$(CURDIR)/$(B)/bin tests/bench/append
	@PROJECT=$(CURDIR) DAICHO_BIN=$(CURDIR)/$(B)/bin DISPOSAL=$(CURDIR)/$(B)/bench/disposal tests/bench/dispose
	@PROJECT=$(CURDIR) DAICHO_BIN=$(CURDIR)/$(B)/bin DISPOSAL=$(CURDIR)/$(B)/bench/disposal tests/bench/verify
.PHONY: bench

install: all ## copy programs, rule books, schemas, hooks, catalog and manuals below $(DESTDIR)$(prefix)
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(prefix)/share/daicho
	install -m 755 $(PROGRAMS) $(DESTDIR)$(prefix)/bin
	cp -R etc/rulebooks schemas hooks $(DESTDIR)$(prefix)/share/daicho
	install -D -m 644 -t $(DESTDIR)$(prefix)/share/locale/ja/LC_MESSAGES $(CATALOG)
	install -D -m 644 -t $(DESTDIR)$(prefix)/share/man/man1 contrib/man/*.1
	install -D -m 644 -t $(DESTDIR)$(prefix)/share/man/man5 contrib/man/*.5
	install -D -m 644 -t $(DESTDIR)$(prefix)/share/man/man7 contrib/man/*.7
	install -D -m 644 -t $(DESTDIR)$(prefix)/share/man/man8 contrib/man/*.8
.PHONY: install

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile
.PHONY: help

clean: ## remove the build folder
	rm -rf build
.PHONY: clean

-include $(shell find $(B) -name '*.d' 2>/dev/null)
