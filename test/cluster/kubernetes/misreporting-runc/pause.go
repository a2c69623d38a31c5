package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const thawCommand = "thaw"

// pauseStart makes a container's start as slow as one on an overloaded node. runc puts the first process into the
// container's cgroup while that process is still in the node's namespaces. The Pod's cgroup is frozen, so the
// process stops there, and it enters its namespaces only after the Pod is thawed.
//
// runc refuses a container whose own cgroup is frozen, but it does not check the Pod's.
func pauseStart(config spec, seconds string) error {
	linux, _ := config["linux"].(map[string]any)
	path, _ := linux["cgroupsPath"].(string)
	if path == "" {
		return fmt.Errorf("no cgroupsPath")
	}
	file, frozen, thawed, err := freezerOf(filepath.Dir(path))
	if err != nil {
		return err
	}
	// This process becomes runc, so another one has to thaw the Pod. It starts first: no failure leaves it frozen.
	thaw := exec.Command("/proc/self/exe", thawCommand, file, thawed, seconds)
	thaw.Args[0] = os.Args[0]
	thaw.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := thaw.Start(); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(frozen), 0)
}

// freezerOf returns the control file of a cgroup's freezer, in version 1 or 2, and its two values.
func freezerOf(cgroup string) (file, frozen, thawed string, err error) {
	for _, one := range []struct{ hierarchy, name, frozen, thawed string }{
		{"/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED"},
		{"/sys/fs/cgroup", "cgroup.freeze", "1", "0"},
	} {
		file := filepath.Join(one.hierarchy, cgroup, one.name)
		if _, err := os.Stat(file); err == nil {
			return file, one.frozen, one.thawed, nil
		}
	}
	return "", "", "", fmt.Errorf("the cgroup %s has no freezer", cgroup)
}

func thawLater(file, thawed, seconds string) error {
	count, err := strconv.Atoi(seconds)
	if err != nil {
		return err
	}
	time.Sleep(time.Duration(count) * time.Second)
	return os.WriteFile(file, []byte(thawed), 0)
}
