// load fills the test cluster with invented Pods, or empties it of them again.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

const (
	dialTimeout = 5 * time.Second
	writers     = 16
	// Where kube-apiserver keeps them: its --etcd-prefix and the name of the resource.
	podPrefix        = "/registry/pods/"
	replicaSetPrefix = "/registry/replicasets/"
)

const help = `usage: load [--etcd ADDRESS] --pods N
       load [--etcd ADDRESS] --pods N --churn RATE [--seconds S]
       load [--etcd ADDRESS] --delete

Writes N invented Pods straight into the test cluster's etcd, past the API server's checks, so that 100,000
take seconds. They stand in the namespaces team-000 to team-049 (which are not made), 100 to a node that does
not exist, and say that they run; 1.7 % share something with their node: 1 % its network namespace, 0.5 % PID,
0.2 % IPC. The same N always gives the same Pods, of 3.7 KB (protobuf) or 11 KB (JSON) each. One ReplicaSet in
each namespace owns them, as the garbage collector would otherwise delete them.
--churn changes these N Pods, which must be there, RATE times a second: a third of the changes
are updates, which write the time to the label changed-at, a third deletions and a third creations, never of Pods that
share something.
--delete removes the Pods again, at once, and nothing else; the 50 ReplicaSets stay.

`

type options struct {
	etcd    string
	pods    int
	churn   int
	seconds int
	delete  bool
}

func main() {
	chosen, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2) // the flag package has said why
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, chosen); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var chosen options
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.StringVar(&chosen.etcd, "etcd", "127.0.0.1:12379", "etcd's `ADDRESS`")
	flags.IntVar(&chosen.pods, "pods", 0, "how many Pods to write")
	flags.IntVar(&chosen.churn, "churn", 0, "how many changes to make each second")
	flags.IntVar(&chosen.seconds, "seconds", 60, "how long to make changes")
	flags.BoolVar(&chosen.delete, "delete", false, "remove all invented Pods")
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), help)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return chosen, err
	}
	hasCounts := chosen.pods >= 0 && chosen.churn >= 0 && chosen.seconds > 0
	if flags.NArg() > 0 || !hasCounts || chosen.delete == (chosen.pods > 0) || (chosen.delete && chosen.churn > 0) {
		err := errors.New("load: say either --pods N, N above 0, with or without --churn, or --delete; --help tells more")
		fmt.Fprintln(flags.Output(), err)
		return chosen, err
	}
	return chosen, nil
}

func run(ctx context.Context, chosen options) error {
	etcd, err := clientv3.New(clientv3.Config{
		Endpoints: []string{chosen.etcd}, DialTimeout: dialTimeout, Context: ctx, Logger: zap.NewNop(),
	})
	if err != nil {
		return fmt.Errorf("no connection to etcd at %s: %w", chosen.etcd, err)
	}
	defer etcd.Close()
	if err := probe(ctx, etcd, chosen.etcd); err != nil {
		return err
	}
	if chosen.delete {
		return deleteAll(ctx, etcd)
	}
	if chosen.churn > 0 {
		return churn(ctx, etcd, chosen.pods, chosen.churn, time.Duration(chosen.seconds)*time.Second)
	}
	return write(ctx, etcd, chosen.pods)
}

// probe asks etcd for anything at all: clientv3.New connects only when it is first used, and would then wait
// for ever for a server that is not there.
func probe(ctx context.Context, etcd *clientv3.Client, address string) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if _, err := etcd.Status(ctx, address); err != nil {
		return fmt.Errorf("etcd at %s does not answer: %w", address, err)
	}
	return nil
}

func write(ctx context.Context, etcd *clientv3.Client, count int) error {
	writer := objectWriter{etcd: etcd, encoder: newEncoder()}
	// The owners first: the garbage collector deletes a Pod that comes before its owner.
	for number := range namespaces {
		if err := writer.put(ctx, replicaSetPrefix, inventedReplicaSet(number)); err != nil {
			return err
		}
	}
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for number := 0; number < count && groupContext.Err() == nil; number++ {
		group.Go(func() error { return writer.put(groupContext, podPrefix, inventedPod(number)) })
	}
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return err
	}
	fmt.Printf("%d Pods written\n", count)
	return nil
}

// newEncoder writes objects as the API server keeps them.
func newEncoder() runtime.Encoder {
	return protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
}

type objectWriter struct {
	etcd    *clientv3.Client
	encoder runtime.Encoder
}

// object is what Pods and ReplicaSets are both.
type object interface {
	runtime.Object
	metav1.Object
}

func (w objectWriter) put(ctx context.Context, prefix string, o object) error {
	var encoded bytes.Buffer
	key := prefix + o.GetNamespace() + "/" + o.GetName()
	if err := w.encoder.Encode(o, &encoded); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if _, err := w.etcd.Put(ctx, key, encoded.String()); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// deleteAll removes the Pods and leaves their owners: where an owner goes, the garbage collector asks the API
// server for each of its Pods, which takes minutes, and deletes those of the next load.
func deleteAll(ctx context.Context, etcd *clientv3.Client) error {
	deleted, err := deleteNamespaces(ctx, etcd, podPrefix)
	if err != nil {
		return err
	}
	fmt.Printf("%d Pods deleted\n", deleted)
	return nil
}

// deleteNamespaces removes what stands under the invented namespaces. A namespace's name ends with a slash in
// the key, so that team-001 is not taken for a prefix of team-0010.
func deleteNamespaces(ctx context.Context, etcd *clientv3.Client, prefix string) (int64, error) {
	var deleted int64
	for number := range namespaces {
		response, err := etcd.Delete(ctx, prefix+namespaceName(number)+"/", clientv3.WithPrefix())
		if err != nil {
			return deleted, fmt.Errorf("namespace %s: %w", namespaceName(number), err)
		}
		deleted += response.Deleted
	}
	return deleted, nil
}
