package parity

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// Play runs a fixture on both sides and says how ours compares.
func (l *Lab) Play(t testing.TB, f *Fixture) Result {
	t.Helper()
	server := registrytest.New(t)
	// Nobody keeps a document for longer than a fixture lets it stand.
	server.CacheControl("no-cache")
	server.AddLines(f.files["registry"])
	if f.Registry != "" {
		recording, err := l.recording(f.Registry)
		if err != nil {
			t.Fatal(err)
		}
		server.ServeRecording(recording)
	}
	npms, ours := l.sides(t, f, server.URL)
	r := Result{Fixture: f}
	for _, s := range f.steps {
		if s.verb != "run" {
			if err := f.happen(server, s, npms, ours); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
			continue
		}
		want, npmSaid := npms.run(t, s.words)
		have, weSaid := ours.run(t, s.words)
		if err := errors.Join(l.judge(npms, want), l.judge(ours, have)); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if r.compare(s, have, want) {
			r.Said = "npm said: " + strings.TrimSpace(npmSaid) + "\nipnpm said: " + strings.TrimSpace(weSaid)
			break // what follows would differ because this did
		}
	}
	return r
}

// judge asks npm what it thinks of a tree.
func (l *Lab) judge(s *side, out outcome) error {
	if len(out[facetFolders]) == 0 {
		return nil
	}
	return errors.Join(l.oracle.ls(s, out), l.oracle.query(s, out))
}

// happen makes a step that is no command happen on both sides.
func (f *Fixture) happen(server *registrytest.Server, s step, sides ...*side) error {
	switch w := s.words; s.verb {
	case "publish":
		server.AddLines(f.files[w[0]])
	case "unpublish":
		server.Unpublish(w[0], w[1])
	case "tag":
		server.Tag(w[0], w[1], w[2])
	case "fault":
		fault, err := registrytest.ParseFault(w[1:])
		if err != nil {
			return err
		}
		server.Inject(w[0], fault)
	case "write", "delete":
		for _, side := range sides {
			if err := side.edit(s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *side) edit(what step) error {
	file := filepath.Join(s.dir, what.words[0])
	if what.verb == "delete" {
		return os.RemoveAll(file)
	}
	data, err := os.ReadFile(filepath.Join(s.dir, what.words[2]))
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}
