package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	churnTick = 20 * time.Millisecond
	// churnLabel holds when its Pod was last changed, in milliseconds since 1970: a watcher can tell how late it is.
	churnLabel = "changed-at"
	// Every second Pod is deleted and made anew, which none is that shares something.
	replaceEvery = 2
)

// churn changes the invented Pods in turns, at rate changes a second, for as long as it is told. A third of the
// changes are updates, a third deletions and a third creations.
func churn(ctx context.Context, etcd *clientv3.Client, pods, rate int, duration time.Duration) error {
	writer := objectWriter{etcd: etcd, encoder: newEncoder()}
	begun := time.Now()
	ctx, cancel := context.WithDeadline(ctx, begun.Add(duration))
	defer cancel()
	ticker := time.NewTicker(churnTick)
	defer ticker.Stop()
	made, number := 0, 0
	for {
		due := min(int(time.Since(begun).Seconds()*float64(rate)), int(duration.Seconds()*float64(rate)))
		group := errgroup.Group{}
		group.SetLimit(writers)
		// Without ctx: what has begun is done, or a Pod might stay deleted.
		for ; made < due; number++ {
			pod := number % pods
			if pod%replaceEvery == 0 {
				group.Go(func() error { return writer.replace(context.WithoutCancel(ctx), pod) })
				made += 2
				continue
			}
			group.Go(func() error { return writer.touch(context.WithoutCancel(ctx), pod) })
			made++
		}
		if err := group.Wait(); err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return ctx.Err()
			}
			fmt.Printf("%d changes in %.1f s\n", made, time.Since(begun).Seconds())
			return nil
		}
	}
}

// touch gives a Pod a new label.
func (w objectWriter) touch(ctx context.Context, number int) error {
	pod := inventedPod(number)
	metav1.SetMetaDataLabel(&pod.ObjectMeta, churnLabel, strconv.FormatInt(time.Now().UnixMilli(), 10))
	return w.put(ctx, podPrefix, pod)
}

// replace deletes a Pod, and makes it anew.
func (w objectWriter) replace(ctx context.Context, number int) error {
	pod := inventedPod(number)
	if _, err := w.etcd.Delete(ctx, podPrefix+pod.Namespace+"/"+pod.Name); err != nil {
		return fmt.Errorf("%s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return w.touch(ctx, number)
}
