// hostile does in a container what a shell cannot: it gives its threads other namespaces or other life spans, and
// it copies the counters of another network's devices. See usage.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

const usage = `usage: hostile threads N         runs N threads
       hostile leave             moves the first thread to a network namespace of its own; another one stays
       hostile leaderless        ends the first thread; another one stays
       hostile follow FILE       creates the network devices of FILE (net/dev) and copies their counters`

// The main goroutine runs on the first thread, whose ID is the process's, and nothing else does.
func init() { runtime.LockOSThread() }

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "threads":
		return manyThreads(args[1])
	case len(args) == 1 && args[0] == "leave":
		startThread()
		if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
			return err
		}
		return forever()
	case len(args) == 1 && args[0] == "leaderless":
		startThread()
		// Syscall, as RawSyscall would leave the scheduler waiting for this thread.
		_, _, err := syscall.Syscall(syscall.SYS_EXIT, 0, 0, 0)
		return err
	case len(args) == 2 && args[0] == "follow":
		return follow(args[1])
	}
	return fmt.Errorf("unknown arguments\n%s", usage)
}

func manyThreads(number string) error {
	count, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	for range count {
		startThread()
	}
	return forever()
}

// startThread returns once a thread of its own runs a goroutine that never ends.
func startThread() {
	started := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		close(started)
		_ = forever()
	}()
	<-started
}

func forever() error {
	for {
		time.Sleep(time.Hour)
	}
}
