package install

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/lockfile"
)

// crashWorlds are a tree large enough to be killed in the middle, and the tree
// that it is upgraded to.
func crashWorlds(t *testing.T) (from, to *world) {
	from = newWorld(t)
	for i := range 24 {
		more := files{}
		for f := range 8 {
			more[fmt.Sprintf("d%d/f%d.js", f%4, f)] = fmt.Sprint(i, f)
		}
		from.add(fmt.Sprintf("node_modules/p%d", i), "1.0.0", more, func(p *lockfile.Package) {
			p.Bin = map[string]string{fmt.Sprint("p", i): "index.js"}
		})
		from.add(fmt.Sprintf("node_modules/p%d/node_modules/@n/q", i), "1.0.0", more)
	}
	to = from.fork()
	for i := range 24 {
		switch i % 4 {
		case 0:
			to.add(fmt.Sprintf("node_modules/p%d", i), "2.0.0", nil)
		case 1:
			delete(to.lock.Packages, fmt.Sprintf("node_modules/p%d/node_modules/@n/q", i))
		case 2:
			to.add(fmt.Sprintf("node_modules/r%d", i), "1.0.0", nil)
		}
	}
	return from, to
}

// TestCancelled cancels installs at random moments, and expects the next one
// to make the same tree as an undisturbed one.
func TestCancelled(t *testing.T) {
	from, to := crashWorlds(t)
	wantFrom, wantTo := fresh(t, from), fresh(t, to)
	store := OpenUnpacked(filepath.Join(t.TempDir(), "store"))
	root := project(t)
	for round := range 10 {
		ctx, cancel := context.WithCancel(context.Background())
		o := to.options(root)
		want := wantTo
		if round%2 == 1 {
			o.Lock, want = from.lock, wantFrom
		}
		o.Unpacked = store
		time.AfterFunc(time.Duration(rand.IntN(25))*time.Millisecond, cancel)
		if _, err := Run(ctx, o); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("round %d: %v", round, err)
		}
		cancel()
		mustRun(t, o)
		if got := tree(t, root); got != want {
			t.Fatalf("round %d: another tree:\n%s", round, difference(got, want))
		}
	}
}

// childEnv tells the test binary to be an installer and nothing else.
const childEnv = "IPNPM_INSTALL_TEST_CHILD"

// job of a child, handed over on its standard input.
type childJob struct {
	Root, Store string
	Lock        []byte
	Data        map[string][]byte
}

// TestMain lets the test binary be re-executed as an installer.
func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := beChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func beChild() error {
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var j childJob
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	lock, err := lockfile.Parse(j.Lock)
	if err != nil {
		return err
	}
	w := &world{data: j.Data, lock: lock}
	o := w.options(j.Root)
	o.Unpacked = OpenUnpacked(j.Store)
	_, err = Run(context.Background(), o)
	return err
}

// child prepares a process that installs the world.
func child(t *testing.T, w *world, root, store string) *exec.Cmd {
	t.Helper()
	lock, err := w.lock.Encode()
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(childJob{root, store, lock, w.data})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := pipe.Write(input); err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	return cmd
}

// TestKilled kills installing processes at random moments, store and all.
func TestKilled(t *testing.T) {
	from, to := crashWorlds(t)
	wantFrom, wantTo := fresh(t, from), fresh(t, to)
	root, store := project(t), filepath.Join(t.TempDir(), "store")
	killed := 0
	for round := range 10 {
		w, want := to, wantTo
		if round%2 == 1 {
			w, want = from, wantFrom
		}
		cmd := child(t, w, root, store)
		time.Sleep(time.Duration(rand.IntN(90)) * time.Millisecond)
		if cmd.Process.Kill() == nil {
			killed++
		}
		_ = cmd.Wait()
		o := w.options(root)
		o.Unpacked = OpenUnpacked(store)
		if round%3 == 2 {
			continue // and kill the next one on top of it
		}
		mustRun(t, o)
		if got := tree(t, root); got != want {
			t.Fatalf("round %d: another tree:\n%s", round, difference(got, want))
		}
		if damage, err := o.Unpacked.Verify(t.Context()); err != nil || len(damage) > 0 {
			t.Fatalf("round %d: the store: %v %v", round, damage, err)
		}
	}
	t.Logf("%d killed before they ended", killed)
}

// TestTwoAtOnce runs installs of two lockfiles in one project, several at a
// time, in one process and in others.
func TestTwoAtOnce(t *testing.T) {
	from, to := crashWorlds(t)
	wantFrom, wantTo := fresh(t, from), fresh(t, to)
	root, store := project(t), filepath.Join(t.TempDir(), "store")
	var group sync.WaitGroup
	for i := range 4 {
		w := []*world{from, to}[i%2]
		if i < 2 {
			cmd := child(t, w, root, store)
			group.Go(func() {
				if err := cmd.Wait(); err != nil {
					t.Error(err)
				}
			})
			continue
		}
		group.Go(func() {
			o := w.options(root)
			o.Unpacked = OpenUnpacked(store)
			if _, err := Run(context.Background(), o); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := tree(t, root); got != wantFrom && got != wantTo {
		t.Errorf("the tree is neither:\n%s", got)
	}
}

// TestWaits tells of the wait, and gives up with the context.
func TestWaits(t *testing.T) {
	w, root := sample(t), project(t)
	o := w.options(root)
	unlock, err := lockProject(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waited := ""
	o.Waiting = func(path string) { waited = path; cancel() }
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if waited != filepath.Join(root, modules, lockFile) {
		t.Errorf("waited for %q", waited)
	}
	unlock()
	mustRun(t, o)
}
