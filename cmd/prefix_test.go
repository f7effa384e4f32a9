package cmd

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestLineWriter(t *testing.T) {
	var out bytes.Buffer
	var mu sync.Mutex
	a := &lineWriter{mu: &mu, w: &out, prefix: "a: "}
	b := &lineWriter{mu: &mu, w: &out, prefix: "b: "}
	fmt.Fprint(a, "one\r\ntw")
	fmt.Fprint(b, "\nthree\n")
	fmt.Fprint(a, "o\nfour")
	for _, l := range [...]*lineWriter{a, b, a} {
		if err := l.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if want := "a: one\nb: \nb: three\na: two\na: four\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestLineWriterEndless(t *testing.T) {
	var out bytes.Buffer
	l := &lineWriter{mu: new(sync.Mutex), w: &out}
	text := strings.Repeat("0123456789", maxLine/5)
	fmt.Fprint(l, text)
	if len(l.rest) >= maxLine {
		t.Errorf("%d bytes are kept", len(l.rest))
	}
	if err := l.Flush(); err != nil || strings.ReplaceAll(out.String(), "\n", "") != text {
		t.Errorf("something was lost: %v", err)
	}
}
