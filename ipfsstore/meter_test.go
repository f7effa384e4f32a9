package ipfsstore

import (
	"testing"
	"time"
)

func TestMeter(t *testing.T) {
	m := NewMeter("somebody")
	outer := m.Begin()
	inner := m.Begin()
	m.Add(3)
	inner()
	open := m.Usage()
	m.Add(4)
	outer()
	closed := m.Usage()
	if open.Busy <= 0 || closed.Busy < open.Busy || m.Usage().Busy != closed.Busy {
		t.Errorf("busy for %v, then %v, then %v", open.Busy, closed.Busy, m.Usage().Busy)
	}
	closed.Busy = 0
	if want := (Usage{Source: "somebody", Blocks: 2, Bytes: 7}); closed != want {
		t.Errorf("got %v", closed)
	}
}

func TestTrace(t *testing.T) {
	c := newContent()
	data := randomBytes(1, 3<<20)
	root := c.add(t, data)
	served := make(chan Served, 100)
	s := openStore(t, Options{Sources: []Source{&memory{content: c, name: "memory"}}, Trace: func(b Served) { served <- b }})
	for _, want := range []string{"memory", OwnStore} {
		if _, err := s.File(testContext(t), Ref{CID: root}); err != nil {
			t.Fatal(err)
		}
		bytes := 0
		for range len(c.blocks) {
			b := <-served
			bytes += b.Bytes
			if b.Source != want || b.After < 0 || (b.After > time.Duration(0)) != (want == "memory") {
				t.Errorf("%s brought %s after %v", b.Source, b.CID, b.After)
			}
		}
		if bytes < len(data) {
			t.Errorf("%d bytes of %d from %s", bytes, len(data), want)
		}
	}
}
