// kube is four Kubernetes components in one binary, chosen by the first argument. They share nearly all
// of their code, so that one binary is a quarter of the size and of the link time of four.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

const usage = "usage: kube kube-apiserver|kube-controller-manager|kube-scheduler|kubelet [FLAG...]"

func component(name string) *cobra.Command {
	switch name {
	case "kube-apiserver":
		return apiserver.NewAPIServerCommand()
	case "kube-controller-manager":
		return controllermanager.NewControllerManagerCommand()
	case "kube-scheduler":
		return scheduler.NewSchedulerCommand()
	case "kubelet":
		return kubelet.NewKubeletCommand(context.Background())
	}
	return nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	command := component(os.Args[1])
	if command == nil {
		fmt.Fprintf(os.Stderr, "kube: no component %q\n%s\n", os.Args[1], usage)
		os.Exit(2)
	}
	// The components read os.Args themselves, as if each were a program of its own.
	os.Args = os.Args[1:]
	os.Exit(cli.Run(command))
}
