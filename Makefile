# The single entry to everything a developer or user does; `make help` lists it.
#
# On Debian and Ubuntu missing system packages are installed if this user may (root, or sudo that
# asks for no password); elsewhere, or else, they are named. Nothing is touched if nothing is missing.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

CARGO ?= cargo
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# More arguments of the server, such as ARGS="--workers 4 --debug".
ARGS ?=
CARGO_TEST_ARGS ?=
BENCH_ARGS ?=
# What `fuzz` runs, for how many seconds each, with which sanitizer, and with more arguments of libFuzzer.
TARGET ?= form gltf data_uri image ktx2 draco meshopt
FUZZ_SECONDS ?= 60
FUZZ_SANITIZER ?= address
FUZZ_ARGS ?=
# Set to anything to only name missing packages.
NO_INSTALL ?=
# The browser that tests use, if it is not that of Debian's package.
CHROMIUM ?=
DRAKE_VENV ?= .venv-drake
API_VENV ?= .venv-api
BENCH_VENV ?= .venv-bench
BLENDER_VENV ?= .venv-blender
PACKAGE_VENV ?= .venv-package
# What the client of Drake sends, recorded once for all benches that post it.
REQUESTS ?= benches/out/requests
# Mesa's Vulkan layer that orders devices asks a desktop which it prefers, and where there is no
# desktop prints errors that mean nothing; the server orders devices itself.
NODEVICE_SELECT ?= 1

export PATH := $(PATH):/usr/sbin:/sbin
DRAKE_PYTHON = $(DRAKE_VENV)/bin/python
API_PYTHON = $(API_VENV)/bin/python
BENCH_PYTHON = $(BENCH_VENV)/bin/python
BLENDER_PYTHON = $(BLENDER_VENV)/bin/python
PACKAGE_PYTHON = $(PACKAGE_VENV)/bin/python
MYPY = $(PACKAGE_PYTHON) -m mypy --config-file python/pyproject.toml --cache-dir $(PACKAGE_VENV)/mypy
UNITTEST = -m unittest discover --verbose --start-directory

# Shell functions: is a library, or a file of that pattern, on this machine?
define CHECKS
library() { ldconfig -p | grep -F "$$1" > /dev/null; }; \
file() { compgen -G "$$1" > /dev/null; }; \
want() { package=$$1; shift; "$$@" || missing="$$missing $$package"; }; \
missing=""
endef

# Names what is in $$missing, and installs it if that is allowed.
define INSTALL
if [ -n "$$missing" ]; then \
	as_root=""; [ "$$(id -u)" = 0 ] || as_root="sudo -n"; \
	if [ -n "$(NO_INSTALL)" ] || ! command -v apt-get > /dev/null || ! $$as_root true 2> /dev/null; then \
		echo "Missing system packages (Debian and Ubuntu names):$$missing" >&2; \
		echo "Install them, for example: sudo apt-get install$$missing" >&2; \
		exit 1; \
	fi; \
	echo "Installing$$missing"; \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update; \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends$$missing; \
	: "The tests start nginx themselves; Debian's own, on port 80, was not asked for."; \
	case "$$missing" in *nginx*) $$as_root systemctl disable --now nginx > /dev/null 2>&1 || true;; esac; \
fi
endef

.PHONY: help
help: ## Lists the targets.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: run
run: build ## Installs what is missing, builds, and serves on HOST:PORT (127.0.0.1:8000).
	NODEVICE_SELECT=$(NODEVICE_SELECT) exec "$${CARGO_TARGET_DIR:-target}"/release/gltf-render-server --host $(HOST) --port $(PORT) $(ARGS)

.PHONY: build
build: tools packages ## Builds the release binary.
	$(CARGO) build --release

.PHONY: tools
tools:
	@for tool in $(firstword $(CARGO)) cc; do \
		command -v $$tool > /dev/null || { echo "$$tool is missing: Rust (https://rustup.rs) and a C toolchain (Debian, Ubuntu: gcc libc6-dev) are needed." >&2; exit 1; }; \
	done

# The Vulkan loader, and a driver; Mesa's has lavapipe, which needs no GPU.
.PHONY: packages
packages:
	@$(CHECKS); \
	want libvulkan1 library libvulkan.so.1; \
	file "/usr/share/vulkan/icd.d/*.json" || file "/etc/vulkan/icd.d/*.json" || missing="$$missing mesa-vulkan-drivers"; \
	$(INSTALL)

