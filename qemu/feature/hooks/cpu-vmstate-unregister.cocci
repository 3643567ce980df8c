// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/cpu.c
// Mirrors cpu-vmstate-register, for CPU hot unplug.
@@
symbol xcc, dev;
@@
+x86_deadline_vmstate_unregister(cpu);
 xcc->parent_unrealize(dev);
