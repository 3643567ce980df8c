// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/cpu.c
// The property of every CPU model.
@@
symbol dc, x86_cpu_properties;
@@
 device_class_set_props(dc, x86_cpu_properties);
+x86_deadline_class_init(oc);