# The reference adapter, the real Drake client's libraries, Python environments and nginx.
.PHONY: test-packages
test-packages:
	@$(CHECKS); \
	want libvulkan1 library libvulkan.so.1; \
	want mesa-vulkan-drivers file "/usr/share/vulkan/icd.d/lvp_icd*.json"; \
	want libegl1 library libEGL.so.1; \
	want libgl1-mesa-dri file "/usr/lib/*/dri/*_dri.so"; \
	want libglib2.0-0 library libglib-2.0.so.0; \
	want libx11-6 library libX11.so.6; \
	want python3-venv $(PYTHON) -c "import ensurepip, venv" 2> /dev/null; \
	want nginx-light command -v nginx > /dev/null; \
	want curl command -v curl > /dev/null; \
	$(INSTALL)

# Ubuntu's Chromium is a snap, which may not read the files of a test.
.PHONY: browser-packages
browser-packages:
	@$(CHECKS); \
	if [ -z "$(CHROMIUM)" ] && ! command -v chromium > /dev/null && grep -qs "^ID=ubuntu" /etc/os-release; then \
		echo "Ubuntu's Chromium is a snap, which the tests cannot drive: install a Chrome or Chromium that is none," >&2; \
		echo "and set CHROMIUM to the path of its program." >&2; \
		exit 1; \
	fi; \
	[ -n "$(CHROMIUM)" ] || want chromium command -v chromium > /dev/null; \
	$(INSTALL)

.PHONY: test
test: tools test-packages browser-packages lint test-rust test-drake test-yardstick test-nginx test-ops test-browser test-python test-api ## Runs all checks and tests.
	@echo "All checks and tests passed."

.PHONY: lint
lint: tools ## Checks the format, and clippy.
	@$(CARGO) fmt --version > /dev/null 2>&1 && $(CARGO) clippy --version > /dev/null 2>&1 || rustup component add rustfmt clippy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --all-targets -- -D warnings

.PHONY: test-rust
test-rust: build ## Runs the Rust tests, with the built binary over HTTP.
	$(CARGO) test --release $(CARGO_TEST_ARGS)

.PHONY: test-drake
test-drake: build drake-venv ## Compares with RenderEngineVtk through the real Drake client.
	$(DRAKE_PYTHON) $(UNITTEST) integration_tests/drake

.PHONY: test-yardstick
test-yardstick: build drake-venv ## Compares depth and label with a ray cast of two boxes.
	$(DRAKE_PYTHON) $(UNITTEST) integration_tests/yardstick

.PHONY: test-nginx
test-nginx: build drake-venv ## Runs two processes behind a real nginx.
	$(DRAKE_PYTHON) $(UNITTEST) integration_tests/nginx

.PHONY: test-ops
test-ops: build drake-venv ## Checks the files of wsgi_equivalent and the Dockerfile.
	$(DRAKE_PYTHON) $(UNITTEST) integration_tests/ops

.PHONY: test-api
test-api: build test-packages $(API_VENV)/requirements.txt ## Checks the OpenAPI document, and the answers against it.
	$(API_PYTHON) $(UNITTEST) integration_tests/api

# As its users install it: by pip, from the checkout, into an environment with nothing else in it. That
# of Drake is not made a second time. The examples are checked with the types of what is installed.
.PHONY: test-python
test-python: build drake-venv ## Installs the Python package, and runs its tests and examples.
	rm -rf $(PACKAGE_VENV)
	$(PYTHON) -m venv $(PACKAGE_VENV)
	$(PACKAGE_PYTHON) -m pip install --quiet './python[dataset]'
	$(PACKAGE_PYTHON) -m pip install --quiet --requirement integration_tests/python/requirements.txt
	$(MYPY) python/gltf_render_server python/hatch_build.py
	$(MYPY) python/examples
	$(PACKAGE_PYTHON) $(UNITTEST) integration_tests/python
	$(DRAKE_PYTHON) -m pip install --quiet ./python
	$(DRAKE_PYTHON) $(UNITTEST) integration_tests/python --pattern drake_example.py

.PHONY: test-browser
test-browser: build browser-packages $(DRAKE_VENV)/browser.txt ## Opens the pages in a real Chromium.
	$(DRAKE_PYTHON) -m pip install --quiet ./python
	CHROMIUM=$(CHROMIUM) $(DRAKE_PYTHON) $(UNITTEST) integration_tests/browser

