// lying-runc is runc with a fault, chosen by the name it is called by:
//
//	runc-leaky     shares the node's network, PID and IPC namespaces whatever the Pod asked for
//	runc-stubborn  gives every container a network namespace of its own, hostNetwork or not
//
// It changes the bundle's config.json before runc reads it; everything else is runc's own doing. Nothing in
// the Kubernetes API tells such a Pod from an honest one, which is what the tests need it for.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
)

// A lie turns the namespaces that the runtime was asked for into those that it will make. The elements are
// those of linux.namespaces in the OCI runtime specification's config.json.
type lie func(namespaces []any) []any

var lies = map[string]lie{
	"runc-leaky": func(namespaces []any) []any {
		return slices.DeleteFunc(namespaces, func(namespace any) bool {
			return slices.Contains([]string{"network", "pid", "ipc"}, namespaceType(namespace))
		})
	},
	"runc-stubborn": func(namespaces []any) []any {
		isNetwork := func(namespace any) bool { return namespaceType(namespace) == "network" }
		if slices.ContainsFunc(namespaces, isNetwork) {
			return namespaces
		}
		return append(namespaces, map[string]any{"type": "network"})
	},
}

func namespaceType(namespace any) string {
	fields, _ := namespace.(map[string]any)
	name, _ := fields["type"].(string)
	return name
}

func main() {
	if err := run(os.Args); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
}

func run(args []string) error {
	tell, known := lies[filepath.Base(args[0])]
	if !known {
		return fmt.Errorf("call me runc-leaky or runc-stubborn")
	}
	if bundle, creates := bundleToCreate(args[1:]); creates {
		if err := rewrite(filepath.Join(bundle, "config.json"), tell); err != nil {
			return err
		}
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	return syscall.Exec(runc, append([]string{"runc"}, args[1:]...), os.Environ())
}

// bundleToCreate is the folder of `runc … create … --bundle FOLDER …`, the one call that makes namespaces:
// containerd's shim never says `runc run`, and `runc exec` joins what is there.
func bundleToCreate(args []string) (string, bool) {
	at := slices.Index(args, "--bundle")
	if !slices.Contains(args, "create") || at < 0 || at+1 == len(args) {
		return "", false
	}
	return args[at+1], true
}

func rewrite(path string, tell lie) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var config map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a float64 cannot hold RLIM_INFINITY
	if err := decoder.Decode(&config); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	linux, isLinux := config["linux"].(map[string]any)
	if !isLinux {
		return fmt.Errorf("%s has no linux section", path)
	}
	namespaces, _ := linux["namespaces"].([]any)
	linux["namespaces"] = tell(namespaces)
	text, err = json.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
