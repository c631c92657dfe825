#!/bin/sh
# One host of a lab, from its namespaces to its init. Runs inside the lab; never by hand.
#   host.sh plug NAME PLACE CGROUP   in network, UTS and IPC namespaces of its own; waits for its cables
#   host.sh boot NAME PLACE          in mount, PID and cgroup namespaces as well; becomes systemd
set -eu

plug() {
  echo "$$" > "$3/cgroup.procs"
  echo unshared          # the keeper now plugs the cables in …
  read -r _              # … and says so
  while :; do
    status=0
    unshare --cgroup --mount --pid --fork --kill-child sh "$0" boot "$1" "$2" </dev/null || status=$?
    [ "$status" -eq 129 ] || exit "$status"   # SIGHUP: the host asked for a reboot
    nft flush ruleset                         # what a kernel forgets when it boots
  done
}

boot() {
  root="$2/root"
  mount -t overlay overlay "$root" -o "lowerdir=$LAB_LAYER:$LAB_IMAGE,upperdir=$2/upper,workdir=$2/work"
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  # Only net.* may be written: kernel.*, vm.* and fs.* belong to the real machine.
  mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
  mount --rbind "$root/proc/sys" "$root/proc/sys"
  mount -o remount,bind,ro "$root/proc/sys"
  mount -t sysfs -o nosuid,nodev,noexec,ro sysfs "$root/sys"
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o nosuid,mode=755,size=64k tmpfs "$root/dev"
  mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/dev/net"
  for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 net/tun:10:200; do
    rest="${node#*:}"
    mknod -m 666 "$root/dev/${node%%:*}" c "${rest%:*}" "${rest#*:}"
  done
  mount -t devpts -o nosuid,noexec,newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  : > "$root/dev/console"
  mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/dev/shm"
  mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs "$root/run"
  mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
  hostname "$1"
  mkdir -p "$root/.before"
  cd "$root"
  pivot_root . .before
  umount -l /.before
  rmdir /.before
  exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 container=lab \
    /lib/systemd/systemd --show-status=false </dev/null >/dev/null 2>&1
}

verb="$1"
shift
"$verb" "$@"