# The image's root is made without a container engine, as root: chroot, mounts and namespaces.
.PHONY: test-image
test-image: build drake-venv ## Makes the image's root by debootstrap (no docker build), and runs it confined.
	@$(CHECKS); want debootstrap command -v debootstrap > /dev/null; want binutils command -v strip > /dev/null; $(INSTALL)
	@as_root=""; [ "$$(id -u)" = 0 ] || as_root="sudo"; \
	root=$$(mktemp --directory); trap '$$as_root rm -rf --one-file-system "$$root"' EXIT; chmod 755 "$$root"; \
	log=$$root.log; echo "All that is said is in $$log"; \
	program=$${GLTF_RENDER_SERVER_BIN:-$${CARGO_TARGET_DIR:-target}/release/gltf-render-server}; \
	$$as_root env GLTF_RENDER_SERVER_BIN="$$program" $(DRAKE_PYTHON) integration_tests/image/make_root.py "$$root" > "$$log" 2>&1 \
		|| { tail "$$log"; exit 1; }; \
	grep MiB "$$log"; \
	$$as_root env IMAGE_ROOT="$$root" unshare --mount --net $(DRAKE_PYTHON) $(UNITTEST) integration_tests/image

# A Debian in which systemd is process 1, made and booted as root.
.PHONY: test-systemd
test-systemd: build ## Boots a Debian with systemd, and installs in it as wsgi_equivalent/README.md says.
	@$(CHECKS); want debootstrap command -v debootstrap > /dev/null; want systemd-container command -v systemd-nspawn > /dev/null; $(INSTALL)
	@as_root=""; [ "$$(id -u)" = 0 ] || as_root="sudo"; \
	root=$$(mktemp --directory); trap '$$as_root rm -rf --one-file-system "$$root"' EXIT; chmod 755 "$$root"; \
	log=$$root.log; echo "What debootstrap says is in $$log"; \
	program=$${GLTF_RENDER_SERVER_BIN:-$${CARGO_TARGET_DIR:-target}/release/gltf-render-server}; \
	$$as_root debootstrap --variant=minbase --include=curl,dbus,libvulkan1,mesa-vulkan-drivers,nginx-light,sudo,systemd-sysv \
		bookworm "$$root" "$${DEBIAN_MIRROR:-http://deb.debian.org/debian}" > "$$log" 2>&1 || { tail "$$log"; exit 1; }; \
	$$as_root env GLTF_RENDER_SERVER_BIN="$$program" SYSTEMD_ROOT="$$root" $(PYTHON) $(UNITTEST) integration_tests/systemd

.PHONY: drake-venv
drake-venv: test-packages $(DRAKE_VENV)/requirements.txt ## Makes the Python environment with the real Drake client.

# The copy says which requirements are in.
$(DRAKE_VENV)/requirements.txt: integration_tests/drake/requirements.txt
	$(PYTHON) -m venv $(DRAKE_VENV)
	$(DRAKE_PYTHON) -m pip install --quiet --requirement $<
	cp $< $@

# An environment of its own: 15 seconds, and no need of the Drake client for these tests.
$(API_VENV)/requirements.txt: integration_tests/api/requirements.txt
	$(PYTHON) -m venv $(API_VENV)
	$(API_PYTHON) -m pip install --quiet --requirement $<
	cp $< $@

# In the same environment, because Drake and the Python package read what the form writes for them.
$(DRAKE_VENV)/browser.txt: integration_tests/browser/requirements.txt $(DRAKE_VENV)/requirements.txt | drake-venv
	$(DRAKE_PYTHON) -m pip install --quiet --requirement $<
	cp $< $@

.PHONY: bench
bench: build ## Runs the benchmarks; those of latency and PNG sizes only if requests were recorded.
	NODEVICE_SELECT=$(NODEVICE_SELECT) REQUESTS="$(REQUESTS)" $(CARGO) bench $(BENCH_ARGS)

.PHONY: bench-latency
bench-latency: build $(REQUESTS)/recorded ## Compares answers with what their parts take alone.
	NODEVICE_SELECT=$(NODEVICE_SELECT) REQUESTS="$(REQUESTS)" $(CARGO) bench --bench latency -- $(BENCH_ARGS)

.PHONY: bench-png
bench-png: $(REQUESTS)/recorded ## Compares the sizes of PNG files with what is usual.
	NODEVICE_SELECT=$(NODEVICE_SELECT) REQUESTS="$(REQUESTS)" $(CARGO) bench --bench png_sizes

.PHONY: bench-adapter
bench-adapter: ## Says how many images an adapter draws, and where the time goes.
	NODEVICE_SELECT=$(NODEVICE_SELECT) $(CARGO) bench --bench adapter -- $(BENCH_ARGS)

