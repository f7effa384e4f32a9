package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// bytesAlone stands where a tool does for what no tool can be faster than over
// a link: the tarballs of the lockfile, fetched and thrown away.
const bytesAlone = "bytes alone"

// fetchAlone gets every path of the registry once and returns the bytes that
// came and the time that it took. It pipelines: all requests go out at once on
// one new connection, so that the link is never idle and nothing but its delay
// and rate is measured.
func fetchAlone(ctx context.Context, registry string, paths []string) (int64, time.Duration, error) {
	base, err := url.Parse(registry)
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", base.Host)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	go func() {
		requests := bufio.NewWriter(conn)
		for _, path := range paths {
			fmt.Fprintf(requests, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, base.Host)
		}
		_ = requests.Flush() // the reader sees what became of it
	}()
	var total int64
	answers := bufio.NewReaderSize(conn, 64<<10)
	for _, path := range paths {
		n, err := discard(answers)
		if err != nil {
			return 0, 0, fmt.Errorf("%s: %w", path, err)
		}
		total += n
	}
	return total, time.Since(start), nil
}

// discard reads the next answer.
func discard(answers *bufio.Reader) (int64, error) {
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the registry says %s", resp.Status)
	}
	return io.Copy(io.Discard, resp.Body)
}
