# SPDX-License-Identifier: GPL-2.0-only
# A disk to sleep on.
# shellcheck shell=sh

insmod_disk() {
	for name in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
		[ ! -e $name.ko ] || insmod $name.ko || return
	done
}

swap_on_disk() { insmod_disk && mkswap /dev/vda && swapon /dev/vda; }
