package main

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// A line sends one byte after the other, whoever they belong to, and forgets
// the time in which nobody had any.
func TestLineReserve(t *testing.T) {
	t.Parallel()
	l := line{perByte: time.Millisecond}
	start := time.Now()
	first := l.reserve(10, start)
	if got := first.Sub(start); got != 10*time.Millisecond-slack {
		t.Errorf("10 bytes of an idle line have left after %v", got)
	}
	if got := l.reserve(5, start).Sub(first); got != 5*time.Millisecond {
		t.Errorf("the next 5, ready at once, took %v more", got)
	}
	later := start.Add(time.Minute)
	if got := l.reserve(1, later).Sub(later); got != time.Millisecond-slack {
		t.Errorf("after a minute a byte takes %v", got)
	}
}

// echo answers with what it is sent, once the other side has ended.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				data, _ := io.ReadAll(c)
				_, _ = c.Write(data)
			}()
		}
	}()
	return listener.Addr().String()
}

// Bytes come through whole, in order and with their end; four connections
// take four times the line's time of one, and none less than its round trips.
func TestLinkCarries(t *testing.T) {
	t.Parallel()
	const roundTrip, size, connections = 40 * time.Millisecond, 200_000, 4
	proxy, err := newLink(roundTrip, 80).proxy(t.Context(), echo(t)) // 10 MB/s
	if err != nil {
		t.Fatal(err)
	}
	sent := make([]byte, size)
	for i := range sent {
		sent[i] = byte(i * i >> 8)
	}
	start := time.Now()
	done := make(chan error, connections)
	for range connections {
		go func() {
			got, err := exchange(proxy, sent)
			if err == nil && !bytes.Equal(got, sent) {
				t.Errorf("%d bytes came back and differ", len(got))
			}
			done <- err
		}()
	}
	for range connections {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(start)
	// A handshake and an exchange; all bytes there, and the last one's back.
	least := 2*roundTrip + (connections+1)*size*100*time.Nanosecond - 2*slack
	t.Logf("%v; the link allows %v", took, least)
	if took < least {
		t.Errorf("took %v, less than the link's %v", took, least)
	}
}

func exchange(address string, data []byte) ([]byte, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if _, err := c.Write(data); err != nil {
		return nil, err
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		return nil, err
	}
	return io.ReadAll(c)
}
