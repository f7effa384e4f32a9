package cmd

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// trace is the file of --ipfs-trace. It opens with the first line, so that
// nothing is there after a run that fetched nothing. A nil one writes nothing.
type trace struct {
	path string

	mu   sync.Mutex
	file *os.File
	err  error // the first; told at the end
}

// tracedBlock is a line of it.
type tracedBlock struct {
	Time   time.Time `json:"time"`
	CID    string    `json:"cid,omitempty"`
	URL    string    `json:"url,omitempty"`
	Source string    `json:"source"`
	Bytes  int       `json:"bytes"`
	Millis float64   `json:"ms"`
}

func (s *session) newTrace() *trace {
	path := s.cfg.String("ipfs-trace")
	if path == "" {
		return nil
	}
	return &trace{path: path}
}

// served is the store's [ipfsstore.Options.Trace]; nil for a nil trace, which
// spares the store the calls.
func (t *trace) served() func(ipfsstore.Served) {
	if t == nil {
		return nil
	}
	return func(b ipfsstore.Served) {
		t.write(tracedBlock{CID: b.CID.String(), Source: b.Source, Bytes: b.Bytes, Millis: millis(b.After)})
	}
}

// downloaded tells of a tarball that an npm registry brought.
func (t *trace) downloaded(host, url string, bytes int, after time.Duration) {
	if t != nil {
		t.write(tracedBlock{URL: url, Source: host, Bytes: bytes, Millis: millis(after)})
	}
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (t *trace) write(line tracedBlock) {
	line.Time = time.Now().UTC()
	data, err := json.Marshal(line)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil && t.file == nil {
		t.file, t.err = os.OpenFile(t.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	}
	if t.err == nil {
		t.err = err
	}
	if t.err == nil {
		_, t.err = t.file.Write(append(data, '\n'))
	}
}

// close ends the file, and tells what kept it from being whole.
func (t *trace) close() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.err
	if t.file != nil {
		if closing := t.file.Close(); err == nil {
			err = closing
		}
	}
	if err != nil {
		return fmt.Errorf("write the trace %s: %w", t.path, err)
	}
	return nil
}
