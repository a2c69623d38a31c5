# shellcheck shell=bash # sourced
# One `up` or `down` at a time on a machine. The lock is on a folder that every Linux has, so that no lock file
# is left behind, and it goes with the process that holds it, however that ends: nothing that a script starts
# may inherit descriptor 9.
lock() {
  exec 9</var/lib
  if ! flock --nonblock 9; then
    say "Another up or down is at work on this machine; waiting for it."
    flock --timeout 900 9 || { say "It is still at work after 15 minutes."; exit 1; }
  fi
}
