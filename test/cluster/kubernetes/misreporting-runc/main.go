// misreporting-runc is runc with a fault, chosen by the name that it is called by:
//
//	runc-leaky         shares the node's network, PID and IPC namespaces, whatever the Pod declares
//	runc-stubborn      gives every container a network namespace of its own, hostNetwork or not
//	runc-misreporting  changes what the Pod's annotations name, see annotations.go
//
// It changes the bundle's config.json before runc reads it. runc does everything else. Nothing in the
// Kubernetes API distinguishes such a Pod from an honest one, which is why the tests need it.
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

// A spec is config.json of the OCI runtime specification.
type spec = map[string]any

// A fault turns the namespaces that the runtime was asked for into those that it will create.
type fault func(config spec) error

var faults = map[string]fault{
	"runc-leaky": func(config spec) error {
		return placements{"network": inNode, "pid": inNode, "ipc": inNode}.apply(config)
	},
	"runc-stubborn": func(config spec) error {
		if slices.ContainsFunc(namespacesOf(config), isOfType("network")) {
			return nil
		}
		return placements{"network": inOwn}.apply(config)
	},
	"runc-misreporting": annotated,
}

func main() {
	if err := run(os.Args); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 5 && args[1] == thawCommand {
		return thawLater(args[2], args[3], args[4])
	}
	apply, known := faults[filepath.Base(args[0])]
	if !known {
		return fmt.Errorf("call me runc-leaky, runc-stubborn or runc-misreporting")
	}
	if bundle, creates := bundleToCreate(args[1:]); creates {
		if err := rewrite(filepath.Join(bundle, "config.json"), apply); err != nil {
			return err
		}
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	return syscall.Exec(runc, append([]string{"runc"}, args[1:]...), os.Environ())
}

// bundleToCreate returns the directory of `runc … create … --bundle DIRECTORY …`, the only call that creates
// namespaces: containerd's shim never calls `runc run`, and `runc exec` joins existing namespaces.
func bundleToCreate(args []string) (string, bool) {
	at := slices.Index(args, "--bundle")
	if !slices.Contains(args, "create") || at < 0 || at+1 == len(args) {
		return "", false
	}
	return args[at+1], true
}

func rewrite(path string, apply fault) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var config spec
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // a float64 cannot hold RLIM_INFINITY
	if err := decoder.Decode(&config); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := apply(config); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	text, err = json.Marshal(config)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
