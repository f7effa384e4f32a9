package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// bytesAlone stands where a tool does for what no tool can be faster than over
// a link: the tarballs of the lockfile, fetched and thrown away.
const bytesAlone = "bytes alone"

// aloneConnections is how many fetch at once: the link is full, and no more
// handshakes than needed.
const aloneConnections = 16

// fetchAlone gets every path of the registry once, over new connections, and
// returns the bytes that came and the time that it took.
func fetchAlone(ctx context.Context, registry string, paths []string) (int64, time.Duration, error) {
	transport := &http.Transport{MaxConnsPerHost: aloneConnections, MaxIdleConnsPerHost: aloneConnections}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	sizes := make([]int64, len(paths))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(aloneConnections)
	start := time.Now()
	for i, path := range paths {
		group.Go(func() (err error) {
			sizes[i], err = discard(ctx, client, strings.TrimSuffix(registry, "/")+path)
			return err
		})
	}
	err := group.Wait()
	wall := time.Since(start)
	var total int64
	for _, n := range sizes {
		total += n
	}
	return total, wall, err
}

func discard(ctx context.Context, client *http.Client, url string) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", url, resp.Status)
	}
	return io.Copy(io.Discard, resp.Body)
}
