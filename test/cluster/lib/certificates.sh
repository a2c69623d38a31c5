# shellcheck shell=bash disable=SC2154 # sourced; settings.sh sets the names

make_certificates() { # NODE-1-ADDRESS
  mkdir -p "$state/pki"
  chmod 700 "$state/pki"
  make_authority
  certificate apiserver /CN=kube-apiserver "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:$machine_address,IP:10.96.0.1"
  certificate admin /O=system:masters/CN=admin DNS:admin
  certificate kubelet-client /O=system:masters/CN=apiserver-kubelet-client DNS:kubelet-client
  # The Node authorizer knows a kubelet by this group and name.
  certificate node1 /O=system:nodes/CN=system:node:kube-node-1 "DNS:kube-node-1,IP:$1"
  certificate node2 /O=system:nodes/CN=system:node:kube-node-2 "DNS:kube-node-2,IP:$node2_address"
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$state/pki/service-accounts.key" 2>/dev/null
}

# A configuration of our own: what the machine's openssl.cnf adds to a certificate differs from one to another.
make_authority() {
  quietly openssl req -x509 "${new_key[@]}" -keyout "$state/pki/ca.key" -out "$state/pki/ca.crt" -subj "/CN=$cluster" -days 365 \
    -config <(printf '%s\n' '[req]' distinguished_name=name x509_extensions=authority '[name]' \
      '[authority]' basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash)
}

new_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)

certificate() { # NAME SUBJECT SUBJECT-ALT-NAMES
  local path=$state/pki/$1
  quietly openssl req "${new_key[@]}" -keyout "$path.key" -out "$path.csr" -subj "$2" \
    -config <(printf '%s\n' '[req]' distinguished_name=name '[name]')
  quietly openssl x509 -req -in "$path.csr" -CA "$state/pki/ca.crt" -CAkey "$state/pki/ca.key" -CAcreateserial -days 365 \
    -out "$path.crt" -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$3")
}

# openssl tells its progress on stderr, among its errors.
quietly() {
  local output
  output=$("$@" 2>&1) || { say "$output"; return 1; }
}

# Everything is inside the files, so that they can be copied and used from anywhere.
make_kubeconfigs() {
  local viewer_token
  viewer_token=$(openssl rand -hex 16)
  # An authenticated user whom RBAC grants nothing until a test does.
  (umask 077 && printf '%s,viewer,viewer\n' "$viewer_token" >"$state/pki/tokens.csv")
  kubeconfig admin.conf admin 127.0.0.1 "$(certificate_credentials admin)"
  kubeconfig viewer.conf viewer 127.0.0.1 "token: $viewer_token"
  kubeconfig node1.conf node1 127.0.0.1 "$(certificate_credentials node1)"
  kubeconfig node2.conf node2 "$machine_address" "$(certificate_credentials node2)"
}

certificate_credentials() { # NAME
  printf 'client-certificate-data: %s, client-key-data: %s' "$(base64 -w 0 "$state/pki/$1.crt")" "$(base64 -w 0 "$state/pki/$1.key")"
}

kubeconfig() { # FILE USER HOST CREDENTIALS
  (umask 077 && cat >"$state/$1") <<EOK
apiVersion: v1
kind: Config
clusters: [{name: hostns, cluster: {server: "https://$3:$api_port", certificate-authority-data: $(base64 -w 0 "$state/pki/ca.crt")}}]
users: [{name: $2, user: {$4}}]
contexts: [{name: hostns, context: {cluster: hostns, user: $2}}]
current-context: hostns
EOK
}
