package ipfsstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
)

func openAt(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// stages lists the folders that stages left in a store.
func stages(t testing.TB, s *Store) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(s.dir, stagePrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// bigFile is a DAG of several blocks, imported into a store.
func bigFile(t testing.TB, s *Store) cid.Cid {
	t.Helper()
	root, err := s.Import(t.Context(), randomBytes(3, 3*chunkSize+5))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestWriteDAG(t *testing.T) {
	s := openAt(t, t.TempDir())
	root := bigFile(t, s)
	var first, second, without bytes.Buffer
	n, err := s.WriteDAG(t.Context(), &first, root, nil)
	if err != nil || n != 5 {
		t.Fatalf("wrote %d blocks, %v", n, err)
	}
	if _, err := s.WriteDAG(t.Context(), &second, root, nil); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("the second time it is other bytes, %v", err)
	}
	hashes, err := s.Reachable(t.Context(), []cid.Cid{root})
	if err != nil || len(hashes) != 5 {
		t.Fatalf("%d blocks below the root, %v", len(hashes), err)
	}
	if n, err := s.WriteDAG(t.Context(), &without, root, hashes); err != nil || n != 0 {
		t.Errorf("wrote %d blocks to somebody who has all, %v", n, err)
	}
}

func TestStage(t *testing.T) {
	from, to := openAt(t, t.TempDir()), openAt(t, t.TempDir())
	root := bigFile(t, from)
	var car bytes.Buffer
	if _, err := from.WriteDAG(t.Context(), &car, root, nil); err != nil {
		t.Fatal(err)
	}
	stage, err := to.Stage()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stage.ImportCAR(t.Context(), bytes.NewReader(car.Bytes())); err != nil {
		t.Fatal(err)
	}
	if _, err := to.File(t.Context(), Ref{CID: root}); err == nil {
		t.Error("what is staged counts already")
	}
	staged, err := stage.Staged(t.Context())
	if err != nil || len(staged) != 5 || stage.Around(root) {
		t.Errorf("%d blocks staged, %v", len(staged), err)
	}
	if err := stage.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if data, err := to.File(t.Context(), Ref{CID: root}); err != nil || len(data) != 3*chunkSize+5 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if left := stages(t, to); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestStageReadsAround: an increment is read together with what is there.
func TestStageReadsAround(t *testing.T) {
	s := openAt(t, t.TempDir())
	root := bigFile(t, s)
	stage, err := s.Stage()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stage.File(t.Context(), Ref{CID: root}); err != nil || !stage.Around(root) {
		t.Error(err)
	}
	_, err = stage.File(t.Context(), Ref{CID: rawCID([]byte("nowhere"))})
	if missing := new(UnavailableError); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
	if err := stage.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.File(t.Context(), Ref{CID: root}); err != nil {
		t.Errorf("discarding took what was there: %v", err)
	}
}

// TestStageLeftBehind: a process that was killed leaves a stage.
func TestStageLeftBehind(t *testing.T) {
	s := openAt(t, t.TempDir())
	for range 2 {
		if _, err := s.Stage(); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * tempAge)
	if err := os.Chtimes(stages(t, s)[0], long, long); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stage(); err != nil {
		t.Fatal(err)
	}
	if left := stages(t, s); len(left) != 2 {
		t.Errorf("%d stages, want the old one gone: %v", len(left), left)
	}
}

func TestCarriedRecord(t *testing.T) {
	s, key := openAt(t, t.TempDir()), fixedKey(t)
	root := rawCID([]byte("x"))
	newer := testRecord(t, key, root, 2, time.Hour)
	rec, err := s.CheckRecord(key.ID(), newer, "a stick", false)
	if err != nil || rec.Sequence != 2 || !rec.Root.Equals(root) {
		t.Fatalf("%+v, %v", rec, err)
	}
	if _, err := s.Resolve(t.Context(), key.ID(), ResolveOptions{Offline: true}); err == nil {
		t.Error("checking a record remembered it")
	}
	rec.Fetched = time.Now()
	if err := s.KeepRecord(rec, false); err != nil {
		t.Fatal(err)
	}
	if have, err := s.Resolve(t.Context(), key.ID(), ResolveOptions{Offline: true}); err != nil || have.Sequence != 2 {
		t.Errorf("%+v, %v", have, err)
	}
	older := testRecord(t, key, root, 1, time.Hour)
	_, err = s.CheckRecord(key.ID(), older, "a stick", false)
	if back := new(RollbackError); !errors.As(err, &back) || !strings.Contains(err.Error(), "a stick") {
		t.Errorf("an older record gives %v", err)
	}
	if _, err := s.CheckRecord(key.ID(), older, "a stick", true); err != nil {
		t.Errorf("--allow-rollback gives %v", err)
	}
	forged := bytes.Clone(newer)
	forged[len(forged)/2] ^= 1
	_, err = s.CheckRecord(key.ID(), forged, "a stick", true)
	if bad := new(RecordError); !errors.As(err, &bad) {
		t.Errorf("a forged record gives %v", err)
	}
}

// FuzzStage: whatever a CAR holds, only blocks that are what their names say
// are staged, and giving up leaves nothing.
func FuzzStage(f *testing.F) {
	s := openAt(f, f.TempDir())
	root := bigFile(f, s)
	small, err := s.Import(f.Context(), []byte("one block"))
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range []cid.Cid{root, small} {
		var car bytes.Buffer
		if _, err := s.WriteDAG(f.Context(), &car, c, nil); err != nil {
			f.Fatal(err)
		}
		f.Add(car.Bytes()[:min(car.Len(), 4<<10)])
	}
	into := openAt(f, f.TempDir())
	f.Fuzz(func(t *testing.T, data []byte) {
		stage, err := into.Stage()
		if err != nil {
			t.Fatal(err)
		}
		roots, err := stage.ImportCAR(t.Context(), bytes.NewReader(data))
		if err == nil {
			_, _ = stage.Reachable(t.Context(), roots[:min(len(roots), 1)])
		}
		report, err := stage.Verify(t.Context())
		if err != nil || len(report.Bad) > 0 {
			t.Errorf("staged %v, %v", report.Bad, err)
		}
		if err := stage.Discard(); err != nil {
			t.Error(err)
		}
		if left := stages(t, into); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}
