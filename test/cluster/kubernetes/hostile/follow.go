package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

const (
	interval = 200 * time.Millisecond
	// The largest frame that a tap device takes, and the smallest: an Ethernet header.
	largest, smallest = 65000, 14
)

type counters struct{ received, sent uint64 }

// follow makes a tap device for each device in file and lets it count what that one counts.
func follow(file string) error {
	devices := map[string]*tap{}
	for ; ; time.Sleep(interval) {
		wanted, err := readCounters(file)
		if err != nil {
			return err
		}
		// Not what this program has moved: the kernel sends by itself, too (IPv6 router solicitations).
		own, err := readCounters("/proc/self/net/dev")
		if err != nil {
			return err
		}
		for name, goal := range wanted {
			device := devices[name]
			if device == nil {
				if device, err = makeTap(name); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				devices[name] = device
			}
			if err := device.catchUp(own[name], goal); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
}

// readCounters reads a file in the format of /proc/net/dev, without lo, which every network has.
func readCounters(file string) (map[string]counters, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	devices := map[string]counters{}
	for _, line := range strings.Split(string(text), "\n") {
		name, numbers, isDevice := strings.Cut(strings.TrimSpace(line), ":")
		fields := strings.Fields(numbers)
		if !isDevice || name == "lo" || len(fields) != 16 {
			continue
		}
		received, err := strconv.ParseUint(fields[0], 10, 64)
		if err != nil {
			return nil, err
		}
		sent, err := strconv.ParseUint(fields[8], 10, 64)
		if err != nil {
			return nil, err
		}
		devices[name] = counters{received, sent}
	}
	return devices, nil
}

// A tap receives what is written to its file, and has sent what is read from it.
type tap struct {
	file, socket int
	address      syscall.SockaddrLinklayer
}

// An ifreq of linux/if.h.
type request struct {
	name  [syscall.IFNAMSIZ]byte
	value [24]byte
}

func makeTap(name string) (*tap, error) {
	file, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	socket, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0)
	if err != nil {
		return nil, err
	}
	device := &tap{file: file, socket: socket}
	// In the order of the calls: create it, set its MTU, bring it up, read its index.
	index := request{}
	for _, step := range []struct {
		file    int
		call    uintptr
		value   int32
		request *request
	}{
		{file, syscall.TUNSETIFF, syscall.IFF_TAP | syscall.IFF_NO_PI, &request{}},
		{socket, syscall.SIOCSIFMTU, largest, &request{}},
		{socket, syscall.SIOCSIFFLAGS, syscall.IFF_UP, &request{}},
		{socket, syscall.SIOCGIFINDEX, 0, &index},
	} {
		copy(step.request.name[:], name)
		*(*int32)(unsafe.Pointer(&step.request.value)) = step.value
		_, _, err := syscall.Syscall(syscall.SYS_IOCTL, uintptr(step.file), step.call, uintptr(unsafe.Pointer(step.request)))
		if err != 0 {
			return nil, err
		}
	}
	device.address = syscall.SockaddrLinklayer{Ifindex: int(*(*int32)(unsafe.Pointer(&index.value)))}
	return device, nil
}

// catchUp moves as many bytes as the goal is ahead. A rest that is smaller than a frame waits for the next time.
func (device *tap) catchUp(has, goal counters) error {
	frame := make([]byte, largest)
	for goal.received >= has.received+smallest {
		size := min(goal.received-has.received, largest)
		if _, err := syscall.Write(device.file, frame[:size]); err != nil {
			return err
		}
		has.received += size
	}
	for goal.sent >= has.sent+smallest {
		size := min(goal.sent-has.sent, largest)
		if err := syscall.Sendto(device.socket, frame[:size], 0, &device.address); err != nil {
			return err
		}
		if err := device.drain(); err != nil {
			return err
		}
		has.sent += size
	}
	return nil
}

// drain reads every frame that is waiting: a tap counts a frame as sent when it is read.
func (device *tap) drain() error {
	frame := make([]byte, largest+smallest)
	for {
		_, err := syscall.Read(device.file, frame)
		if err == syscall.EAGAIN {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
