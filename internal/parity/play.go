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
		want, npmSaid := l.runNPM(t, npms, s.words)
		have, weSaid := ours.exec(t, s.words)
		theirs, us := l.observe(t, npms, want), l.observe(t, ours, have)
		if r.compare(s, us, theirs) {
			r.Said = "npm said: " + strings.TrimSpace(npmSaid) + "\nipnpm said: " + strings.TrimSpace(weSaid)
			break // what follows would differ because this did
		}
	}
	return r
}

// observe looks at what a command did, and asks npm what it thinks of the
// tree. The code is that of the command's error.
func (l *Lab) observe(t testing.TB, s *side, code string) outcome {
	t.Helper()
	out := outcome{}
	out.set(facetExit, "code", code)
	if err := errors.Join(out.look(s.dir), out.lockfile(filepath.Join(s.cwd, s.lockfile))); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	if len(out[facetFolders]) == 0 {
		return out
	}
	if err := l.withOracle(func(o *oracle) error { return errors.Join(o.ls(s, out), o.query(s, out)) }); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return out
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
	return errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, data, 0o644))
}
