// SPDX-License-Identifier: GPL-2.0-or-later
// files: target/i386/kvm/kvm-deadline.c
// places: 5
// Where there were only KVM's own answers there are the library's, too.
@@
@@
#include "kvm-deadline.h"
+#include "kvm-deadline-user.h"

@@
symbol cpu;
@@
 kvm_deadline_in_kernel(...)
 {
-    return has_feature(cpu);
+    return has_feature(cpu) && !cpu->kvm_deadline_user;
 }

@@
symbol s;
@@
-if (kvm_vm_check_extension(s, KVM_CAP_X86_DEADLINE) <= 0) { ... }
-return NULL;
+return kvm_deadline_backend_lacks(s);

@@
symbol cpu, errp;
@@
 kvm_deadline_realize(...)
 {
     ...
-    return true;
+    return kvm_deadline_user_realize(cpu, errp);
 }

@@
symbol cpu;
@@
 msr_kvm_deadline_post_load(...)
 {
     ...
-    return 0;
+    /* What KVM says later does not stop an incoming guest any more. */
+    return kvm_deadline_user_put(cpu, KVM_PUT_FULL_STATE);
 }
