# crm_fdw: build and tests. `make help` lists the targets.
#
# Everything outside src/pg is compiled without the server's include path, so that PostgreSQL's headers cannot
# leak into it; tools/check-boundary proves that no symbol does either.

EXTENSION = crm_fdw
MODULE_big = crm_fdw
DATA = crm_fdw--1.0.sql
PGFILEDESC = "crm_fdw - CRM accounts as foreign tables"

PG_CONFIG ?= pg_config
CXX ?= g++
CLANGXX ?= clang++
CLANG_FORMAT ?= clang-format
CLANG_TIDY ?= clang-tidy
NODE ?= node
# Debian's own interpreter: psycopg2 comes as its package.
PYTHON ?= /usr/bin/python3
CCACHE := $(shell command -v ccache 2>/dev/null)

# ---- sources ---------------------------------------------------------------------------------------

PG_SOURCES := $(sort $(wildcard src/pg/*.cpp))
CORE_SOURCES := $(sort $(wildcard src/core/*.cpp src/net/*.cpp src/providers/*.cpp src/providers/*/*.cpp \
	src/engine/*.cpp))
UNIT_SOURCES := $(sort $(wildcard test/unit/*.cpp))
FUZZ_SOURCES := $(sort $(wildcard test/fuzz/*.cpp))

PG_OBJS := $(PG_SOURCES:src/%.cpp=build/obj/%.o)
CORE_OBJS := $(CORE_SOURCES:src/%.cpp=build/obj/%.o)
OBJS = $(CORE_OBJS) $(PG_OBJS)

# ---- flags -----------------------------------------------------------------------------------------

WERROR ?= -Werror
WARNINGS = -Wall -Wextra $(WERROR)
COMMON_FLAGS = -std=c++20 -g -fPIC -D_GNU_SOURCE -Isrc -MMD -MP $(WARNINGS)
RELEASE_FLAGS = -O2 -fno-plt -fstack-protector-strong -D_FORTIFY_SOURCE=2
SANITIZE_FLAGS = -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=address,undefined
# PostgreSQL is compiled with these two, and its inline functions rely on them.
SERVER_FLAGS = -fwrapv -fno-strict-aliasing -isystem $(shell $(PG_CONFIG) --includedir-server)
LIBRARIES = -lcurl -lsimdjson -lcrypto -lz

# JIT bitcode of callbacks that wait for a network buys nothing, and needs a clang as new as libstdc++.
override with_llvm := no
SHLIB_LINK = -Wl,--version-script=exports.map -Wl,--exclude-libs,ALL $(LIBRARIES) -lstdc++
EXTRA_CLEAN = build
NO_INSTALLCHECK = 1

# PGXS owns a target `check` that only prints a refusal. It is left out when ours is asked for, which runs
# everything in sub-makes anyway.
ifneq ($(filter check,$(MAKECMDGOALS)),)

CHECKS ?= check-boundary lint test-checks check-unit check-sandbox installcheck tap clients differential check-fuzz
.PHONY: check $(filter-out check,$(MAKECMDGOALS))
check: all
	@tools/run-checks $(CHECKS)
$(sort all $(filter-out check,$(MAKECMDGOALS))):
	@$(MAKE) --no-print-directory $@

else

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# ---- build -----------------------------------------------------------------------------------------

$(MODULE_big)$(DLSUFFIX): exports.map

build/obj/pg/%.o: src/pg/%.cpp
	@mkdir -p $(@D)
	$(CCACHE) $(CXX) $(COMMON_FLAGS) $(RELEASE_FLAGS) $(SERVER_FLAGS) -c $< -o $@

build/obj/%.o: src/%.cpp
	@mkdir -p $(@D)
	$(CCACHE) $(CXX) $(COMMON_FLAGS) $(RELEASE_FLAGS) -c $< -o $@

-include $(OBJS:.o=.d)

# ---- unit tests: make check-unit [SANITIZE=1] [GTEST_FILTER=…] ---------------------------------------

ifdef SANITIZE
UNIT_BINARY = build/unit-sanitized
UNIT_FLAGS = $(SANITIZE_FLAGS)
UNIT_CORE_OBJS = $(CORE_SOURCES:src/%.cpp=build/sanitized-obj/%.o)
else
UNIT_BINARY = build/unit
UNIT_FLAGS = -O0 -g1
UNIT_CORE_OBJS = $(CORE_OBJS)
endif
UNIT_OBJS = $(UNIT_SOURCES:test/unit/%.cpp=$(UNIT_BINARY)-obj/%.o)

build/sanitized-obj/%.o: src/%.cpp
	@mkdir -p $(@D)
	$(CCACHE) $(CXX) $(COMMON_FLAGS) $(SANITIZE_FLAGS) -c $< -o $@

$(UNIT_BINARY)-obj/%.o: test/unit/%.cpp
	@mkdir -p $(@D)
	$(CCACHE) $(CXX) $(COMMON_FLAGS) $(UNIT_FLAGS) -c $< -o $@

$(UNIT_BINARY): $(UNIT_OBJS) $(UNIT_CORE_OBJS)
	$(CXX) $(UNIT_FLAGS) $^ -o $@ -lgtest_main -lgtest $(LIBRARIES) -pthread

.PHONY: check-unit
check-unit: $(UNIT_BINARY)
	./$(UNIT_BINARY) --gtest_brief=1 $(if $(GTEST_FILTER),--gtest_filter='$(GTEST_FILTER)')

-include $(UNIT_OBJS:.o=.d) $(filter build/sanitized-obj/%,$(UNIT_CORE_OBJS:.o=.d))

# ---- fuzzing: make check-fuzz [FUZZ_SECONDS=20], per target ------------------------------------------

FUZZ_SECONDS ?= 20
FUZZ_FLAGS = -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all
# What is fuzzed is pure: no engine, no curl.
FUZZ_CORE_SOURCES = $(filter-out src/engine/% src/net/curl_channel.cpp,$(CORE_SOURCES))
FUZZ_CORE_OBJS = $(FUZZ_CORE_SOURCES:%.cpp=build/fuzz-obj/%.o)
FUZZ_BINARIES = $(FUZZ_SOURCES:test/fuzz/%.cpp=build/fuzz/%)

build/fuzz-obj/%.o: %.cpp
	@mkdir -p $(@D)
	$(CCACHE) $(CLANGXX) $(COMMON_FLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -c $< -o $@

$(FUZZ_BINARIES): build/fuzz/%: build/fuzz-obj/test/fuzz/%.o $(FUZZ_CORE_OBJS)
	@mkdir -p $(@D)
	$(CLANGXX) -fsanitize=fuzzer,address,undefined $^ -o $@ $(LIBRARIES)

.PHONY: check-fuzz
check-fuzz: $(FUZZ_BINARIES)
	@tools/run-fuzz $(FUZZ_SECONDS) $^

.SECONDARY: $(FUZZ_CORE_OBJS) $(FUZZ_SOURCES:%.cpp=build/fuzz-obj/%.o)
-include $(FUZZ_CORE_OBJS:.o=.d) $(FUZZ_SOURCES:%.cpp=build/fuzz-obj/%.d)

# ---- static checks -----------------------------------------------------------------------------------

.PHONY: check-boundary lint tidy headers test-checks format
check-boundary: all
	@PG_CONFIG=$(PG_CONFIG) tools/check-boundary $(MODULE_big)$(DLSUFFIX) $(OBJS)

# Layout and findings differ between versions of clang; Debian 12's judges.
CLANG_JUDGE = 14
judges = $(findstring version $(CLANG_JUDGE).,$(shell $(1) --version 2>/dev/null))

lint: headers $(if $(call judges,$(CLANG_TIDY)),tidy)
	@CLANG_FORMAT=$(CLANG_FORMAT) NODE=$(NODE) tools/lint \
	  $(if $(call judges,$(CLANG_FORMAT)),,$(filter-out format,$(shell tools/lint --rules)))
	@$(if $(call judges,$(CLANG_TIDY)),,echo "lint: layout and clang-tidy are judged by clang $(CLANG_JUDGE) only")

# Prints something if this machine's clang judges.
.PHONY: judges
judges:
	@echo $(call judges,$(CLANG_TIDY))

# clang-tidy on what is not PostgreSQL's side. A stamp per file: only what changed is looked at again, and the
# object's prerequisites are the stamp's.
TIDY_STAMPS = $(CORE_SOURCES:src/%.cpp=build/tidy/%.ok)
build/tidy/%.ok: src/%.cpp build/obj/%.o .clang-tidy
	@mkdir -p $(@D)
	@echo "clang-tidy $<"
	@$(CLANG_TIDY) --quiet $< -- -std=c++20 -D_GNU_SOURCE -Isrc >$@.out 2>&1 || { cat $@.out >&2; exit 1; }
	@mv $@.out $@
tidy: $(TIDY_STAMPS)

# Every header compiles alone; those of src/pg after postgres.h, as all of PostgreSQL's do.
HEADER_STAMPS = $(patsubst src/%.h,build/headers/%.ok,$(sort $(wildcard src/*/*.h src/providers/*/*.h)))
HEADER_COMPILE = $(CXX) $(COMMON_FLAGS) -MF $@.d -MT $@ -x c++ -fsyntax-only
build/headers/pg/%.ok: src/pg/%.h
	@mkdir -p $(@D)
	@printf '%s\n' 'extern "C" {' '#include "postgres.h"' '}' '#include "pg/$*.h"' >$@.cpp
	@$(HEADER_COMPILE) $(SERVER_FLAGS) $@.cpp || { echo "headers: $< does not compile alone" >&2; exit 1; }
	@touch $@
build/headers/%.ok: src/%.h
	@mkdir -p $(@D)
	@echo '#include "$*.h"' >$@.cpp
	@$(HEADER_COMPILE) $@.cpp || { echo "headers: $< does not compile alone" >&2; exit 1; }
	@touch $@
headers: $(HEADER_STAMPS)
-include $(HEADER_STAMPS:=.d)

# Plants violations in a copy of the tree and expects the checks to name them.
test-checks:
	@tools/test-checks

format:
	$(CLANG_FORMAT) -i $(shell find src test -name '*.cpp' -o -name '*.h')

# ---- tests that need a server and the sandbox ----------------------------------------------------------

WITH_CLUSTER = PG_CONFIG=$(PG_CONFIG) tools/with-cluster
REGRESS_TESTS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))

.PHONY: installcheck tap check-sandbox clients differential mutants soak scale faults bench sandbox demo
installcheck:
	@$(WITH_CLUSTER) --provider close --provider salesforce tools/run-regress $(REGRESS_TESTS)

TAP ?= $(sort $(wildcard t/*.pl))
tap:
	@PG_CONFIG=$(PG_CONFIG) tools/run-tap $(TAP)

check-sandbox:
	@$(NODE) tools/install-sandbox
	$(NODE) --test $(sort $(wildcard sandbox/test/*.test.mjs))

clients:
	@$(NODE) sandbox/clients/run.mjs

PROVIDER ?= close
QUERIES ?= 1000
SEED ?= 1
differential:
	@$(WITH_CLUSTER) --provider $(PROVIDER) $(PYTHON) test/differential/main.py --provider $(PROVIDER) --queries $(QUERIES) --seed $(SEED)

# At most so many queries for each mutant.
mutants: QUERIES = 1500
mutants:
	@$(WITH_CLUSTER) --provider $(PROVIDER) $(PYTHON) test/differential/mutants.py --provider $(PROVIDER) --queries $(QUERIES) --seed $(SEED)

SOAK_QUERIES ?= 2000
SOAK_CANCELS ?= 500
soak:
	@$(WITH_CLUSTER) $(PYTHON) test/differential/soak.py --queries $(SOAK_QUERIES) --cancels $(SOAK_CANCELS)

# FAULTS: further arguments, such as --fault TLS --read import, or --markdown docs/reliability.md.
FAULTS ?=
faults:
	@PG_CONFIG=$(PG_CONFIG) $(PYTHON) test/faults/main.py --provider $(PROVIDER) $(FAULTS)

LEADS ?= 120000
CONTACTS ?= 1000000
SCALE_close = --leads $(LEADS)
SCALE_salesforce = --accounts 1000 --contacts $(CONTACTS)
scale:
	@$(WITH_CLUSTER) --provider $(PROVIDER) --sandbox-flags "--seed 1 $(SCALE_$(PROVIDER))" \
	  $(PYTHON) test/scale/main.py --provider $(PROVIDER)

# Against curl and against the official client, which pip brings: make bench [BENCH_LEADS=… BENCH_FLAGS=…].
BENCH_LEADS ?= 100000
BENCH_SANDBOX = --seed 1 --leads $(BENCH_LEADS) --bench --switch lead_skip_max=100000000 --switch rate_headers=none
BENCH_PYTHON = build/bench/venv/bin/python
build/bench/venv/made: bench/requirements.txt
	@$(PYTHON) -m venv --system-site-packages build/bench/venv
	@$(BENCH_PYTHON) -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
bench: build/bench/venv/made
	@$(WITH_CLUSTER) --sandbox-flags "$(BENCH_SANDBOX)" \
	  $(PYTHON) bench/main.py --closeio-python $(BENCH_PYTHON) $(BENCH_FLAGS)

sandbox:
	@$(NODE) tools/install-sandbox
	@exec $(NODE) sandbox/main.mjs --provider $(PROVIDER) $(SANDBOX_FLAGS)

demo:
	@scripts/demo

endif

.PHONY: help
help:
	@echo 'Build:   all  install  uninstall  clean          PG_CONFIG=… chooses the PostgreSQL'
	@echo 'Tests:   check (everything, after install)  check-unit [SANITIZE=1]  check-fuzz [FUZZ_SECONDS=20]'
	@echo '         check-sandbox  installcheck  tap [TAP=t/….pl]  clients  soak'
	@echo '         differential [PROVIDER=close QUERIES=1000 SEED=1]  scale [PROVIDER=close LEADS=120000 CONTACTS=1000000]'
	@echo '         mutants [PROVIDER=close QUERIES=1500 SEED=1]  faults [PROVIDER=close FAULTS=…]  bench [BENCH_LEADS=100000]'
	@echo 'Source:  lint  check-boundary  test-checks  format'
	@echo 'Try it:  demo  sandbox [PROVIDER=close SANDBOX_FLAGS=…]'