.PHONY: bench-moved
bench-moved: build $(REQUESTS)/recorded ## Compares the load of a scene with that of the next frame.
	$(PYTHON) benches/moved.py --requests $(REQUESTS) $(BENCH_ARGS)

.PHONY: bench-peers
bench-peers: build $(REQUESTS)/recorded $(BENCH_VENV)/requirements.txt ## Loads this server and one on VTK in turns.
	$(BENCH_PYTHON) benches/peers/compare.py --requests $(REQUESTS) $(BENCH_ARGS)

# Blender's Python package, of 500 MB, is for Python 3.11 alone: PYTHON=python3.11 where that is not the default.
.PHONY: bench-blender
bench-blender: build $(REQUESTS)/recorded $(BLENDER_VENV)/requirements.txt ## Loads this server and one on Blender in turns.
	$(BLENDER_PYTHON) benches/peers/compare.py --requests $(REQUESTS) --peers blender_cycles --scenes moving --types color \
		--clients 1 --seconds 10 --json benches/out/blender.json --plot benches/out/blender.png $(BENCH_ARGS)

.PHONY: soak
soak: build $(BENCH_VENV)/requirements.txt ## Watches memory, open files and answers under 50,000 different scenes.
	$(BENCH_PYTHON) benches/memory/soak.py --requests 50000 $(BENCH_ARGS)

.PHONY: bench-memory
bench-memory: build $(BENCH_VENV)/requirements.txt ## Watches memory under 10,000 different scenes.
	$(BENCH_PYTHON) benches/memory/soak.py $(BENCH_ARGS)

# The file stands for the folders beside it.
$(REQUESTS)/recorded: benches/peers/record.py benches/peers/recorded_scenes.py | drake-venv
	$(DRAKE_PYTHON) benches/peers/record.py $(REQUESTS)
	touch $@

$(BENCH_VENV)/requirements.txt: benches/peers/requirements.txt | test-packages
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_PYTHON) -m pip install --quiet --requirement $<
	cp $< $@

# With the libraries that Blender is linked to.
$(BLENDER_VENV)/requirements.txt: benches/peers/requirements_blender.txt benches/peers/requirements.txt | test-packages
	@$(CHECKS); \
	want libgl1 library libGL.so.1; \
	want libgomp1 library libgomp.so.1; \
	want libsm6 library libSM.so.6; \
	want libxfixes3 library libXfixes.so.3; \
	want libxi6 library libXi.so.6; \
	want libxkbcommon0 library libxkbcommon.so.0; \
	want libxrender1 library libXrender.so.1; \
	want libxxf86vm1 library libXxf86vm.so.1; \
	$(INSTALL)
	$(PYTHON) -m venv $(BLENDER_VENV)
	$(BLENDER_PYTHON) -m pip install --quiet --requirement $<
	cp $< $@

# On a stable compiler a sanitizer, such as AddressSanitizer for what is `unsafe` in dependencies, needs
# RUSTC_BOOTSTRAP; with FUZZ_SANITIZER=none nothing does, and the compiler takes no notice of it. What is
# found new stays in fuzz/corpus, and what fails in fuzz/artifacts. An input may take five seconds, because
# what counts coverage and watches memory makes it several times slower.
.PHONY: fuzz
fuzz: fuzz-seeds ## Fuzzes TARGET, or all of them one after the other, for FUZZ_SECONDS (60) each.
	@$(CHECKS); want g++ command -v c++ > /dev/null; $(INSTALL)
	@command -v cargo-fuzz > /dev/null || $(CARGO) install --locked cargo-fuzz
	for target in $(TARGET); do \
		RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run --release --sanitizer $(FUZZ_SANITIZER) \
			--target-dir "$${CARGO_TARGET_DIR:-target}/fuzz" $$target -- -max_total_time=$(FUZZ_SECONDS) \
			-timeout=5 -rss_limit_mb=1024 -max_len=20000 $(FUZZ_ARGS); \
	done

.PHONY: fuzz-seeds
fuzz-seeds: tools
	FUZZ_SEEDS="$(CURDIR)/fuzz/corpus" $(CARGO) test --release --test mutations targets_of_fuzzers

.PHONY: clean
clean: ## Removes what was built.
	$(CARGO) clean
	rm -rf $(DRAKE_VENV) $(API_VENV) $(BENCH_VENV) $(BLENDER_VENV) $(PACKAGE_VENV) integration_tests/out benches/out \
		fuzz/corpus fuzz/artifacts
