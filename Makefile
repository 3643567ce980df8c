# SPDX-License-Identifier: GPL-2.0-only
# kvm-deadline: "make demo" shows it, "make check" tests it.  Both say what they
# do, install what they lack through apt, and go on where they were interrupted.
export LC_ALL := C

MAKEFLAGS += --no-print-directory

help:
	@echo 'make demo       what goes wrong after a move, and how it stays right'
	@echo 'make check      all tests; verdict at the end, TAP in build/check/'
	@echo 'make check-full the same with all orders, moments and kernels (hours)'
	@echo 'make mutants    break each rule on purpose and see its test go red (long)'
	@echo 'make bench      what one arm costs, and what the timers of a whole guest do'
	@echo 'make patches    patch series for Linux 6.1 and 6.12, and for QEMU; for another Linux'
	@echo '                as well: KERNELS=7.3 make patches'
	@echo 'make deb        Debian packages, in build/deb'
	@echo 'make deb-qemu   the same, and QEMU (10 minutes)'
	@echo 'make field      one program that tries a host with real hardware, in build/field'
	@echo 'make build      QEMU, host modules, guest module, lab kernel'
	@echo 'make clean      remove build/;  make distclean: the cache as well'

deps:
	@scripts/deps

# What is dear to make is kept by content in the user's cache.
build: deps
	@scripts/build

demo: build
	@demo/run

bench: export KERNELS = 6.1 6.12
bench: build
	@bench/run
	@bench/guests

check: export KERNELS = 6.1 6.12
patches: export KERNELS ?= 6.1 6.12
check-full: export KERNELS = 6.1 6.12 7.3

check: build
	@tests/run

check-full: build
	@tests/run --full

mutants: build
	@tests/mutants/drive
	@tests/token-mutants/drive -n 300

patches: deps
	@KERNELS= PACKAGES=scripts/packages.patches scripts/deps
	@for series in $(KERNELS); do KERNEL=$$series series/linux/make || exit; done
	@series/qemu/make

deb:
	@scripts/deb

deb-qemu:
	@scripts/deb --qemu

field: deps
	@$(MAKE) -s -C field
	@echo 'Copy build/field/kvm-deadline-field to a host and run it there; see docs/hardware.md'

clean:
	rm -rf build

distclean: clean
	@scripts/cache --clean

.PHONY: help deps build demo bench patches check check-full mutants deb deb-qemu field clean distclean
