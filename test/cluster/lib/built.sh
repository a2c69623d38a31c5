# shellcheck shell=bash disable=SC2154 # sourced; settings.sh sets the names

# What the built files are made from: other sources, another busybox or another kind of machine give another.
wanted_stamp() {
  { sum_of_files kubernetes build && sha256sum <"$(command -v busybox)" && uname -m; } | sha256sum | cut -d ' ' -f 1
}

is_built() {
  command -v busybox >/dev/null && [ -f "$build/stamp" ] && [ "$(cat "$build/stamp")" = "$(wanted_stamp)" ]
}
