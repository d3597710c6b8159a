// Command pause is the first process of every pod: it holds the pod's namespaces open, reaps the
// processes that end up as its children, and ends when told to.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

func main() {
	// `pause -v` ends at once: by a Job that runs it kubeadm asks, before an upgrade, whether a cluster works.
	if slices.Contains(os.Args[1:], "-v") {
		fmt.Println("pause of slipway")
		return
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		reap()
	}
}

// reap collects every child that has ended; signals coalesce, so one may stand for several.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err != syscall.EINTR && pid <= 0 {
			return
		}
	}
}
