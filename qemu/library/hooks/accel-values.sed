# SPDX-License-Identifier: GPL-2.0-or-later
# files: qapi/run-state.json
# At the end of the file, whose last line is another enum's.
$a\
\
##\
# @KVMDeadlineBackend:\
#\
# Who serves MSR_KVM_DEADLINE, a timer in kvmclock time, to guests that have the\
# CPU feature kvm-deadline\
#\
# @kernel: the KVM of the host.\
#\
# @user: libkvmdeadline, on any KVM.\
#\
# @auto: the first of them that can be had.\
#\
# Since: 7.2\
##\
{ 'enum': 'KVMDeadlineBackend',\
  'data': [ 'kernel', 'user', 'auto' ] }
