// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/cpu.c
// Last in realize: nothing after it fails, so nothing has to be undone.
@@
symbol cs, xcc, dev, local_err;
@@
 cpu_reset(cs);
+x86_deadline_vmstate_register(cpu);
 xcc->parent_realize(dev, &local_err);
